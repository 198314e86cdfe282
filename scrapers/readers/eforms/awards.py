"""The results: per lot its outcome, who won (alone or together), for how much, decided when.

eForms spreads it over four tables that point at one another: results of lots, tenders, tendering parties, contracts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cached_property

from scrapers.errors import Unknown, Unreadable
from scrapers.readers.eforms.organisations import Organisations
from scrapers.readers.eforms.tree import (
    CAC,
    CBC,
    EFAC,
    EFBC,
    NAME,
    down,
    first,
    money,
    parts_of,
    pointed,
    reference,
    word,
    words,
)
from scrapers.readers.normalise.deadlines import read_day
from scrapers.readers.normalise.numbers import read_amount, read_count
from scrapers.readers.normalise.text import read_line
from scrapers.safe_formats.xml import Element
from warehouse.model.notices import Award, Money, TenderingParty

_RANK_CODE = CBC + "RankCode"
_LEGAL_MONETARY_TOTAL = CAC + "LegalMonetaryTotal"
_PAYABLE_AMOUNT = CBC + "PayableAmount"
_TENDERER = EFAC + "Tenderer"
_SUB_CONTRACTOR = EFAC + "SubContractor"
_GROUP_LEAD_INDICATOR = EFBC + "GroupLeadIndicator"
_AWARD_DATE = CBC + "AwardDate"
_STATISTICS_CODE = EFBC + "StatisticsCode"
_STATISTICS_NUMERIC = EFBC + "StatisticsNumeric"
_TENDER = EFAC + "LotTender"
_CONTRACT = EFAC + "SettledContract"
_PARTY = EFAC + "TenderingParty"
_RESULT = EFAC + "LotResult"
_LOT = EFAC + "TenderLot"
_STATISTICS = EFAC + "ReceivedSubmissionsStatistics"
_SUBCONTRACTING_TERM = EFAC + "SubcontractingTerm"
_TERM_CODE = EFBC + "TermCode"
_APPLIES = {"yes": True, "no": False}
_DPS_TERMINATION = EFBC + "DPSTerminationIndicator"
_INDICATED = {"true": True, "1": True, "false": False, "0": False}
_OUTCOME = CBC + "TenderResultCode"
_UNWON = frozenset({"clos-nw", "open-nw"})
_OUTCOMES = _UNWON | {"selec-w", "unstated", "unpublished"}  # the last one is withheld (BT-195)
_FILLER_YEARS = range(2001)  # 2000-01-01 in most notices, 1970-01-01 in 215501-2024, 0001-01-01 in 215263-2024


def read_awards(noted: Element | None, result: Element | None, organisations: Organisations) -> tuple[Award, ...]:
    """One award for each result of a lot (`noted` is efac:NoticeResult, `result` is
    cac:TenderResult). Raises Unreadable where one names no lot."""
    if noted is None:
        return ()
    tables = _ResultTables(noted, organisations)
    common = _decided(result)
    return tuple(
        _read_award(lot_result, tables, common)
        for lot_result in tables.results
        if not _lists_losers(lot_result, tables)
    )


def _lists_losers(result: Element, tables: _ResultTables) -> bool:
    """Whether a result of its own lists but tenders that lost: some publishers write one a tender. Every one has a rank
    above 1, or is in no contract while another result of the lot has one; another result of the lot has a winner."""
    found = parts_of(result)
    if found.get(_CONTRACT) or words(first(found, _OUTCOME)) in _UNWON:
        return False
    listed = [key for key in _keys(found.get(_TENDER, ())) if key in tables.tenders]
    lot = next(iter(_keys(found.get(_LOT, ()))), None)
    others = [other for other in tables.results if other is not result and lot in _keys(other.iterchildren(_LOT))]
    others = [other for other in others if word(other, _OUTCOME) not in _UNWON]
    if not listed or not others or any(key in tables.all_contracted for key in listed):
        return False
    is_contracted = any(True for other in others for _ in other.iterchildren(_CONTRACT))
    return is_contracted or all(_is_below_first(tables.tenders[key]) for key in listed)


def _is_below_first(tender: Element) -> bool:
    """BT-171: a rank above 1."""
    rank = read_count(word(tender, _RANK_CODE))
    return rank is not None and rank > 1


class _ResultTables:
    """The four tables of efac:NoticeResult by their keys."""

    def __init__(self, noted: Element, organisations: Organisations) -> None:
        self.results: list[Element] = []
        self.tenders: dict[str, Element] = {}
        self.contracts: dict[str, Element] = {}
        self.valued_groups: set[str] = set()
        self._parties: dict[str, Element] = {}
        self._read: dict[str, TenderingParty] = {}
        self._organisations = organisations
        kept = {_TENDER: self.tenders, _CONTRACT: self.contracts, _PARTY: self._parties}
        for row in noted.iterchildren(_RESULT, *kept):
            if row.tag == _RESULT:
                self.results.append(row)
            elif key := pointed(row):
                kept[row.tag][key] = row

    def party_of(self, tender: Element) -> TenderingParty | None:
        """Who made a tender; None where the notice does not state it."""
        key = reference(tender, _PARTY)
        described = self._parties.get(key) if key else None
        if key is None or described is None:
            return None
        if key not in self._read:
            self._read[key] = _read_party(key, described, self._organisations)
        return self._read[key]

    @cached_property
    def all_contracted(self) -> set[str]:
        """The tenders that any contract was made with."""
        return self.contracted(list(self.contracts))

    def contracted(self, keys: list[str]) -> set[str]:
        """The tenders that these contracts were made with."""
        found = (self.contracts[key] for key in keys if key in self.contracts)
        return {key for contract in found for key in _keys(contract.iterchildren(_TENDER))}


def _read_award(result: Element, tables: _ResultTables, common: date | None) -> Award:
    """One efac:LotResult."""
    found = parts_of(result)
    lots = _keys(found.get(_LOT, ()))
    if not lots:
        raise Unreadable("a result names no lot (BT-13713); so that the awarded lot is not known")
    # Results in notices of direct awards and of modifications have no outcome.
    outcome = words(first(found, _OUTCOME)) or "unstated"
    if outcome not in _OUTCOMES:
        raise Unknown(f"the outcome {outcome!r:.60} (BT-142) is unknown; teach _OUTCOMES whether somebody won")
    contracts = _keys(found.get(_CONTRACT, ()))
    won = [] if outcome in _UNWON else _winning(_keys(found.get(_TENDER, ())), contracts, tables)
    parties = (tables.party_of(tender) for tender in won)
    return Award(
        lot=lots[0],
        outcome=outcome,
        winners=tuple({p.id: p for p in parties if p is not None and p.organisations}.values()),
        value=_value(won, tables),
        decided_on=_decided_by_contract(contracts, tables) or common,
        tenders_received=_tenders_received(found.get(_STATISTICS, ())),
        sme_tenders=_counted(found.get(_STATISTICS, ()), "t-sme"),
        subcontracted=_subcontracted(won),
        terminates=_INDICATED.get(words(first(found, _DPS_TERMINATION)) or ""),
    )


def _winning(listed: list[str], contracts: list[str], tables: _ResultTables) -> list[Element]:
    """The tenders that won, of those a result lists.

    A result may list losers too: TED 191534-2024 and 215499-2024 list every tender, and the contract names the winner.
    A single one has won whatever the contract states (212524-2025 and 429111-2024 mix their contracts up). Where the
    result's own contract names none of several (191534-2024, lot 2), any contract decides, then the rank.
    """
    known = [key for key in dict.fromkeys(listed) if key in tables.tenders]
    if len(known) > 1:
        known = (
            _among(known, tables.contracted(contracts))
            or _among(known, tables.all_contracted)
            or [key for key in known if word(tables.tenders[key], _RANK_CODE) == "1"]
            or known
        )
    return [tables.tenders[key] for key in known]


def _among(known: list[str], signed: set[str]) -> list[str]:
    """Those of the tenders that a contract was signed for."""
    return [key for key in known if key in signed]


def _value(won: list[Element], tables: _ResultTables) -> Money | None:
    """BT-720 of the winning tender. Several winners of one lot share a framework (TED 589964-2023 writes the whole
    framework's value beside each): no single value is theirs. A tender for a group of lots (BT-13714 names GLO-nnnn)
    counts once, at the first lot it won."""
    if len(won) != 1:
        return None
    key = pointed(won[0])
    if key and (reference(won[0], _LOT) or "").startswith("GLO-"):
        if key in tables.valued_groups:
            return None
        tables.valued_groups.add(key)
    return money(down(won[0], _LEGAL_MONETARY_TOTAL, _PAYABLE_AMOUNT))


def _read_party(key: str, described: Element, organisations: Organisations) -> TenderingParty:
    """Who tenders under one name, the lead first."""
    tenderers: list[tuple[bool, str]] = []
    subcontractors: list[str] = []
    for node in described.iterchildren(_TENDERER, _SUB_CONTRACTOR):
        firm = pointed(node)
        if firm is None:
            continue
        if node.tag == _SUB_CONTRACTOR:
            subcontractors.append(firm)
        else:
            indicator = word(node, _GROUP_LEAD_INDICATOR)
            tenderers.append((indicator == "true" if indicator else organisations.leads(firm), firm))
    tenderers.sort(key=lambda tenderer: not tenderer[0])
    name = word(described, NAME)
    return TenderingParty(
        id=key,
        organisations=tuple(organisations.find(firm) for firm in dict.fromkeys(firm for _, firm in tenderers)),
        subcontractors=tuple(organisations.find(firm) for firm in dict.fromkeys(subcontractors)),
        name=read_line(name) if name else None,
    )


def _keys(pointers: Iterable[Element]) -> list[str]:
    """The keys of references."""
    keys = [pointed(pointer) for pointer in pointers]
    return [key for key in keys if key]


def _decided_by_contract(contracts: list[str], tables: _ResultTables) -> date | None:
    """BT-1451 of the result's contracts, the earliest."""
    found = (tables.contracts[key] for key in contracts if key in tables.contracts)
    days = [day for contract in found if (day := _real(read_day(word(contract, _AWARD_DATE))))]
    return min(days, default=None)


def _decided(result: Element | None) -> date | None:
    """The date of cac:TenderResult, which most publishers fill because UBL demands it."""
    return None if result is None else _real(read_day(word(result, _AWARD_DATE)))


def _real(day: date | None) -> date | None:
    """A day that is plausible."""
    return None if day is None or day.year in _FILLER_YEARS else day


def _counted(statistics: Iterable[Element], wanted: str) -> int | None:
    """BT-759 of one kind (BT-760)."""
    stated = (
        word(statistic, _STATISTICS_NUMERIC) for statistic in statistics if word(statistic, _STATISTICS_CODE) == wanted
    )
    return next((number for value in stated if (number := read_count(value)) is not None), None)


def _subcontracted(won: list[Element]) -> bool | None:
    """BT-773 of the winning tenders: True where any is subcontracted in part."""
    terms = (word(term, _TERM_CODE) for tender in won for term in tender.iterchildren(_SUBCONTRACTING_TERM))
    indicator = {_APPLIES[code] for code in terms if code in _APPLIES}
    return any(indicator) if indicator else None


def _tenders_received(statistics: Iterable[Element]) -> int | None:
    """BT-759 for "tenders"; TED 191534-2024 gives a count without its kind, which is that of tenders."""
    counted = [(word(statistic, _STATISTICS_CODE), statistic) for statistic in statistics]
    stated = [statistic for code, statistic in counted if code == "tenders"]
    if not stated and len(counted) == 1 and counted[0][0] is None:
        stated = [counted[0][1]]
    if not stated:
        return None
    number = read_amount(word(stated[0], _STATISTICS_NUMERIC) or "")
    return None if number is None or not 0 <= number < 10**9 else int(number)
