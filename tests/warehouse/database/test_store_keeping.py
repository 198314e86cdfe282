"""Keeping is idempotent and exact; a summary is completed, never the reverse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.notices.strategies import notices
from tests.support.stores import passing_store
from warehouse.errors import BadFact, NotInWarehouse
from warehouse.model.night_reports import Kept
from warehouse.model.notices import (
    Buyer,
    Deadline,
    DeadlineKind,
    Form,
    Lot,
    Money,
    Notice,
    Organisation,
    Publication,
    SetAside,
    Text,
)
from warehouse.store import Store

ONE_STORE = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with passing_store() as opened:
        yield opened


@pytest.fixture
def empty(store: Store) -> Store:
    forget(store)
    return store


def forget(store: Store) -> None:
    """Empties the warehouse: opening a fresh one for each example would cost a hundred times as much."""
    for table in ("notice", "publication", "lot", "buyer", "award", "tendering_party", "change", "set_aside"):
        store._con.execute(f"delete from {table}")  # noqa: S608  our own tables


def contents(store: Store) -> tuple[list[Notice], list[tuple[str, ...]]]:
    publications = store._con.execute("select * from publication order by notice, source, number").fetchall()
    return list(store.load_notices()), publications


def a_call(
    number: str = "100-2026", *, source: str = "eu_ted", summary: bool = False, notice_id: str = "n-1"
) -> Notice:
    return Notice(
        id=notice_id,
        version=1,
        form=Form.COMPETITION,
        publication=Publication(source, number, date(2026, 11, 2), "https://portal.example/n-1"),
        titles=(Text("Réseau de capteurs", "FRA"),),
        lots=() if summary else (Lot("LOT-0001", (Text("Capteurs", "FRA"),)),),
        is_summary=summary,
    )


@ONE_STORE
@given(notice=notices)
def test_a_notice_comes_back_as_it_was_kept(store: Store, notice: Notice) -> None:
    forget(store)
    store.save_notices([notice])
    assert store.load_notice(notice.uid) == notice


@ONE_STORE
@given(given_notices=st.lists(notices, max_size=6))
def test_keeping_twice_is_keeping_once(store: Store, given_notices: list[Notice]) -> None:
    forget(store)
    store.save_notices(given_notices)
    once = contents(store)
    again = store.save_notices(given_notices)
    assert (contents(store), again) == (once, Kept(same=len(given_notices)))


@ONE_STORE
@given(given_notices=st.lists(notices, max_size=6))
def test_one_batch_or_many_come_to_the_same(store: Store, given_notices: list[Notice]) -> None:
    forget(store)
    together = store.save_notices(given_notices)
    in_one = contents(store)
    forget(store)
    apart = sum((store.save_notices([notice]) for notice in given_notices), Kept())
    assert (contents(store), apart) == (in_one, together)


@ONE_STORE
@given(given_notices=st.lists(notices, max_size=6))
def test_every_notice_given_is_new_or_completed_or_the_same(store: Store, given_notices: list[Notice]) -> None:
    forget(store)
    kept = store.save_notices(iter(given_notices))
    assert kept.new + kept.completed + kept.same == len(given_notices)


def test_a_version_seen_at_two_portals_is_one_notice_with_two_publications(empty: Store) -> None:
    kept = empty.save_notices([a_call("100-2026"), a_call("26-100", source="fr_boamp")])
    notices_kept, publications = contents(empty)
    assert (kept, len(notices_kept), [p[2] for p in publications]) == (Kept(new=1, same=1), 1, ["100-2026", "26-100"])


def test_a_summary_is_completed_by_its_full_text(empty: Store) -> None:
    empty.save_notices([a_call(summary=True)])
    kept = empty.save_notices([a_call()])
    assert (kept, empty.load_notice("n-1-01")) == (Kept(completed=1), a_call())


def test_a_summary_never_replaces_the_full_text(empty: Store) -> None:
    empty.save_notices([a_call()])
    kept = empty.save_notices([a_call(summary=True)])
    assert (kept, empty.load_notice("n-1-01")) == (Kept(same=1), a_call())


def test_a_summary_under_another_identifier_is_completed_by_its_number(empty: Store) -> None:
    empty.save_notices([a_call(summary=True, notice_id="from-search")])
    kept = empty.save_notices([a_call()])
    assert (kept, list(empty.load_notices())) == (Kept(completed=1), [a_call()])


def test_a_summary_completed_in_its_own_batch_leaves_the_place_of_the_full_text(empty: Store) -> None:
    summary = a_call(summary=True, notice_id="from-search")
    bare = replace(summary, publication=replace(summary.publication, url=None))
    kept = empty.save_notices([bare, a_call()])
    assert (kept, list(empty.load_notices())) == (Kept(new=1, completed=1), [a_call()])


def test_a_place_found_under_the_summary_stays_with_the_full_text(empty: Store) -> None:
    summary = a_call(summary=True, notice_id="from-search")
    elsewhere = replace(summary, publication=Publication("fr_boamp", "26-100", date(2026, 11, 3)))
    empty.save_notices([summary, elsewhere])
    empty.save_notices([a_call()])
    assert [row[:3] for row in contents(empty)[1]] == [
        ("n-1-01", "eu_ted", "100-2026"),
        ("n-1-01", "fr_boamp", "26-100"),
    ]


def test_the_numbers_to_complete_are_those_of_summaries(empty: Store) -> None:
    empty.save_notices([a_call("100-2026", summary=True), a_call("101-2026", notice_id="n-2")])
    assert (empty.load_summary_numbers("eu_ted"), empty.load_known_numbers("eu_ted")) == (("100-2026",), ("101-2026",))


def test_the_full_text_from_one_portal_makes_the_number_of_the_other_known(empty: Store) -> None:
    empty.save_notices([a_call("100-2026", summary=True), a_call("26-100", source="fr_boamp")])
    assert (empty.load_summary_numbers("eu_ted"), empty.load_known_numbers("eu_ted")) == ((), ("100-2026",))


def test_a_batch_that_fails_leaves_nothing_of_itself(empty: Store) -> None:
    nowhere = Deadline(datetime(2026, 12, 1, tzinfo=UTC), DeadlineKind.TENDER, "Mars/Olympus")
    with pytest.raises(BadFact, match="Mars/Olympus"):
        empty.save_notices([a_call(), replace(a_call(notice_id="n-2"), lots=(Lot("1", (), deadline=nowhere),))])
    assert list(empty.load_notices()) == []


def test_notices_are_taken_from_an_iterator_a_batch_at_a_time(empty: Store) -> None:
    def endless() -> Iterator[Notice]:
        for n in range(2500):
            yield a_call(f"{n}-2026", notice_id=f"n-{n}")
        raise InterruptedError

    with pytest.raises(InterruptedError):
        empty.save_notices(endless())
    assert len(list(empty.load_notices())) == 2000


@pytest.mark.parametrize("zone", ["+02:00", "-03:30", "Z"], ids=["east", "west", "utc"])
def test_a_deadline_comes_back_with_the_offset_it_was_written_in(empty: Store, zone: str) -> None:
    offsets = {"+02:00": timezone(timedelta(hours=2)), "-03:30": timezone(-timedelta(hours=3, minutes=30)), "Z": UTC}
    at = datetime(2026, 10, 25, 2, 30, tzinfo=offsets[zone])
    deadline = Deadline(at, DeadlineKind.TENDER, zone)
    empty.save_notices([replace(a_call(), lots=(Lot("1", (), deadline=deadline),))])
    found = empty.load_notice("n-1-01").lots[0].deadline
    assert found is not None
    assert (found.at.isoformat(), found.zone) == (at.isoformat(), zone)


def test_the_second_half_past_two_of_the_clock_change_is_not_the_first(empty: Store) -> None:
    at = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Brussels"), fold=1)
    deadline = Deadline(at, DeadlineKind.REQUEST, "Europe/Brussels")
    empty.save_notices([replace(a_call(), lots=(Lot("1", (), deadline=deadline),))])
    found = empty.load_notice("n-1-01").lots[0].deadline
    assert found is not None
    assert (found.at.tzinfo, found.at.isoformat()) == (ZoneInfo("Europe/Brussels"), "2026-10-25T02:30:00+01:00")


@pytest.mark.parametrize("amount", ["1200000.123456789012345", "1e30", "-0.01", "99999999999999.999999"])
def test_an_amount_comes_back_exactly_however_long(empty: Store, amount: str) -> None:
    estimate = Money(Decimal(amount), "EUR")
    empty.save_notices([replace(a_call(), estimate=estimate)])
    assert empty.load_notice("n-1-01").estimate == estimate


def test_a_long_amount_is_still_a_number_to_add_up(empty: Store) -> None:
    empty.save_notices([replace(a_call(), estimate=Money(Decimal("1200000.123456789"), "EUR"))])
    total = empty._con.execute("select sum(estimate.amount) from notice").fetchone()
    assert total == (Decimal("1200000.123457"),)


def test_a_notice_that_is_not_there_is_named(empty: Store) -> None:
    with pytest.raises(NotInWarehouse, match="unheard-of-01"):
        empty.load_notice("unheard-of-01")


def test_what_is_set_aside_twice_is_kept_once_with_its_last_reason(empty: Store) -> None:
    first = SetAside("eu_ted", "100-2026", "cut short", "landing/eu_ted/2026-11-02/7.xml", date(2026, 11, 2))
    empty.save_set_aside([first])
    empty.save_set_aside([replace(first, reason="not XML")])
    assert empty.load_set_aside() == (replace(first, reason="not XML"),)


def test_what_was_set_aside_is_found_by_its_day(empty: Store) -> None:
    first = SetAside("eu_ted", "100-2026", "cut short", "a", date(2026, 11, 2))
    empty.save_set_aside([first, replace(first, identifier="101-2026", day=date(2026, 11, 3))])
    assert [item.identifier for item in empty.load_set_aside(date(2026, 11, 3))] == ["101-2026"]


def test_names_of_organisations_keep_their_number_as_written(empty: Store) -> None:
    junk = Organisation("ORG-1", (Text("Ville imaginaire", "FRA"),), company_number="BE001", country="BEL")
    empty.save_notices([replace(a_call(), buyers=(Buyer(junk),))])
    row = empty._con.execute("select company_number, number from buyer").fetchone()
    assert row == ("BE001", None)


@pytest.mark.parametrize("amount", ["250000", "125000.5", "0.01", "1000000"])
def test_an_amount_comes_back_without_the_zeros_of_its_column(empty: Store, amount: str) -> None:
    empty.save_notices([replace(a_call(), estimate=Money(Decimal(amount), "EUR"))])
    found = empty.load_notice("n-1-01").estimate
    assert str(found and found.amount) == amount
