"""National BOAMP forms (FNSimple, MAPA, DSP, DIVERS) become notices: title, buyer, codes, lots, deadline, winners.

No public schema of their JSON was available: paths are those of recorded notices (24-76932, 24-76638), of the
publisher's own page template and of what others report reading; other elements are ignored, and an undescribed section
is set aside. eForms is not read here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from scrapers.errors import Unreadable
from scrapers.readers.boamp.deadline import kind_of, read_indexed, read_instant_of, reconcile
from scrapers.readers.boamp.departements import read_departements
from scrapers.readers.boamp.json_tree import as_list, down, leaves, nodes, words
from scrapers.readers.boamp.links import distinct, earliest, lot_id, written_number
from scrapers.readers.boamp.national_awards import read_awards
from scrapers.readers.boamp.record import Record
from scrapers.readers.eforms.contract_terms import weight_of
from scrapers.readers.eforms.tree import once
from scrapers.readers.normalise.numbers import read_count
from scrapers.readers.normalise.text import read_address, read_line, read_paragraphs
from scrapers.readers.ted.export_codes import LANGUAGES
from warehouse.codes.classifications import Cpv
from warehouse.errors import BadFact
from warehouse.model.notices import (
    Award,
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

log = logging.getLogger(__name__)

FAMILIES = frozenset({"FNSimple", "MAPA", "DSP", "DIVERS"})

_SECTIONS = ("initial", "rectificatif", "attribution", "annulation")
_TITLES = (
    ("natureMarche", "intitule"),
    ("descriptionMarche", "intitule"),
    ("descriptionMarche", "objet"),
    ("description", "objet"),
)
_DESCRIPTIONS = (
    ("natureMarche", "description"),
    ("descriptionMarche", "description"),
    ("caracteristiques", "principales"),
)
_LOTS = (
    ("lots", "lot"),
    ("natureMarche", "lotsMarche", "lot"),
    ("descriptionMarche", "lots", "lot"),
    ("attribution", "lotMarche"),  # where the publisher's page finds the lots of a MAPA or DSP that was awarded
)
_CODES = (("natureMarche", "codeCPV"), ("descriptionMarche", "codeCPV"), ("description", "codeCPV"), ("codeCPV",))
_DOCUMENTS = (
    ("communication", "urlDocConsul"),
    ("adressesComplt", "document", "coord", "url"),
    ("communication", "urlProfilAch"),
)
_DEADLINES = (
    (("procedure", "dateReceptionOffres"), DeadlineKind.TENDER),
    (("delais", "receptionOffres"), DeadlineKind.TENDER),
    (("delais", "receptionCandidatures"), DeadlineKind.REQUEST),
)
_CORRECTED = {"ReceptionOffres": DeadlineKind.TENDER, "ReceptionCandidatures": DeadlineKind.REQUEST}
_NATURES = {"SERVICES": "services", "TRAVAUX": "works", "FOURNITURES": "supplies"}
_PROCEDURES = {"OUVERT": "open", "RESTREINT": "restricted", "PROCEDURE_ADAPTE": "oth-single"}


def read_national(record: Record, family: str) -> Notice:
    """The notice in a record of a national family. Raises Unreadable for an undescribed section."""
    inside = down(record.content, family)
    name = next((section for section in _SECTIONS if down(inside, section)), None)
    if name is None:
        raise Unreadable(f"{family} has none of the sections {', '.join(_SECTIONS)}: {str(inside)[:120]}")
    section = down(inside, name)
    organisme = down(inside, "organisme")
    title = _first(section, _TITLES) or words(record.index, "RESUME_OBJET") or record.summary
    return _compose(record, section, organisme, title, schema=f"boamp {family}.{name}", is_summary=False)


def read_summary(record: Record) -> Notice:
    """The notice from a record without donnees. Its title may be cut at 200 characters."""
    title = words(record.index, "RESUME_OBJET") or record.summary
    return _compose(record, None, None, title, schema=None, is_summary=True)


def _compose(
    record: Record, section: object, organisme: object, title: str, *, schema: str | None, is_summary: bool
) -> Notice:
    titles = (Text(read_line(title), "FRA"),)
    description = _first(section, _DESCRIPTIONS)
    descriptions = (Text(read_paragraphs(description), "FRA"),) if description else ()
    notice_codes = _read_codes(record, (down(section, *path) for path in _CODES))
    lots = _read_lots(record, section, titles, descriptions, notice_codes)
    descriptions = (*descriptions, *record.keywords)
    return Notice(
        id=record.number,
        version=1,
        form=record.form,
        publication=Publication("fr_boamp", record.number, record.day, record.url),
        schema=schema,
        # BOAMP's own link between the notices of one purchase is used as BT-04, which national forms do not have.
        procedure=record.folder or earliest(record.linked),
        # A procedure that the table does not have stays as written, and is reported as in no list.
        procedure_type=_PROCEDURES.get(record.procedure_type or "", record.procedure_type),
        languages=("FRA",),
        titles=titles,
        descriptions=descriptions,
        nature=_nature(record),
        cpv=notice_codes or tuple(dict.fromkeys(code for lot in lots for code in lot.cpv)),
        nuts=read_departements(record.departements),
        buyers=_read_buyers(record, organisme),
        lots=lots,
        awards=_awards_of(record, section, lots),
        changes=_read_changes(record, section),
        is_summary=is_summary,
    )


def _first(section: object, paths: Iterable[tuple[str, ...]]) -> str | None:
    return next((value for path in paths if (value := words(section, *path))), None)


def _nature(record: Record) -> str | None:
    return next((_NATURES[nature] for nature in record.natures if nature in _NATURES), None)


def _read_codes(record: Record, nodes: Iterable[object]) -> tuple[Cpv, ...]:
    """CPV codes, the main one first as BOAMP writes it (objetPrincipal before the others)."""
    found: dict[Cpv, None] = {}
    for written in (code for node in nodes for code in leaves(node, "classPrincipale")):
        try:
            found[Cpv.read(written)] = None
        except BadFact:
            log.warning("a CPV that is none is left out", extra={"notice": record.number, "cpv": written})
    return tuple(found)


def _read_lots(
    record: Record,
    section: object,
    titles: tuple[Text, ...],
    descriptions: tuple[Text, ...],
    codes: tuple[Cpv, ...],
) -> tuple[Lot, ...]:
    """The lots, or the purchase as one lot; all share the notice's deadline and places."""
    parts = next((found for path in _LOTS if (found := as_list(down(section, *path)))), [])
    # A result may name its lots where it decides about them alone.
    parts = parts or [node for node in nodes(section) if written_number(node)] or [None]
    names = distinct([lot_id(written_number(part), ordinal) for ordinal, part in enumerate(parts, 1)])
    criteria, term = _read_criteria(section), _read_term(down(section, "natureMarche"))
    tender_languages = once(LANGUAGES.get(code.upper()) for code in leaves(down(section, "conditions", "langue")))
    deadline = _read_deadline(record, section) if record.form in {Form.COMPETITION, Form.PLANNING} else None
    return tuple(
        Lot(
            id=name,
            titles=_lot_titles(part) or titles,
            # Without a CPV code (MAPA), BOAMP's own vocabulary states what is bought.
            descriptions=descriptions if own or codes else (*descriptions, *record.keywords),
            nature=_nature(record),
            cpv=own or codes,
            nuts=read_departements(record.departements),
            countries=("FRA",),
            deadline=deadline,
            criteria=criteria,
            tender_languages=tender_languages,
            term=_read_term(part) or term,
            documents=tuple(read_address(url) for url in [_first(section, _DOCUMENTS)] if url),
        )
        for name, part in zip(names, parts, strict=True)
        for own in [_read_codes(record, (down(part, "codeCPV"),))]
    )


def _read_criteria(section: object) -> tuple[Criterion, ...]:
    """What tenders are measured by: weighted one by one (24-76932), or in one sentence."""
    weighed = [
        (f"{value} ({weight} %)" if weight else value, weight_of(weight, "%"))
        for criterion in as_list(down(section, "criteres", "criterePondere"))
        for weight in [words(criterion, "criterePCT")]
        if (value := words(criterion, "critere"))
    ]
    whole = words(section, "procedure", "criteresAttrib")
    selection = words(section, "procedure", "capaciteTech")
    return (
        *(Criterion("selection", "tp-abil", (Text(read_paragraphs(value), "FRA"),)) for value in [selection] if value),
        *(
            Criterion("award", "unstated", (Text(read_line(value), "FRA"),), weight)
            for value, weight in weighed or [(whole, None)]
            if value
        ),
    )


def _read_term(frame: object) -> ContractTerm | None:
    """A duration in months (FNSimple dureeMois, MAPA nbMois)."""
    months = read_count(words(frame, "dureeMois") or words(frame, "nbMois"))
    return ContractTerm(months, "MONTH") if months and months < 1200 else None


def _lot_titles(part: object) -> tuple[Text, ...]:
    value = words(part, "intitule") or words(part, "intituleLot") or words(part, "description")
    return (Text(read_line(value), "FRA"),) if value else ()


def _read_deadline(record: Record, section: object) -> Deadline | None:
    """A correction with the word "lire" is taken as it is; else gestion and the notice itself are compared."""
    for rubric in nodes(down(section, "infosRectif")):
        read_as = words(rubric, "lireDate")
        kind = _CORRECTED.get(words(rubric, "rubDelais") or "")
        if read_as and kind:
            return read_instant_of(read_as, kind_of(record.procedure_type) if kind is DeadlineKind.TENDER else kind)
    stated = next(
        (read_instant_of(value, kind) for path, kind in _DEADLINES if (value := words(section, *path))),
        None,
    )
    return reconcile(record.number, read_indexed(record.index, kind_of(record.procedure_type)), stated)


def _read_buyers(record: Record, organisme: object) -> tuple[Buyer, ...]:
    """The buyers. Correspondents are persons and are not read."""
    name = words(organisme, "nomOfficiel") or words(organisme, "acheteurPublic") or record.buyer
    if not name:
        return ()
    organisation = Organisation(
        "BUYER-0001",
        (Text(read_line(name), "FRA"),),
        company_number=words(organisme, "codeIdentificationNational"),
        country="FRA",
        city=words(organisme, "ville") or words(organisme, "adr", "ville"),
    )
    return (Buyer(organisation),)


def _awards_of(record: Record, section: object, lots: tuple[Lot, ...]) -> tuple[Award, ...]:
    """Who won, of a result."""
    if record.form is not Form.RESULT:
        return ()
    names = record.winners or tuple(leaves(record.index.get("TITULAIRES"), "DENOMINATION"))
    return read_awards(section, lots, names)


def _read_changes(record: Record, section: object) -> tuple[Change, ...]:
    """What a correction or a cancellation acts on: every notice it names."""
    if not (record.corrects or record.cancels):
        return ()
    texts = tuple(Text(read_line(word), "FRA") for word in leaves(down(section, "infosRectif")) if read_line(word))
    reason = "cancel" if record.cancels else None
    return tuple(Change(link, reason, texts) for link in record.linked)
