"""An invented cluster with a published copy, and a portal over it, for the portal's tests. Nothing here is real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from starlette.testclient import TestClient

from digests.composing.compose import compose_digest
from digests.delivery.outbox import Outbox
from digests.rendering.mime import render_letter
from portal.app import create_app
from portal.link_requests import LinkRequests
from portal.member_choices import Choices
from portal.snapshot import SnapshotCache
from portal.web.context import Actions, PortalContext, SourceNote, no_actions
from presentation.link_register import LinkRegister
from presentation.signed_links import PortalLinks, Purpose
from tests.support.letters.digest_examples import (
    FROIDUVAL,
    MEMBERS,
    NIGHT,
    NUAGERA,
    make_consortium,
    make_lot,
    make_match_result,
)
from tests.support.stores import open_store
from warehouse.model.night_reports import Crawl
from warehouse.model.notices import Change, OpenLot, Text

SECRET = b"an invented secret, 32 bytes ong"
BASE = "https://portal.example/pib"
NOW = NIGHT + timedelta(hours=6)

ALONE = make_lot("200001", "Supervision du réseau des bibliothèques", closes=NIGHT + timedelta(days=4, hours=9))
TOGETHER = make_lot("200002", "Centre de calcul : alimentation, refroidissement, exploitation")
DUTCH = make_lot("200003", "Hosting van de gemeentelijke websites", language="NLD", closes=None)
MOVED = make_lot(
    "200004",
    "Plateforme d'apprentissage en ligne",
    closes=NIGHT + timedelta(days=30),
    changes=(Change("200004-2026", None, (Text("La date limite est reportée.", "FRA"),)),),
)
HOSTILE_TITLE = "<script>alert(1)</script> <b>Réseau</b>\u202e‮gnp.exe\u0000\x1b[31m & \"quotes\" 'x'"
HOSTILE = make_lot(
    "200005",
    HOSTILE_TITLE,
    description='<img src="https://evil.example/x.png" onerror=alert(1)>\u2066',
    url="javascript:alert(1)",
    buyer="</title><script>x</script>\u202eeruyeB",
)
GONE = make_lot("200006", "Sauvegarde externalisée des archives", closes=NIGHT - timedelta(days=3))
LOTS = (ALONE, TOGETHER, DUTCH, MOVED, HOSTILE, GONE)
MATCH_RESULTS = (
    make_match_result(ALONE, 0.82),
    make_match_result(TOGETHER, 0.55, make_consortium(TOGETHER, flags=("majority-of-able",))),
    make_match_result(DUTCH, 0.66),
    make_match_result(MOVED, 0.6),
    make_match_result(HOSTILE, 0.7),
)
SOURCES = {
    "eu_ted": SourceNote("Tenders Electronic Daily", "Publications Office", "Decision 2011/833/EU", (800, 4000)),
    "fr_boamp": SourceNote("BOAMP", "DILA", "Licence Ouverte 2.0"),
}


@dataclass(frozen=True, slots=True)
class World:
    """A data folder with a published copy and an outbox, the portal over it, and its links."""

    data: Path
    portal: PortalContext
    links: PortalLinks

    @property
    def register(self) -> LinkRegister:
        """The addresses and epochs of its members."""
        return LinkRegister(self.data / "link-register.json")

    def client(self, *, actions: Actions | None = None, now: datetime = NOW) -> TestClient:
        """A browser without cookies, at a moment."""
        portal = replace(self.portal, now=lambda: now, actions=actions or self.portal.actions)
        return TestClient(create_app(portal, SECRET), base_url="https://portal.example", raise_server_exceptions=False)

    def path(self, purpose: Purpose, member: str = "nuagera", subject: str = "") -> str:
        """A signed link, as the path that reaches the application behind its proxy."""
        return f"/{purpose}/{self.links.token(purpose, member, subject, on=NOW.date())}"

    def member_paths(self) -> dict[Purpose, str]:
        """Every kind of page that a link opens."""
        subjects = {
            Purpose.LOT: TOGETHER.uid,
            Purpose.CALL: TOGETHER.uid,
            Purpose.FEEDBACK: ALONE.uid,
            Purpose.CALENDAR: ALONE.uid,
            Purpose.DIGEST: "2026-11-20",
        }
        signed = [purpose for purpose in Purpose if purpose is not Purpose.INTEREST]
        return {purpose: self.path(purpose, subject=subjects.get(purpose, "")) for purpose in signed}


def as_notice(lot: OpenLot):
    """The notice of a lot as it is kept: with its lot in it."""
    return replace(lot.notice, lots=(lot.lot,))


def make_world(folder: Path, lots: tuple[OpenLot, ...] = LOTS) -> World:
    """Publishes the lots, keeps a letter to each member, and opens a portal."""
    write_copy(folder, lots)
    links = PortalLinks(BASE, SECRET, LinkRegister(folder / "link-register.json"))
    with Outbox.open(folder / "outbox.sqlite") as outbox:
        for member in MEMBERS.values():
            digest = compose_digest(member, {lot.uid: lot for lot in lots}, MATCH_RESULTS, as_of=NIGHT, members=MEMBERS)
            if digest:
                outbox.save_letter(render_letter(digest, portal=links), at=NIGHT)
    portal = PortalContext(
        links=links,
        snapshots=SnapshotCache(folder / "published.duckdb"),
        choices=Choices(folder / "choices.sqlite"),
        outbox=folder / "outbox.sqlite",
        now=lambda: NOW,
        sources=SOURCES,
        actions=no_actions,
        link_requests=LinkRequests(folder / "link-requests.sqlite"),
    )
    return World(folder, portal, links)


def write_copy(folder: Path, lots: tuple[OpenLot, ...]) -> None:
    """A night's work: notices, members, match results, crawls, and the copy for readers."""
    folder.mkdir(exist_ok=True)
    with open_store(folder / "warehouse.duckdb") as store:
        store.set_as_of(NIGHT)
        store.save_notices([as_notice(lot) for lot in lots])
        store.save_members([NUAGERA, FROIDUVAL, *(m for m in MEMBERS.values() if m not in (NUAGERA, FROIDUVAL))])
        store.save_match_results(NIGHT.date(), [v for v in MATCH_RESULTS if v.lot_uid in {lot.uid for lot in lots}])
        for source, complete in (("eu_ted", True), ("fr_boamp", False)):
            window = (NIGHT.date() - timedelta(days=5), NIGHT.date())
            error = (None, None) if complete else ("unreachable", "fr_boamp: the portal did not answer; look at it")
            store.save_crawl(Crawl(source, NIGHT.date(), *window, complete, *error, requests=7, notices=5))
            store.count_volumes(source, NIGHT.date(), *window)
        store.publish_copy(folder / "published.duckdb")


class Addresses(HTMLParser):
    """Every address a page names, by attribute, and every id, tag and style it has."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.fields: dict[str, str] = {}
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Sorts the addresses into followed and fetched ones."""
        given = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes |= given.keys()
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") in ("stylesheet", "icon"):
            self.fetched.append(given["href"])
        elif tag == "link":
            self.links.append(given["href"])
        self.fetched += [given[name] for name in ("src", "srcset", "data", "poster") if name in given]
        if tag == "input" and given.get("type") == "hidden":
            self.fields[given["name"]] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        """What is read."""
        self.text.append(data)


def read_page(html: str) -> Addresses:
    """What a page holds."""
    found = Addresses()
    found.feed(html)
    found.close()
    return found


def local_path(address: str, at: str) -> str | None:
    """The path behind the proxy of an address on a page; None where it leads elsewhere."""
    parts = urlsplit(urljoin(f"{BASE}{at}", address))
    if f"{parts.scheme}://{parts.netloc}{parts.path}".startswith(BASE + "/"):
        query = f"?{parts.query}" if parts.query else ""
        return parts.path.removeprefix("/pib") + query
    return None


def follow_all(client: TestClient, starts: list[str]) -> Iterator[tuple[str, str]]:
    """Every page that can be reached by GET from some, each once: its path, its body."""
    waiting, seen = list(starts), set(starts)
    while waiting:
        path = waiting.pop()
        answer = client.get(path)
        yield path, answer.text
        if "html" not in answer.headers["content-type"]:
            continue
        for address in read_page(answer.text).links:
            target = local_path(address, path)
            if target and _shape(target) not in seen:
                seen.add(_shape(target))
                waiting.append(target)


def _shape(path: str) -> str:
    """One place has many addresses: in each language, and signed anew by each page that leads to it."""
    place, _, query = path.partition("?")
    signed, dot, _ = place.partition(".")
    left = [parameter for parameter in query.split("&") if not parameter.startswith("lang=")]
    return (signed if dot and "feeds" not in place else place) + "&".join(left)
