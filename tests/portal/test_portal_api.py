"""The JSON API answers as described, page after page, and refuses with problems."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from schemathesis.generation import GenerationMode
from starlette.testclient import TestClient

from portal.api import read_document
from portal.app import create_app
from portal.web.pagination import read_place
from presentation.signed_links import PortalLinks, Purpose, encode_name
from tests.support.portals.portal_world import ALONE, BASE, DUTCH, HOSTILE, MOVED, SECRET, TOGETHER, World, make_world

API = "/api/v1"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("portal"))


@pytest.fixture(scope="module")
def client(world: World) -> Iterator[TestClient]:
    with world.client() as client:
        yield client


def check(name: str, answer: object) -> None:
    """Whether an answer is what the description calls by that name."""
    document = json.loads(json.dumps(read_document()).replace("#/components/schemas/", "#/$defs/"))
    schemas = document["components"]["schemas"]
    Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schemas}).validate(answer)


def test_open_lots_are_served_as_described(client: TestClient) -> None:
    answer = client.get(f"{API}/lots").json()
    check("Lots", answer)
    assert answer["lots"][0]["uid"] == ALONE.uid
    assert answer["lots"][0]["value"] == {"amount": "1250000", "currency": "EUR", "level": "lot"}


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_follow_each_other_without_gap_or_repeat(client: TestClient, limit: int) -> None:
    every = [lot["uid"] for lot in client.get(f"{API}/lots").json()["lots"]]
    seen: list[str] = []
    following: str | None = f"{BASE}{API}/lots?limit={limit}"
    while following:
        answer = client.get(following.removeprefix(BASE)).json()
        seen += [lot["uid"] for lot in answer["lots"]]
        assert len(answer["lots"]) <= limit
        following = answer["next"]
    assert seen == every
    assert len(every) == 5


def test_a_page_goes_on_after_the_lot_seen_though_that_one_is_gone() -> None:
    first = read_place([ALONE, TOGETHER, MOVED, DUTCH], None, 2)
    rest = read_place([ALONE, MOVED, DUTCH], first.after, 2)
    assert (first.lots, rest.lots, rest.after) == ((ALONE, TOGETHER), (MOVED, DUTCH), None)


def test_one_lot_is_served_by_its_name(client: TestClient) -> None:
    answer = client.get(f"{API}/lots/{encode_name(HOSTILE.uid)}").json()
    check("Lot", answer)
    assert answer["titles"][0]["text"].startswith("<script>")  # JSON, and served as nothing else
    assert not set(json.dumps(answer, ensure_ascii=False)) & set("\u202e\u2066\x1b\x00")
    assert answer["publications"][0]["url"] is None


def test_filters_narrow(client: TestClient) -> None:
    def uids(query: str) -> set[str]:
        return {lot["uid"] for lot in client.get(f"{API}/lots?{query}").json()["lots"]}

    assert len(uids("region=BE32")) == len(uids("region=BE")) == 5
    assert uids("region=FR") == set()
    assert ALONE.uid in uids("grappe=cloud")
    assert uids("grappe=mobilite") == set()


def test_a_member_reads_its_matches_with_the_key_of_its_feed(world: World, client: TestClient) -> None:
    key = world.path(Purpose.FEED).rpartition("/")[2]
    answer = client.get(f"{API}/matches", headers={"authorization": f"Bearer {key}"})
    found = answer.json()
    check("Matches", found)
    assert (found["member"], found["matches"][0]["fit"]) == ("nuagera", "strong")
    assert answer.headers["cache-control"].startswith("private")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/matches", 403),
        ("/lots/bm93aGVyZQ", 404),
        ("/lots/%2e%2e", 404),
        ("/nothing", 404),
        ("/lots?limit=0", 400),
        ("/lots?limit=1&limit=2", 400),
        ("/lots?unknown=1", 400),
        ("/lots?after=WyJhIl0", 404),
        ("/lots?region=", 400),
    ],
)
def test_a_refusal_is_a_problem_that_says_why(client: TestClient, path: str, status: int) -> None:
    answer = client.get(f"{API}{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    check("Problem", answer.json())
    assert answer.json()["status"] == status


def test_what_only_reads_takes_nothing_else(client: TestClient) -> None:
    answer = client.post(f"{API}/lots", json={})
    assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_description_is_served_with_this_hosts_address(client: TestClient) -> None:
    document = client.get(f"{API}/openapi.json").json()
    assert document["servers"] == [{"url": f"{BASE}{API}"}]
    assert document["openapi"].startswith("3.1")


OPERATIONS = [
    (path, mode)
    for path, item in read_document()["paths"].items()  # type: ignore[attr-defined]
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or "parameters" in item["get"]
]


@pytest.fixture(scope="module")
def described(world: World) -> schemathesis.BaseSchema:
    """The description, answered by a portal without a path before it."""
    here = "http://testserver"  # the host that the test client names: another is not served
    portal = replace(world.portal, links=PortalLinks(here, SECRET))
    schema = schemathesis.openapi.from_dict({**read_document(), "servers": [{"url": f"{here}{API}"}]})
    schema.app = create_app(portal, SECRET)
    return schema


@pytest.mark.parametrize(("path", "mode"), OPERATIONS)
def test_whatever_is_requested_is_answered_as_described(
    described: schemathesis.BaseSchema, path: str, mode: GenerationMode
) -> None:
    cases = described[path]["GET"].as_strategy(generation_mode=mode)

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(cases)
    def check_case(case: schemathesis.Case) -> None:
        case.call_and_validate()

    check_case()
