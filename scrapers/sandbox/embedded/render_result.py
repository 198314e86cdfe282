"""From the specification of awards to efac:NoticeResult: results by lot, tenders, contracts, tendering parties."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from scrapers.sandbox.embedded.spec import AwardSpec, Body, NoticeSpec
from scrapers.sandbox.embedded.ubl import add, moment
from scrapers.sandbox.leaves import Element


def add_result(extension: Element, spec: NoticeSpec, key: Callable[[Body], str], on: date) -> None:
    """Adds every award of the notice `spec` to the `extension` of eForms.

    `key` gives an organisation its identifier in the notice; `on` is the day the portal plays.
    """
    result = add(extension, "efac:NoticeResult")
    values = [Decimal(award.value) for award in spec.awards if award.value]
    if values:
        add(result, "cbc:TotalAmount", sum(values), currencyID="EUR")
    won = [(place, award) for place, award in enumerate(spec.awards, start=1) if award.winners]
    for place, award in enumerate(spec.awards, start=1):
        _add_lot_result(result, place, award)
    for place, award in won:
        _add_tender(result, place, award)
    for place, award in won:
        _add_contract(result, place, on - timedelta(days=award.decided))
    for place, award in won:
        _add_party(result, place, [key(winner) for winner in award.winners])


def _add_lot_result(result: Element, place: int, award: AwardSpec) -> None:
    one = add(result, "efac:LotResult")
    add(one, "cbc:ID", f"RES-{place:04d}", schemeName="result")
    add(one, "cbc:TenderResultCode", award.outcome, listName="winner-selection-status")
    if award.reason:
        reason = add(one, "efac:DecisionReason")
        add(reason, "efbc:DecisionReasonCode", award.reason, listName="non-award-justification")
    if award.winners:
        add(add(one, "efac:LotTender"), "cbc:ID", f"TEN-{place:04d}", schemeName="tender")
    if award.tenders is not None:
        statistics = add(one, "efac:ReceivedSubmissionsStatistics")
        add(statistics, "efbc:StatisticsCode", "tenders", listName="received-submission-type")
        add(statistics, "efbc:StatisticsNumeric", award.tenders)
    if award.winners:
        add(add(one, "efac:SettledContract"), "cbc:ID", f"CON-{place:04d}", schemeName="contract")
    add(add(one, "efac:TenderLot"), "cbc:ID", f"LOT-{award.lot:04d}", schemeName="Lot")


def _add_tender(result: Element, place: int, award: AwardSpec) -> None:
    tender = add(result, "efac:LotTender")
    add(tender, "cbc:ID", f"TEN-{place:04d}", schemeName="tender")
    if award.value:
        total = add(tender, "cac:LegalMonetaryTotal")
        add(total, "cbc:PayableAmount", award.value, currencyID="EUR")
    add(add(tender, "efac:TenderingParty"), "cbc:ID", f"TPA-{place:04d}", schemeName="tendering-party")
    add(add(tender, "efac:TenderLot"), "cbc:ID", f"LOT-{award.lot:04d}", schemeName="Lot")
    add(add(tender, "efac:TenderReference"), "cbc:ID", f"OFFRE-{place:02d}")


def _add_contract(result: Element, place: int, decided: date) -> None:
    contract = add(result, "efac:SettledContract")
    add(contract, "cbc:ID", f"CON-{place:04d}", schemeName="contract")
    add(contract, "cbc:AwardDate", moment(decided, "09:00:00")[0])
    add(contract, "cbc:IssueDate", moment(decided + timedelta(days=4), "09:00:00")[0])
    add(add(contract, "efac:ContractReference"), "cbc:ID", f"CONTRAT-{place:02d}")
    add(add(contract, "efac:LotTender"), "cbc:ID", f"TEN-{place:04d}", schemeName="tender")


def _add_party(result: Element, place: int, keys: list[str]) -> None:
    party = add(result, "efac:TenderingParty")
    add(party, "cbc:ID", f"TPA-{place:04d}", schemeName="tendering-party")
    for position, key in enumerate(keys):
        tenderer = add(party, "efac:Tenderer")
        add(tenderer, "cbc:ID", key, schemeName="organization")
        if len(keys) > 1:
            add(tenderer, "efbc:GroupLeadIndicator", "true" if position == 0 else "false")
