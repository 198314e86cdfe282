"""What may be won: the lots of an eForms notice (BT-137), and the parts of a planning notice, which become lots.

Groups of lots (GLO-) only say which lots may be tendered for together; they are not lots.
"""

from __future__ import annotations

from collections.abc import Iterator

from scrapers.errors import Unreadable
from scrapers.readers.deadlines import read_deadline
from scrapers.readers.eforms_terms import read_terms
from scrapers.readers.eforms_tree import (
    CAC,
    CBC,
    DESCRIPTION,
    EFAC,
    EFBC,
    EXTENSIONS,
    ID,
    NAME,
    child,
    cpv,
    extension,
    in_extensions,
    lines,
    money,
    nuts,
    once,
    paragraphs,
    published,
    word,
    words,
)
from scrapers.xml import Element
from warehouse.codes import Cpv, Nuts
from warehouse.facts import Deadline, DeadlineKind, Lot, Money

_GROUPS = ("LotsGroup",)
_TERMS = CAC + "TenderingTerms"
_PROCESS = CAC + "TenderingProcess"
_PROJECT = CAC + "ProcurementProject"
_LOCATION = CAC + "RealizedLocation"
_MAIN = CAC + "MainCommodityClassification"
_ADDITIONAL = CAC + "AdditionalCommodityClassification"
_NATURE = CBC + "ProcurementTypeCode"
_ABOUT = (NAME, DESCRIPTION, _LOCATION, _MAIN, _ADDITIONAL, _NATURE, CAC + "RequestedTenderTotal")
_TECHNIQUE = CBC + "ContractingSystemTypeCode"
_PLACE_CODE = CBC + "CountrySubentityCode"
_COUNTRY_CODE = CBC + "IdentificationCode"
_PERIODS = {
    CAC + "TenderSubmissionDeadlinePeriod": DeadlineKind.TENDER,
    CAC + "ParticipationRequestReceptionPeriod": DeadlineKind.REQUEST,
    EFAC + "InterestExpressionReceptionPeriod": DeadlineKind.INTEREST,
}


def read_lots(parts: list[Element], process: Element | None, *, zone: str | None) -> tuple[Lot, ...]:
    """The lots in the order of the notice. `process` is the whole procedure's, `zone` the buyer's.

    Raises Unreadable for a lot without an identifier, and for a deadline that cannot be read.
    """
    common = _deadline(process, zone)
    lots: list[Lot] = []
    for part in parts:
        identifier = child(part, ID)
        key = words(identifier)
        if identifier is not None and identifier.get("schemeName") in _GROUPS:
            continue
        if not key:
            raise Unreadable("a lot has no identifier (BT-137); without it no award and no change can be told apart")
        if not key.startswith("GLO-"):
            lots.append(_read_lot(key, part, common, zone))
    return tuple(lots)


def _read_lot(key: str, part: Element, common: Deadline | None, zone: str | None) -> Lot:
    """One cac:ProcurementProjectLot; `common` is the deadline of the whole procedure, where the lot has none."""
    terms = process = project = None
    for one in part.iterchildren(_TERMS, _PROCESS, _PROJECT):
        if one.tag == _PROJECT:
            project = one
        elif one.tag == _TERMS:
            terms = one
        else:
            process = one
    about = Project(project)
    asked = read_terms(terms)
    return Lot(
        id=key,
        titles=lines(about.names),
        descriptions=paragraphs(about.descriptions),
        nature=about.nature,
        cpv=about.cpv,
        nuts=about.nuts,
        countries=about.countries,
        deadline=_deadline(process, zone) or common,
        estimate=about.estimate,
        framework_maximum=about.framework_maximum,
        criteria=asked.criteria,
        tender_languages=asked.languages,
        documents=asked.documents,
        reserved=asked.reserved,
        techniques=_techniques(process),
    )


def _techniques(process: Element | None) -> tuple[str, ...]:
    """BT-765 and BT-766, where the lot is either."""
    if process is None:
        return ()
    systems = (word(system, _TECHNIQUE) for system in process.iterchildren(CAC + "ContractingSystem"))
    return once(published(code) for code in systems if code != "none")


class Project:
    """cac:ProcurementProject, which says the same things of a procedure and of a lot."""

    __slots__ = ("_totals", "countries", "cpv", "descriptions", "names", "nature", "nuts")

    def __init__(self, project: Element | None) -> None:
        self.names: list[Element] = []
        self.descriptions: list[Element] = []
        self.nature: str | None = None
        self._totals: list[Element] = []
        main: list[Cpv | None] = []
        additional: list[Cpv | None] = []
        places: list[Nuts | None] = []
        countries: list[str | None] = []
        for part in () if project is None else project.iterchildren(*_ABOUT):
            tag = part.tag
            if tag == NAME:
                self.names.append(part)
            elif tag == DESCRIPTION:
                self.descriptions.append(part)
            elif tag == _LOCATION:
                place, country = _location(part)
                places.append(place)
                countries.append(country)
            elif tag == _ADDITIONAL:
                additional.append(_code(part))
            elif tag == _MAIN:
                main.append(_code(part))
            elif tag == _NATURE:
                self.nature = published(words(part))
            else:
                self._totals.append(part)
        self.cpv = once((*main, *additional))
        self.nuts = once(places)
        self.countries = once(countries)

    @property
    def estimate(self) -> Money | None:
        """BT-27."""
        return next((money(child(t, CBC + "EstimatedOverallContractAmount")) for t in self._totals), None)

    @property
    def framework_maximum(self) -> Money | None:
        """BT-271."""
        found = (extension(total) for total in self._totals)
        return next((money(child(e, EFBC + "FrameworkMaximumAmount")) for e in found if e is not None), None)


def _code(classification: Element) -> Cpv | None:
    """The CPV of one classification."""
    said = word(classification, CBC + "ItemClassificationCode")
    return cpv(said) if said else None


def _location(location: Element) -> tuple[Nuts | None, str | None]:
    """NUTS and country of one place of performance; "anyw" and its kin (BT-727) are no place."""
    place = country = None
    for leaf in location.iter(_PLACE_CODE, _COUNTRY_CODE):
        said = words(leaf)
        if leaf.tag == _COUNTRY_CODE:
            country = said
        elif said:
            place = nuts(said)
    return place, country


def _deadline(process: Element | None, zone: str | None) -> Deadline | None:
    """The deadline that closes the door first; of equal ones a tender's before a request's before an interest's.

    TED 419422-2023 asks for requests by 7 August and tenders by 27 October: who has not asked by August is out.
    TED 424643-2024 repeats its deadline for tenders as one for interest.
    """
    if process is None:
        return None
    found = [_read_period(period, zone) for period in _periods(process)]
    stated = [deadline for deadline in found if deadline is not None]
    return min(stated, key=lambda d: (d.at, tuple(DeadlineKind).index(d.kind)), default=None)


def _periods(process: Element) -> Iterator[Element]:
    """The periods that end with a deadline, in the process and in its extension."""
    for part in process.iterchildren(EXTENSIONS, *_PERIODS):
        if part.tag != EXTENSIONS:
            yield part
        elif (more := in_extensions(part)) is not None:
            yield from more.iterchildren(*_PERIODS)


def _read_period(period: Element, zone: str | None) -> Deadline | None:
    """The end of one period, None where it states none."""
    day = word(period, CBC + "EndDate")
    hour = word(period, CBC + "EndTime")
    if day is None:
        if hour is not None:
            raise Unreadable(f"a deadline states its hour {hour!r} and no day")
        return None
    return read_deadline(day, hour, _PERIODS[period.tag], zone=zone)
