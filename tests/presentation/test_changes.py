"""What changed between two versions, as facts: which differences are reported, which are none, and in which words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given

from presentation.digest_model import NotifiedLot, Section
from presentation.i18n import Phrases
from presentation.views.items import view_item
from tests.support.letters.digest_examples import NIGHT, compose, make_lot, make_match_result
from tests.support.notices.linked_notices import CLOSES, a_notice
from tests.support.notices.strategies import notices
from tests.support.stores import passing_store
from warehouse.codes.classifications import Cpv
from warehouse.model.changes import ChangeKind, Difference, compare_notices
from warehouse.model.notices import Change, Criterion, Deadline, DeadlineKind, Lot, Money, Notice, Publication, Text
from warehouse.store import Store

WEEK = timedelta(days=7)


def a_version(**lot: object) -> Notice:
    notice = a_notice(schema="eforms-sdk-1.13", procedure="purchase")
    return replace(notice, lots=(replace(notice.lots[0], **lot),))  # pyright: ignore[reportArgumentType]


def kinds(before: Notice, after: Notice) -> list[ChangeKind]:
    return [difference.kind for difference in compare_notices(before, after)]


def euros(amount: int) -> Money:
    return Money(Decimal(amount), "EUR")


@given(notices)
def test_a_notice_differs_from_itself_only_by_the_lots_it_withdraws(notice: Notice) -> None:
    assert {difference.kind for difference in compare_notices(notice, notice)} <= {ChangeKind.LOT_CANCELLED}


def test_a_deadline_that_moved_is_reported_with_both_moments() -> None:
    before, after = (Deadline(at, DeadlineKind.TENDER, "+00:00") for at in (CLOSES, CLOSES + WEEK))
    (found,) = compare_notices(a_version(deadline=before), a_version(deadline=after))
    assert (found.kind, found.before, found.after) == (ChangeKind.DEADLINE, before, after)


def test_the_same_moment_in_another_zone_did_not_move() -> None:
    there = Deadline(CLOSES.astimezone(NIGHT.tzinfo), DeadlineKind.TENDER, "Europe/Brussels")
    assert kinds(a_version(), a_version(deadline=there)) == []


def test_lots_added_and_removed_are_reported_with_their_titles() -> None:
    one, other = a_version(), a_version(id="LOT-0002", titles=(Text("Capteurs", "FRA"),))
    found = {(d.kind, d.lot, d.titles) for d in compare_notices(one, other)}
    assert found == {
        (ChangeKind.LOT_ADDED, "LOT-0002", (Text("Capteurs", "FRA"),)),
        (ChangeKind.LOT_REMOVED, "LOT-0001", ()),
    }


def test_a_correction_of_part_of_a_purchase_removes_no_lots() -> None:
    one = a_version()
    other = replace(a_version(id="LOT-0002"), schema="TED_EXPORT R2.0.9")
    assert ChangeKind.LOT_REMOVED not in kinds(one, other)


def test_a_withdrawn_lot_is_notified_though_the_notice_still_describes_it() -> None:
    after = replace(a_version(), changes=(Change("x-01", "cancel", lots=("LOT-0001",)),))
    assert kinds(a_version(), after) == [ChangeKind.LOT_CANCELLED]


def test_documents_that_went_are_no_news_and_new_ones_are() -> None:
    one, other = a_version(documents=("https://a.example/1",)), a_version(documents=())
    assert (kinds(one, other), kinds(other, one)) == ([], [ChangeKind.DOCUMENTS])


def test_an_estimate_that_becomes_a_placeholder_is_no_estimate() -> None:
    assert kinds(a_version(estimate=euros(90_000)), a_version(estimate=euros(1))) == []


def test_an_estimate_that_replaces_a_placeholder_is_reported_without_a_before() -> None:
    (found,) = compare_notices(a_version(estimate=euros(0)), a_version(estimate=euros(90_000)))
    assert (found.before, found.after) == (None, euros(90_000))


def test_another_main_code_is_reported_and_another_order_of_criteria_is_not() -> None:
    criteria_pair = (Criterion("award", "price", ()), Criterion("award", "quality", (Text("Méthode", "FRA"),)))
    one = a_version(criteria=criteria_pair)
    assert kinds(one, a_version(criteria=criteria_pair[::-1], cpv=(Cpv("72500000"),))) == [ChangeKind.CODES]


def test_a_criterion_in_other_words_is_reported() -> None:
    one, other = (a_version(criteria=(Criterion("award", "quality", (Text(w, "FRA"),)),)) for w in ("A", "B"))
    assert kinds(one, other) == [ChangeKind.CRITERIA]


def test_a_summary_is_compared_by_its_deadlines_only() -> None:
    summary = replace(a_version(), is_summary=True, lots=(Lot("LOT-0009", ()),))
    assert kinds(a_version(estimate=euros(90_000)), summary) == []


@pytest.fixture
def store() -> Iterator[Store]:
    with passing_store() as opened:
        opened.set_as_of(datetime(2026, 11, 20, 9, tzinfo=UTC))
        yield opened


def versions(store: Store) -> list[Notice]:
    """Three versions of one call, a week apart, each closing a week later; the middle one changes nothing else."""
    notified = [
        replace(
            a_version(deadline=Deadline(CLOSES + n * WEEK, DeadlineKind.TENDER, "+00:00")),
            version=n + 1,
            changes=(Change(f"notice-eu_ted-{n:02d}", "cor-buy"),) if n else (),
            publication=Publication("eu_ted", f"{n + 1}-2026", date(2026, 11, 3) + n * WEEK),
        )
        for n in range(3)
    ]
    store.save_notices(notified)
    store.join_procedures(date(2026, 11, 20))
    return notified


@pytest.mark.parametrize(("day", "weeks"), [(5, 0), (12, 1)])
def test_what_changed_counts_from_what_the_reader_was_notified_of(store: Store, day: int, weeks: int) -> None:
    versions(store)
    found = store.load_differences({"purchase:LOT-0001": datetime(2026, 11, day, 9, tzinfo=UTC)})
    ((moved,),) = found.values()
    assert isinstance(moved.before, Deadline)
    assert moved.before.at == CLOSES + weeks * WEEK


def test_what_the_reader_knows_already_did_not_change(store: Store) -> None:
    versions(store)
    assert store.load_differences({"purchase:LOT-0001": datetime(2026, 11, 18, 9, tzinfo=UTC)}) == {}


SENTENCES = {
    "fr": ["Lot ajouté : LOT-0002 · Capteurs", "L’estimation est désormais de 90\u202f000\xa0€."],
    "nl": ["Perceel toegevoegd: LOT-0002 · Capteurs", "De raming bedraagt nu €\xa090.000."],
    "de": ["Los hinzugefügt: LOT-0002 · Capteurs", "Die Schätzung beträgt nun 90.000\xa0€."],
    "en": ["Lot added: LOT-0002 · Capteurs", "The estimate is now €90,000."],
}


@pytest.mark.parametrize("language", SENTENCES)
def test_a_letter_says_what_changed_in_the_readers_language(language: str) -> None:
    lot = make_lot("100001", changes=(Change("x-01", "cor-buy"),))
    notified = (NotifiedLot(lot.uid, Section.NEW, "other", lot.lot.deadline and lot.lot.deadline.at, closing=False),)
    differences = {
        lot.uid: (
            Difference(ChangeKind.LOT_ADDED, "LOT-0002", titles=(Text("Capteurs", "FRA"),)),
            Difference(ChangeKind.ESTIMATE, None, None, euros(90_000)),
        )
    }
    digest = compose((lot, make_match_result(lot)), notified=notified, differences=differences)
    assert digest
    news = view_item(digest.items[0], Phrases(language)).news
    assert [words.text for words in news] == SENTENCES[language]
