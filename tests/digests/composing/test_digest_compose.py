"""The content of a digest: which section, notified how often, in which order, with whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from digests.composing.compose import compose_digest
from digests.composing.editions import is_due, name_edition
from presentation.digest_model import AwardedLot, Band, Digest, Lowering, NotifiedLot, Section
from presentation.errors import DigestRefused
from presentation.views.consortium_summary import choose_consortium
from presentation.views.match_explanation import explain_match, name_band
from tests.support.letters.digest_examples import (
    FACETS,
    NIGHT,
    NUAGERA,
    compose,
    make_consortium,
    make_lot,
    make_match,
    make_match_result,
    make_member,
    make_rich_digest,
)
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.match_results import Facet, FacetKind, MatchResult, Reason, ReasonKind
from warehouse.model.members import Frequency, Preferences
from warehouse.model.notices import Award, Change, Money, OpenLot, Text


def sections_of(digest: Digest | None) -> list[tuple[str, list[str]]]:
    assert digest
    return [(section, [item.lead.uid for item in items]) for section, items in digest.sections]


def matched(lot: OpenLot, score: float | None = 0.8) -> tuple[OpenLot, MatchResult]:
    return lot, make_match_result(lot, score)


def moved(lot: OpenLot, by: timedelta) -> OpenLot:
    assert lot.lot.deadline
    return replace(lot, lot=replace(lot.lot, deadline=replace(lot.lot.deadline, at=lot.lot.deadline.at + by)))


def test_a_lot_above_the_threshold_is_new() -> None:
    assert sections_of(compose(matched(make_lot("1")))) == [("new", ["proc-1:LOT-0001"])]


def test_nothing_above_the_threshold_means_no_letter() -> None:
    assert compose(matched(make_lot("1"), 0.27)) is None


def test_a_member_without_matches_gets_no_letter() -> None:
    lot = make_lot("1")
    assert compose(matched(lot), member=make_member("Autrui")) is None


def test_a_lot_that_closes_within_seven_days_comes_first() -> None:
    late, soon = make_lot("1"), make_lot("2", closes=NIGHT + timedelta(days=7))
    assert sections_of(compose(matched(late, 0.95), matched(soon, 0.6)))[0] == ("closing", ["proc-2:LOT-0001"])


def test_a_lot_that_closes_in_eight_days_does_not_press() -> None:
    assert sections_of(compose(matched(make_lot("1", closes=NIGHT + timedelta(days=8)))))[0][0] == "new"


def test_a_lot_without_deadline_is_never_urgent() -> None:
    assert sections_of(compose(matched(make_lot("1", closes=None))))[0][0] == "new"


def test_a_lot_whose_deadline_has_passed_is_not_notified() -> None:
    assert compose(matched(make_lot("1", closes=NIGHT - timedelta(minutes=1)))) is None


def test_what_was_notified_is_not_notified_again() -> None:
    lot = make_lot("1")
    first = compose(matched(lot))
    assert first
    assert compose(matched(lot), notified=first.notified, as_of=NIGHT + timedelta(days=1)) is None


def test_a_lot_notified_before_is_notified_once_more_when_it_closes() -> None:
    lot = make_lot("1")
    first = compose(matched(lot))
    assert first
    near = compose(matched(lot), notified=first.notified, as_of=NIGHT + timedelta(days=14))
    assert near
    assert [(s, near.items[0].is_new) for s, _ in near.sections] == [(Section.CLOSING, False)]
    assert compose(matched(lot), notified=first.notified + near.notified, as_of=NIGHT + timedelta(days=15)) is None


def test_a_lot_that_is_no_longer_matched_still_reminds_who_was_notified() -> None:
    lot = make_lot("1")
    first = compose(matched(lot))
    assert first
    near = compose_digest(
        NUAGERA, {lot.uid: lot}, [], as_of=NIGHT + timedelta(days=16), members={}, notified=first.notified
    )
    assert near
    assert near.items[0].why is None


def test_a_moved_deadline_is_reported_as_changed_with_the_former_one() -> None:
    lot = make_lot("1")
    first = compose(matched(lot))
    assert first
    later = moved(lot, timedelta(days=9))
    second = compose(matched(later), notified=first.notified, as_of=NIGHT + timedelta(days=1))
    assert second
    item = second.items[0]
    assert lot.lot.deadline
    assert (item.section, item.moved_from) == (Section.CHANGED, lot.lot.deadline.at)
    assert compose(matched(later), notified=first.notified + second.notified, as_of=NIGHT + timedelta(days=2)) is None


def test_a_moved_deadline_gets_its_own_reminder() -> None:
    lot = make_lot("1", closes=NIGHT + timedelta(days=5))
    later = moved(lot, timedelta(days=30))
    notified = (*_notified(lot), *_notified(later, NIGHT + timedelta(days=1)))
    assert sections_of(compose(matched(later), notified=notified, as_of=NIGHT + timedelta(days=30)))[0][0] == "closing"


def _notified(lot: OpenLot, as_of: datetime = NIGHT) -> tuple[NotifiedLot, ...]:
    digest = compose(matched(lot), as_of=as_of)
    assert digest
    return digest.notified


def test_the_same_instant_in_another_zone_is_no_change() -> None:
    lot = make_lot("1")
    first = compose(matched(lot))
    assert first
    assert lot.lot.deadline
    deadline = replace(lot.lot.deadline, at=lot.lot.deadline.at.astimezone(UTC), zone="Z")
    same = replace(lot, lot=replace(lot.lot, deadline=deadline))
    assert compose(matched(same), notified=first.notified, as_of=NIGHT + timedelta(days=1)) is None


def test_a_summary_completed_the_night_after_is_no_news() -> None:
    full = make_lot("1")
    summary = replace(
        full, notice=replace(full.notice, is_summary=True, titles=()), lot=replace(full.lot, descriptions=())
    )
    assert compose(matched(full), notified=_notified(summary), as_of=NIGHT + timedelta(days=1)) is None


def test_a_correction_is_reported_with_the_buyers_words() -> None:
    words = Text("Annexe 3 remplacée", "FRA")
    corrected = make_lot("1", changes=(Change("x", "update-add", (words,), ("LOT-0001",)),))
    digest = compose(matched(corrected), notified=_notified(make_lot("1")), as_of=NIGHT + timedelta(days=1))
    assert digest
    assert (digest.items[0].section, digest.items[0].corrections) == (Section.CHANGED, (words,))


def test_a_correction_of_another_lot_is_no_news() -> None:
    corrected = make_lot("1", changes=(Change("x", "update-add", (Text("Annexe 3", "FRA"),), ("LOT-0002",)),))
    assert compose(matched(corrected), notified=_notified(make_lot("1")), as_of=NIGHT + timedelta(days=1)) is None


def test_a_withdrawn_lot_reaches_only_who_had_been_notified_and_once() -> None:
    lot = make_lot("1")
    notified = _notified(lot)
    night = NIGHT + timedelta(days=1)

    def night_after(notified: tuple[NotifiedLot, ...]) -> Digest | None:
        return compose_digest(NUAGERA, {}, [], as_of=night, members={}, notified=notified, withdrawn=(lot,))

    first = night_after(notified)
    assert first
    assert first.items[0].is_withdrawn
    assert night_after(()) is None
    assert night_after(notified + first.notified) is None


def test_an_awarded_lot_reaches_only_who_had_been_notified_and_once() -> None:
    lot = make_lot("1")
    notified = _notified(lot)
    news = (AwardedLot(lot, Award("LOT-0001", "clos-nw")),)
    night = NIGHT + timedelta(days=60)
    first = compose_digest(NUAGERA, {}, [], as_of=night, members={}, notified=notified, awarded=news)
    assert first
    assert first.items[0].section is Section.AWARDED
    assert compose_digest(NUAGERA, {}, [], as_of=night, members={}, awarded=news) is None
    assert (
        compose_digest(NUAGERA, {}, [], as_of=night, members={}, notified=notified + first.notified, awarded=news)
        is None
    )


def test_lots_of_one_purchase_are_one_item_led_by_the_strongest() -> None:
    one, two = make_lot("1"), make_lot("1", lot_id="LOT-0002")
    digest = compose(matched(one, 0.6), matched(two, 0.9))
    assert digest
    assert [[lot.lot.id for lot in item.lots] for item in digest.items] == [["LOT-0002", "LOT-0001"]]
    assert {notified.lot_uid for notified in digest.notified} == {one.uid, two.uid}


def test_a_letter_holds_at_most_the_maximum_and_tells_only_that() -> None:
    lots = [make_lot(str(n)) for n in range(1, 6)]
    member = make_member(preferences=Preferences(Frequency.DAILY, maximum=2))
    digest = compose(*(matched(lot, 0.5 + n / 20) for n, lot in enumerate(lots)), member=member)
    assert digest
    assert (len(digest.items), digest.left_out) == (2, 3)
    assert [notified.lot_uid for notified in digest.notified] == ["proc-5:LOT-0001", "proc-4:LOT-0001"]


def test_what_a_maximum_left_out_is_new_in_the_next_letter() -> None:
    lots = [make_lot(str(n)) for n in range(1, 4)]
    member = make_member(preferences=Preferences(Frequency.DAILY, maximum=2))
    first = compose(*map(matched, lots), member=member)
    assert first
    second = compose(*map(matched, lots), member=member, notified=first.notified, as_of=NIGHT + timedelta(days=1))
    assert second
    assert sections_of(second) == [("new", ["proc-3:LOT-0001"])]


def test_a_lot_nobody_covers_alone_is_a_coalition_even_below_the_members_own_threshold() -> None:
    lot = make_lot("1")
    digest = compose((lot, make_match_result(lot, 0.2, make_consortium(lot))))
    assert digest
    assert digest.items[0].section is Section.COALITION


def test_a_lot_one_firm_covers_well_is_no_coalition() -> None:
    lot = make_lot("1")
    assert compose((lot, make_match_result(lot, 0.2, make_consortium(lot, alone=0.9)))) is None


def test_coalitions_and_new_lots_take_turns_under_a_maximum() -> None:
    fresh = [make_lot(str(n)) for n in range(1, 5)]
    great = make_lot("9")
    member = make_member(preferences=Preferences(Frequency.DAILY, maximum=2))
    digest = compose(
        *map(matched, fresh), (great, make_match_result(great, None, make_consortium(great))), member=member
    )
    assert [section for section, _ in sections_of(digest)] == ["new", "coalition"]


def test_an_item_is_in_one_section_only() -> None:
    uids = [lot.uid for item in make_rich_digest().items for lot in item.lots]
    assert len(uids) == len(set(uids)) == 6


def test_the_smallest_coalition_is_chosen() -> None:
    lot = make_lot("1")
    large = make_consortium(lot)
    small = replace(large, rank=2, roles=large.roles[:2])
    assert choose_consortium(make_match_result(lot, 0.8, large, small), NUAGERA) == small


def test_a_partner_shows_what_only_it_brings_and_whether_it_is_abroad() -> None:
    lot = make_lot("1")
    digest = compose((lot, make_match_result(lot, 0.8, make_consortium(lot))))
    assert digest
    together = digest.items[0].coalition
    assert together
    shown = [(p.name, p.is_reader, p.brings, p.abroad) for p in together.partners]
    assert shown == [
        ("Nuagera", True, (FACETS[1],), None),
        ("Froiduval", False, (FACETS[2],), None),
        ("Stroomwacht", False, (FACETS[3],), "FR"),
    ]
    assert together.uncovered == (FACETS[4],)


def test_a_partner_whom_the_register_does_not_hold_is_named() -> None:
    lot = make_lot("1")
    with pytest.raises(DigestRefused, match="froiduval"):
        compose_digest(
            NUAGERA, {lot.uid: lot}, [make_match_result(lot, 0.8, make_consortium(lot))], as_of=NIGHT, members={}
        )


def test_the_two_strongest_reasons_are_given_and_a_place_only_last() -> None:
    lot = make_lot("1")
    extra = Reason(ReasonKind.REFERENCE, 0.9, "réseau", "Réseau des écoles")
    match = replace(make_match(lot), reasons=(*make_match(lot).reasons, extra))
    why = explain_match(match, FACETS, lot, NUAGERA, NIGHT)
    assert [reason.kind for reason in why.reasons] == [ReasonKind.REFERENCE, ReasonKind.MEANING]
    place = Reason(ReasonKind.PLACE, 0.95, "BE32B", "BE32")
    why = explain_match(replace(match, reasons=(place, extra)), FACETS, lot, NUAGERA, NIGHT)
    assert [reason.kind for reason in why.reasons] == [ReasonKind.REFERENCE, ReasonKind.PLACE]


def test_no_code_is_denied_beside_a_code_in_common() -> None:
    lot = make_lot("1")
    lot = replace(lot, lot=replace(lot.lot, cpv=(Cpv("72413000"),)))
    named = replace(NUAGERA, competences=(replace(NUAGERA.competences[0], cpv=(Cpv("72410000"),)),))
    other = replace(NUAGERA, competences=(replace(NUAGERA.competences[0], cpv=(Cpv("79341000"),)),))
    match = replace(make_match(lot), reasons=())
    assert Lowering.CPV not in explain_match(match, FACETS, lot, named, NIGHT).lowered_by
    assert Lowering.CPV in explain_match(match, FACETS, lot, other, NIGHT).lowered_by


def test_the_same_pair_of_words_is_shown_once() -> None:
    lot = make_lot("1")
    pair = ("réseau", "Réseau des écoles")
    reasons = (Reason(ReasonKind.MEANING, 0.3, *pair), Reason(ReasonKind.WORDS, 0.2, *pair))
    why = explain_match(replace(make_match(lot), reasons=reasons), FACETS, lot, NUAGERA, NIGHT)
    assert [reason.kind for reason in why.reasons] == [ReasonKind.MEANING]


def test_a_reason_has_the_languages_of_its_texts_and_the_code_of_its_label() -> None:
    lot = make_lot("1")
    label = Facet(FacetKind.CPV, "Internetdiensten", 0.2, "nl", "72400000")
    reason = Reason(ReasonKind.CPV, 0.3, label.text, NUAGERA.competences[0].text)
    (shown,) = explain_match(replace(make_match(lot), reasons=(reason,)), (label,), lot, NUAGERA, NIGHT).reasons
    assert (shown.requirement.language, shown.code, shown.offered.language) == ("nl", "72400000", "fr")


def test_a_place_the_lot_does_not_state_is_no_ground() -> None:
    lot = make_lot("1")
    reasons = (Reason(ReasonKind.PLACE, 0.05, "", "BE32B"),)
    why = explain_match(replace(make_match(lot), reasons=reasons), FACETS, lot, NUAGERA, NIGHT)
    assert (why.reasons, Lowering.PLACE in why.lowered_by) == ((), False)


def test_a_place_in_another_country_lowers_a_fit() -> None:
    lot = make_lot("1")
    lot = replace(lot, lot=replace(lot.lot, nuts=(Nuts("FRE11"),)))
    lowered = explain_match(make_match(lot), FACETS, lot, NUAGERA, NIGHT).lowered_by
    assert lowered == (Lowering.PLACE,)


def test_a_title_stands_for_a_part_only_where_nothing_else_does() -> None:
    lot = make_lot("1")
    consortium = make_consortium(lot)
    both, title = replace(consortium.roles[0], only=(0, 1)), replace(consortium.roles[1], only=(0,))
    consortium = replace(consortium, roles=(both, title, consortium.roles[2]))
    digest = compose((lot, make_match_result(lot, 0.8, consortium)))
    assert digest
    assert digest.items[0].coalition
    assert [p.brings for p in digest.items[0].coalition.partners[:2]] == [(FACETS[1],), (FACETS[0],)]


@pytest.mark.parametrize(
    ("score", "band"), [(0.6, Band.STRONG), (0.59, Band.GOOD), (0.4, Band.GOOD), (0.39, Band.FAIR)]
)
def test_a_score_becomes_a_band(score: float, band: Band) -> None:
    assert name_band(score) is band


def test_what_lowers_a_fit_is_shown() -> None:
    lot = make_lot("1", closes=NIGHT + timedelta(days=5))
    lot = replace(lot, lot=replace(lot.lot, estimate=Money(Decimal(9_000_000), "EUR"), tender_languages=("NLD",)))
    match = replace(make_match(lot), reasons=())
    lowered = explain_match(match, FACETS, lot, NUAGERA, NIGHT).lowered_by
    assert lowered == (Lowering.TIME, Lowering.SIZE, Lowering.LANGUAGE)


@pytest.mark.parametrize(
    ("frequency", "edition"),
    [(Frequency.DAILY, "2026-11-20"), (Frequency.WEEKLY, "2026-W47"), (Frequency.MONTHLY, "2026-11")],
)
def test_an_edition_is_named_after_its_period(frequency: Frequency, edition: str) -> None:
    assert name_edition(frequency, NIGHT) == edition


def test_an_edition_follows_the_calendar_of_brussels() -> None:
    assert name_edition(Frequency.DAILY, datetime(2026, 11, 20, 23, 30, tzinfo=UTC)) == "2026-11-21"


def test_the_first_days_of_january_may_belong_to_the_last_week_of_the_old_year() -> None:
    assert name_edition(Frequency.WEEKLY, datetime(2027, 1, 3, 12, tzinfo=UTC)) == "2026-W53"


def test_a_weekly_member_is_due_on_any_night_of_a_week_it_was_not_served() -> None:
    weekly = make_member(preferences=Preferences(Frequency.WEEKLY))
    assert [is_due(weekly, NIGHT, last) for last in (None, "2026-W46", "2026-W47")] == [True, True, False]
