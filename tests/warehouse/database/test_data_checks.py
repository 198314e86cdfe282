"""Every data check passes on sound facts, and each one can fail: none is without facts that violate it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from tests.support.paths import ROOT
from tests.support.stores import passing_store
from warehouse.model.match_results import (
    Consortium,
    Facet,
    FacetKind,
    Match,
    MatchResult,
    Reason,
    ReasonKind,
    Refusal,
    RefusalKind,
    Role,
)
from warehouse.model.night_reports import Crawl
from warehouse.model.notices import Award, Deadline, DeadlineKind, Form, Lot, Notice, Publication, TenderingParty, Text
from warehouse.store import Store

NIGHT = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
LOT = "purchase:LOT-0001"

LIES = {
    "a_notice_is_kept_once": "insert into notice select * from notice limit 1",
    "every_notice_was_published": "delete from publication where notice = 'call-01'",
    "every_lot_belongs_to_a_notice": "update lot set notice = 'gone-01' where notice = 'call-01'",
    "a_lot_is_open_once": """create or replace view open_lot as
        select uid as lot_uid, notice, id as lot from lot union all select uid, notice, id from lot""",
    "every_open_lot_closes_after_the_night": """create or replace view open_lot as
        select uid as lot_uid, notice, id as lot from lot where deadline_at < now()""",
    "no_open_lot_is_awarded": """create or replace view open_lot as
        select uid as lot_uid, notice, id as lot from lot where notice = 'old-01'""",
    "every_winner_has_an_award": "delete from award",
    "every_award_concerns_a_lot_of_its_notice": "update award set lot = 'LOT-0009'",
    "a_procedure_belongs_to_one_purchase": "insert into merged_procedure values ('a', 'b'), ('a', 'c')",
    "what_was_taken_apart_stays_apart": """begin; insert into merged_procedure values ('a', 'a'), ('b', 'a');
        insert into not_same_procedure values ('a', 'b', '2026-11-20'); commit""",
    "a_score_is_the_sum_of_its_reasons": """update match_result set matches =
        [struct_pack(member := m.member, score := 0.9, reasons := m.reasons) for m in matches]""",
    "the_weights_of_a_lot_sum_to_one": "update match_result set facets = facets || facets",
    "every_matched_lot_has_one_result": "delete from match_result",
    "no_member_is_both_matched_and_refused": """update match_result set refusals =
        [struct_pack(member := 'aquila', kind := r.kind, detail := r.detail) for r in refusals]""",
    "every_role_covers_facets_of_its_lot": "update match_result set facets = []",
    "a_watermark_follows_a_complete_crawl": "update crawl set complete = false",
    "a_vector_is_kept_once": "insert into vector select * from vector",
    "the_vectors_of_a_model_have_one_length": "insert into vector values ('small', 'b', '\\x00\\x00'::blob)",
}


def a_notice(notice_id: str, form: Form, day: int, procedure: str, closes: int, *awards: Award) -> Notice:
    deadline = Deadline(datetime(2026, 11, closes, 11, tzinfo=UTC), DeadlineKind.TENDER, "+00:00")
    return Notice(
        id=notice_id,
        version=1,
        form=form,
        publication=Publication("eu_ted", f"{notice_id}-2026", date(2026, 11, day)),
        schema="eforms-sdk-1.13",
        procedure=procedure,
        lots=(Lot("LOT-0001", (Text("Capteurs", "FRA"),), deadline=deadline),),
        awards=awards,
    )


def a_match_result() -> MatchResult:
    role = Role("aquila", (0,), (0,), 0.7, 0.7, ("capteurs de niveau",))
    return MatchResult(
        LOT,
        (Facet(FacetKind.TITLE, "Capteurs", 1.0),),
        (Match(LOT, "aquila", 0.7, (Reason(ReasonKind.WORDS, 0.7, "capteurs", "capteurs"),)),),
        (Refusal(LOT, "cygnus", RefusalKind.LANGUAGE, "NL"),),
        (Consortium(LOT, 1, 0.7, 0.7, (role,), (), "aquila", 0.7, None, 0.0),),
    )


@pytest.fixture
def sound() -> Iterator[Store]:
    """A warehouse with one of everything, and nothing wrong with it."""
    won = Award("LOT-0001", "selec-w", (TenderingParty("TPA-0001", ()),))
    night = NIGHT.date()
    with passing_store() as store:
        store.set_as_of(NIGHT)
        store.save_notices(
            [
                a_notice("call", Form.COMPETITION, 2, "purchase", 30),
                a_notice("past", Form.COMPETITION, 2, "over", 10),
                a_notice("old", Form.COMPETITION, 2, "won", 30),
                a_notice("result", Form.RESULT, 12, "won", 30, won),
            ]
        )
        store.save_match_results(night, [a_match_result()])
        store.save_vectors("small", {"a": bytes(4)})
        store.save_crawl(Crawl("eu_ted", night, night, night, complete=True))
        yield store


def test_every_data_check_holds_where_nothing_is_wrong(sound: Store) -> None:
    assert sound.load_failed_checks() == ()


def test_every_data_check_has_a_defect_it_is_tried_with() -> None:
    folder = ROOT / "warehouse" / "checks"
    assert {file.stem for file in folder.glob("*.sql")} == set(LIES)


@pytest.mark.parametrize("data_check", LIES)
def test_a_data_check_can_fail(sound: Store, data_check: str) -> None:
    sound._con.execute(LIES[data_check])
    assert data_check in {broken.name for broken in sound.load_failed_checks()}


def test_a_broken_data_check_shows_how_often_and_where(sound: Store) -> None:
    sound._con.execute(LIES["a_notice_is_kept_once"])
    (broken,) = [broken for broken in sound.load_failed_checks() if broken.name == "a_notice_is_kept_once"]
    assert (broken.count, broken.sample) == (1, ("uid=call-01, times=2",))
