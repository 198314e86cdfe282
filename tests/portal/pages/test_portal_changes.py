"""What members change at the portal: only by a button, only their own, only once; looking changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from portal.errors import BadRequest
from portal.member_choices import IssuedForm, Objection, Opinion
from portal.pages.preferences import read_opinion, read_preferences
from presentation.signed_links import Purpose
from tests.support.portals.portal_world import ALONE, LOTS, NOW, TOGETHER, World, follow_all, make_world, read_page
from warehouse.made_files import mark_of
from warehouse.model.members import Channel, Frequency, Preferences, Weekday

CHOSEN = {
    "frequency": "daily",
    "channel": "text",
    "threshold": "60",
    "maximum": "5",
    "grappe": ["cloud"],
    "quiet": ["friday", "monday"],
    "heartbeat": "yes",
}
WISHED = Preferences(
    Frequency.DAILY, 0.6, 5, ("cloud",), Channel.TEXT, (Weekday.MONDAY, Weekday.FRIDAY), heartbeat=True
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("portal"))


@pytest.fixture
def world(published: World) -> World:
    for path in (published.portal.choices.path, mark_of(published.portal.choices.path)):
        path.unlink(missing_ok=True)
    return published


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    with world.client() as client:
        yield client


def open_form(client: TestClient, path: str) -> dict[str, str]:
    """The hidden fields of the form on a page."""
    answer = client.get(path)
    assert answer.status_code == 200
    return read_page(answer.text).fields


def test_preferences_are_chosen_without_a_password(world: World, client: TestClient) -> None:
    path = world.path(Purpose.PREFERENCES)
    answer = client.post(path, data={**open_form(client, path), **CHOSEN}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/pib{path}?saved")
    assert world.portal.choices.load_preferences() == {"nuagera": WISHED}
    page = client.get(f"{path}?saved&lang=en").text
    assert "Saved. The next letter follows it." in page
    assert '<option value="5" selected>' in page


def test_what_was_chosen_narrows_the_members_calls_at_once(world: World, client: TestClient) -> None:
    before = client.get(world.path(Purpose.CALLS)).text
    path = world.path(Purpose.PREFERENCES)
    client.post(path, data={**open_form(client, path), **CHOSEN, "threshold": "80", "grappe": []})
    after = client.get(world.path(Purpose.CALLS)).text
    assert before.count('class="call"') > after.count('class="call"') >= 1


def test_a_grappe_that_no_call_belongs_to_leaves_no_call(world: World, client: TestClient) -> None:
    path = world.path(Purpose.PREFERENCES, "froiduval")
    client.post(path, data={**open_form(client, path), **CHOSEN, "threshold": "30"})
    assert 'class="call"' in client.get(world.path(Purpose.CALLS, "froiduval")).text
    world.portal.choices.save_preferences(
        "froiduval", Preferences(threshold=0.3, grappes=("mobilite",)), IssuedForm("x", NOW), at=NOW
    )
    assert 'class="call"' not in client.get(world.path(Purpose.CALLS, "froiduval")).text


def test_feedback_is_kept_with_its_reason(world: World, client: TestClient) -> None:
    path = world.path(Purpose.FEEDBACK, subject=ALONE.uid)
    sent = {**open_form(client, path), "opinion": "not_relevant", "objection": "too_big"}
    assert client.post(path, data=sent, follow_redirects=False).status_code == 303
    (kept,) = world.portal.choices.load_feedback()
    assert (kept.member, kept.lot_uid, kept.opinion, kept.objection, kept.at) == (
        *("nuagera", ALONE.uid, Opinion.NOT_RELEVANT, Objection.TOO_BIG),
        NOW,
    )
    assert "too big" in client.get(world.path(Purpose.CALL, subject=ALONE.uid) + "?lang=en").text
    assert "too big" not in client.get(world.path(Purpose.LOT, subject=ALONE.uid) + "?lang=en").text


def test_a_mail_program_stops_letters_by_one_post_without_form_or_cookie(world: World, client: TestClient) -> None:
    answer = client.post(
        world.path(Purpose.UNSUBSCRIBE), data={"List-Unsubscribe": "One-Click"}, follow_redirects=False
    )
    assert answer.status_code == 200  # RFC 8058 wants no redirect
    assert world.portal.choices.load_stopped() == {"nuagera": NOW}


def test_who_left_the_register_can_still_stop_its_letters(world: World, client: TestClient) -> None:
    path = world.path(Purpose.UNSUBSCRIBE, "left-last-year")
    assert client.get(path).status_code == 200
    assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert world.portal.choices.has_stopped("left-last-year")


def test_following_the_link_to_stop_stops_nothing(world: World, client: TestClient) -> None:
    path = world.path(Purpose.UNSUBSCRIBE)
    for _ in range(2):
        assert client.get(path).status_code == client.head(path).status_code == 200
    assert not world.portal.choices.has_stopped("nuagera")


def test_letters_stopped_are_resumed_by_a_button(world: World, client: TestClient) -> None:
    path = world.path(Purpose.UNSUBSCRIBE)
    client.post(path, data=open_form(client, path))
    assert world.portal.choices.has_stopped("nuagera")
    fields = open_form(client, path)
    assert fields["what"] == "resume"
    assert client.post(path, data=fields, follow_redirects=False).status_code == 303
    assert not world.portal.choices.has_stopped("nuagera")


def test_a_form_sent_twice_is_refused_the_second_time(world: World, client: TestClient) -> None:
    path = world.path(Purpose.PREFERENCES)
    fields = open_form(client, path)
    client.post(path, data={**fields, **CHOSEN})
    again = client.post(f"{path}?lang=en", data={**fields, **CHOSEN, "maximum": "9"})
    assert (again.status_code, "It was sent already" in again.text) == (403, True)
    assert world.portal.choices.load_preferences() == {"nuagera": WISHED}


def test_a_form_opened_yesterday_is_refused(world: World, client: TestClient) -> None:
    path = world.path(Purpose.PREFERENCES)
    fields = open_form(client, path)
    with world.client(now=NOW + timedelta(hours=13)) as late:
        assert late.post(path, data={**fields, **CHOSEN}).status_code == 403
    assert world.portal.choices.load_preferences() == {}


@pytest.mark.parametrize("form", [None, "", "x", "a.b.c", "a.99999999999.", "a.9999999999.\u00e9", "..", "a.-1.00"])
def test_a_form_that_was_made_up_is_refused(world: World, client: TestClient, form: str | None) -> None:
    sent = {**CHOSEN, **({} if form is None else {"form": form})}
    assert client.post(world.path(Purpose.PREFERENCES), data=sent).status_code == 403
    assert world.portal.choices.load_preferences() == {}


def test_a_form_of_another_member_or_page_is_refused(world: World, client: TestClient) -> None:
    own = world.path(Purpose.PREFERENCES)
    others = (
        world.path(Purpose.PREFERENCES, "froiduval"),
        world.path(Purpose.FEEDBACK, subject=TOGETHER.uid),
        world.path(Purpose.UNSUBSCRIBE),
    )
    for other in others:
        sent = {**CHOSEN, "form": open_form(client, other)["form"]}
        assert client.post(own, data=sent).status_code == 403
    assert world.portal.choices.load_preferences() == {}


def test_a_form_sent_by_another_site_is_refused(world: World, client: TestClient) -> None:
    path = world.path(Purpose.PREFERENCES)
    sent = {**open_form(client, path), **CHOSEN}
    answer = client.post(path, data=sent, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert world.portal.choices.load_preferences() == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"frequency": "hourly"},
        {"threshold": "101"},
        {"threshold": "-1"},
        {"threshold": "٣"},
        {"maximum": "0"},
        {"maximum": "21"},
        {"grappe": ["unknown"]},
        {"quiet": ["someday"]},
        {"channel": ""},
        {"channel": ["mail", "feed"]},
    ],
)
def test_a_choice_that_the_page_does_not_offer_is_refused(
    world: World, client: TestClient, changed: dict[str, object]
) -> None:
    path = world.path(Purpose.PREFERENCES)
    answer = client.post(path, data={**open_form(client, path), **CHOSEN, **changed})
    assert answer.status_code == 400
    assert world.portal.choices.load_preferences() == {}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("application/x-www-form-urlencoded", b"form=" + b"x" * 9000),
        ("application/x-www-form-urlencoded", b"form=\xff"),
        ("application/x-www-form-urlencoded", b"form=%ff"),
        ("application/x-www-form-urlencoded", b"&a=1" * 100),
    ],
)
def test_a_body_that_is_no_form_of_ours_is_refused(world: World, client: TestClient, kind: str, body: bytes) -> None:
    answer = client.post(world.path(Purpose.PREFERENCES), content=body, headers={"content-type": kind})
    assert answer.status_code == 400
    assert world.portal.choices.load_preferences() == {}


fields = st.dictionaries(
    st.sampled_from([*CHOSEN, "opinion", "objection"]), st.lists(st.text(max_size=9), max_size=3).map(tuple)
)


@settings(max_examples=60)
@given(fields)
def test_whatever_a_form_says_is_read_or_refused(sent: dict[str, tuple[str, ...]]) -> None:
    with suppress(BadRequest):
        assert 1 <= read_preferences(sent, known=("cloud",)).maximum <= 20
    with suppress(BadRequest):
        assert read_opinion(sent)[0] in Opinion


def what_is_stored(folder: Path) -> dict[str, bytes]:
    """Every byte of every file that is no lock of SQLite's."""
    return {p.name: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.endswith("-shm")}


def test_a_scanner_that_follows_every_link_twice_changes_no_byte(world: World, client: TestClient) -> None:
    path = world.path(Purpose.PREFERENCES)
    client.post(path, data={**open_form(client, path), **CHOSEN, "threshold": "30", "grappe": []})
    client.get("/")
    before = what_is_stored(world.data)
    letter = client.get(world.path(Purpose.DIGEST, subject="2026-11-20")).text
    followed: set[str] = set()
    for _ in range(2):
        for reached, _body in follow_all(client, ["/", *world.member_paths().values()]):
            assert client.head(reached).status_code in (200, 404)
            followed.add(re.split(r"[/?]", reached)[1])
    assert "Nuagera" in letter
    assert followed >= {str(purpose) for purpose in world.member_paths()} | {"lots", "feeds", "links"}
    assert what_is_stored(world.data) == before


def test_a_head_says_what_a_get_would(world: World, client: TestClient) -> None:
    for path in (
        world.path(Purpose.FEED),
        "/api/v1/lots",
        world.links.public_lot(LOTS[0].uid)[len("https://portal.example/pib") :],
    ):
        head, got = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers.get("etag") == got.headers.get("etag")
