"""What a lot requires of tenderers: selection and award criteria, languages, documents, reservation
(cac:TenderingTerms).

Exclusion grounds are set by law, not by the lot, and are not read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from scrapers.readers.eforms.contract_terms import read_weight
from scrapers.readers.eforms.tree import (
    CAC,
    CBC,
    DESCRIPTION,
    EFAC,
    EXTENSIONS,
    NAME,
    first,
    in_extensions,
    lines,
    once,
    paragraphs,
    parts_of,
    pointed,
    published,
    within,
    words,
)
from scrapers.readers.normalise.text import read_address
from scrapers.safe_formats.xml import Element
from warehouse.model.notices import Criterion, Text

_TENDERER_QUALIFICATION_REQUEST = CAC + "TendererQualificationRequest"
_AWARDING_TERMS = CAC + "AwardingTerms"
_LANGUAGE = CAC + "Language"
_CALL_FOR_TENDERS_DOCUMENT_REFERENCE = CAC + "CallForTendersDocumentReference"
_SELECTION_CRITERIA = EFAC + "SelectionCriteria"
_CALCULATION_EXPRESSION_CODE = CBC + "CalculationExpressionCode"
_CRITERION_TYPE_CODE = CBC + "CriterionTypeCode"
_AWARDING_CRITERION_TYPE_CODE = CBC + "AwardingCriterionTypeCode"
_URI = CBC + "URI"
_REQUIREMENT_CODE = CBC + "TendererRequirementTypeCode"
_REQUIRED_CURRICULA = CBC + "RequiredCurriculaCode"
_SECURITY_CLEARANCE_TERM = CAC + "SecurityClearanceTerm"
_CODE = CBC + "Code"
_AWARDING = (CAC + "AwardingCriterion", CAC + "SubordinateAwardingCriterion")


class TenderTerms(NamedTuple):
    """The terms of one lot."""

    criteria: tuple[Criterion, ...] = ()
    languages: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    reserved: bool | None = None


def read_terms(terms: Element | None) -> TenderTerms:
    """The terms that decide who may tender and how."""
    if terms is None:
        return TenderTerms()
    parts = parts_of(terms)
    reserved, required = _qualification(parts.get(_TENDERER_QUALIFICATION_REQUEST, ()))
    selection = _in_extension(in_extensions(first(parts, EXTENSIONS)))
    award = [c for node in parts.get(_AWARDING_TERMS, ()) for c in _award_criteria(node)]
    return TenderTerms(
        criteria=(*selection, *required, *_execution(parts), *award),
        languages=once([pointed(node) for node in parts.get(_LANGUAGE, ())]),
        documents=_addresses(parts.get(_CALL_FOR_TENDERS_DOCUMENT_REFERENCE, ())),
        reserved=reserved,
    )


def _in_extension(extension: Element | None) -> list[Criterion]:
    """Selection criteria (BT-747, BT-749, BT-750), with the code of the lot's SDK: "tp-abil" to 1.12,
    "slc-abil-ref-services" from 1.13 (BT-809). One marked as not used requires nothing."""
    criteria: list[Criterion] = []
    for node in () if extension is None else extension.iterchildren(_SELECTION_CRITERIA):
        parts = parts_of(node)
        if words(first(parts, _CALCULATION_EXPRESSION_CODE)) == "n-used":
            continue
        kind = published(words(first(parts, _REQUIREMENT_CODE)) or words(first(parts, _CRITERION_TYPE_CODE)))
        texts = _texts(parts)
        if kind or texts:
            criteria.append(Criterion("selection", kind or "unstated", texts))
    return criteria


def _qualification(requests: Iterable[Element]) -> tuple[bool | None, list[Criterion]]:
    """Whether the lot is reserved (BT-71: sheltered workshops, public service missions), and selection criteria where
    they are written as requirements. Sources ("see the documents") and exclusion grounds are no criteria."""
    reserved: bool | None = None
    required: list[Criterion] = []
    for request in requests:
        for code in request.iter(_REQUIREMENT_CODE):
            table, kind = code.get("listName"), words(code)
            if table == "reserved-procurement" and kind:
                reserved = bool(reserved) or kind != "none"
            elif table == "selection-criterion" and kind:
                required.append(Criterion("selection", kind, _texts(parts_of(code.getparent()))))
    return reserved, required


def _execution(parts: dict[str, list[Element]]) -> list[Criterion]:
    """Requirements of those who perform: staff whose names and qualifications are stated (BT-79: "curricula-t-requ" in
    the tender, "curricula-par-requ" in the request to participate), a security clearance (BT-578, BT-732)."""
    stage = words(first(parts, _REQUIRED_CURRICULA))
    criteria = [Criterion("execution", f"curricula-{stage}", ())] if stage in ("t-requ", "par-requ") else []
    for term in parts.get(_SECURITY_CLEARANCE_TERM, ()):
        term_parts = parts_of(term)
        if words(first(term_parts, _CODE)) == "true":
            criteria.append(Criterion("execution", "clearance", _texts(term_parts)))
    return criteria


def _award_criteria(terms: Element) -> list[Criterion]:
    """What tenders are measured by (BT-539, BT-734, BT-540), however deep they lie. The outer criterion is a frame: its
    own words only explain the order (BT-733), unless it has a kind of its own (TED 215278-2024)."""
    criteria: list[Criterion] = []
    for node in terms.iter(*_AWARDING):
        parts = parts_of(node)
        kind = published(words(first(parts, _AWARDING_CRITERION_TYPE_CODE)))
        texts = _texts(parts) if kind or node.tag == _AWARDING[1] else ()
        if kind or texts:
            criteria.append(Criterion("award", kind or "unstated", texts, read_weight(node)))
    return criteria


def _texts(parts: dict[str, list[Element]]) -> tuple[Text, ...]:
    """The words of a criterion."""
    names, descriptions = parts.get(NAME), parts.get(DESCRIPTION)
    return _joined(lines(names) if names else (), paragraphs(descriptions) if descriptions else ())


def _joined(names: tuple[Text, ...], descriptions: tuple[Text, ...]) -> tuple[Text, ...]:
    """Name and description as one text a language, written once where they are the same."""
    if not names or not descriptions:
        return names or descriptions
    by_language = {name.language: name.value for name in names}
    joined = [_join(by_language.pop(text.language, None), text) for text in descriptions]
    return (*joined, *(Text(value, language) for language, value in by_language.items()))


def _join(name: str | None, description: Text) -> Text:
    """ "name: description"."""
    if name is None or description.value.startswith(name):
        return description
    return Text(f"{name}: {description.value}", description.language)


def _addresses(documents: Iterable[Element]) -> tuple[str, ...]:
    """Web addresses of the documents; what is none ("invalid url" in an SDK example, an e-mail) is left out."""
    found: dict[str, None] = {}
    for document in documents:
        written = within(document, _URI)
        address = read_address(written) if written else ""
        if address.startswith("www."):
            address = f"http://{address}"
        if address.startswith(("http://", "https://", "ftp://")):
            found[address] = None
    return tuple(found)
