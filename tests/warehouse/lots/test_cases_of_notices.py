"""The twenty cases of ../shared/cases/notices: inputs that people who work with these sources reported as read wrongly,
each with its right value. Invented equivalents of every kind are in the tests of the readers and of the views."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from scrapers.read import Reading, read_path
from tests.support.stores import passing_store
from warehouse.model.notices import Award, Deadline, DeadlineKind, Money, Notice
from warehouse.store import Store

NIGHT = datetime(2026, 5, 20, 7, 45, tzinfo=UTC)


@pytest.fixture
def cases(shared: Path) -> Path:
    """The folder of the cases; skips where it is absent."""
    folder = shared / "cases" / "notices"
    if not folder.is_dir():
        pytest.skip("../shared/cases/notices is absent")
    return folder


@pytest.fixture
def store() -> Iterator[Store]:
    with passing_store() as opened:
        opened.set_as_of(NIGHT)
        yield opened


def read(path: Path) -> list[Notice]:
    return [reading.notice for reading in read_path(path) if reading.notice is not None]


def set_aside(path: Path) -> list[Reading]:
    return [reading for reading in read_path(path) if reading.notice is None]


def states(store: Store, path: Path) -> dict[str, str | None]:
    """Why each lot of a case is closed on 20 May 2026, by the end of its name; None where it is open."""
    store.save_notices(read(path))
    rows = store._con.execute("select lot, closed from newest_lot order by lot_uid").fetchall()
    return dict(rows)


def deadline(lot: Deadline | None) -> str:
    assert lot is not None
    return lot.at.isoformat()


def euros(award: Award) -> Decimal | None:
    return award.value.amount if award.value else None


def winners(award: Award) -> list[str]:
    return [text.value for party in award.winners for firm in party.organisations for text in firm.names]


def test_a_result_does_not_close_a_dynamic_purchasing_system_that_is_not_terminated(cases: Path, store: Store):
    assert states(store, cases / "dps-result-without-termination") == {"LOT-0001": None}


def test_withdrawing_a_result_does_not_withdraw_its_call(cases: Path, store: Store):
    assert states(store, cases / "result-withdrawn") == {"LOT-0001": None}


def test_a_call_reopened_on_the_day_of_its_cancellation_is_open(cases: Path, store: Store):
    found = states(store, cases / "cancelled-and-reopened-the-same-day")
    assert found == {"LOT-0001": None, "LOT-0002": None}


def test_a_lot_withdrawn_stays_withdrawn_when_another_lot_is_corrected(cases: Path, store: Store):
    assert states(store, cases / "withdrawn-lot-comes-back") == {"LOT-0001": None, "LOT-0002": "cancelled"}


def test_a_deadline_before_the_dispatch_gives_way_to_the_other_one(cases: Path):
    (notice,) = read(cases / "deadline-before-dispatch.xml")
    stated = notice.lots[0].deadline
    assert deadline(stated) == "2026-06-30T12:00:00+02:00"
    assert stated is not None
    assert stated.kind is DeadlineKind.TENDER


def test_parameters_of_an_address_are_no_entities(cases: Path):
    (notice,) = read(cases / "address-with-region.xml")
    assert notice.lots[0].documents == ("https://marches.example.be/dce?id=4&region=2&notice=77",)


def test_a_withheld_criterion_has_no_words(cases: Path):
    (notice,) = read(cases / "criterion-withheld.xml")
    assert [(c.use, c.kind, c.texts) for c in notice.lots[0].criteria] == [("award", "price", ())]


def test_a_loser_listed_in_a_result_of_its_own_won_nothing(cases: Path):
    (notice,) = read(cases / "losers-in-a-result-of-their-own.xml")
    won = [(award.lot, winners(award), euros(award)) for award in notice.awards if award.winners]
    assert won == [("LOT-0001", ["Codefleur SRL"], Decimal(100000))]


def test_the_encoding_declared_inside_json_is_not_believed(cases: Path):
    (notice,) = read(cases / "xml-in-json-declares-latin1.json")
    assert notice.titles[0].value == "Été de la géomatique"


def test_a_bad_additional_cpv_costs_the_code_and_not_the_row(cases: Path):
    (notice,) = read(cases / "bosa-row-with-a-bad-cpv.json")
    assert [code.code for code in notice.cpv] == ["72000000"]


def test_a_place_outside_europe_is_a_country_and_no_nuts_code(cases: Path):
    (notice,) = read(cases / "search-row-place-outside-europe.json")
    assert notice.nuts == ()
    assert [(lot.nuts, lot.countries) for lot in notice.lots] == [((), ("RWA", "COD"))] * 2


def test_a_correction_that_names_its_notice_inside_donnees_takes_its_place(cases: Path, store: Store):
    store.save_notices(read(cases / "boamp-correction-names-its-notice-inside.json"))
    (lot,) = store.load_open_lots()
    assert deadline(lot.lot.deadline) == "2026-06-12T12:00:00+02:00"


def test_a_mapa_award_has_its_amount_its_tenders_and_its_call(cases: Path, store: Store):
    path = cases / "boamp-mapa-award.json"
    (award,) = read(path)[1].awards
    assert winners(award) == ["Alpha SAS"]
    assert (award.value, award.tenders_received) == (Money(Decimal(84500), "EUR"), 5)
    store.save_notices(read(path))
    assert store.load_open_lots() == []


def test_lot_1_bis_is_a_lot_of_its_own(cases: Path, store: Store):
    notices = read(cases / "boamp-lot-1-bis.json")
    assert len({lot.id for lot in notices[0].lots}) == 3
    store.save_notices(notices)
    assert len(store.load_open_lots()) == 3


def test_donnees_may_be_an_object(cases: Path):
    (notice,) = read(cases / "boamp-donnees-as-object.json")
    assert [lot.titles[0].value for lot in notice.lots] == ["Lot 1", "Lot 2"]


def test_a_contract_without_id_is_set_aside_alone(cases: Path):
    path = cases / "decp-one-contract-without-id.json"
    assert len(read(path)) == len(set_aside(path)) == 1


def test_a_concession_among_contracts_costs_no_contract(cases: Path):
    titles = [notice.titles[0].value for notice in read(cases / "decp-2019-with-a-concession.json")]
    assert "Hébergement d'un intranet" in titles


def test_one_number_of_a_buyer_may_name_two_contracts(cases: Path):
    notices = read(cases / "decp-one-number-two-contracts.json")
    found = {
        (firm.company_number or "")[:9]: euros(award)
        for notice in notices
        for award in notice.awards
        for party in award.winners
        for firm in party.organisations
    }
    assert found == {"552100554": Decimal(120000), "443061841": Decimal(5000)}
    assert len({notice.uid for notice in notices}) == 2


def test_days_with_an_hour_are_days(cases: Path):
    (notice,) = read(cases / "decp-days-with-an-hour.json")
    assert notice.publication.day == date(2024, 3, 20)
    assert notice.awards[0].decided_on == date(2024, 3, 1)


def test_an_unknown_outcome_costs_its_notice_alone(cases: Path, store: Store):
    folder = cases / "ted-one-unknown-outcome"
    assert states(store, folder) == {"LOT-0001": None}
    assert len(store.load_open_lots()) == 2
    (aside,) = set_aside(folder)
    assert "selec-prov" in (aside.reason or "")
