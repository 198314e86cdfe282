"""What each kind of link gives access to, directly and over every page that can be reached from it.

ALLOWED is the whole table: a page that gives more, or less, fails here. Whatever is reached belongs to the same member
and ends no later than the link the walk began with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from html import unescape

import pytest
from starlette.testclient import TestClient

from digests.delivery.sent_archive import Archive
from interest.crypto.key_rotation import hold_ceremony
from interest.folders import Room
from interest.policy import read_policy
from pipelines.nightly.interest import directory_of
from portal.interest_service import InterestService
from portal.pages.interest import actions_of
from portal.pages.letter import read_html_part, replace_links
from portal.web import given_links
from presentation.signed_links import Grant, PortalLinks, Purpose
from tests.support.interest.interest_world import borrowed_keys
from tests.support.letters.digest_examples import NIGHT
from tests.support.portals.portal_world import ALONE, BASE, MOVED, NOW, SECRET, TOGETHER, World, local_path, make_world

TOMORROW = NOW.date() + timedelta(days=1)
LETTER = "2026-11-20"
EVERYBODY = {"read public pages", "request a link by mail"}
"""Powers that take no link."""
READ_LOT = {"read the lot", "read its deadline"}
EVERYTHING = {
    *READ_LOT,
    *("read own calls", "read letters", "read the next letter", "read all deadlines", "read the feed"),
    *("change preferences", "stop and resume letters", "give an opinion", "declare interest"),
}
ALLOWED = {
    "forwarded page": set[str](),
    "lot": READ_LOT,
    "calendar": {"read its deadline"},
    "digest": {"read letters", *READ_LOT},
    "preview": {"read the next letter"},
    "agenda": {"read all deadlines"},
    "feed": {"read the feed", *READ_LOT},
    "unsubscribe": {"stop and resume letters"},
    "feedback": {"give an opinion", *READ_LOT},
    "interest": {"declare interest", *READ_LOT},
    "call": EVERYTHING,
    "calls": EVERYTHING,
    "preferences": EVERYTHING,
    "status": {"read the operator's page"},
}
"""The powers of each kind of link beside those of everybody."""
ONE_LOT = ("lot", "calendar", "feedback", "interest")
"""Kinds of links that concern one lot and no other."""

READS = {
    Purpose.CALLS: "read own calls",
    Purpose.CALL: "read the lot",
    Purpose.LOT: "read the lot",
    Purpose.DIGEST: "read letters",
    Purpose.PREVIEW: "read the next letter",
    Purpose.CALENDAR: "read its deadline",
    Purpose.AGENDA: "read all deadlines",
    Purpose.FEED: "read the feed",
    Purpose.STATUS: "read the operator's page",
}
CHANGES = {
    Purpose.PREFERENCES: "change preferences",
    Purpose.UNSUBSCRIBE: "stop and resume letters",
    Purpose.FEEDBACK: "give an opinion",
    Purpose.INTEREST: "declare interest",
}
ADDRESS = re.compile(r"""(?:href|action)="([^"]*)"|((?:https?|webcal)://[^\s"<>\\]+)""")


@dataclass(slots=True)
class Reached:
    """What a walk found: powers, subjects of lots, and the content of every signed link."""

    powers: set[str] = field(default_factory=set)
    lots: set[str] = field(default_factory=set)
    grants: list[Grant] = field(default_factory=list)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A portal with lots, letters, and a room of interest that takes declarations for two of the lots."""
    world = make_world(tmp_path_factory.mktemp("powers"), (ALONE, TOGETHER, MOVED))
    room, keys = Room(world.data / "interest"), borrowed_keys()
    lots = [(lot.uid, lot.lot.deadline.at.date()) for lot in (ALONE, TOGETHER) if lot.lot.deadline]
    hold_ceremony(room, lots, today=NIGHT.date(), policy=read_policy(), make_key=lambda: next(keys))
    service = InterestService(room, read_policy().crowd, directory_of)
    portal = replace(world.portal, interest_service=service)
    return replace(world, portal=replace(portal, actions=actions_of(portal, service)))


@pytest.fixture(scope="module")
def client(world: World) -> Iterator[TestClient]:
    with world.client() as client:
        yield client


def start_of(world: World, kind: str, until: date = TOMORROW) -> str:
    """The path of a link of a kind that ends on a day."""
    if kind == "forwarded page":
        return world.links.public_lot(TOGETHER.uid).removeprefix(BASE)
    if kind == "interest":
        assert world.portal.interest_service
        return f"/interest/{world.portal.interest_service.token('nuagera', TOGETHER.uid, until, '')}"
    subject = {"digest": LETTER}.get(kind, TOGETHER.uid if kind in (*ONE_LOT, "call") else "")
    token = world.links.token(Purpose(kind), "nuagera", subject, on=NOW.date(), not_after=until)
    return f"/{kind}/{token}"


def grant_of(world: World, path: str) -> Grant | None:
    """The content of the signed link that a path is; None for a path that everybody may open."""
    kind, _, token = path.partition("?")[0].removeprefix("/").partition("/")
    if kind == "interest":
        assert world.portal.interest_service
        members = world.portal.snapshots.current().members
        member, lot, until, epoch = world.portal.interest_service.read(token, members)
        return Grant(Purpose.INTEREST, member.id, lot, until, epoch)
    if kind in Purpose.__members__.values() and token:
        return world.links.verify(token, Purpose(kind))
    return None


def walk(world: World, client: TestClient, start: str) -> Reached:
    """Opens every page that can be reached from a link, each once, and notes what it gives."""
    found, waiting, seen = Reached(), [start], set[object]()
    while waiting:
        path = waiting.pop()
        grant = grant_of(world, path)
        place = (grant.purpose, grant.subject) if grant else re.sub(r"[?&]lang=\w\w", "", path)
        if grant:
            found.grants.append(grant)
        if place in seen:
            continue
        seen.add(place)
        answer = client.get(path)
        assert answer.status_code == 200, path
        note(found, grant, answer.text)
        if grant and grant.purpose is Purpose.FEED:
            token = path.removeprefix("/feed/")
            answer = client.get("/api/v1/matches", headers={"authorization": f"Bearer {token}"})
            waiting += addresses(answer.text, "/api/v1/matches")
        waiting += addresses(client.get(path).text, path)
    return found


def note(found: Reached, grant: Grant | None, page: str) -> None:
    """The powers of one page: what it shows, and what its forms change."""
    has_form = 'method="post"' in page
    if grant is None:
        found.powers |= {"read public pages"} | ({"request a link by mail"} if has_form else set())
        return
    if grant.purpose in READS:
        found.powers.add(READS[grant.purpose])
        assert not has_form, grant.purpose
    if grant.purpose in CHANGES:
        found.powers.add(CHANGES[grant.purpose])
        assert has_form, grant.purpose
    if grant.purpose in (Purpose.LOT, Purpose.CALL, Purpose.CALENDAR, Purpose.FEEDBACK, Purpose.INTEREST):
        found.lots.add(grant.subject)


def addresses(body: str, at: str) -> list[str]:
    """The paths at the portal that a page, feed or calendar names."""
    unfolded = body.replace("\r\n ", "")  # RFC 5545, section 3.1
    named = (unescape(href or url).replace("webcal://", "https://") for href, url in ADDRESS.findall(unfolded))
    local = (local_path(address, at) for address in named if not address.startswith("#"))
    return [path for path in local if path and not path.endswith((".css", ".svg"))]


@pytest.mark.parametrize("kind", ALLOWED)
def test_a_link_gives_the_powers_of_its_kind_and_no_other(world: World, client: TestClient, kind: str) -> None:
    assert walk(world, client, start_of(world, kind)).powers - EVERYBODY == ALLOWED[kind]


@pytest.mark.parametrize("kind", sorted(ALLOWED.keys() - {"forwarded page"}))
def test_no_page_gives_a_link_that_outlasts_the_one_that_opened_it(world: World, client: TestClient, kind: str) -> None:
    grants = walk(world, client, start_of(world, kind)).grants
    assert {grant.member for grant in grants} == {"nuagera"}
    assert max(grant.until for grant in grants) <= TOMORROW


@pytest.mark.parametrize("kind", ONE_LOT)
def test_a_link_to_one_lot_reaches_no_other_lot_as_its_member(world: World, client: TestClient, kind: str) -> None:
    assert walk(world, client, start_of(world, kind)).lots == {TOGETHER.uid}


def test_the_public_pages_give_the_powers_of_everybody(world: World, client: TestClient) -> None:
    assert walk(world, client, "/").powers == EVERYBODY


def test_every_kind_of_link_is_in_the_table() -> None:
    assert {*ALLOWED} == {*map(str, Purpose), "forwarded page"}
    assert given_links.OPENS.keys() == {*Purpose}


def test_the_walk_finds_a_page_that_gives_too_much(
    world: World, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = {**given_links.OPENS, Purpose.LOT: given_links.OPENS[Purpose.CALLS]}
    monkeypatch.setattr(given_links, "OPENS", opens)
    assert walk(world, client, start_of(world, "lot")).powers - EVERYBODY == EVERYTHING


def test_a_letter_read_again_has_fewer_links_than_the_letter_that_was_sent(world: World, client: TestClient) -> None:
    def purposes(page: str) -> set[Purpose]:
        grants = [grant_of(world, path) for path in addresses(page, "/digest/x")]
        return {grant.purpose for grant in grants if grant}

    sent = read_html_part(Archive(world.portal.outbox).load_mime("nuagera", LETTER) or b"")
    cards = {Purpose.LOT, Purpose.CALENDAR, Purpose.FEEDBACK}
    footer = {Purpose.DIGEST, Purpose.CALLS, Purpose.AGENDA, Purpose.PREFERENCES, Purpose.UNSUBSCRIBE}
    assert purposes(sent) == cards | footer
    assert purposes(client.get(start_of(world, "digest")).text) == {Purpose.LOT, Purpose.CALENDAR}


def test_links_of_a_letter_are_replaced_whichever_host_they_name(world: World) -> None:
    moved = PortalLinks("https://old.example", SECRET)
    urls = [moved.url(purpose, "nuagera", "x", on=NOW.date()) for purpose in (Purpose.LOT, Purpose.PREFERENCES)]
    others = ["https://old.example/lot/forged", moved.lot("froiduval", "x", on=NOW.date()), "https://else.example/a"]
    html = "".join(f'<a href="{url}">' for url in (*urls, *others))
    grant = Grant(Purpose.DIGEST, "nuagera", LETTER, TOMORROW)
    replaced = replace_links(html, world.portal.given_by(grant))
    lot = world.links.url(Purpose.LOT, "nuagera", "x", on=NOW.date(), not_after=TOMORROW)
    assert replaced == f'<a href="{lot}"><a><a href="{others[0]}"><a><a href="{others[2]}">'
