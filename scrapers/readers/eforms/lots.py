"""The lots of an eForms notice (BT-137), and the parts of a planning notice, which become lots.

Groups of lots (GLO-) only state which lots may be tendered for together; they are not lots.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from scrapers.errors import Unreadable
from scrapers.readers.eforms.contract_terms import read_contract
from scrapers.readers.eforms.project import read_project
from scrapers.readers.eforms.terms import read_terms
from scrapers.readers.eforms.tree import CAC, CBC, EFAC, ID, first, once, parts_of, published, word, words
from scrapers.readers.normalise.deadlines import possible_deadline, read_deadline
from scrapers.safe_formats.xml import Element
from warehouse.model.notices import Deadline, DeadlineKind, Lot

_PROCUREMENT_PROJECT = CAC + "ProcurementProject"
_TENDERING_TERMS = CAC + "TenderingTerms"
_TENDERING_PROCESS = CAC + "TenderingProcess"
_CONTRACTING_SYSTEM = CAC + "ContractingSystem"
_DAY = CBC + "EndDate"
_HOUR = CBC + "EndTime"
_ORDER = tuple(DeadlineKind)
_TECHNIQUE = CBC + "ContractingSystemTypeCode"
_PERIODS = {
    CAC + "TenderSubmissionDeadlinePeriod": DeadlineKind.TENDER,
    CAC + "ParticipationRequestReceptionPeriod": DeadlineKind.REQUEST,
    EFAC + "InterestExpressionReceptionPeriod": DeadlineKind.INTEREST,
}


class Dates(NamedTuple):
    """What deadlines are compared with: the buyer's zone, the instant of dispatch or publication before which none can
    lie, and whether the notice is a change, which may restate a call that is closed."""

    zone: str | None
    since: datetime | None
    is_change: bool


def read_lots(described: list[Element], process: Element | None, dates: Dates) -> tuple[Lot, ...]:
    """The lots in the order of the notice. `process` is the whole procedure's.

    Raises Unreadable for a lot without an identifier, and for a deadline that cannot be read.
    """
    common = _stated(process, dates.zone)
    lots: list[Lot] = []
    for lot_node in described:
        parts = parts_of(lot_node)
        identifier = first(parts, ID)
        key = words(identifier)
        if identifier is not None and identifier.get("schemeName") == "LotsGroup":
            continue
        if not key:
            raise Unreadable("a lot has no identifier (BT-137); without it no award and no change can be assigned")
        if not key.startswith("GLO-"):
            lots.append(_read_lot(key, parts, common, dates))
    return tuple(lots)


def _read_lot(key: str, parts: dict[str, list[Element]], common: list[Deadline], dates: Dates) -> Lot:
    """One cac:ProcurementProjectLot; `common` are the deadlines of the whole procedure, where the lot has none."""
    about = read_project(first(parts, _PROCUREMENT_PROJECT))
    terms = read_terms(first(parts, _TENDERING_TERMS))
    contract = read_contract(first(parts, _PROCUREMENT_PROJECT), first(parts, _TENDERING_TERMS))
    process = first(parts, _TENDERING_PROCESS)
    return Lot(
        id=key,
        titles=about.titles,
        descriptions=about.descriptions,
        nature=about.nature,
        cpv=about.cpv,
        nuts=about.nuts,
        countries=about.countries,
        deadline=possible_deadline(_stated(process, dates.zone) or common, dates.since, is_change=dates.is_change),
        estimate=about.estimate,
        framework_maximum=about.framework_maximum,
        criteria=terms.criteria,
        tender_languages=terms.languages,
        documents=terms.documents,
        reserved=terms.reserved,
        techniques=_techniques(process),
        **contract._asdict(),
    )


def _techniques(process: Element | None) -> tuple[str, ...]:
    """BT-765 and BT-766, where the lot is either."""
    systems = (
        [] if process is None else [word(system, _TECHNIQUE) for system in process.iterchildren(_CONTRACTING_SYSTEM)]
    )
    return once([published(code) for code in systems if code != "none"])


def impossible_deadlines(described: list[Element], process: Element | None, dates: Dates) -> tuple[str, ...]:
    """A sentence where a deadline was left out because it lies before dispatch or publication, once for the notice."""
    if dates.since is None or dates.is_change:
        return ()
    processes = (process, *(first(parts_of(node), _TENDERING_PROCESS) for node in described))
    early = {d.at for node in processes for d in _stated(node, dates.zone) if d.at < dates.since}
    shown = ", ".join(at.isoformat() for at in sorted(early))
    return (f"a deadline before dispatch or publication was left out ({shown}); look at the notice",) if early else ()


def _stated(process: Element | None, zone: str | None) -> list[Deadline]:
    """The deadlines stated, the one that closes first before the others; of equal ones a tender's before a request's
    before an interest's.

    TED 419422-2023 requires requests by 7 August and tenders by 27 October: without a request no tender is possible.
    TED 424643-2024 repeats its deadline for tenders as one for interest.
    """
    stated: list[Deadline] = []
    for period in () if process is None else _periods(process):
        day, hour = word(period, _DAY), word(period, _HOUR)
        if day is not None:
            stated.append(read_deadline(day, hour, _PERIODS[period.tag], zone=zone))
        elif hour is not None:
            raise Unreadable(f"a deadline states its hour {hour!r} and no day; look at the notice itself")
    return sorted(stated, key=lambda d: (d.at, _ORDER.index(d.kind)))


def _periods(process: Element) -> list[Element]:
    """The periods that end with a deadline, in the process or in its extension: some hold only a day or an hour."""
    found: list[Element] = []
    for leaf in process.iter(_DAY, _HOUR):
        period = leaf.getparent()
        if period is not None and period.tag in _PERIODS and period not in found:
            found.append(period)
    return found
