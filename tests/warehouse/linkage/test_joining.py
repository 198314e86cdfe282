"""The same purchase at several portals is shown once: links by name and by score, renamed notifications, taking
apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.support.notices.linked_notices import CLOSES, TITLE, a_notice
from tests.support.stores import passing_store
from warehouse.errors import NotInWarehouse
from warehouse.linkage.procedures import Joined
from warehouse.model.notices import Award, Change, Deadline, DeadlineKind, Form, Lot, Notice, Publication
from warehouse.store import Store

NIGHT = date(2026, 11, 20)
TED_PROCEDURE = "0a0a0a0a-1111-4222-8333-444444444444"
WORKSPACE = "https://www.publicprocurement.be/publication-workspaces/0c0c0c0c-1111-4222-8333-444444444444"


@pytest.fixture
def store() -> Iterator[Store]:
    with passing_store() as opened:
        opened.set_as_of(datetime(2026, 11, 20, 9, 0, tzinfo=UTC))
        yield opened


def at_ted(**more: object) -> Notice:
    fields = {"procedure": TED_PROCEDURE, "schema": "eforms-sdk-1.13", **more}
    return replace(a_notice(**fields), publication=Publication("eu_ted", "612-2026", date(2026, 11, 4)))


def at_boamp(**more: object) -> Notice:
    page = Publication("fr_boamp", "26-777", date(2026, 11, 2))
    return replace(a_notice("fr_boamp", TITLE.upper()), id="26-777", publication=page, **more)  # pyright: ignore[reportArgumentType]


def at_bosa(**more: object) -> Notice:
    page = Publication("be_bosa", "2026-1", date(2026, 11, 3))
    lot = replace(a_notice().lots[0], documents=(f"{WORKSPACE}/documents",))
    return replace(a_notice("be_bosa", "AWP/777 - Kaaiplatform"), id="bosa", publication=page, lots=(lot,), **more)  # pyright: ignore[reportArgumentType]


def three_portals() -> list[Notice]:
    """TED and BOSA name one workspace; BOAMP is similar."""
    ted = at_ted()
    return [replace(ted, lots=(replace(ted.lots[0], documents=(WORKSPACE,)),)), at_boamp(), at_bosa()]


def joined(store: Store, *notices: Notice) -> Joined:
    store.save_notices(notices)
    return store.join_procedures(NIGHT)


def open_uids(store: Store) -> list[str]:
    return [lot.uid for lot in store.load_open_lots()]


def test_one_purchase_at_three_portals_is_one_procedure_with_three_publications(store: Store) -> None:
    joined(store, *three_portals())
    (lot,) = store.load_open_lots()
    assert [page.source for page in lot.publications] == ["eu_ted", "fr_boamp", "be_bosa"]
    assert len(store.load_procedure(lot.uid).publications) == 3


def test_the_fullest_telling_leads(store: Store) -> None:
    joined(store, at_ted(), at_boamp())
    (lot,) = store.load_open_lots()
    assert lot.notice.publication.source == "eu_ted"


def test_a_purchase_keeps_the_name_under_which_it_was_first_known(store: Store) -> None:
    joined(store, at_boamp())
    before = open_uids(store)
    joined(store, at_ted())
    assert open_uids(store) == before == ["26-777:LOT-0001"]


def test_a_letter_that_named_it_under_another_name_counts_as_notified(store: Store) -> None:
    joined(store, at_ted())
    (lot_uid,) = open_uids(store)
    joined(store, at_boamp())
    assert store.load_other_names()[lot_uid] == "26-777:LOT-0001"


def test_a_lot_answers_to_all_its_names(store: Store) -> None:
    joined(store, *three_portals())
    found = {store.load_lot(name).uid for name in (f"{TED_PROCEDURE}:LOT-0001", "26-777", "612-2026", "2026-1")}
    assert found == {"26-777:LOT-0001"}


def test_lots_that_portals_number_each_in_their_way_are_one(store: Store) -> None:
    boamp = at_boamp()
    joined(store, at_ted(), replace(boamp, lots=(replace(boamp.lots[0], id="1"),)))
    assert open_uids(store) == ["26-777:1"]


def test_where_portals_disagree_on_the_deadline_the_correction_is_believed(store: Store) -> None:
    later = Deadline(CLOSES + timedelta(days=7), DeadlineKind.TENDER, "+00:00")
    ted = at_ted()
    changed = replace(
        ted,
        version=2,
        lots=(replace(ted.lots[0], deadline=later),),
        changes=(Change(f"{ted.id}-01", "cor-buy"),),
        publication=Publication("eu_ted", "613-2026", date(2026, 11, 10)),
    )
    late = Publication("fr_boamp", "26-777", date(2026, 11, 12))
    joined(store, ted, changed, replace(at_boamp(), publication=late))
    (lot,) = store.load_open_lots()
    assert lot.lot.deadline == later


def test_a_cancellation_at_one_portal_closes_the_purchase(store: Store) -> None:
    ted = at_ted()
    cancelled = replace(
        ted,
        version=2,
        changes=(Change(f"{ted.id}-01", "cancel"),),
        publication=Publication("eu_ted", "613-2026", date(2026, 11, 10)),
    )
    joined(store, ted, at_boamp(), cancelled)
    assert open_uids(store) == []


def test_an_award_at_one_portal_closes_the_lot_published_at_another(store: Store) -> None:
    undated = at_boamp(lots=(Lot("1", ()),))
    result = at_ted(form=Form.RESULT, awards=(Award("LOT-0001", "selec-w"),), lots=(Lot("LOT-0001", ()),))
    joined(store, undated, replace(result, publication=Publication("eu_ted", "700-2026", date(2026, 11, 18))))
    assert open_uids(store) == []


def test_joining_again_changes_nothing(store: Store) -> None:
    first = joined(store, *three_portals())
    again = store.join_procedures(NIGHT + timedelta(days=1))
    assert (first.compared, first.certain, first.scored, first.merged) == (3, 1, 1, 3)
    assert (again.compared, again.certain, again.scored, again.merged) == (0, 0, 0, 3)


def test_every_merge_keeps_its_evidence_and_the_night_that_found_it(store: Store) -> None:
    joined(store, *three_portals())
    by_name, by_similarity = store.load_procedure("26-777").merges
    assert (by_name.kind, by_name.evidence[0].seen) == ("workspace", "0c0c0c0c-1111-4222-8333-444444444444")
    assert (by_similarity.kind, by_similarity.night) == ("score", NIGHT)
    assert {"buyer number", "title", "deadline"} <= {seen.kind for seen in by_similarity.evidence}


def test_what_a_person_took_apart_no_night_joins_again(store: Store) -> None:
    joined(store, *three_portals())
    before = store.separate("26-777", NIGHT)
    store.join_procedures(NIGHT + timedelta(days=1))
    assert set(before.stated) == {"26-777", "bosa", TED_PROCEDURE}
    assert sorted(open_uids(store)) == ["26-777:LOT-0001", "bosa:LOT-0001"]


def test_taking_apart_what_was_never_joined_is_refused(store: Store) -> None:
    joined(store, at_ted())
    with pytest.raises(NotInWarehouse, match="joined to no other"):
        store.separate(TED_PROCEDURE, NIGHT)


def test_a_change_by_the_number_of_the_official_journal_joins_procedures(store: Store) -> None:
    change = a_notice(title="Rectification", procedure="0b0b0b0b-1111-4222-8333-444444444444")
    change = replace(
        change,
        id="later",
        changes=(Change("00000612-2026", "cor-buy"),),
        publication=Publication("eu_ted", "640-2026", date(2026, 11, 9)),
    )
    assert joined(store, at_ted(), change).certain == 1


def test_two_calls_after_one_plan_stay_two(store: Store) -> None:
    plan = replace(
        a_notice(form=Form.PLANNING, title="Programme d'achats"),
        id="plan",
        publication=Publication("eu_ted", "1-2026", date(2026, 10, 1)),
        lots=(),
    )
    calls = [
        replace(
            a_notice(title=title),
            id=title,
            changes=(Change("1-2026", "follows"),),
            publication=Publication("eu_ted", f"{at}-2026", date(2026, 11, at)),
        )
        for at, title in enumerate(("Serveurs", "Capteurs"), 2)
    ]
    assert joined(store, plan, *calls).merged == 0


def test_an_address_that_many_purchases_share_joins_none(store: Store) -> None:
    several = [
        replace(
            at_bosa(),
            id=f"bosa-{n}",
            titles=(),
            publication=Publication("be_bosa", f"2026-{n}", date(2026, 11, 3)),
        )
        for n in range(20)
    ]
    assert joined(store, *several).certain == 0


def test_a_summary_completed_later_is_compared_again(store: Store) -> None:
    summary = replace(at_ted(), is_summary=True, titles=(), buyers=(), cpv=(), lots=())
    joined(store, summary, at_boamp())
    assert joined(store, at_ted()).scored == 1
