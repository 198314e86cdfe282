"""Feeds and calendars, opened by parsers that are not ours."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import feedparser
import pytest
from icalendar import Calendar
from openpyxl import load_workbook
from starlette.testclient import TestClient

from portal.pages.lot_view import NOBODY
from portal.snapshot import buyer_key
from presentation.digest_model import Digest
from presentation.ical import deadline_item, write_agenda
from presentation.signed_links import Purpose
from tests.support.letters.digest_examples import NIGHT
from tests.support.portals.portal_world import ALONE, BASE, DUTCH, HOSTILE, LOTS, NOW, TOGETHER, World, make_world
from warehouse.model.notices import Deadline, OpenLot


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("portal"))


@pytest.fixture(scope="module")
def client(world: World) -> Iterator[TestClient]:
    with world.client() as client:
        yield client


def public_feeds(kind: str) -> list[str]:
    return [f"/feeds/{name}.{kind}" for name in ("grappe/cloud", "region/BE32", f"buyer/{buyer_key(ALONE)}")]


def test_a_members_feed_is_atom_with_its_calls(world: World, client: TestClient) -> None:
    feed = feedparser.parse(client.get(world.path(Purpose.FEED)).content)
    assert not feed.bozo, feed.bozo_exception
    assert feed.version == "atom10"
    assert [entry.title for entry in feed.entries][:2] == [
        "Supervision du réseau des bibliothèques",
        "Centre de calcul : alimentation, refroidissement, exploitation",
    ]
    assert all(entry.link.startswith(f"{BASE}/lot/") and entry.id.startswith("tag:") for entry in feed.entries)
    assert len({entry.id for entry in feed.entries}) == len(feed.entries) >= 4
    assert client.get(feed.entries[0].link.removeprefix(BASE)).status_code == 200


@pytest.mark.parametrize("path", public_feeds("atom"))
def test_everybodys_feeds_are_atom_without_private_links(client: TestClient, path: str) -> None:
    feed = feedparser.parse(client.get(path).content)
    assert not feed.bozo, feed.bozo_exception
    assert feed.entries
    assert all(entry.link.startswith(f"{BASE}/lots/") for entry in feed.entries)


def test_a_feed_nobody_knows_is_empty_and_one_of_no_kind_is_not_there(client: TestClient) -> None:
    assert feedparser.parse(client.get(f"/feeds/buyer/{'0' * 16}.atom").content).entries == []
    assert client.get("/feeds/member/nuagera.atom").status_code == 404
    assert client.get("/feeds/region/nowhere.atom").status_code == 400


@pytest.mark.parametrize(
    "path", [*public_feeds("atom"), *public_feeds("ics"), "own feed", "own agenda", "/api/v1/lots"]
)
def test_who_has_it_already_gets_304(world: World, client: TestClient, path: str) -> None:
    path = {"own feed": world.path(Purpose.FEED), "own agenda": world.path(Purpose.AGENDA)}.get(path, path)
    first = client.get(path)
    tag = first.headers["etag"]
    for tags in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(path, headers={"if-none-match": tags})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(path, headers={"if-none-match": '"other"'}).content == first.content


def test_a_feed_stays_the_same_until_the_next_night(world: World, client: TestClient) -> None:
    path = world.path(Purpose.FEED)
    with world.client(now=NOW + timedelta(hours=11)) as later:
        assert later.get(path).headers["etag"] == client.get(path).headers["etag"]


def test_private_feeds_are_kept_by_nobody_else(world: World, client: TestClient) -> None:
    assert client.get(world.path(Purpose.FEED)).headers["cache-control"].startswith("private")
    assert client.get(public_feeds("atom")[0]).headers["cache-control"].startswith("public")


def test_the_agenda_holds_each_deadline_once(world: World, client: TestClient) -> None:
    answer = client.get(world.path(Purpose.AGENDA))
    assert answer.headers["content-type"].startswith("text/calendar")
    events = Calendar.from_ical(answer.text).walk("VEVENT")
    starts = {str(event["SUMMARY"]): event.decoded("DTSTART") for event in events}
    assert starts["Échéance : Supervision du réseau des bibliothèques"] == ALONE.lot.deadline.at.astimezone(UTC)  # type: ignore[union-attr]
    assert "Hosting van de gemeentelijke websites" not in starts  # it has no deadline
    assert len({event["UID"] for event in events}) == len(events) >= 3


def test_one_deadline_is_a_file_to_open(world: World, client: TestClient) -> None:
    answer = client.get(world.path(Purpose.CALENDAR, subject=TOGETHER.uid))
    assert answer.headers["content-disposition"] == 'attachment; filename="pib.ics"'
    (event,) = Calendar.from_ical(answer.text).walk("VEVENT")
    assert str(event["STATUS"]) == "CONFIRMED"
    assert client.get(world.path(Purpose.CALENDAR, subject=DUTCH.uid)).status_code == 404


def test_a_moved_deadline_keeps_its_name_and_raises_its_sequence(world: World) -> None:
    def event_of(lot: OpenLot, night: datetime):
        digest = Digest(NOBODY, "", night, (deadline_item(lot),), 0, (), ())
        (event,) = Calendar.from_ical(write_agenda(digest, "fr", "cluster.example") or "").walk("VEVENT")
        return event

    deadline = ALONE.lot.deadline
    assert isinstance(deadline, Deadline)
    moved = replace(ALONE, lot=replace(ALONE.lot, deadline=replace(deadline, at=deadline.at + timedelta(days=7))))
    before, after = event_of(ALONE, NIGHT), event_of(moved, NIGHT + timedelta(days=1))
    assert before["UID"] == after["UID"]
    assert int(before["SEQUENCE"]) < int(after["SEQUENCE"])
    assert after.decoded("DTSTART") - before.decoded("DTSTART") == timedelta(days=7)


def test_an_agenda_of_nothing_is_still_a_calendar_with_a_name_and_a_component(client: TestClient) -> None:
    calendar = Calendar.from_ical(client.get(f"/feeds/buyer/{'0' * 16}.ics").text)
    assert calendar.walk("VEVENT") == []
    assert str(calendar["NAME"]) == "PIB · Appels d'un acheteur"
    assert [part.name for part in calendar.subcomponents] == ["VTIMEZONE"]


@pytest.mark.parametrize(
    ("language", "name"), [("fr", "Appels pour la grappe cloud"), ("nl", "Oproepen voor de grappe cloud")]
)
def test_a_subscription_is_named_in_the_readers_language_and_fetched_again(
    client: TestClient, language: str, name: str
) -> None:
    answer = client.get("/feeds/grappe/cloud.ics", headers={"accept-language": language})
    calendar = Calendar.from_ical(answer.text)
    assert str(calendar["NAME"]) == str(calendar["X-WR-CALNAME"]) == f"PIB · {name}"
    assert calendar.decoded("REFRESH-INTERVAL") == timedelta(hours=12)
    assert answer.headers["vary"] == "accept-language"


def test_a_members_agenda_is_named_after_it_and_one_deadline_is_not_subscribed_to(
    world: World, client: TestClient
) -> None:
    own = Calendar.from_ical(client.get(world.path(Purpose.AGENDA)).text)
    one = Calendar.from_ical(client.get(world.path(Purpose.CALENDAR, subject=TOGETHER.uid)).text)
    assert str(own["NAME"]) == "PIB · Échéances de Nuagera"
    assert "REFRESH-INTERVAL" not in one


def test_hostile_words_stay_words_in_feeds(world: World, client: TestClient) -> None:
    assert HOSTILE in LOTS
    for path in (world.path(Purpose.FEED), world.path(Purpose.AGENDA)):
        text = client.get(path).text
        assert "\u202e" not in text
        assert "\x1b" not in text
    assert "<script>" not in client.get(world.path(Purpose.FEED)).text


def test_dates_of_a_feed_have_a_zone(world: World, client: TestClient) -> None:
    feed = feedparser.parse(client.get(world.path(Purpose.FEED)).content)
    assert all(entry.updated.endswith("Z") for entry in feed.entries)
    assert date.fromisoformat(feed.entries[0].updated[:10]) == date(2026, 11, 18)


def test_a_member_takes_its_calls_home_as_a_table_in_its_language(world: World, client: TestClient) -> None:
    xlsx, text = (client.get(f"{world.path(Purpose.CALLS)}?table={kind}") for kind in ("xlsx", "csv"))
    rows = list(load_workbook(io.BytesIO(xlsx.content)).worksheets[0].iter_rows(values_only=True))
    lines = list(csv.reader(io.StringIO(text.content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows[0][:2] == ("Clôture (heure de Bruxelles)", "Intitulé")
    assert [row[1] for row in rows] == [line[1] for line in lines]
    assert len(rows) >= 5
    assert all(line[1][:1] not in "=+-@" for line in lines)
    assert (xlsx.headers["cache-control"], text.headers["content-type"]) == (
        "private, no-store",
        "text/csv; charset=utf-8",
    )
    assert client.get(f"{world.path(Purpose.CALLS)}?table=exe").status_code == 404
