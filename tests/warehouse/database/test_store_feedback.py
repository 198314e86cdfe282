"""Members' feedback is stored, never twice, and the newest answer counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.support.stores import open_store, passing_store
from warehouse.errors import BadFact
from warehouse.model.feedback import LONGEST, NOT_RELEVANT, Answer, Feedback
from warehouse.store import Store

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def store() -> Iterator[Store]:
    with passing_store() as opened:
        yield opened


def an_answer(answer: Answer, *, member: str = "aquila", lot: str = "p:LOT-0001", at: datetime = NOON) -> Feedback:
    return Feedback(member, lot, answer, at, "portal", "trop loin pour nous")


def test_what_is_kept_comes_back_equal(store: Store) -> None:
    given = [
        an_answer(answer, lot=f"p:LOT-{n:04d}") for n, answer in enumerate(Answer) if answer is not Answer.WITHDRAWN
    ]
    assert store.save_feedback(*given) == len(given)
    assert store.load_feedback() == tuple(given)


def test_the_same_answer_is_kept_once(store: Store) -> None:
    in_brussels = an_answer(Answer.BID, at=NOON.astimezone(timezone(timedelta(hours=1))))
    assert store.save_feedback(an_answer(Answer.BID)) == 1
    assert store.save_feedback(an_answer(Answer.BID), in_brussels) == 0


def test_the_newest_answer_counts_whatever_the_order(store: Store) -> None:
    store.save_feedback(an_answer(Answer.TOO_FAR, at=LATER), an_answer(Answer.RELEVANT))
    assert [feedback.answer for feedback in store.load_feedback("aquila")] == [Answer.TOO_FAR]


def test_what_was_taken_back_counts_no_more(store: Store) -> None:
    store.save_feedback(an_answer(Answer.RELEVANT), an_answer(Answer.WITHDRAWN, at=LATER))
    assert store.load_feedback() == ()


def test_one_member_is_loaded_alone(store: Store) -> None:
    store.save_feedback(an_answer(Answer.RELEVANT), an_answer(Answer.WON, member="cygnus"))
    assert [feedback.member for feedback in store.load_feedback("cygnus")] == ["cygnus"]


def test_feedback_survives_a_rebuild(tmp_path: Path) -> None:
    with open_store(tmp_path / "old.duckdb") as old:
        old.save_feedback(an_answer(Answer.WON))
    with open_store(tmp_path / "new.duckdb") as new:
        new.carry_over(tmp_path / "old.duckdb")
        assert new.load_feedback() == (an_answer(Answer.WON),)


def test_an_instant_without_a_zone_and_endless_words_are_refused() -> None:
    with pytest.raises(BadFact, match="no zone"):
        Feedback("aquila", "p:LOT-0001", Answer.BID, NOON.replace(tzinfo=None))
    with pytest.raises(BadFact, match="2000 are kept"):
        Feedback("aquila", "p:LOT-0001", Answer.BID, NOON, words="x" * (LONGEST + 1))
    with pytest.raises(BadFact, match="no member or no lot"):
        Feedback("", "p:LOT-0001", Answer.BID, NOON)


@pytest.mark.parametrize("answer", Answer)
def test_an_answer_says_yes_or_no_or_takes_back(answer: Answer) -> None:
    assert an_answer(answer).is_yes + (answer in NOT_RELEVANT) + (answer is Answer.WITHDRAWN) == 1
