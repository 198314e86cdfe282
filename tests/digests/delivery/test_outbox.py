"""The records of the outbox: one letter per member and edition, what it notified of, and an outcome for all that was
due."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digests.delivery.outbox import OUTCOMES, LetterState, Outbox, OutboxTotals
from digests.errors import LetterDamaged, OutboxError, OutboxUnbalanced
from digests.rendering.letter import Letter
from digests.rendering.mime import render_letter
from tests.support.letters.digest_examples import NIGHT, compose, make_lot, make_match_result, make_rich_digest


@pytest.fixture(scope="module")
def letter() -> Letter:
    return render_letter(make_rich_digest())


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "outbox.sqlite") as opened:
        yield opened


def test_a_letter_comes_back_byte_for_byte(outbox: Outbox, letter: Letter) -> None:
    assert outbox.save_letter(letter, at=NIGHT)
    assert outbox.load_letter(letter.member, letter.edition) == replace(letter, notified=())


def test_a_member_has_an_edition_once_and_its_first_letter_stays(outbox: Outbox, letter: Letter) -> None:
    outbox.save_letter(letter, at=NIGHT)
    assert not outbox.save_letter(
        replace(letter, subject="autre", message_id="<autre@x.example>", notified=()), at=NIGHT
    )
    assert outbox.load_letter(letter.member, letter.edition).subject == letter.subject
    assert len(outbox.load_notified(letter.member)) == len(letter.notified)


def test_the_notified_lots_of_a_letter_are_kept_as_sent(outbox: Outbox, letter: Letter) -> None:
    outbox.save_letter(letter, at=NIGHT)
    assert outbox.load_notified(letter.member) == letter.notified
    assert outbox.load_notified("autrui") == ()


def test_a_digest_composed_from_the_books_tells_nothing_twice(outbox: Outbox) -> None:
    lot = make_lot("1")
    first = compose((lot, make_match_result(lot)))
    assert first
    outbox.save_letter(render_letter(first), at=NIGHT)
    again = compose(
        (lot, make_match_result(lot)), notified=outbox.load_notified("nuagera"), as_of=NIGHT + timedelta(days=1)
    )
    assert again is None


def test_the_last_edition_is_that_of_the_letter_last_kept(outbox: Outbox, letter: Letter) -> None:
    assert outbox.load_last_edition(letter.member) is None
    outbox.save_letter(letter, at=NIGHT)
    outbox.save_letter(replace(letter, edition="2026-11-21", message_id="<b@x.example>"), at=NIGHT)
    assert outbox.load_last_edition(letter.member) == "2026-11-21"


def test_a_letter_whose_telling_cannot_be_kept_is_not_kept_either(outbox: Outbox, letter: Letter) -> None:
    twice = replace(letter, notified=(letter.notified[0], letter.notified[0]))
    with pytest.raises(OutboxError):
        outbox.save_letter(twice, at=NIGHT)
    assert outbox.load_letter_statuses() == ()
    assert outbox.save_letter(letter, at=NIGHT)


def test_the_books_survive_closing(tmp_path: Path, letter: Letter) -> None:
    with Outbox.open(tmp_path / "o.sqlite") as first:
        first.save_letter(letter, at=NIGHT)
    with Outbox.open(tmp_path / "o.sqlite") as second:
        assert [standing.state for standing in second.load_letter_statuses()] == [LetterState.RENDERED]


def test_a_letter_without_outcome_unbalances_the_books(outbox: Outbox, letter: Letter) -> None:
    outbox.save_letter(letter, at=NIGHT)
    with pytest.raises(OutboxUnbalanced, match="1 letters due, 0 with an outcome"):
        outbox.reconcile()


@pytest.mark.parametrize("state", OUTCOMES)
def test_every_outcome_balances_the_books(outbox: Outbox, letter: Letter, state: LetterState) -> None:
    outbox.save_letter(letter, at=NIGHT)
    outbox.mark(letter.member, letter.edition, state, at=NIGHT)
    tally = outbox.reconcile()
    answer = LetterState.FAILED if state is LetterState.BOUNCED else state
    assert (tally.due, getattr(tally, answer)) == (0 if state is LetterState.DEFERRED else 1, 1)


def test_an_empty_outbox_is_in_balance(outbox: Outbox) -> None:
    assert outbox.reconcile() == OutboxTotals(0, 0, 0, 0, 0, 0)


def test_a_suppressed_letter_does_not_leave_any_more(outbox: Outbox, letter: Letter) -> None:
    outbox.save_letter(letter, at=NIGHT)
    assert outbox.suppress(letter.member, "left the cluster", at=NIGHT) == 1
    assert outbox.load_letters_to_send() == ()
    assert outbox.load_letter_statuses()[0].detail == "left the cluster"


def test_a_sent_letter_cannot_be_suppressed(outbox: Outbox, letter: Letter) -> None:
    outbox.save_letter(letter, at=NIGHT)
    outbox.mark(letter.member, letter.edition, LetterState.SENT, at=NIGHT)
    assert outbox.suppress(letter.member, "left the cluster", at=NIGHT) == 0


def test_bytes_that_changed_on_disk_are_not_sent(tmp_path: Path, letter: Letter) -> None:
    with Outbox.open(tmp_path / "o.sqlite") as outbox:
        outbox.save_letter(letter, at=NIGHT)
        with sqlite3.connect(tmp_path / "o.sqlite") as other:
            other.execute("update letter set mime = x'00'")
        with pytest.raises(LetterDamaged, match="not those that were kept"):
            outbox.load_letter(letter.member, letter.edition)


def test_a_file_that_is_no_outbox_is_refused_as_such(tmp_path: Path) -> None:
    (tmp_path / "o.sqlite").write_text("this is a letter to nobody, and longer than a header of SQLite " * 20)
    with pytest.raises(OutboxError, match="cannot be used as the outbox"):
        Outbox.open(tmp_path / "o.sqlite")


def test_an_outbox_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "o.sqlite") as later:
        later.execute("pragma user_version = 99")
    with pytest.raises(OutboxError, match="version 99"):
        Outbox.open(tmp_path / "o.sqlite")


OF_VERSION_1 = """
create table letter (
    member text not null, edition text not null, sender text not null, address text not null,
    message_id text not null unique, subject text not null, mime blob not null, sha256 text not null,
    items integer not null, state text not null check (
        state in ('rendered', 'sending', 'sent', 'deferred', 'failed', 'unknown', 'suppressed')),
    attempts integer not null default 0, detail text, kept_at text not null, changed_at text not null,
    unique (member, edition)
);
create table told (
    member text not null, edition text not null, lot_uid text not null, section text not null, facts text not null,
    deadline text, closing integer not null, unique (member, lot_uid, facts, edition),
    foreign key (member, edition) references letter (member, edition)
);
insert into letter values ('a', '2026-W47', 'pib@cluster.example', 'a@A.example', '<a@x.example>', 'Sujet', x'00',
    'f', 2, 'sent', 1, '250 ok', '2026-11-16T10:00:00+01:00', '2026-11-16T10:00:00+01:00');
insert into told values ('a', '2026-W47', 'lot', 'new', 'facts', null, 0);
pragma user_version = 1;
"""


def test_an_outbox_of_the_first_version_keeps_its_letters_and_their_notified_lots(
    tmp_path: Path, letter: Letter
) -> None:
    with sqlite3.connect(tmp_path / "o.sqlite") as before:
        before.executescript(OF_VERSION_1)
    for _ in range(2):
        with Outbox.open(tmp_path / "o.sqlite") as outbox:
            (standing,) = outbox.load_letter_statuses()
            assert (standing.state, standing.attempts, standing.detail) == (LetterState.SENT, 1, "250 ok")
            assert [notified.lot_uid for notified in outbox.load_notified("a")] == ["lot"]
    with Outbox.open(tmp_path / "o.sqlite") as outbox:
        assert outbox.save_letter(letter, at=NIGHT)
        outbox.mark("a", "2026-W47", LetterState.BOUNCED, at=NIGHT)
        assert outbox.connection.execute("pragma foreign_key_check").fetchall() == []
