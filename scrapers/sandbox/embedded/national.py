"""French national notices as BOAMP has them, below the European thresholds: the FNSimple form and MAPA.

FNSimple follows the paths the publisher's own page reads (FNSimple.initial.lots.lot) and public clients use; MAPA
follows the records recorded in July 2024, which carry no CPV code and a deadline without zone.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta

from scrapers.sandbox.embedded.spec import Body, NationalSpec
from scrapers.sandbox.embedded.ubl import ZONE
from scrapers.sandbox.published_notices import BoampRecord
from scrapers.sandbox.publishers.boamp_record import MARKETS, compose_gestion, describe, flat_record
from scrapers.sandbox.publishers.eforms_row import Row

FAMILIES = {
    "FNS": ("Marchés entre 90 k€ et seuils européens", "FNSimple"),
    "MAPA": ("Marchés <90 k€ (MAPA)", "MAPA"),
}


def record_national(spec: NationalSpec, buyer: Body, idweb: str, on: date) -> BoampRecord:
    """The record of one national notice.

    `spec` is its specification, `buyer` its buyer, `idweb` BOAMP's number for it, and `on` the day the portal plays,
    from which the specification counts its days.
    """
    moment = datetime.combine(on + timedelta(days=spec.closes), time.fromisoformat(spec.hour), ZONE)
    naive = moment.replace(tzinfo=None).isoformat()
    deadline = naive if spec.family == "MAPA" else moment.isoformat()
    flat = _flat(spec, buyer, idweb, on)
    flat["datefindiffusion"] = moment.date().isoformat()
    # Local time labelled UTC, as in the MAPA records of 2024.
    flat["datelimitereponse"] = f"{naive}+00:00"
    flat["gestion"] = json.dumps(compose_gestion(flat, "APPEL_OFFRE", deadline), ensure_ascii=False)
    content = _mapa(spec, buyer, deadline) if spec.family == "MAPA" else _simple(spec, buyer, deadline)
    donnees = json.dumps({FAMILIES[spec.family][1]: content}, ensure_ascii=False)
    return BoampRecord(idweb, flat, lambda: donnees)


def _flat(spec: NationalSpec, buyer: Body, idweb: str, on: date) -> Row:
    label, perimeter = FAMILIES[spec.family]
    market = MARKETS[spec.market]
    described = dict(describe(code) for code in (spec.cpv, *(cpv for _, cpv in spec.lots)))
    name = next(iter(buyer.names.values()))
    return {
        **flat_record(idweb, on - timedelta(days=spec.published), subject=spec.title[:200], buyer=name),
        "code_departement": [spec.department],
        "contractfolderid": None,
        "dc": list(described),
        "descripteur_code": list(described),
        "descripteur_libelle": list(described.values()),
        "etat": "INITIAL",
        "famille": spec.family,
        "famille_libelle": label,
        "nature": "APPEL_OFFRE",
        "nature_libelle": "Avis de marché",
        "nature_categorise": "appeloffre/standard",
        "nature_categorise_libelle": "Avis de marché/",
        "perimetre": perimeter,
        "procedure_categorise": "PROCEDURE_ADAPTE/",
        "procedure_libelle": "Procédure Adaptée",
        "sousnature": None,
        "type_avis": ["5", "1", ""],
        "type_marche": [market[0]],
        "type_marche_facette": [market[1]],
        "type_procedure": "PROCEDURE_ADAPTE",
    }


def _mapa(spec: NationalSpec, buyer: Body, deadline: str) -> Row:
    name = next(iter(buyer.names.values()))
    return {
        "organisme": {
            "acheteurPublic": name,
            "adr": {"voie": {"nomvoie": "1 place de l'Hôtel-de-Ville"}, "cp": buyer.postcode, "ville": buyer.city},
            "urlProfilAcheteur": buyer.website or "https://marches.example",
        },
        "initial": {
            "natureMarche": {spec.market: ""},
            "description": {
                "objet": spec.title,
                "lieuExecutionLivraison": {"cp": buyer.postcode, "ville": buyer.city},
            },
            "caracteristiques": {"principales": spec.description, "variantes": {"non": ""}},
            **({"duree": {"nbMois": str(spec.months)}} if spec.months else {}),
            "criteres": {
                "criterePondere": [
                    {"criterePCT": "60", "critere": "Valeur technique"},
                    {"criterePCT": "40", "critere": "Prix des prestations"},
                ]
            },
            "procedure": {"procedureAdaptee": ""},
            "delais": {"receptionOffres": deadline},
            "renseignements": {"idMarche": spec.key.upper(), "rensgComplt": spec.description},
            "marcheUnique": "",
        },
    }


def _simple(spec: NationalSpec, buyer: Body, deadline: str) -> Row:
    site = buyer.website or "https://marches.example"
    lots = [{"description": title, "codeCPV": _cpv(cpv), "lieuExecution": buyer.city} for title, cpv in spec.lots]
    return {
        "organisme": {
            "acheteurPublic": next(iter(buyer.names.values())),
            "codeIdentificationNational": buyer.number,
            "ville": buyer.city,
            "cp": buyer.postcode,
        },
        "initial": {
            "communication": {
                "urlDocConsul": f"{site}/dce?ref={spec.key}&amp;type=DCE",
                "identifiantInterne": spec.key.upper(),
                "urlProfilAch": site,
            },
            "procedure": {
                "typeProcedure": {"procedureAdapteeOuverte": ""},
                "capaciteTech": "Références de prestations comparables sur trois ans.",
                "dateReceptionOffres": deadline,
                "criteresAttrib": "Valeur technique : 60 % ; prix : 40 %",
            },
            "natureMarche": _simple_project(spec, buyer),
            # One lot collapses to an object here as everywhere at BOAMP.
            **({"lots": {"lot": lots[0] if len(lots) == 1 else lots}} if lots else {}),
            "informComplementaire": {"visiteObligatoire": {"non": ""}},
        },
    }


def _simple_project(spec: NationalSpec, buyer: Body) -> Row:
    return {
        "intitule": spec.title,
        "description": spec.description,
        "codeCPV": _cpv(spec.cpv),
        "typeMarche": {spec.market: ""},
        "lieuExecution": buyer.city,
        **({"dureeMois": str(spec.months)} if spec.months else {}),
        **({"valeurEstimee": {"valeur": spec.estimate}} if spec.estimate else {}),
    }


def _cpv(code: str) -> Row:
    return {"objetPrincipal": {"classPrincipale": code}}
