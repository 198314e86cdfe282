"""A link is requested by mail: the same answer whoever asks, for whichever address, and a bound on all requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from portal.errors import TooManyRequests
from portal.link_requests import MOST_REQUESTS, LinkRequests
from portal.snapshot import SnapshotCache
from tests.support.letters.digest_examples import MEMBERS
from tests.support.portals.portal_world import ALONE, NOW, World, make_world

MEMBER, STRANGER = MEMBERS["nuagera"].email, "nobody@stranger.example"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("requests"), (ALONE,))


@pytest.fixture
def world(published: World) -> World:
    (published.data / "link-requests.sqlite").unlink(missing_ok=True)
    return published


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    with world.client() as client:
        yield client


def requested(world: World) -> list[str]:
    return [request.address for request in LinkRequests(world.data / "link-requests.sqlite").load()]


def test_the_answer_is_the_same_for_a_member_and_for_a_stranger(world: World, client: TestClient) -> None:
    answers = [client.post("/links?lang=en", data={"address": address}) for address in (MEMBER, STRANGER)]
    assert "Look into your mailbox" in answers[0].text
    assert answers[0].text == answers[1].text
    assert answers[0].status_code == answers[1].status_code == 200
    assert {**answers[0].headers, "date": ""} == {**answers[1].headers, "date": ""}
    assert requested(world) == [MEMBER, STRANGER]


def test_the_answer_is_given_where_no_member_can_be_looked_up(world: World) -> None:
    """So neither it nor its time can depend on who is registered."""
    blind = replace(world, portal=replace(world.portal, snapshots=SnapshotCache(world.data / "absent.duckdb")))
    with blind.client() as client:
        answers = [client.post("/links?lang=en", data={"address": address}) for address in (MEMBER, STRANGER)]
    assert "Look into your mailbox" in answers[0].text
    assert answers[0].text == answers[1].text
    assert requested(world) == [MEMBER, STRANGER]


def test_looking_at_the_page_keeps_nothing(world: World, client: TestClient) -> None:
    assert client.get("/links?lang=en").status_code == client.head("/links").status_code == 200
    assert not (world.data / "link-requests.sqlite").exists()


@pytest.mark.parametrize(
    "address", ["", "x", "@x", "x@", "a@b\r\nBcc: c@d", f"{'x' * 250}@y.example", "a\x00@b.example"]
)
def test_what_is_no_address_is_refused(world: World, client: TestClient, address: str) -> None:
    answer = client.post("/links?lang=en", data={"address": address})
    assert (answer.status_code, "no mail address" in answer.text) == (400, True)
    assert requested(world) == []


def test_a_page_of_another_site_requests_nothing(world: World, client: TestClient) -> None:
    headers = {"sec-fetch-site": "cross-site"}
    assert client.post("/links", data={"address": MEMBER}, headers=headers).status_code == 403
    assert requested(world) == []


def test_beyond_the_bound_of_an_hour_everybody_is_refused_the_same_way(world: World, client: TestClient) -> None:
    requests = LinkRequests(world.data / "link-requests.sqlite")
    for _ in range(MOST_REQUESTS):
        requests.save(STRANGER, at=NOW)
    answers = [client.post("/links?lang=en", data={"address": address}) for address in (MEMBER, STRANGER)]
    assert [answer.status_code for answer in answers] == [429, 429]
    assert answers[0].text == answers[1].text
    with world.client(now=NOW + timedelta(minutes=61)) as later:
        assert later.post("/links", data={"address": MEMBER}).status_code == 200


def test_an_answered_request_counts_and_its_address_is_forgotten(tmp_path: Path) -> None:
    requests = LinkRequests(tmp_path / "link-requests.sqlite")
    for _ in range(MOST_REQUESTS):
        requests.save(STRANGER, at=NOW)
    for request in requests.load():
        requests.close(request)
    assert requests.load() == ()
    assert STRANGER.encode() not in requests.path.read_bytes()
    with pytest.raises(TooManyRequests):
        requests.save(STRANGER, at=NOW)


def test_whoever_keeps_a_request_wakes_who_answers_it(tmp_path: Path) -> None:
    woken: list[bool] = []
    LinkRequests(tmp_path / "link-requests.sqlite", lambda: woken.append(True)).save(MEMBER, at=NOW)
    assert woken == [True]


@pytest.mark.parametrize("language", ["fr", "nl", "en", "de"])
def test_the_page_speaks_each_language(client: TestClient, language: str) -> None:
    page = client.get(f"/links?lang={language}").text
    assert f'<html lang="{language}">' in page
    assert re.search(r'<input [^>]*name="address" type="email"', page)
