"""What members choose is kept once, found again, and read without touching the file."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.errors import ChoicesError, FormSpent
from portal.member_choices import Choices, IssuedForm, LotFeedback, Objection, Opinion
from warehouse.model.members import Channel, Frequency, Preferences, Weekday

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
UNTIL = AT + timedelta(hours=12)

preferences = st.builds(
    Preferences,
    frequency=st.sampled_from(Frequency),
    threshold=st.integers(0, 100).map(lambda percent: percent / 100),
    maximum=st.integers(1, 20),
    grappes=st.lists(st.text(min_size=1, max_size=20), max_size=3).map(tuple),
    channel=st.sampled_from(Channel),
    quiet_days=st.lists(st.sampled_from(Weekday), unique=True).map(tuple),
    heartbeat=st.booleans(),
)


@settings(max_examples=30)
@given(wished=preferences, number=st.uuids())
def test_preferences_come_back_as_they_were_kept(
    tmp_path_factory: pytest.TempPathFactory, wished: Preferences, number: object
) -> None:
    choices = Choices(tmp_path_factory.mktemp("choices") / "choices.sqlite")
    choices.save_preferences("nuagera", wished, IssuedForm(str(number), UNTIL), at=AT)
    assert choices.load_preferences() == {"nuagera": wished}
    assert choices.load_member_preferences("nuagera") == wished


def test_looking_makes_no_file(tmp_path: Path) -> None:
    choices = Choices(tmp_path / "choices.sqlite")
    assert (choices.load_preferences(), choices.load_stopped(), choices.load_feedback()) == ({}, {}, ())
    assert list(tmp_path.iterdir()) == []


def test_looking_leaves_every_byte(tmp_path: Path) -> None:
    choices = Choices(tmp_path / "choices.sqlite")
    choices.stop("nuagera", at=AT)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert choices.has_stopped("nuagera")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_form_sent_twice_changes_once(tmp_path: Path) -> None:
    choices = Choices(tmp_path / "choices.sqlite")
    form = IssuedForm("once", UNTIL)
    choices.save_preferences("nuagera", Preferences(maximum=3), form, at=AT)
    with pytest.raises(FormSpent):
        choices.save_preferences("nuagera", Preferences(maximum=9), form, at=AT)
    assert choices.load_member_preferences("nuagera") == Preferences(maximum=3)


def test_a_spent_form_is_forgotten_when_it_could_not_be_sent_anyway(tmp_path: Path) -> None:
    choices = Choices(tmp_path / "choices.sqlite")
    choices.save_preferences("nuagera", Preferences(), IssuedForm("old", UNTIL), at=AT)
    choices.save_preferences(
        "nuagera", Preferences(), IssuedForm("new", AT + timedelta(days=3)), at=AT + timedelta(days=2)
    )
    with sqlite3.connect(choices.path) as connection:
        assert connection.execute("select form from spent").fetchall() == [("new",)]


def test_stopping_twice_is_stopping_once_and_remembers_when(tmp_path: Path) -> None:
    choices = Choices(tmp_path / "choices.sqlite")
    choices.stop("nuagera", at=AT)
    choices.stop("nuagera", at=AT + timedelta(days=1))
    assert choices.load_stopped() == {"nuagera": AT}


def test_who_resumes_is_written_to_again(tmp_path: Path) -> None:
    choices = Choices(tmp_path / "choices.sqlite")
    choices.stop("nuagera", at=AT)
    choices.resume("nuagera", IssuedForm("again", UNTIL), at=AT)
    assert not choices.has_stopped("nuagera")


def test_the_last_opinion_of_a_lot_counts(tmp_path: Path) -> None:
    choices = Choices(tmp_path / "choices.sqlite")
    first = LotFeedback("nuagera", "p:1", Opinion.NOT_RELEVANT, Objection.TOO_FAR, AT)
    last = LotFeedback("nuagera", "p:1", Opinion.LATER, None, AT + timedelta(hours=1))
    other = LotFeedback("froiduval", "p:1", Opinion.RELEVANT, None, AT)
    for name, feedback in (("1", first), ("2", last), ("3", other)):
        choices.save_feedback(feedback, IssuedForm(name, UNTIL))
    assert choices.load_feedback() == (other, last)
    assert choices.load_opinion("nuagera", "p:1") == last


def test_a_store_whose_first_write_has_just_begun_is_empty(tmp_path: Path) -> None:
    choices = Choices(tmp_path / "choices.sqlite")
    choices.path.touch()
    assert choices.load_feedback() == ()
    choices.stop("nuagera", at=AT)
    assert choices.has_stopped("nuagera")


def test_a_store_of_a_later_version_is_refused(tmp_path: Path) -> None:
    choices = Choices(tmp_path / "choices.sqlite")
    with sqlite3.connect(choices.path) as connection:
        connection.execute("pragma user_version = 9")
    with pytest.raises(ChoicesError, match="version 9"):
        choices.stop("nuagera", at=AT)


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    choices = Choices(tmp_path / "choices.sqlite")
    choices.path.write_bytes(b"no store at all" * 100)
    with pytest.raises(ChoicesError, match="pib rebuild"):
        choices.stop("nuagera", at=AT)
