"""What the portal answers to links that were ended, and that letters are stopped by them wherever that is safe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

import pytest
from itsdangerous import URLSafeSerializer
from starlette.testclient import TestClient

from presentation.signed_links import READ_WITHOUT_EPOCH, Purpose
from tests.support.portals.portal_world import ALONE, NOW, SECRET, TOGETHER, World, make_world, read_page

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
PURPOSES = (Purpose.LOT, Purpose.CALL, Purpose.CALLS, Purpose.PREFERENCES, Purpose.FEEDBACK, Purpose.FEED)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("ended"), (ALONE, TOGETHER))


@pytest.fixture
def world(published: World) -> World:
    for name in ("choices.sqlite", "choices.sqlite.made", "link-register.json"):
        (published.data / name).unlink(missing_ok=True)
    return published


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    with world.client() as client:
        yield client


def old_path(purpose: Purpose) -> str:
    """A link as letters held it before there were epochs, 60 days before its end."""
    signer = {"key_derivation": "hmac", "digest_method": sha256}
    until = (NOW.date() + timedelta(days=60)).isoformat()
    content = ["nuagera", TOGETHER.uid if purpose is not Purpose.DIGEST else "2026-11-20", until]
    return f"/{purpose}/{URLSafeSerializer(SECRET, salt=f'pib.{purpose}', signer_kwargs=signer).dumps(content)}"


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_link_of_a_revoked_member_says_how_to_get_another(world: World, client: TestClient, purpose: Purpose) -> None:
    path = world.member_paths()[purpose]
    assert client.get(path).status_code == 200
    world.register.revoke("nuagera", at=NOW)
    answer = client.get(path + "?lang=en")
    assert answer.status_code == 410
    assert "All links of this firm were ended" in answer.text
    assert "/pib/links?lang=en" in read_page(answer.text).links
    assert client.get(world.member_paths()[purpose]).status_code == 200  # signed since


def test_a_form_opened_before_the_revocation_changes_nothing(world: World, client: TestClient) -> None:
    path = world.path(Purpose.FEEDBACK, subject=ALONE.uid)
    fields = read_page(client.get(path).text).fields
    world.register.revoke("nuagera", at=NOW)
    assert client.post(path, data={**fields, "opinion": "later"}).status_code == 410
    assert world.portal.choices.load_feedback() == ()


@pytest.mark.parametrize("purpose", [Purpose.CALLS, Purpose.PREFERENCES, Purpose.PREVIEW, Purpose.FEEDBACK])
def test_a_link_of_the_older_kind_that_changes_something_says_how_to_get_another(
    client: TestClient, purpose: Purpose
) -> None:
    answer = client.get(old_path(purpose) + "?lang=en")
    assert answer.status_code == 410
    assert "This link is of an older kind" in answer.text
    assert "/pib/links?lang=en" in read_page(answer.text).links


@pytest.mark.parametrize("purpose", sorted(READ_WITHOUT_EPOCH))
def test_a_link_of_the_older_kind_that_reads_or_unsubscribes_still_does(client: TestClient, purpose: Purpose) -> None:
    assert client.get(old_path(purpose)).status_code == 200


def test_a_lot_link_of_the_older_kind_reads_the_lot_and_nothing_else(client: TestClient) -> None:
    page = client.get(old_path(Purpose.LOT)).text
    assert "Nuagera" in page
    for private in ("/feedback/", "/preferences/", "/calls/", "/preview/", "/interest/"):
        assert private not in page


@pytest.mark.parametrize("days", [0, 4000])
@pytest.mark.parametrize("is_revoked", [False, True])
def test_letters_are_stopped_after_a_revocation_and_after_the_last_day(
    world: World, days: int, *, is_revoked: bool
) -> None:
    paths = [world.path(Purpose.UNSUBSCRIBE), old_path(Purpose.UNSUBSCRIBE)]
    if is_revoked:
        world.register.revoke("nuagera", at=NOW)
    with world.client(now=NOW + timedelta(days=days)) as client:
        for path in paths:
            for name in ("choices.sqlite", "choices.sqlite.made"):
                (world.data / name).unlink(missing_ok=True)
            assert client.get(path).status_code == 200
            assert client.post(path, data=ONE_CLICK, follow_redirects=False).status_code == 200
            assert world.portal.choices.has_stopped("nuagera")


def test_letters_are_not_resumed_after_the_last_day(world: World) -> None:
    path = world.path(Purpose.UNSUBSCRIBE)
    with world.client(now=NOW + timedelta(days=4000)) as client:
        client.post(path, data=ONE_CLICK)
        fields = read_page(client.get(path).text).fields
        assert client.post(path, data=fields).status_code == 410
    assert world.portal.choices.has_stopped("nuagera")


@pytest.mark.parametrize("is_old", [False, True])
def test_who_holds_a_letter_to_the_address_before_stops_no_letter_to_the_new_one(
    world: World, client: TestClient, *, is_old: bool
) -> None:
    path = old_path(Purpose.UNSUBSCRIBE) if is_old else world.path(Purpose.UNSUBSCRIBE)
    world.register.register_addresses({"nuagera": "new@firm.example"}, before={"nuagera": "old@firm.example"}, at=NOW)
    answer = client.post(f"{path}?lang=en", data=ONE_CLICK, follow_redirects=False)
    assert (answer.status_code, "no letter goes to the one" in answer.text) == (200, True)
    assert not world.portal.choices.has_stopped("nuagera")
    assert 'method="post"' not in client.get(path).text
    client.post(world.path(Purpose.UNSUBSCRIBE), data=ONE_CLICK)  # of a letter to the new address
    assert world.portal.choices.has_stopped("nuagera")


def test_a_register_that_cannot_be_read_opens_no_signed_page_and_every_public_one(
    world: World, client: TestClient
) -> None:
    path = world.path(Purpose.CALLS)
    world.register.path.write_bytes(b"broken")
    assert client.get(path).status_code == 500
    assert client.get("/").status_code == 200
