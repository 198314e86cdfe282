"""Which lots are open on a night: newest notice, not cancelled, not awarded, deadline ahead, no look at the future."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.support.stores import passing_store
from warehouse.codes.classifications import Cpv
from warehouse.errors import BadFact, NotInWarehouse
from warehouse.model.notices import Award, Change, Deadline, DeadlineKind, Form, Lot, Notice, Publication, Text
from warehouse.store import Store

NIGHT = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
SOON = datetime(2026, 12, 15, 11, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def opened() -> Iterator[Store]:
    with passing_store() as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    for table in ("notice", "publication", "lot", "buyer", "award", "tendering_party", "change", "night"):
        opened._con.execute(f"delete from {table}")  # noqa: S608  our own tables
    opened.set_as_of(NIGHT)
    return opened


def a_lot(lot_id: str = "LOT-0001", at: datetime | None = SOON) -> Lot:
    deadline = Deadline(at, DeadlineKind.TENDER, "+00:00") if at else None
    return Lot(lot_id, (Text(f"Part {lot_id}", "ENG"),), cpv=(Cpv("72400000"),), deadline=deadline)


def a_call(
    *lots: Lot, notice_id: str = "call", version: int = 1, day: date = date(2026, 11, 2), **more: object
) -> Notice:
    notice = Notice(
        id=notice_id,
        version=version,
        form=Form.COMPETITION,
        publication=Publication("eu_ted", f"{notice_id}{version}-2026", day),
        notice_type="cn-standard",
        schema="eforms-sdk-1.13",
        procedure="purchase",
        titles=(Text("A network of sensors", "ENG"),),
        lots=lots or (a_lot(),),
    )
    return replace(notice, **more)  # pyright: ignore[reportArgumentType]


def a_change(of: str, *lots: Lot, reason: str = "cor-buy", named: tuple[str, ...] = (), **more: object) -> Notice:
    fields = {"notice_id": "change", "day": date(2026, 11, 10), "changes": (Change(of, reason, lots=named),), **more}
    return a_call(*lots, **fields)  # pyright: ignore[reportArgumentType]


def a_result(*awards: Award, day: date = date(2026, 11, 18), **more: object) -> Notice:
    return a_call(a_lot(), notice_id="result", day=day, form=Form.RESULT, awards=awards, **more)


def open_uids(store: Store) -> list[str]:
    return [lot.uid for lot in store.load_open_lots()]


def why_closed(store: Store) -> dict[str, str | None]:
    return dict(store._con.execute("select lot_uid, closed from newest_lot").fetchall())


def test_a_lot_with_its_deadline_ahead_is_open_with_its_notice_and_places(store: Store) -> None:
    call = a_call()
    store.save_notices([call, replace(call, publication=Publication("fr_boamp", "26-1", date(2026, 11, 3)))])
    (found,) = store.load_open_lots()
    assert (found.uid, found.lot, found.notice, [p.number for p in found.publications]) == (
        "purchase:LOT-0001",
        call.lots[0],
        replace(call, lots=()),
        ["call1-2026", "26-1"],
    )


def test_a_lot_whose_deadline_has_passed_is_not_open(store: Store) -> None:
    store.save_notices([a_call(a_lot(at=NIGHT - timedelta(seconds=1)))])
    assert why_closed(store) == {"purchase:LOT-0001": "past"}


def test_a_lot_closing_at_the_very_moment_of_the_night_is_not_open(store: Store) -> None:
    store.save_notices([a_call(a_lot(at=NIGHT))])
    assert open_uids(store) == []


def test_the_nearest_deadline_comes_first_and_none_comes_last(store: Store) -> None:
    lots = (a_lot("LOT-1", None), a_lot("LOT-2", SOON), a_lot("LOT-3", SOON - timedelta(days=3)))
    store.save_notices([a_call(*lots)])
    assert open_uids(store) == ["purchase:LOT-3", "purchase:LOT-2", "purchase:LOT-1"]


def test_a_lot_is_open_in_the_words_of_its_newest_version(store: Store) -> None:
    later = SOON + timedelta(days=7)
    store.save_notices([a_call(a_lot(at=later), version=2, day=date(2026, 11, 9)), a_call()])
    (found,) = store.load_open_lots()
    assert (found.notice.uid, found.lot.deadline and found.lot.deadline.at) == ("call-02", later)


def test_a_lot_that_the_next_version_leaves_out_is_not_open(store: Store) -> None:
    store.save_notices([a_call(a_lot("LOT-1"), a_lot("LOT-2")), a_call(a_lot("LOT-1"), version=2)])
    assert why_closed(store) == {"purchase:LOT-1": None, "purchase:LOT-2": "superseded"}


@pytest.mark.parametrize("named", ["call-01", "CALL-01", "123-2026", "00000123-2026", " 123-2026 "])
def test_a_change_takes_over_whatever_way_it_names_the_notice(store: Store, named: str) -> None:
    call = a_call(publication=Publication("eu_ted", "123-2026", date(2026, 11, 2)), procedure=None)
    store.save_notices([call, a_change(named, procedure=None)])
    assert why_closed(store) == {"call:LOT-0001": "superseded", "change:LOT-0001": None}


def test_a_change_names_a_padded_publication_without_its_padding(store: Store) -> None:
    call = a_call(publication=Publication("eu_ted", "00000123-2026", date(2026, 11, 2)), procedure=None)
    store.save_notices([call, a_change("123-2026", procedure=None)])
    assert why_closed(store) == {"call:LOT-0001": "superseded", "change:LOT-0001": None}


def test_a_lot_that_a_change_in_full_leaves_out_is_not_open(store: Store) -> None:
    store.save_notices([a_call(a_lot("LOT-1"), a_lot("LOT-2")), a_change("call-01", a_lot("LOT-1"))])
    assert why_closed(store) == {"purchase:LOT-1": None, "purchase:LOT-2": "superseded"}


def test_a_version_whose_day_is_unknown_still_takes_over(store: Store) -> None:
    unknown = Publication("eu_ted", "124-2026", None)
    store.save_notices([a_call(), a_call(version=2, publication=unknown)])
    assert [lot.notice.uid for lot in store.load_open_lots()] == ["call-02"]


def test_a_change_known_only_in_summary_does_not_hide_lots_it_does_not_list(store: Store) -> None:
    store.save_notices([a_call(), a_change("call-01", a_lot("LOT-0002"), is_summary=True)])
    assert open_uids(store) == ["purchase:LOT-0001", "purchase:LOT-0002"]


def test_a_newer_notice_of_the_same_procedure_describes_the_lot(store: Store) -> None:
    store.save_notices([a_call(), a_call(notice_id="again", day=date(2026, 11, 12))])
    assert [lot.notice.uid for lot in store.load_open_lots()] == ["again-01"]


def test_a_cancelled_call_is_not_open(store: Store) -> None:
    store.save_notices([a_call(a_lot("LOT-1"), a_lot("LOT-2")), a_change("call-01", reason="cancel")])
    assert open_uids(store) == []


def test_a_cancellation_that_repeats_the_lots_does_not_reopen_them(store: Store) -> None:
    lots = (a_lot("LOT-1"), a_lot("LOT-2"))
    store.save_notices([a_call(*lots), a_change("call-01", *lots, reason="cancel")])
    assert why_closed(store) == {"purchase:LOT-1": "cancelled", "purchase:LOT-2": "cancelled"}


def test_a_cancellation_of_one_lot_leaves_the_other_open(store: Store) -> None:
    lots = (a_lot("LOT-1"), a_lot("LOT-2"))
    store.save_notices([a_call(*lots), a_change("call-01", *lots, reason="cancel", named=("LOT-2",))])
    assert open_uids(store) == ["purchase:LOT-1"]


def test_a_cancellation_that_names_an_unknown_notice_of_the_procedure_counts(store: Store) -> None:
    store.save_notices([a_call(), a_change("never-seen-01", reason="cancel")])
    assert why_closed(store) == {"purchase:LOT-0001": "cancelled"}


def test_a_call_made_again_after_a_cancellation_is_open(store: Store) -> None:
    again = a_call(notice_id="again", day=date(2026, 11, 15))
    store.save_notices([a_call(), a_change("call-01", reason="cancel"), again])
    assert [lot.notice.uid for lot in store.load_open_lots()] == ["again-01"]


@pytest.mark.parametrize(("outcome", "closed"), [("selec-w", "awarded"), ("clos-nw", "awarded"), ("open-nw", None)])
def test_a_result_closes_the_lot_unless_the_competition_goes_on(store: Store, outcome: str, closed: str | None) -> None:
    store.save_notices([a_call(), a_result(Award("LOT-0001", outcome))])
    assert why_closed(store) == {"purchase:LOT-0001": closed}


def test_a_result_closes_only_the_lot_it_names(store: Store) -> None:
    store.save_notices([a_call(a_lot("LOT-1"), a_lot("LOT-2")), a_result(Award("LOT-2", "selec-w"))])
    assert open_uids(store) == ["purchase:LOT-1"]


def test_a_result_that_names_its_call_closes_it_without_a_procedure(store: Store) -> None:
    result = a_result(Award("LOT-0001", "selec-w"), procedure=None, changes=(Change("call1-2026", "follows"),))
    store.save_notices([a_call(procedure=None), result])
    assert why_closed(store) == {"call:LOT-0001": "awarded"}


def test_a_result_of_another_procedure_closes_nothing(store: Store) -> None:
    store.save_notices([a_call(), a_result(Award("LOT-0001", "selec-w"), procedure="another")])
    assert open_uids(store) == ["purchase:LOT-0001"]


def test_a_night_does_not_see_what_was_published_after_it(store: Store) -> None:
    store.save_notices([a_call(), a_change("call-01", reason="cancel", day=date(2026, 11, 21))])
    assert open_uids(store) == ["purchase:LOT-0001"]


def test_a_later_night_sees_it(store: Store) -> None:
    store.save_notices([a_call(), a_change("call-01", reason="cancel", day=date(2026, 11, 21))])
    store.set_as_of(NIGHT + timedelta(days=1))
    assert open_uids(store) == []


def test_the_day_of_a_night_is_that_of_brussels(store: Store) -> None:
    store.set_as_of(datetime(2026, 11, 1, 23, 30, tzinfo=UTC))  # 00:30 on the 2nd in Brussels
    store.save_notices([a_call()])
    assert open_uids(store) == ["purchase:LOT-0001"]


@pytest.mark.parametrize(("age", "closed"), [(90, None), (91, "undated")])
def test_a_lot_without_deadline_is_open_for_ninety_days(store: Store, age: int, closed: str | None) -> None:
    store.save_notices([a_call(a_lot(at=None), day=NIGHT.date() - timedelta(days=age))])
    assert why_closed(store) == {"purchase:LOT-0001": closed}


def test_parts_of_a_plan_and_groups_of_lots_are_no_lots_to_answer(store: Store) -> None:
    store.save_notices([a_call(a_lot("PAR-0001"), a_lot("GLO-0001"))])
    assert why_closed(store) == {}


def test_a_planning_notice_used_as_a_call_has_open_lots(store: Store) -> None:
    store.save_notices([a_call(form=Form.PLANNING, notice_type="pin-cfc-social")])
    assert open_uids(store) == ["purchase:LOT-0001"]


@pytest.mark.parametrize("form", [Form.PLANNING, Form.CONSULTATION, Form.RESULT, Form.DIRECT_AWARD, Form.MODIFICATION])
def test_what_is_no_call_has_no_open_lots(store: Store, form: Form) -> None:
    store.save_notices([a_call(form=form, notice_type="pin-only")])
    assert open_uids(store) == []


def test_open_lots_are_not_worked_out_before_the_night_is_known(store: Store) -> None:
    store._con.execute("delete from night")
    with pytest.raises(BadFact, match="set_as_of"):
        store.load_open_lots()


def test_a_night_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(BadFact, match="no zone"):
        store.set_as_of(NIGHT.replace(tzinfo=None))


@pytest.mark.parametrize("name", ["purchase:LOT-0001", "purch", "call-01", "call1-2026"])
def test_a_lot_is_found_by_the_beginning_of_its_name_or_its_number(store: Store, name: str) -> None:
    store.save_notices([a_call()])
    assert store.load_lot(name).uid == "purchase:LOT-0001"


def test_a_closed_lot_is_found_too(store: Store) -> None:
    store.save_notices([a_call(a_lot(at=NIGHT - timedelta(days=1)))])
    assert store.load_lot("purchase").uid == "purchase:LOT-0001"


def test_an_open_lot_goes_before_closed_ones_of_the_same_beginning(store: Store) -> None:
    store.save_notices([a_call(a_lot("LOT-1", NIGHT - timedelta(days=1)), a_lot("LOT-2"))])
    assert store.load_lot("purchase").uid == "purchase:LOT-2"


def test_a_beginning_of_several_lots_names_them(store: Store) -> None:
    store.save_notices([a_call(a_lot("LOT-1"), a_lot("LOT-2"))])
    with pytest.raises(NotInWarehouse, match=r"2 lots .*purchase:LOT-1, purchase:LOT-2"):
        store.load_lot("purchase:LOT")


def test_a_lot_nobody_knows_is_refused(store: Store) -> None:
    with pytest.raises(NotInWarehouse, match="nowhere"):
        store.load_lot("nowhere")


def test_a_real_name_is_no_wildcard(store: Store) -> None:
    store.save_notices([a_call()])
    with pytest.raises(NotInWarehouse):
        store.load_lot("%")


def test_the_view_shows_an_analyst_what_and_who_and_when(store: Store) -> None:
    store.save_notices([a_call()])
    store.refresh_lots()
    row = store._con.execute("select title, lot_title, cpv, published_on from open_lot").fetchone()
    assert row == ("A network of sensors", "Part LOT-0001", ["72400000"], date(2026, 11, 2))


def test_saved_lots_are_those_of_the_view_after_every_change(store: Store) -> None:
    def outdated() -> list[tuple[object, ...]]:
        store.load_open_lots()
        ours, view = "select * exclude (digest) from current_lot", "select * from newest_lot"
        return store._con.execute(f"({ours} except {view}) union all ({view} except {ours})").fetchall()

    store.save_notices([a_call()])
    assert outdated() == []
    store.save_notices([replace(a_call(), version=2, lots=a_call().lots[:1])])
    assert outdated() == []
    store.set_as_of(datetime(2027, 6, 1, tzinfo=UTC))
    assert outdated() == []
