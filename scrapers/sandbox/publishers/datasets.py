"""The two data sets of data.economie.gouv.fr: contracts (DECP) and projects of purchases (APProch), page by page.

The same query language, caps and errors as at BOAMP, which is served by the same software.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from scrapers.sandbox.faults import Faults
from scrapers.sandbox.publishers.boamp import refuse_parameters
from scrapers.sandbox.publishers.boamp_where import WhereError, read_order, read_where
from scrapers.sandbox.wire import Reply, json_reply, nginx_429

Row = Mapping[str, object]

_DECP = """
id acheteur_id nature objet codecpv procedure dureemois datenotification datepublicationdonnees montant formeprix
typesprix attributionavance tauxavance offresrecues marcheinnovant ccag soustraitancedeclaree typegroupementoperateurs
idaccordcadre source lieuexecution_code lieuexecution_typecode considerationssociales considerationsenvironnementales
modalitesexecution techniques origineue originefrance titulaire_id_1 titulaire_typeidentifiant_1 titulaire_id_2
titulaire_typeidentifiant_2 titulaire_id_3 titulaire_typeidentifiant_3 idactesoustraitance dureemoisactesoustraitance
datenotificationactesoustraitance datepublicationdonneesactesoustraitance montantactesoustraitance
variationprixactesoustraitance idsoustraitant typeidentifiantsoustraitant idmodification montantmodification
dureemoismodification idtitulairemodification typeidentifianttitulairemodification
datenotificationmodificationmodification datepublicationdonneesmodificationmodification
"""
_APPROCH = """
code libelle description statut siren_de_l_entite_acheteuse categorie_d_achat code_s_cpv montant_estime_du_marche
date_previsionnelle_de_publication date_cible_de_remise_des_offres type_de_procedure duree_previsionnelle_du_marche
departement_s_d_execution_du_marche lien_vers_la_consultation considerations_sociales considerations_environnementales
"""
FIELDS = {"decp": frozenset(_DECP.split()), "approch": frozenset(_APPROCH.split())}
"""Names as the ministry's dictionary has them (DECP, read in November 2026) and as public clients read them."""


def answer_dataset(name: str, rows: Sequence[Row], faults: Faults, query: str) -> Reply:
    """One page of the data set of that name ("decp", "approch").

    `rows` are all its rows, `query` the query string of the request, `faults` those still to play.
    """
    if faults.strikes(f"{name}:429"):
        return nginx_429()
    if faults.strikes(f"{name}:500"):
        return json_reply(500, {"error_code": "InternalServerError", "message": "Internal server error"})
    parameters = {key: values[-1] for key, values in parse_qs(query, keep_blank_values=True).items()}
    refusal = refuse_parameters(parameters, FIELDS[name])
    if refusal:
        return refusal
    try:
        test = read_where(parameters.get("where", ""), FIELDS[name])
        order = read_order(parameters.get("order_by", ""), FIELDS[name])
    except WhereError as wrong:
        return json_reply(400, {"error_code": "ODSQLError", "message": f"ODSQL query is malformed: {wrong}"})
    found = [row for row in rows if test(row)]
    for key, descending in reversed(order):
        found.sort(key=lambda row: str(row.get(key) or ""), reverse=descending)
    offset, limit = int(parameters.get("offset", "0")), int(parameters.get("limit", "10"))
    total = len(found) + (7 if faults.strikes(f"{name}:total") else 0)
    page = [_serve(name, row, faults) for row in found[offset : offset + limit]]
    return json_reply(200, {"total_count": total, "results": page})


def _serve(name: str, row: Row, faults: Faults) -> Row:
    served = {key: row.get(key) for key in sorted(FIELDS[name])}
    if faults.strikes(f"{name}:newfield"):
        served["indice_nouveau"] = "nouveau"
    if name == "approch" and faults.strikes("approch:renamed"):
        served["date_de_publication_prevue"] = served.pop("date_previsionnelle_de_publication")
    return served
