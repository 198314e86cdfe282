"""A BOAMP record from an eForms notice: every flat key of the 2026-08 recordings, `gestion` and `donnees`.

The true deadline is in `gestion`; the flat `datelimitereponse` is as unreliable here as at the publisher's: right where
the platform wrote "…T12:00:00+02:00" (26-79589), local time labelled UTC where it wrote milliseconds (26-79592).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import cast

from scrapers.sandbox.leaves import EXTENSION, Element, find, word, words
from scrapers.sandbox.publishers.eforms_row import Row, kind_of_document
from scrapers.sandbox.xml_json import convert, style_of

NATURES = {
    "competition": ("APPEL_OFFRE", "Avis de marché", "appeloffre/standard", ["5", "1"]),
    "result": ("ATTRIBUTION", "Résultat de marché", "attribution/standard", ["10", "6"]),
    "planning": ("PRE-INFORMATION", "Avis de pré-information", "preinformation/standard", ["4", "1"]),
    "consultation": ("PRE-INFORMATION", "Avis de pré-information", "preinformation/standard", ["4", "1"]),
    "dir-awa-pre": ("INTENTION_CONCLURE", "Intention de conclure", "intentionconclure/standard", ["9", "6"]),
    "cont-modif": ("MODIFICATION", "Avis de modification", "modification/standard", ["11", "6"]),
    "completion": ("MODIFICATION", "Avis de modification", "modification/standard", ["11", "6"]),
}
"""By form: nature, its label, nature_categorise, type_avis. Only the first two lines were recorded."""

PERIMETERS = {"32014L0024": "24", "32014L0025": "25", "32014L0023": "23", "32009L0081": "81"}
PROCEDURES = {
    "open": ("OUVERT", "Procédure Ouverte"),
    "restricted": ("RESTREINT", "Procédure Restreinte"),
    "neg-w-call": ("NEGOCIE", "Procédure Négociée"),
    "comp-dial": ("DIALOGUE_COMPETITIF", "Dialogue Compétitif"),
}
MARKETS = {
    "services": ("SERVICES", "Services"),
    "supplies": ("FOURNITURES", "Fournitures"),
    "works": ("TRAVAUX", "Travaux"),
}
DESCRIPTORS = {
    "30": ("162", "Informatique (matériel)"),
    "48": ("186", "Logiciel"),
    "72413": ("171", "Site internet"),
    "72": ("163", "Informatique (prestations de services)"),
    "50312": ("454", "Informatique (maintenance serveurs et réseaux)"),
    "55": ("304", "Repas, traiteur"),
    "71": ("118", "Etude"),
}
"""BOAMP's descriptors by the beginning of the CPV code; everything else is "274 Prestations de services" here."""


def describe(cpv: str) -> tuple[str, str]:
    """The descriptor (code, label) for a CPV code."""
    fitting = [beginning for beginning in DESCRIPTORS if cpv.startswith(beginning)]
    return DESCRIPTORS[max(fitting, key=len)] if fitting else ("274", "Prestations de services")


def compose_donnees(root: Element, idweb: str) -> str:
    """The JSON string of the notice, as the platform of this record would have it."""
    document = {"EFORMS": {kind_of_document(root): convert(root, style_of(idweb))}}
    return json.dumps(document, ensure_ascii=False)


def compose_record(root: Element, row: Mapping[str, object], idweb: str, day: date) -> Row:
    """Every flat key but `donnees`, from the XML of a notice (`root`) and its TED search `row`; `idweb` is BOAMP's
    number, `day` the day of publication."""
    deadline = _deadline(row, idweb)
    form = NATURES.get(str(row.get("form-type")), NATURES["competition"])
    flat = flat_record(idweb, day, subject=_subject(row)[:200], buyer=_first_text(row.get("buyer-name")))
    flat |= _kinds(root, form) | _purchase(row)
    postal = _department(root)
    flat["code_departement"] = [postal] if postal else None
    flat["datefindiffusion"] = deadline[:10] if deadline else (day + timedelta(days=30)).isoformat()
    flat["datelimitereponse"] = _flat_deadline(deadline, idweb)
    flat["gestion"] = json.dumps(compose_gestion(flat, form[0], deadline), ensure_ascii=False)
    return flat


def _kinds(root: Element, form: tuple[str, str, str, list[str]]) -> Row:
    """Nature and state: a change takes the place of the nature (nature=RECTIFICATIF, etat=RECTIFICATIF)."""
    changes = f"{EXTENSION}/efac:Changes"
    state = "RECTIFICATIF" if find(root, changes) else "INITIAL"
    if "cancel" in words(root, f"{changes}/efac:ChangeReason/cbc:ReasonCode"):
        state = "ANNULATION"
    nature, label, category, kinds = form
    if state != "INITIAL":
        nature, label, category = state, state.capitalize(), f"{state.lower()}/standard"
    return {
        "etat": state,
        "nature": nature,
        "nature_libelle": label,
        "nature_categorise": category,
        "nature_categorise_libelle": f"{label}/",
        "sousnature": "STANDARD" if nature == "APPEL_OFFRE" else None,
        "type_avis": kinds,
    }


def _purchase(row: Mapping[str, object]) -> Row:
    """Perimeter, market, procedure, descriptors and winners."""
    market = MARKETS.get(str(row.get("contract-nature-main-proc")), MARKETS["services"])
    procedure, procedure_label = PROCEDURES.get(str(row.get("procedure-type")), (None, "Procédure NC"))
    described = dict(describe(code) for code in _texts(row.get("classification-cpv")))
    return {
        "contractfolderid": row.get("procedure-identifier"),
        "dc": list(described),
        "descripteur_code": list(described),
        "descripteur_libelle": list(described.values()),
        "perimetre": f"DIRECTIVE-{PERIMETERS.get(str(row.get('legal-basis')), '24')}",
        "titulaire": _all_texts(row.get("winner-name")) or None,
        "type_marche": [market[0]],
        "type_marche_facette": [market[1]],
        "type_procedure": procedure,
        "procedure_categorise": f"{procedure or ''}/",
        "procedure_libelle": procedure_label,
    }


def flat_record(idweb: str, day: date, *, subject: str, buyer: str) -> Row:
    """The keys every record has, with the values common to all notices of European size.

    `idweb` is BOAMP's number, `day` the day of publication, `subject` the title and `buyer` the buyer's name.
    """
    empty = "annonce_lie annonces_anterieures code_departement_prestation criteres marche_public_simplifie"
    empty += " marche_public_simplifie_label sousnature_libelle soustype_procedure titulaire"
    return {
        **dict.fromkeys(empty.split()),
        "dateparution": day.isoformat(),
        "famille": "JOUE",
        "famille_libelle": "Marchés européens",
        "filename": idweb,
        "id": idweb.replace("-", "_"),
        "idweb": idweb,
        "nomacheteur": buyer,
        "objet": subject,
        "source_schema": "3.2.5",
        "url_avis": f"https://www.boamp.fr/pages/avis/?q=idweb:{idweb}",
    }


def compose_gestion(flat: Mapping[str, object], nature: str, deadline: str | None) -> Row:
    """The publisher's own index card of a record; one-element lists are collapsed, as everywhere at BOAMP."""
    indexation: Row = {"SCHEMA": "3.2.5", "NOMORGANISME": flat["nomacheteur"]}
    if flat["type_procedure"]:
        indexation["TYPE_PROCEDURE"] = {str(flat["type_procedure"]): ""}
    if flat["titulaire"]:
        indexation["TITULAIRES"] = {"DENOMINATION": _collapse(flat["titulaire"])}
    indexation["DATE_PUBLICATION"] = flat["dateparution"]
    if deadline:
        indexation["DATE_LIMITE_REPONSE"] = deadline
    indexation["DATE_FIN_DIFFUSION"] = flat["datefindiffusion"]
    codes, labels = _texts(flat["descripteur_code"]), _texts(flat["descripteur_libelle"])
    if codes:
        pairs = [{"CODE": code, "LIBELLE": label} for code, label in zip(codes, labels, strict=True)]
        indexation["DESCRIPTEURS"] = {"DESCRIPTEUR": _collapse(pairs)}
    indexation["NATURE_MARCHE"] = dict.fromkeys(_texts(flat["type_marche"]), "")
    if flat["code_departement"]:
        indexation["DEP_PUBLICATION"] = _collapse(flat["code_departement"])
    indexation["RESUME_OBJET"] = flat["objet"]
    standard = {"STANDARD": ""} if flat["sousnature"] else ""
    kinds = {
        "FAMILLE": {str(flat["famille"]): ""},
        "PERIMETRE": {str(flat["perimetre"]): ""},
        "NATURE": {nature: standard},
        "STATUT": {str(flat["etat"]): ""},
    }
    return {"REFERENCE": {"IDWEB": flat["idweb"], "TYPE_AVIS": kinds}, "INDEXATION": indexation}


def _collapse(items: object) -> object:
    listed = cast("list[object]", items) if isinstance(items, list) else []
    return listed[0] if len(listed) == 1 else items


def _texts(items: object) -> list[str]:
    return [str(item) for item in cast("list[object]", items)] if isinstance(items, list) else []


def _deadline(row: Mapping[str, object], idweb: str) -> str | None:
    """The earliest of the lots, as this record's platform writes it."""
    stated = _texts(row.get("deadline-receipt-request"))
    if not stated:
        return None
    earliest = min(stated)
    if style_of(idweb).milliseconds and len(earliest) == 25:
        return f"{earliest[:19]}.000{earliest[19:]}"
    return earliest


def _flat_deadline(deadline: str | None, idweb: str) -> str | None:
    """The value of the flat field: UTC, or local time labelled UTC where there were milliseconds."""
    if deadline is None:
        return None
    if style_of(idweb).milliseconds:
        return f"{deadline[:19]}+00:00"
    moment = datetime.fromisoformat(deadline)
    offset = moment.utcoffset() or timedelta(0)
    return f"{(moment.replace(tzinfo=None) - offset).isoformat()}+00:00"


def _department(root: Element) -> str | None:
    """The department of the first buyer, from its postal code."""
    key = word(root, "cac:ContractingParty/cac:Party/cac:PartyIdentification/cbc:ID")
    companies = f"{EXTENSION}/efac:Organizations/efac:Organization/efac:Company"
    for company in find(root, companies):
        if word(company, "cac:PartyIdentification/cbc:ID") == key:
            postal = word(company, "cac:PostalAddress/cbc:PostalZone") or ""
            return postal[: 3 if postal.startswith("97") else 2] if postal[:2].isdigit() else None
    return None


def _first_text(texts: object) -> str:
    return next(iter(_all_texts(texts)), "")


def _all_texts(texts: object) -> list[str]:
    """Of {language: [texts]}."""
    found = cast("dict[str, object]", texts).values() if isinstance(texts, dict) else ()
    return [text for inner in found for text in _texts(inner)]


def _subject(row: Mapping[str, object]) -> str:
    titles = row.get("title-proc")
    return str(next(iter(cast("dict[str, str]", titles).values()), "")) if isinstance(titles, dict) else ""
