"""The lots of a TED_EXPORT notice: its OBJECT_DESCRs in every original language, with the whole notice's deadline,
criteria and documents, because these forms state them once for all lots."""

from __future__ import annotations

from dataclasses import dataclass

from scrapers.readers.eforms.contract_terms import UNITS, weight_of
from scrapers.readers.eforms.tree import words
from scrapers.readers.normalise.deadlines import read_day, read_deadline
from scrapers.readers.normalise.numbers import read_count
from scrapers.readers.normalise.text import read_address, read_line
from scrapers.readers.ted.export_codes import COUNTRIES, LANGUAGES, PROCEDURES, TWO_STAGE
from scrapers.readers.ted.export_tree import (
    amount,
    codes,
    every,
    first,
    joined,
    line,
    local,
    paragraphs,
    part,
    parts,
    places,
    value,
    words_of,
)
from scrapers.safe_formats.xml import Element
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.notices import ContractTerm, Criterion, Deadline, DeadlineKind, Form, Lot, Text

_AWARD_KINDS = {"AC_QUALITY": "quality", "AC_COST": "cost", "AC_PRICE": "price", "AC_CRITERIA": "quality"}
_SELECTION_KINDS = {
    "SUITABILITY": "sui-act",
    "PARTICULAR_PROFESSION": "sui-act",
    "ECONOMIC_FINANCIAL_INFO": "ef-stand",
    "ECONOMIC_FINANCIAL_MIN_LEVEL": "ef-stand",
    "TECHNICAL_PROFESSIONAL_INFO": "tp-abil",
    "TECHNICAL_PROFESSIONAL_MIN_LEVEL": "tp-abil",
    "RULES_CRITERIA": "other",
    "CRITERIA_SELECTION": "other",
    "CRITERIA_CANDIDATE": "other",
    "CONDITIONS": "other",
}
_TECHNIQUES = (("FRAMEWORK", "fa"), ("DPS", "dps-list"))
"""IV.1.3. The form has no field for reopened competition: "fa" is no code of eForms."""

_RESERVED = ("RESTRICTED_SHELTERED_WORKSHOP", "RESTRICTED_SHELTERED_PROGRAM", "RESERVED_ORGANISATIONS_SERVICE_MISSION")


@dataclass(frozen=True, slots=True)
class Original:
    """One form of the notice in an original language (eForms' spelling of it)."""

    form: Element
    language: str | None


def read_lots(originals: list[Original], kind: Form, coded: Element, *, zone: str | None) -> tuple[Lot, ...]:
    """The lots in the order of the notice.

    `originals` are the forms in the buyer's languages, the first one leading; `kind` is the notice's form; `coded` is
    CODED_DATA_SECTION; `zone` is the buyer's IANA zone, None where unknown. A form without lots has one, the whole; a
    corrigendum (F14) has none. Raises Unreadable for a deadline that is none.
    """
    main = originals[0].form
    deadline = _deadline(main, kind, coded, zone)
    documents = tuple(
        dict.fromkeys(
            address for element in every(main, "URL_DOCUMENT") if (address := read_address(words(element) or ""))
        )
    )
    languages = tuple(
        dict.fromkeys(
            LANGUAGES.get(code, code) for element in every(main, "LANGUAGE") if (code := element.get("VALUE"))
        )
    )
    selection = _selection_criteria(main, originals[0].language)
    reserved = True if first(main, *_RESERVED) is not None else None
    techniques = tuple(code for name, code in _TECHNIQUES if first(main, name) is not None)
    common = _Common(originals, deadline, documents, languages, selection, reserved, techniques, *_coded_codes(coded))
    rows = [_rows(original.form) for original in originals]
    return tuple(common.read(key, [row.get(key) for row in rows]) for key in rows[0])


def _rows(form: Element) -> dict[str, tuple[Element, Element]]:
    """The OBJECT_DESCRs by lot, each with the OBJECT_CONTRACT around it. F01 and F04 may hold several contracts, each
    with lots of its own numbers (TED 158721-2021): the contract's number is put before the lot's."""
    contracts = parts(form, "OBJECT_CONTRACT")
    rows: dict[str, tuple[Element, Element]] = {}
    for place, contract in enumerate(contracts, start=1):
        for position, described in enumerate(parts(contract, "OBJECT_DESCR"), start=1):
            key = read_line(words_of(described, "LOT_NO") or str(position))
            key = f"{place}.{key}" if len(contracts) > 1 else key
            while key in rows:
                key = f"{key}~{position}"
            rows[key] = (described, contract)
    return rows or _older_rows(form)


def _older_rows(form: Element) -> dict[str, tuple[Element, Element]]:
    """The lots of R2.0.8, else the form itself as its only lot; none for a corrigendum."""
    if local(form).startswith("F14"):
        return {}
    lots = every(form, "LOT_PRIOR_INFORMATION", "F02_LOT", "LOT_CONTRACT", "F01_LOT")
    keyed = {words_of(lot, "LOT_NUMBER") or str(n): (lot, form) for n, lot in enumerate(lots, start=1)}
    return keyed or {"1": (form, form)}


@dataclass(frozen=True, slots=True)
class _Common:
    """What the notice states for all its lots."""

    originals: list[Original]
    deadline: Deadline | None
    documents: tuple[str, ...]
    languages: tuple[str, ...]
    selection: tuple[Criterion, ...]
    reserved: bool | None
    techniques: tuple[str, ...]
    cpv: tuple[Cpv, ...]
    nuts: tuple[Nuts, ...]

    def read(self, key: str, rows: list[tuple[Element, Element] | None]) -> Lot:
        """One lot, in each original language that describes it."""
        rows_read = [(row, o.language) for row, o in zip(rows, self.originals, strict=True) if row is not None]
        described, contract = rows_read[0][0]
        nuts = places(parts(described, "NUTS"))
        return Lot(
            id=key,
            titles=joined(_title(row, language) for row, language in rows_read),
            descriptions=joined(_description(row[0], language) for row, language in rows_read),
            nature=(value(contract, "TYPE_CONTRACT", key="CTYPE") or "").lower() or None,
            cpv=_cpv(described, contract) or self.cpv,
            nuts=nuts or (self.nuts if described is contract else ()),
            countries=tuple(dict.fromkeys(COUNTRIES[n.country] for n in nuts if n.country in COUNTRIES)),
            deadline=self.deadline,
            estimate=amount(part(described, "VAL_OBJECT")),
            criteria=(*self.selection, *_award_criteria(described, rows_read[0][1])),
            tender_languages=self.languages,
            documents=self.documents,
            reserved=self.reserved,
            techniques=self.techniques,
            term=_term(described),
            eu_funded=_either(described, "EU_PROGR_RELATED", "NO_EU_PROGR_RELATED"),
            documents_restricted=_either(self.originals[0].form, "DOCUMENT_RESTRICTED", "DOCUMENT_FULL"),
        )


def _term(described: Element) -> ContractTerm | None:
    """II.2.7: a length in days or months, or two days; how often it is renewed is stated in words alone."""
    measure = part(described, "DURATION")
    length = read_count(words(measure)) if measure is not None else None
    unit = UNITS.get((measure.get("TYPE") or "") if measure is not None else "")
    stated = length is not None and unit is not None
    term = ContractTerm(
        length if stated else None,
        unit if stated else None,
        starts=read_day(words_of(described, "DATE_START")),
        ends=read_day(words_of(described, "DATE_END")),
        renewals=0 if part(described, "NO_RENEWAL") is not None else None,
    )
    return None if term == ContractTerm() else term


def _either(frame: Element, yes: str, no: str) -> bool | None:
    """Which of two empty elements is there, as True or False; None for neither."""
    if first(frame, yes) is not None:
        return True
    return False if first(frame, no) is not None else None


def _coded_codes(coded: Element) -> tuple[tuple[Cpv, ...], tuple[Nuts, ...]]:
    """CPV and NUTS of the whole notice, for lots of R2.0.8 that name none."""
    noted = part(coded, "NOTICE_DATA")
    return codes(parts(noted, "ORIGINAL_CPV")), places(parts(noted, "PERFORMANCE_NUTS", "ORIGINAL_NUTS"))


def _title(row: tuple[Element, Element], language: str | None) -> tuple[Text, ...]:
    """The lot's title, else its contract's: undivided contracts have no title of a lot."""
    described, contract = row
    return (
        line(part(described, "TITLE"), language)
        or line(part(described, "LOT_TITLE"), language)
        or line(part(contract, "TITLE"), language)
        or line(first(contract, "TITLE_CONTRACT"), language)
    )


def _description(described: Element, language: str | None) -> tuple[Text, ...]:
    """II.2.4."""
    return paragraphs(part(described, "SHORT_DESCR"), language) or paragraphs(
        first(described, "LOT_DESCRIPTION", "SHORT_CONTRACT_DESCRIPTION"), language
    )


def _cpv(described: Element, contract: Element) -> tuple[Cpv, ...]:
    """The contract's main code, which lots do not repeat (II.1.2), then the lot's own (II.2.2)."""
    main = codes(every(part(contract, "CPV_MAIN"), "CPV_CODE"))
    own = codes(code for frame in parts(described, "CPV_ADDITIONAL") for code in every(frame, "CPV_CODE"))
    older = codes(every(part(described, "CPV"), "CPV_CODE"))
    return tuple(dict.fromkeys((*main, *own, *older)))


def _deadline(main: Element, kind: Form, coded: Element, zone: str | None) -> Deadline | None:
    """IV.2.2, local time of the buyer; R2.0.8 is read from the coded data ("20200403 15:00"), which elsewhere are not
    trusted: the Publications Office moves them when a corrigendum appears (TED 107394-2020 says 30 March, its coded
    data 3 April), and a notice is read as published.

    What has to arrive follows from the procedure; a prior information that is the call asks for interest (F01, F04).
    """
    if kind is not Form.COMPETITION:
        return None
    procedure = part(main, "PROCEDURE")
    day, hour = words_of(procedure, "DATE_RECEIPT_TENDERS"), words_of(procedure, "TIME_RECEIPT_TENDERS")
    if day is None:
        written = words_of(coded, "CODIF_DATA", "DT_DATE_FOR_SUBMISSION")
        if written is None:
            return None
        compact, _, clock = written.partition(" ")
        day, hour = f"{compact[:4]}-{compact[4:6]}-{compact[6:]}", clock.strip() or None
    return read_deadline(day, hour, _deadline_kind(main, coded), zone=zone)


def _deadline_kind(main: Element, coded: Element) -> DeadlineKind:
    """What has to arrive by then."""
    if value(coded, "CODIF_DATA", "TD_DOCUMENT_TYPE", key="CODE") in ("A", "M"):
        return DeadlineKind.INTEREST
    return DeadlineKind.REQUEST if read_procedure(main) in TWO_STAGE else DeadlineKind.TENDER


def read_procedure(main: Element) -> str | None:
    """BT-105: the element that names the procedure, in PROCEDURE or under its directive."""
    found = first(main, *PROCEDURES)
    return PROCEDURES[local(found)] if found is not None else None


def _selection_criteria(main: Element, language: str | None) -> tuple[Criterion, ...]:
    """III.1, stated once for all lots."""
    found = every(part(main, "LEFTI"), *_SELECTION_KINDS)
    described = ((_SELECTION_KINDS[local(element)], paragraphs(element, language)) for element in found)
    return tuple(Criterion("selection", kind, texts) for kind, texts in described if texts)


def _award_criteria(described: Element, language: str | None) -> tuple[Criterion, ...]:
    """II.2.5: criteria are in an element of their kind, or bare in concessions; a price needs no name."""
    criteria: list[Criterion] = []
    framed: set[Element] = set()
    for element in every(described, *_AWARD_KINDS, "AC_CRITERION"):
        if local(element) == "AC_CRITERION":
            if element not in framed and (texts := line(element, language)):
                criteria.append(Criterion("award", "unstated", texts))
            continue
        named = part(element, "AC_CRITERION")
        if named is not None:
            framed.add(named)
        weight = weight_of(words_of(element, "AC_WEIGHTING"), "%")
        criteria.append(Criterion("award", _AWARD_KINDS[local(element)], line(named, language), weight))
    return tuple(criteria)
