"""What the portal shows: the deadline first, facts, reasons and partners, in four languages, and nothing hostile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from portal.pages.lot_view import count_down, view_lot
from portal.snapshot import Snapshot
from portal.web.context import Action
from portal.web.i18n import PagePhrases
from presentation.signed_links import PortalLinks, Purpose
from tests.support.letters.digest_examples import NIGHT, NUAGERA, make_lot, make_match_result
from tests.support.portals.portal_world import (
    ALONE,
    BASE,
    DUTCH,
    GONE,
    HOSTILE,
    MOVED,
    NOW,
    TOGETHER,
    World,
    follow_all,
    local_path,
    make_world,
    read_page,
)
from warehouse.model.notices import Deadline, DeadlineKind

PAGES = (
    Purpose.CALLS,
    Purpose.LOT,
    Purpose.CALL,
    Purpose.PREFERENCES,
    Purpose.UNSUBSCRIBE,
    Purpose.FEEDBACK,
    Purpose.STATUS,
)
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("portal"))


@pytest.fixture(scope="module")
def client(world: World) -> Iterator[TestClient]:
    with world.client() as client:
        yield client


def see(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.text[-600:])
    return answer.text


def test_the_deadline_is_what_a_lots_page_says_first(world: World, client: TestClient) -> None:
    page = see(client, world.path(Purpose.LOT, subject=ALONE.uid) + "?lang=en")
    shown_text = " ".join(" ".join(read_page(page[page.index("<main") :]).text).split())
    assert shown_text.startswith("4 days and 3 hours left Tenders by Tuesday, 24 November 2026, 13:30 (Brussels time)")
    assert '<time datetime="2026-11-24T13:30:00+01:00">' in page


def test_a_lots_page_says_why_with_whom_and_where_it_was_published(world: World, client: TestClient) -> None:
    page = see(client, world.path(Purpose.LOT, subject=TOGETHER.uid) + "?lang=en")
    for expected in ("Why you", "Good fit", "With whom", "Froiduval", "cross-border, France", "competition law", "93%"):
        assert expected in page
    for expected in ("Tenders Electronic Daily 200002-2026 of 18 November 2026", "Decision 2011/833/EU"):
        assert expected in page


def test_a_lots_page_says_what_changed(world: World, client: TestClient) -> None:
    page = see(client, world.path(Purpose.LOT, subject=MOVED.uid) + "?lang=en")
    assert "What changed" in page
    assert '<span lang="fr" dir="auto">La date limite est reportée.</span>' in page


def test_the_words_of_a_notice_carry_their_language(world: World, client: TestClient) -> None:
    page = see(client, world.path(Purpose.LOT, subject=DUTCH.uid))
    assert '<html lang="fr">' in page
    assert '<span lang="nl" dir="auto">Hosting van de gemeentelijke websites</span>' in page


def test_everybody_reads_the_facts_and_nobodys_reasons(world: World, client: TestClient) -> None:
    page = see(client, world.links.public_lot(TOGETHER.uid).removeprefix(BASE))
    assert "Province inventée de Haute-Sambre" in page
    for private in ("Nuagera", "Froiduval", "Pourquoi vous", "Avec qui", "feedback/"):
        assert private not in page


def test_a_lot_that_closed_is_still_there_for_who_was_notified_of_it(world: World, client: TestClient) -> None:
    page = see(client, world.path(Purpose.LOT, subject=GONE.uid) + "?lang=en")
    assert "Sauvegarde externalisée" in page
    assert "closed" in page
    assert client.get(world.links.public_lot(GONE.uid).removeprefix(BASE)).status_code == 404


def test_what_others_offer_to_do_stands_only_on_the_page_reached_from_a_members_own_pages(world: World) -> None:
    def offer(member: str, lot_uid: str, language: str, until: date) -> tuple[Action, ...]:
        assert until == NOW.date() + timedelta(days=90)
        return (Action(f"Interested (anonymous) {member} {language}", f"/interest/{len(lot_uid)}"),)

    with world.client(actions=offer) as client:
        own = see(client, world.path(Purpose.CALL, subject=ALONE.uid))
        others = [world.links.public_lot(ALONE.uid).removeprefix(BASE), world.path(Purpose.LOT, subject=ALONE.uid)]
        pages = [see(client, path) for path in others]
    assert "Interested (anonymous) nuagera fr" in own
    assert not any("Interested" in page for page in pages)


@pytest.mark.parametrize("language", ["fr", "nl", "en", "de"])
@pytest.mark.parametrize("purpose", PAGES)
def test_every_page_speaks_each_language_and_says_which(
    world: World, client: TestClient, purpose: Purpose, language: str
) -> None:
    answer = client.get(f"{world.member_paths()[purpose]}?lang={language}")
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["content-language"] == language


def test_a_browser_is_answered_in_the_language_it_prefers(client: TestClient) -> None:
    page = client.get("/", headers={"accept-language": "es, de;q=0.8, nl;q=0.9, fr;q=junk"}).text
    assert '<html lang="nl">' in page


def test_a_letter_is_shown_again_as_it_was_sent(world: World, client: TestClient) -> None:
    answer = client.get(world.member_paths()[Purpose.DIGEST])
    assert answer.status_code == 200
    assert "Nuagera" in answer.text
    assert "\r" not in answer.text  # a browser takes digests of styles without
    policy = answer.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "'unsafe-hashes' 'sha256-" in policy


def test_the_letter_of_another_member_is_not_there(world: World, client: TestClient) -> None:
    assert client.get(world.path(Purpose.DIGEST, subject="2026-11-19")).status_code == 404


def test_the_next_letter_can_be_read_before_it_is_written(world: World, client: TestClient) -> None:
    assert "Nuagera" in see(client, world.member_paths()[Purpose.PREVIEW])


def test_a_page_fetches_nothing_from_elsewhere_and_is_small(world: World, client: TestClient) -> None:
    sizes: dict[str, int] = {}
    for purpose in PAGES:
        path = world.member_paths()[purpose]
        page = see(client, path)
        fetched = [local_path(address, path) for address in read_page(page).fetched]
        assert all(fetched), page
        sizes[purpose] = len(page.encode()) + sum(len(client.get(link or "").content) for link in fetched)
    assert max(sizes.values()) < 200_000
    assert len(sizes) == len(PAGES)


def test_no_page_needs_script_or_carries_a_style(world: World, client: TestClient) -> None:
    for path, page in follow_all(client, list(world.member_paths().values())):
        if path.startswith(("/digest/", "/preview/")) or "<html" not in page:
            continue
        found = read_page(page)
        assert not {"script", "style", "iframe", "object", "embed", "img"} & found.tags
        assert not {name for name in found.attributes if name.startswith("on") or name == "style"}


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/status", "/lots/x", "/preferences/forged", "/api/v1/lots", "/robots.txt"]
)
def test_every_answer_carries_the_headers_that_keep_a_browser_still(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert "script-src" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["strict-transport-security"]
    assert "set-cookie" not in headers


def test_a_failure_inside_is_a_page_with_the_headers_and_without_details(world: World, tmp_path: Path) -> None:
    broken = make_world(tmp_path, (ALONE,))
    with broken.client() as client:
        see(client, "/")
        (tmp_path / "outbox.sqlite").write_bytes(b"no store at all" * 200)
        answer = client.get(world.path(Purpose.CALLS))
    assert answer.status_code == 500
    assert answer.headers["content-security-policy"]
    assert "sqlite" not in answer.text.lower()


def test_before_the_first_night_the_portal_says_so(world: World, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    portal = make_world(tmp_path / "full", ()).portal
    (tmp_path / "full" / "published.duckdb").unlink()
    with World(tmp_path, portal, world.links).client() as client:
        answer = client.get("/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3600")


def test_hostile_words_are_shown_as_words(world: World, client: TestClient) -> None:
    for path in (world.path(Purpose.LOT, subject=HOSTILE.uid), "/", world.member_paths()[Purpose.CALLS]):
        page = see(client, path)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert not set(page) & set(BIDI + "\x00\x1b")
        assert not {"script", "img"} & read_page(page).tags
        assert "javascript:" not in page


def test_the_front_page_is_narrowed_and_refuses_what_it_cannot_read(world: World, client: TestClient) -> None:
    assert see(client, "/?region=be32").count('class="call"') == see(client, "/").count('class="call"') == 5
    assert see(client, "/?region=FR").count('class="call"') == 0
    assert client.get("/?after=junk").status_code == 404
    assert client.get("/?region=be32'--").status_code == 400


@given(hostile=st.text(min_size=1, max_size=60))
@settings(max_examples=40)
def test_no_sign_that_redirects_reading_gets_through(hostile: str, world: World) -> None:
    lot = make_lot("200009", f"a{BIDI}{hostile}", description=hostile + BIDI, buyer=hostile + "x\u202e")
    snapshot = world.portal.snapshots.current()
    match_result = make_match_result(lot)
    shown = Snapshot(
        **{
            name: getattr(snapshot, name)
            for name in Snapshot.__dataclass_fields__
            if name not in ("lots", "match_results")
        },
        lots={lot.uid: lot},
        match_results={lot.uid: match_result},
    )
    view = view_lot(lot, shown, PagePhrases("fr"), now=NOW, sources={}, member=NUAGERA)
    shown_text = repr([view.item.title.text, view.buyer.text, *(paragraph.text for paragraph in view.description)])
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f]", view.item.title.text + view.buyer.text)
    assert not any(f"\\u{ord(sign):04x}" in shown_text for sign in BIDI)


@given(minutes=st.integers(-2000, 200_000))
def test_the_time_left_adds_up(minutes: int) -> None:
    deadline = Deadline(NOW + timedelta(minutes=minutes), DeadlineKind.TENDER, "Europe/Brussels")
    count = count_down(deadline, NOW, PagePhrases("en"))
    if minutes <= 0:
        assert (count.number, count.unit) == (None, "closed")
        return
    assert count.number is not None
    rest = int(next(iter(re.findall(r"\d+", count.rest)), 0))
    per = {"day": 1440, "hour": 60, "minute": 1}[count.unit.removesuffix("s")]
    shown = count.number * per + rest * {1440: 60, 60: 1, 1: 0}[per]
    assert minutes - 60 < shown <= minutes if per == 1440 else shown == minutes
    assert count.is_urgent is (minutes < 7 * 1440)


def test_a_lot_without_deadline_is_never_urgent(world: World, client: TestClient) -> None:
    page = see(client, world.path(Purpose.LOT, subject=DUTCH.uid) + "?lang=en")
    assert "no deadline stated" in page
    assert "hero urgent" not in page


def test_links_keep_the_path_the_portal_is_reached_at(world: World, client: TestClient) -> None:
    page = see(client, world.member_paths()[Purpose.CALLS])
    addresses = [a for a in read_page(page).links if a.startswith("/")]
    assert addresses
    assert all(address.startswith("/pib/") for address in addresses)


def test_a_stranger_to_the_register_reads_that_the_page_is_closed(world: World, client: TestClient) -> None:
    answer = client.get(world.path(Purpose.CALLS, "left-last-year") + "?lang=en")
    assert answer.status_code == 410
    assert "no longer a member" in answer.text


def test_a_link_ends_with_a_page_that_says_what_to_do(world: World) -> None:
    path = world.path(Purpose.PREFERENCES)
    with world.client(now=NOW + timedelta(days=91)) as client:
        answer = client.get(path + "?lang=en")
    assert answer.status_code == 410
    assert "Open the same page from your newest letter" in answer.text


@pytest.mark.parametrize("opened", PAGES)
@pytest.mark.parametrize("written", [Purpose.LOT, Purpose.UNSUBSCRIBE, Purpose.FEED])
def test_a_link_opens_nothing_but_what_it_was_written_for(
    world: World, client: TestClient, written: Purpose, opened: Purpose
) -> None:
    token = world.links.token(written, "nuagera", ALONE.uid, on=NOW.date())
    if written is not opened:
        answer = client.get(f"/{opened}/{token}?lang=en")
        assert answer.status_code == 403
        assert "Open it again from the letter itself" in answer.text


def test_a_link_of_another_installation_opens_nothing(client: TestClient) -> None:
    other = PortalLinks(BASE, b"another secret of 32 bytes, yes.")
    assert client.get(f"/calls/{other.token(Purpose.CALLS, 'nuagera', on=NOW.date())}").status_code == 403


def test_the_moment_counts_in_the_readers_zone() -> None:
    deadline = Deadline(datetime.fromisoformat("2026-11-20T23:30:00-05:00"), DeadlineKind.TENDER, "-05:00")
    assert count_down(deadline, NIGHT, PagePhrases("en")).unit == "hours"
