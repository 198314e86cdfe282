"""What a member chose shapes its letter: grappes, channel, quiet days, a heartbeat, and what it can do with a call."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digests.composing.compose import compose_heartbeat
from digests.composing.editions import is_due, is_heartbeat_due
from digests.delivery.outbox import LetterState, Outbox
from digests.rendering.mime import render_digest, render_html, render_letter, render_text
from presentation.digest_model import NotifiedLot
from presentation.signed_links import Purpose
from tests.support.letters.digest_examples import (
    FROIDUVAL,
    MEMBERS,
    NIGHT,
    NUAGERA,
    compose,
    make_lot,
    make_match,
    make_match_result,
    make_member,
)
from tests.support.letters.rendered_letters import PORTAL, Page, parse, rich
from warehouse.model.members import Channel, Frequency, Member, Preferences, Weekday
from warehouse.model.subnetworks import grappes_of

COLD = replace(FROIDUVAL, grappes=("data-centre",))
LOT = make_lot("1")


def member_with(**wishes: object) -> Member:
    return replace(NUAGERA, preferences=replace(Preferences(Frequency.DAILY), **wishes))  # type: ignore[arg-type]


# Grappes


def test_a_lot_is_of_the_grappes_of_the_firms_that_fit_it_best() -> None:
    match_result = replace(make_match_result(LOT), matches=(make_match(LOT, 0.6), make_match(LOT, 0.9, "froiduval")))
    assert grappes_of(match_result, {**MEMBERS, "froiduval": COLD}) == ("data-centre",)


def test_a_firm_that_fits_nearly_as_well_speaks_for_its_grappes_too() -> None:
    match_result = replace(make_match_result(LOT), matches=(make_match(LOT, 0.8), make_match(LOT, 0.9, "froiduval")))
    assert grappes_of(match_result, {**MEMBERS, "froiduval": COLD}) == ("data-centre", "cloud")


@pytest.mark.parametrize(("wished", "notified"), [((), True), (("cloud",), True), (("web",), False)])
def test_grappes_narrow_a_digest_to_their_lots(wished: tuple[str, ...], notified: bool) -> None:
    digest = compose((LOT, make_match_result(LOT)), member=member_with(grappes=wished))
    assert (digest is not None) is notified


def test_notified_lots_are_followed_whatever_the_grappes() -> None:
    earlier = NotifiedLot(LOT.uid, "new", "other facts", NIGHT + timedelta(days=9), closing=False)  # type: ignore[arg-type]
    assert compose((LOT, make_match_result(LOT)), member=member_with(grappes=("web",)), notified=(earlier,))


def test_the_letter_names_the_grappe_a_call_shares_with_its_reader() -> None:
    digest = compose((LOT, make_match_result(LOT)), member=replace(NUAGERA, languages=("en",)))
    assert digest
    assert "Your grappe: cloud" in render_text(digest)


# Days


def test_nothing_is_written_on_a_quiet_day_and_it_waits_for_the_next() -> None:
    member = member_with(quiet_days=(Weekday.FRIDAY,))  # NIGHT is a Friday
    assert [is_due(member, NIGHT + timedelta(days=n), None) for n in (0, 1)] == [False, True]


def test_a_day_is_quiet_by_the_calendar_of_brussels() -> None:
    late = NIGHT.replace(hour=0, minute=30)  # still Thursday in UTC
    assert not is_due(member_with(quiet_days=(Weekday.FRIDAY,)), late, None)


@pytest.mark.parametrize(
    ("frequency", "days", "due"),
    [
        (Frequency.DAILY, 6, False),
        (Frequency.DAILY, 7, True),
        (Frequency.WEEKLY, 7, True),
        (Frequency.MONTHLY, 27, False),
        (Frequency.MONTHLY, 28, True),
    ],
)
def test_a_heartbeat_is_due_after_a_week_of_silence_and_never_more_often_than_letters(
    frequency: Frequency, days: int, due: bool
) -> None:
    member = member_with(heartbeat=True, frequency=frequency)
    assert is_heartbeat_due(member, NIGHT, NIGHT - timedelta(days=days)) is due


def test_a_heartbeat_comes_to_those_only_who_requested_it() -> None:
    assert not is_heartbeat_due(member_with(), NIGHT, None)
    assert is_heartbeat_due(member_with(heartbeat=True), NIGHT, None)


@pytest.mark.parametrize("language", ["fr", "nl", "en", "de"])
def test_a_heartbeat_is_a_whole_letter_that_tells_of_nothing(language: str) -> None:
    beat = compose_heartbeat(make_member(languages=(language,)), 57, as_of=NIGHT, missing_sources=("TED",))
    message = parse(render_digest(beat, portal=PORTAL))
    assert beat.is_heartbeat
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert "57" in render_text(beat)
    assert "57" in Page(render_html(beat)).text


def test_a_heartbeat_leaves_the_members_edition_due(tmp_path: Path) -> None:
    beat = compose_heartbeat(member_with(heartbeat=True), 57, as_of=NIGHT)
    with Outbox.open(tmp_path / "o.sqlite") as outbox:
        assert outbox.save_letter(render_letter(beat), at=NIGHT)
        assert outbox.load_last_edition("nuagera") is None
        assert outbox.load_last_saved_at("nuagera") == NIGHT


# Channels


def test_a_reader_of_plain_text_receives_no_page() -> None:
    digest = compose((LOT, make_match_result(LOT)), member=member_with(channel=Channel.TEXT))
    assert digest
    kinds = [part.get_content_type() for part in parse(render_digest(digest)).walk()]
    assert kinds == ["multipart/mixed", "text/plain", "text/calendar"]


def test_a_reader_of_feeds_has_its_letter_kept_and_never_sent(tmp_path: Path) -> None:
    digest = compose((LOT, make_match_result(LOT)), member=member_with(channel=Channel.FEED))
    assert digest
    with Outbox.open(tmp_path / "o.sqlite") as outbox:
        outbox.save_letter(render_letter(digest), at=NIGHT)
        (standing,) = outbox.load_letter_statuses()
        assert (standing.state, standing.detail) == (LetterState.SUPPRESSED, "read at the portal")
        assert outbox.load_notified("nuagera") == digest.notified
        assert outbox.load_letters_to_send() == ()


# Actions


def test_a_call_can_be_opened_noted_and_rated_and_every_link_is_the_members_own() -> None:
    digest = compose((LOT, make_match_result(LOT)))
    assert digest
    every = [link.replace("webcal:", "https:") for link in Page(render_html(digest, PORTAL)).links]
    links = [link for link in every if link.startswith(PORTAL.base_url)]
    forwarded = PORTAL.public_lot(LOT.uid)
    assert links.count(forwarded) == 1
    found = {(link.split("/")[3], link.split("/")[4]) for link in links if link != forwarded}
    granted = {(purpose, PORTAL.read(token, Purpose(purpose), on=NIGHT.date())) for purpose, token in found}
    assert {purpose for purpose, _ in granted} == {
        *("lot", "calendar", "feedback"),
        *("digest", "calls", "agenda", "preferences", "unsubscribe"),
    }
    assert {grant.member for _, grant in granted} == {"nuagera"}
    assert {grant.subject for purpose, grant in granted if purpose in ("lot", "calendar", "feedback")} == {LOT.uid}


def test_a_withdrawn_or_decided_call_can_only_be_opened() -> None:
    text = render_text(
        replace(rich("en"), items=tuple(i for i in rich("en").items if i.is_withdrawn or i.award)), PORTAL
    )
    assert [text.count(f"-> {label}\n") for label in ("Open", "Calendar", "To forward", "Not for us")] == [2, 0, 0, 0]


def test_without_a_portal_nothing_is_offered_that_does_not_answer() -> None:
    assert not re.search("-> Open|-> Calendar|To forward|Stop these letters", render_text(rich("en")))


def test_a_letter_can_be_stopped_by_one_post_or_by_mail() -> None:
    message = parse(render_digest(rich("fr"), portal=PORTAL))
    by_post, by_mail = re.findall(r"<([^>]+)>", message["List-Unsubscribe"])
    assert PORTAL.read(by_post.rpartition("/")[2], Purpose.UNSUBSCRIBE, on=NIGHT.date()).member == "nuagera"
    assert by_mail.startswith("mailto:team@cluster.example?subject=unsubscribe%20")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_address_that_stops_letters_stands_in_the_bytes_as_it_is() -> None:
    head, _, _ = render_digest(rich("fr"), portal=PORTAL).as_bytes().partition(b"\r\n\r\n")
    assert PORTAL.unsubscribe("nuagera", on=NIGHT.date()).encode() in head
    assert max(map(len, head.split(b"\r\n"))) < 998


NEUTRAL = "Look at your interest pages"


def test_attack_20_silence_every_letter_carries_the_same_line_byte_for_byte() -> None:
    """No letter knows a declaration; so the line is in each of them, with or without calls, the same bytes."""
    lines = set[str]()
    for digest in (rich("en"), replace(rich("en"), items=())):
        text = render_text(replace(digest, key_manifest="ab" * 32))
        (line,) = re.findall(rf"{NEUTRAL}.*?declared\.", text, re.DOTALL)
        lines.add(line)
        assert NEUTRAL not in render_text(digest)
    assert len(lines) == 1
    assert "http" not in next(iter(lines))


def test_every_letter_prints_the_manifest_of_keys_where_there_is_one() -> None:
    digest, sha256 = rich("en"), "ab" * 32
    printed = replace(digest, key_manifest=sha256)
    for render in (render_html, render_text):
        assert sha256 in "".join(render(printed).split())
        assert "SHA-256" not in render(digest)
