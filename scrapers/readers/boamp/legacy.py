"""BOAMP's form before 2019 (DONNEES with IDENTITE, OBJET, PROCEDURE ...) becomes facts, whether it comes as the XML of
a notice (ANNONCE, schema v230) or as JSON in a record of the data set: the same names, walked in the same way.

Paths are those of five recorded notices (16-181902, 16-183123, 16-186359, 17-2599, 17-40964). What lies elsewhere is
left alone; correspondents and contacts are people and are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from scrapers.readers.boamp.deadline import kind_of, read_instant_of, reconcile
from scrapers.readers.boamp.departements import read_departements
from scrapers.readers.boamp.json_tree import Node, as_list, down, text, words
from scrapers.readers.boamp.legacy_awards import legacy_lot_id, money_of, read_awards
from scrapers.readers.boamp.links import earliest
from scrapers.readers.boamp.record import Record
from scrapers.readers.eforms.contract_terms import weight_of
from scrapers.readers.eforms.tree import cpv, nuts, once
from scrapers.readers.normalise.numbers import read_count
from scrapers.readers.normalise.text import read_address, read_line, read_paragraphs
from scrapers.readers.ted.export_codes import LANGUAGES
from warehouse.codes.classifications import Cpv
from warehouse.model.notices import (
    Buyer,
    Change,
    ContractTerm,
    Criterion,
    Deadline,
    DeadlineKind,
    Form,
    Lot,
    Notice,
    Organisation,
    Publication,
    Text,
)

ROOTS = frozenset({"OBJET", "IDENTITE", "PROCEDURE"})
"""One of them is always there."""

_WINDOWS = {c: bytes([c]).decode("cp1252", "replace") for c in range(0x80, 0xA0)}
"""Apostrophes and bullets kept as control characters ("L\x92objet" in 17-40964): Windows' letters, never repaired."""

_OFFSET = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")
_NATURES = {"SERVICE": "services", "SERVICES": "services", "FOURNITURES": "supplies", "TRAVAUX": "works"}
_PROCEDURES = {"OUVERT": "open", "RESTREINT": "restricted"}
_SELECTION = {"SITUATION_JURIDIQUE": "sui-act", "CAP_ECO": "ef-stand", "CAP_TECH": "tp-abil"}
_WEIGHED = {"CRITERES_QUALITE": "quality", "CRITERES_PONDERES": "unstated"}


def read_legacy(record: Record) -> Notice:
    """The notice in a record whose content is of the form before 2019. Raises Unreadable for a deadline that is none
    and BadFact."""
    content = record.content
    subject = down(content, "OBJET")
    title = words(subject, "TITRE_MARCHE") or words(record.index, "RESUME_OBJET") or record.summary
    titles = (Text(read_line(title), "FRA"),)
    descriptions = _described(words(subject, "OBJET_COMPLET"))
    codes = _codes(subject)
    lots = _read_lots(record, titles, descriptions, codes)
    return Notice(
        id=record.number,
        version=1,
        form=record.form,
        publication=Publication("fr_boamp", record.number, record.day, record.url),
        schema="boamp ANNONCE",
        # BOAMP's own link between the notices of one purchase is used as BT-04, which this form does not have.
        procedure=record.folder or earliest(record.linked),
        procedure_type=_PROCEDURES.get(next(iter(_names(content, "PROCEDURE", "TYPE_PROCEDURE")), "")),
        languages=("FRA",),
        titles=titles,
        descriptions=(*descriptions, *record.keywords),
        nature=_nature(record),
        cpv=codes or once(code for lot in lots for code in lot.cpv),
        nuts=read_departements(record.departements),
        estimate=None if record.form is Form.RESULT else money_of(down(subject, "CARACTERISTIQUES", "VALEUR_TOTALE")),
        framework_maximum=money_of(down(subject, "CARACTERISTIQUES", "VALEUR_MAX")),
        buyers=_read_buyers(record),
        lots=lots,
        awards=read_awards(content, lots) if record.form is Form.RESULT else (),
        changes=_read_changes(record),
    )


def _described(written: str | None) -> tuple[Text, ...]:
    return (
        (Text(text_value, "FRA"),) if written and (text_value := read_paragraphs(written.translate(_WINDOWS))) else ()
    )


def _names(node: object, *path: str) -> tuple[str, ...]:
    """The names of empty elements that are values: <TYPE_MARCHE><SERVICE/></TYPE_MARCHE>."""
    found = down(node, *path)
    return tuple(cast("Node", found)) if isinstance(found, dict) else ()


def _nature(record: Record) -> str | None:
    names = (*_names(record.content, "OBJET", "TYPE_MARCHE"), *record.natures)
    return next((_NATURES[name] for name in names if name in _NATURES), None)


def _codes(node: object) -> tuple[Cpv, ...]:
    """The main CPV code first, as it is written."""
    written = (words(frame, "PRINCIPAL") for frame in as_list(down(node, "CPV")))
    return once(cpv(code) for code in written if code)


def _read_lots(
    record: Record, titles: tuple[Text, ...], descriptions: tuple[Text, ...], codes: tuple[Cpv, ...]
) -> tuple[Lot, ...]:
    """The lots, those that only its decisions name (16-183123), or the purchase as one lot. The same lot written twice
    without numbers (17-40964, which is not divided) is one."""
    content = record.content
    parts = (
        as_list(down(content, "OBJET", "LOTS", "LOT")) or as_list(down(content, "ATTRIBUTION", "DECISION")) or [None]
    )
    common = Lot(
        id="",
        titles=titles,
        descriptions=descriptions if codes else (*descriptions, *record.keywords),
        nature=_nature(record),
        cpv=codes,
        nuts=read_departements(record.departements),
        countries=("FRA",),
        deadline=_read_deadline(record),
        criteria=(*_selection(content), *_award_criteria(down(content, "PROCEDURE"))),
        tender_languages=_languages(content),
        documents=once(read_address(url) for url in [words(content, "IDENTITE", "URL_DOCUMENT")] if url),
        reserved=_reserved(content),
    )
    lots: dict[str, Lot] = {}
    for ordinal, part in enumerate(part for n, part in enumerate(parts) if part not in parts[:n]):
        lot = _read_lot(part, ordinal + 1, common, record)
        lots.setdefault(lot.id, lot)
    return tuple(lots.values())


def _read_lot(part: object, ordinal: int, common: Lot, record: Record) -> Lot:
    """One lot; what it does not state is taken from the notice."""
    own = words(part, "INTITULE")
    place = nuts(written) if (written := words(part, "CODE_NUTS")) else None
    described = _described(words(part, "DESCRIPTION"))
    codes = _codes(part) or common.cpv
    awarding = tuple(_award_criteria(part))
    return replace(
        common,
        id=legacy_lot_id(part, ordinal),
        titles=(Text(read_line(own), "FRA"),) if own else common.titles,
        descriptions=(described if codes else (*described, *record.keywords)) if described else common.descriptions,
        cpv=codes,
        nuts=(place,) if place else common.nuts,
        estimate=money_of(down(part, "VALEUR")),
        term=_term(part),
        eu_funded=_either(part, "FONDS_COMMUNAUTAIRES"),
        criteria=(*(c for c in common.criteria if c.use == "selection" or not awarding), *awarding),
    )


def _either(part: object, name: str) -> bool | None:
    """Which of the empty elements NAME_OUI and NAME_NON is there; None where neither is."""
    names = cast("Node", part).keys() if isinstance(part, dict) else ()
    return True if f"{name}_OUI" in names else False if f"{name}_NON" in names else None


def _term(part: object) -> ContractTerm | None:
    """II.2.7 of a lot: its months, and that it is not renewed; how often it is renewed is stated in words alone."""
    months = read_count(words(part, "DUREE_MOIS"))
    is_length = months is not None and 0 < months < 1200
    term = ContractTerm(
        months if is_length else None,
        "MONTH" if is_length else None,
        renewals=0 if _either(part, "RENOUVELLEMENT") is False else None,
    )
    return None if term == ContractTerm() else term


def _selection(content: object) -> Iterator[Criterion]:
    """What a candidate must show."""
    for name, kind in _SELECTION.items():
        if texts := _described(words(content, "CONDITION_PARTICIPATION", name)):
            yield Criterion("selection", kind, texts)


def _award_criteria(node: object) -> Iterator[Criterion]:
    """What tenders are measured by, with the weight the notice gives."""
    frame = down(node, "CRITERES_ATTRIBUTION")
    for name, kind in _WEIGHED.items():
        for leaf in as_list(down(frame, name, "CRITERE")):
            text_value = text(leaf)
            weight = words(leaf, "@POIDS")
            if text_value:
                words_of = read_line(f"{text_value} ({weight} %)" if weight else text_value)
                yield Criterion("award", kind, (Text(words_of, "FRA"),), weight_of(weight, "%"))
    if "CRITERES_PRIX" in _names(frame):
        weight = words(frame, "CRITERES_PRIX", "POIDS")
        texts = (Text(f"Prix ({weight} %)", "FRA"),) if weight else ()
        yield Criterion("award", "price", texts, weight_of(weight, "%"))


def _languages(content: object) -> tuple[str, ...]:
    codes = (text(leaf) for leaf in as_list(down(content, "CONDITION_RELATIVE_MARCHE", "LANGUES", "LANGUE")))
    return once(LANGUAGES.get(code.upper()) for code in codes if code)


def _reserved(content: object) -> bool | None:
    names = _names(content, "CONDITION_PARTICIPATION")
    return True if "MARCHE_RESERVE_OUI" in names else False if "MARCHE_RESERVE_NON" in names else None


def _read_deadline(record: Record) -> Deadline | None:
    """The hour written is that of a clock in Paris, whatever offset follows it: the form stamps "+01:00" in summer too
    (17-40964 closes on "2017-04-26T12:00:00+01:00", noon in Carcans; so did all of 2015 to 2023, measured)."""
    if record.form not in {Form.COMPETITION, Form.PLANNING}:
        return None
    kind = kind_of(next(iter(_names(record.content, "PROCEDURE", "TYPE_PROCEDURE")), record.procedure_type))
    limits = down(record.content, "CONDITION_DELAI")
    stated = _at(words(limits, "RECEPT_CANDIDAT"), DeadlineKind.REQUEST) or _at(words(limits, "RECEPT_OFFRES"), kind)
    return reconcile(record.number, _at(words(record.index, "DATE_LIMITE_REPONSE"), kind), stated)


def _at(written: str | None, kind: DeadlineKind) -> Deadline | None:
    return read_instant_of(_OFFSET.sub("", written) if "T" in written else written, kind) if written else None


def _read_buyers(record: Record) -> tuple[Buyer, ...]:
    """Who buys."""
    identity = down(record.content, "IDENTITE")
    name = words(identity, "DENOMINATION") or record.buyer
    if not name:
        return ()
    place = words(identity, "ADJUDICATEUR_NUTS")
    organisation = Organisation(
        "BUYER-0001",
        (Text(read_line(name), "FRA"),),
        company_number=words(identity, "CODE_IDENT_NATIONAL"),
        country="FRA",
        nuts=nuts(place) if place else None,
        city=words(identity, "VILLE"),
    )
    return (Buyer(organisation),)


def _read_changes(record: Record) -> tuple[Change, ...]:
    """A correction or a cancellation points at the notice it follows."""
    if not (record.corrects or record.cancels):
        return ()
    texts = _described(words(record.content, "RENSEIGNEMENTS_COMPLEMENTAIRES", "RENS_COMPLEMENT"))
    return tuple(Change(link, "cancel" if record.cancels else None, texts) for link in record.linked)
