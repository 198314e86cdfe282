"""What a lot asks of who tenders: selection and award criteria, languages, documents, reservation (cac:TenderingTerms).

Exclusion grounds are the law's, not the lot's, and are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scrapers.readers.eforms_tree import (
    CAC,
    CBC,
    DESCRIPTION,
    EFAC,
    EXTENSIONS,
    ID,
    NAME,
    in_extensions,
    lines,
    once,
    paragraphs,
    within,
    word,
    words,
)
from scrapers.readers.words import read_address
from scrapers.xml import Element
from warehouse.facts import Criterion, Text

_CRITERION_CODE = CBC + "CriterionTypeCode"
_REQUIREMENT_CODE = CBC + "TendererRequirementTypeCode"
_AWARD_CODE = CBC + "AwardingCriterionTypeCode"
_QUALIFICATION = CAC + "TendererQualificationRequest"
_AWARDING_TERMS = CAC + "AwardingTerms"
_DOCUMENT = CAC + "CallForTendersDocumentReference"
_LANGUAGE = CAC + "Language"
_AWARDING = (CAC + "AwardingCriterion", CAC + "SubordinateAwardingCriterion")


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one lot."""

    criteria: tuple[Criterion, ...] = ()
    languages: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    reserved: bool | None = None


def read_terms(terms: Element | None) -> Terms:
    """The terms that decide who may answer and how."""
    if terms is None:
        return Terms()
    selection: list[Criterion] = []
    award: list[Criterion] = []
    languages: list[str | None] = []
    documents: list[str | None] = []
    reserved: bool | None = None
    for part in terms.iterchildren(EXTENSIONS, _QUALIFICATION, _AWARDING_TERMS, _DOCUMENT, _LANGUAGE):
        tag = part.tag
        if tag == EXTENSIONS:
            selection.extend(_in_extension(part))
        elif tag == _QUALIFICATION:
            told, asked = _qualification(part)
            reserved = told if reserved is None else reserved
            selection.extend(asked)
        elif tag == _AWARDING_TERMS:
            award.extend(_award_criteria(part))
        elif tag == _DOCUMENT:
            documents.append(within(part, CBC + "URI"))
        else:
            languages.append(word(part, ID))
    return Terms((*selection, *award), once(languages), once(_addresses(documents)), reserved)


def _in_extension(extensions: Element) -> Iterator[Criterion]:
    """Selection criteria (BT-747, BT-749, BT-750), with the code of the lot's SDK: "tp-abil" to 1.12,
    "slc-abil-ref-services" from 1.13 (BT-809). One marked as not used asks for nothing."""
    extension = in_extensions(extensions)
    if extension is None:
        return
    for one in extension.iterchildren(EFAC + "SelectionCriteria"):
        if word(one, CBC + "CalculationExpressionCode") == "n-used":
            continue
        kind, texts = _said(one, _REQUIREMENT_CODE, _CRITERION_CODE)
        if kind or texts:
            yield Criterion("selection", kind or "unstated", texts)


def _qualification(request: Element) -> tuple[bool | None, list[Criterion]]:
    """Whether the lot is reserved (BT-71: sheltered workshops, public service missions), and selection criteria where
    they are written as requirements. Sources ("see the documents") and exclusion grounds are no criteria."""
    reserved: bool | None = None
    asked: list[Criterion] = []
    for one in request.iterchildren(CAC + "SpecificTendererRequirement"):
        code = next(one.iterchildren(_REQUIREMENT_CODE), None)
        kind = words(code)
        if code is None or not kind:
            continue
        table = code.get("listName")
        if table == "reserved-procurement":
            reserved = bool(reserved) or kind != "none"
        elif table == "selection-criterion":
            asked.append(Criterion("selection", kind, _said(one)[1]))
    return reserved, asked


def _award_criteria(terms: Element) -> Iterator[Criterion]:
    """What tenders are measured by (BT-539, BT-734, BT-540), however deep they lie."""
    for one in terms.iter(*_AWARDING):
        kind, texts = _said(one, _AWARD_CODE)
        if kind or (texts and one.tag == _AWARDING[1]):
            yield Criterion("award", kind or "unstated", texts)


def _said(criterion: Element, *codes: str) -> tuple[str | None, tuple[Text, ...]]:
    """A criterion's code, of the first kind in `codes` that it has, and its words."""
    names: list[Element] = []
    descriptions: list[Element] = []
    found: dict[str, str | None] = {}
    for part in criterion.iterchildren(NAME, DESCRIPTION, *codes):
        tag = part.tag
        if tag == NAME:
            names.append(part)
        elif tag == DESCRIPTION:
            descriptions.append(part)
        else:
            found[tag] = words(part)
    kind = next((found[code] for code in codes if found.get(code)), None)
    return kind, _joined(lines(names), paragraphs(descriptions))


def _joined(names: tuple[Text, ...], descriptions: tuple[Text, ...]) -> tuple[Text, ...]:
    """Name and description as one text a language, said once where they say the same."""
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


def _addresses(written: Iterable[str | None]) -> Iterator[str | None]:
    """Web addresses; what is none ("invalid url" in an SDK example, an e-mail) is left out."""
    for address in written:
        if address is None:
            continue
        said = read_address(address)
        if said.startswith(("http://", "https://", "ftp://")):
            yield said
        elif said.startswith("www."):
            yield f"http://{said}"
