"""What a hostile or clumsy client can do to the portal: over real sockets, against the protocol that really runs."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from portal import connections
from portal.connections import BoundedProtocol
from portal.server import make_server
from presentation.signed_links import Purpose
from tests.support.portals.portal_world import ALONE, TOGETHER, World, make_world
from warehouse.made_files import mark_of

BOUNDARY = "mail-part"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("portal"), (ALONE, TOGETHER))


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    with world.client() as client:
        yield client


def multipart(value: str, *, name: str = "List-Unsubscribe") -> bytes:
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--{BOUNDARY}--\r\n'
    return part.encode()


def post_multipart(client: TestClient, path: str, body: bytes) -> int:
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    return client.post(path, content=body, headers=headers, follow_redirects=False).status_code


def test_a_mail_program_stops_letters_by_multipart_too(world: World, client: TestClient) -> None:
    assert post_multipart(client, world.path(Purpose.UNSUBSCRIBE, "by-multipart"), multipart("One-Click")) == 200
    assert world.portal.choices.has_stopped("by-multipart")


@pytest.mark.parametrize("body", [multipart("Two"), multipart("One-Click", name="x"), b"", b"--", multipart("\xff")])
def test_no_other_multipart_stops_letters(world: World, client: TestClient, body: bytes) -> None:
    assert post_multipart(client, world.path(Purpose.UNSUBSCRIBE, "not-stopped"), body) in (400, 403)
    assert not world.portal.choices.has_stopped("not-stopped")


def test_other_forms_are_not_read_from_multipart(world: World, client: TestClient) -> None:
    assert post_multipart(client, world.path(Purpose.PREFERENCES), multipart("x", name="frequency")) == 400


@pytest.mark.parametrize("host", ["evil.example", "evil.example:443", "portal.example.evil.example", ""])
def test_a_request_for_another_host_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["portal.example", "PORTAL.example:443", "127.0.0.1:8000", "[::1]:8000"])
def test_a_request_for_this_host_is_answered(client: TestClient, host: str) -> None:
    assert client.get("/robots.txt", headers={"host": host}).status_code == 200


def test_a_slash_too_many_is_no_redirect(client: TestClient) -> None:
    assert client.get("/status/", follow_redirects=False).status_code == 404


def test_a_corrupt_store_of_choices_costs_opinions_and_not_pages(world: World, client: TestClient) -> None:
    world.portal.choices.path.write_bytes(b"not a database" * 1000)
    try:
        pages = [world.path(Purpose.LOT, subject=ALONE.uid), world.path(Purpose.CALLS), world.path(Purpose.PREFERENCES)]
        assert [client.get(path).status_code for path in pages] == [200] * len(pages)
        assert (
            client.post(world.path(Purpose.UNSUBSCRIBE), data={"List-Unsubscribe": "One-Click"}).status_code == 500
        )  # an opt-out that is not kept is never confirmed
        assert any(str(world.portal.choices.path) in need for need in world.portal.operator_needs())
    finally:
        world.portal.choices.path.unlink()
        mark_of(world.portal.choices.path).unlink(missing_ok=True)


# Over real sockets


class Live:
    """The portal's own server in a thread of this process."""

    def __init__(self, world: World) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.address = self.listening.getsockname()
        self.server = make_server(world.portal, b"0123456789abcdef0123456789abcdef")
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listening]}, daemon=True)

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=10)

    def page_seconds(self) -> float:
        """How long a page takes a client that behaves."""
        began = time.perf_counter()
        with self.connect() as peer:
            peer.sendall(b"GET /robots.txt HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: peer.recv(65536), b""))
        assert b"200 OK" in answer
        return time.perf_counter() - began


@pytest.fixture
def live(world: World) -> Iterator[Live]:
    live = Live(world)
    live.thread.start()
    while not live.server.started:
        live.thread.join(0.01)
    yield live
    live.server.should_exit = True
    live.thread.join(10)


def is_closed(peer: socket.socket) -> bool:
    """Whether the server closes the connection within the time the socket waits."""
    try:
        while peer.recv(65536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def test_the_protocol_that_runs_is_the_bounded_one(live: Live) -> None:
    assert live.server.config.http_protocol_class is BoundedProtocol


@pytest.mark.parametrize("piece", [b"X-A: " + b"a" * 65536, b"X-A: a\r\n" * 8192], ids=["one header", "many headers"])
def test_a_head_without_end_is_cut_off_early(live: Live, piece: bytes) -> None:
    sent = 0
    with live.connect() as peer:
        peer.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        try:
            while sent < 80_000_000:
                sent += peer.send(piece)
        except (ConnectionError, TimeoutError):
            pass
    assert sent < 20_000_000  # what the system's buffers took before the server closed; it read no more than a head
    assert live.page_seconds() < 5


def test_a_slow_head_and_a_slow_body_are_closed_after_their_time(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.2)
    slow = (b"GET / HTTP/1.1\r\nHost: 127", b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nab")
    for begun in slow:
        with live.connect() as peer:
            peer.sendall(begun)
            assert is_closed(peer)


def test_half_open_connections_give_way_to_whoever_sends_a_request(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 50)
    half_open = [live.connect() for _ in range(120)]
    try:
        assert live.page_seconds() < 5
        assert len(live.server.server_state.connections) <= 51
    finally:
        for peer in half_open:
            peer.close()


def test_a_body_beyond_any_form_is_cut_off(live: Live) -> None:
    with live.connect() as peer:
        peer.sendall(b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 90000000\r\n\r\n")
        try:
            for _ in range(2000):
                peer.sendall(b"x" * 65536)
            pytest.fail("130 MB were taken")
        except ConnectionError:
            pass


def test_a_post_that_is_cut_writes_no_traceback_and_no_name_of_a_page(
    world: World, live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    path = world.path(Purpose.PREFERENCES)
    with caplog.at_level(logging.DEBUG, logger="portal"), live.connect() as peer:
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n"
        peer.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\nwhat=".encode())
    assert live.page_seconds() < 5
    assert [record for record in caplog.records if record.exc_info or path in record.getMessage()] == []
