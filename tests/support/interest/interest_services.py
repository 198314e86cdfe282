"""Interest services for the tests of several rooms."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from interest.crypto.key_rotation import hold_ceremony
from interest.folders import Mode, Room, write_mode
from interest.policy import read_policy
from interest.roles.client import Client
from interest.roles.collector import Collector
from interest.roles.http_rpc import make_server
from interest.roles.issuer import Issuer
from interest.roles.serve import ZONE, collector_answers, issuer_answers
from tests.support.interest.interest_world import LOT, OTHER, borrowed_keys


class Served:
    """A room in blind mode whose roles answer over loopback."""

    def __init__(self, folder: Path) -> None:
        self.room, self.today = Room(folder / "room"), datetime.now(ZONE).date()
        write_mode(self.room.public, Mode.BLIND)
        self.folder, keys = folder, borrowed_keys()
        lots = [(lot, self.today + timedelta(days=30)) for lot in (LOT, OTHER)]
        hold_ceremony(self.room, lots, today=self.today, policy=read_policy(), make_key=lambda: next(keys))
        self.issuer, self.collector = "", ""

    def client(self, member: str = "m020") -> Client:
        return Client(self.folder / member, member, self.issuer, self.collector)

    def enrolled(self, member: str = "m020") -> Client:
        client = self.client(member)
        Issuer(self.room.issuer).enrol(member, client.enrol())
        return client


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    one = Served(tmp_path)
    issuer = make_server(issuer_answers(Issuer(one.room.issuer)), one.room.public)
    collector = make_server(collector_answers(Collector(one.room.public, one.room.collector)), one.room.public)
    for server in (issuer, collector):
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    one.issuer, one.collector = (f"http://127.0.0.1:{server.server_address[1]}" for server in (issuer, collector))
    yield one
    for server in (issuer, collector):
        server.shutdown()
        server.server_close()
