"""A portal over an invented cluster with a room of interest: six firms of the cloud, six of power, two calls."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from interest.crypto.key_rotation import hold_ceremony
from interest.folders import Room
from interest.policy import read_policy
from interest.release.release_gate import ReleaseGate
from pipelines.nightly.interest import directory_of
from portal.app import create_app
from portal.interest_service import InterestService
from portal.member_choices import Choices
from portal.pages.interest import PREFIX, actions_of
from portal.snapshot import SnapshotCache
from portal.web.context import PortalContext
from presentation.link_register import LinkRegister
from presentation.signed_links import LIFETIMES, PortalLinks, Purpose
from tests.support.interest.interest_world import borrowed_keys
from tests.support.letters.digest_examples import NIGHT, make_lot, make_member
from tests.support.portals.portal_world import BASE, NOW, SECRET, as_notice, read_page
from tests.support.stores import open_store
from warehouse.codes.classifications import Cpv
from warehouse.model.members import Competence

HERE = make_lot("300001", "Centre de calcul inventé")
THERE = make_lot("300002", "Salle de secours inventée")
CPV = {"cloud": "72400000", "power": "31154000"}
MEMBERS = {
    member.id: member
    for family, code in CPV.items()
    for number in range(6)
    for member in [
        make_member(f"{family} {number}", competences=(Competence(family, "fr", (Cpv(code),)),), languages=("en",))
    ]
}
ASKER, OFFERER = "cloud-0", "power-0"


@dataclass(frozen=True, slots=True)
class InterestWorld:
    """The data folder, the room in it, and the portal over both."""

    data: Path
    room: Room
    portal: PortalContext
    interest_service: InterestService

    def client(self, *, now: datetime = NOW) -> TestClient:
        """A browser without cookies, at a moment."""
        portal = replace(self.portal, now=lambda: now)
        return TestClient(create_app(portal, SECRET), base_url="https://portal.example", raise_server_exceptions=False)

    def path(self, member: str = ASKER, lot_uid: str = HERE.uid) -> str:
        """The member's page for a lot."""
        until = NOW.date() + timedelta(days=LIFETIMES[Purpose.INTEREST])
        return PREFIX + self.interest_service.token(member, lot_uid, until, "")

    def lot_path(self, member: str = ASKER, lot_uid: str = HERE.uid) -> str:
        """The lot's page as a member reaches it from its own pages."""
        return f"/{Purpose.CALL}/{self.portal.links.token(Purpose.CALL, member, lot_uid, on=NOW.date())}"

    def pass_night(self, number: int = 1) -> None:
        """The gate's night, so many nights on."""
        directory = directory_of(MEMBERS.values())
        ReleaseGate(self.room, directory, read_policy()).run(NIGHT.date() + timedelta(days=number))


def make_interest_world(folder: Path) -> InterestWorld:
    """Publishes two calls, holds the ceremony for both, and opens the portal."""
    with open_store(folder / "warehouse.duckdb") as store:
        store.set_as_of(NIGHT)
        store.save_notices([as_notice(lot) for lot in (HERE, THERE)])
        store.save_members(MEMBERS.values())
        store.publish_copy(folder / "published.duckdb")
    return open_room(folder, NOW)


def open_room(folder: Path, now: datetime) -> InterestWorld:
    """A fresh room over what is published."""
    room, keys = Room(folder / "interest"), borrowed_keys()
    lots = [(lot.uid, lot.lot.deadline.at.date()) for lot in (HERE, THERE) if lot.lot.deadline]
    hold_ceremony(room, lots, today=NIGHT.date(), policy=read_policy(), make_key=lambda: next(keys))
    interest_service = InterestService(room, read_policy().crowd, directory_of)
    links = PortalLinks(BASE, SECRET, LinkRegister(folder / "link-register.json"))
    choices = Choices(folder / "choices.sqlite")
    snapshots = SnapshotCache(folder / "published.duckdb")
    portal = PortalContext(
        links, snapshots, choices, folder / "outbox.sqlite", lambda: now, interest_service=interest_service
    )
    return InterestWorld(folder, room, replace(portal, actions=actions_of(portal, interest_service)), interest_service)


def send(client: TestClient, path: str, act: str, **fields: Any):
    """Opens the page and sends one of its forms."""
    form = read_page(client.get(path).text).fields["form"]
    return client.post(f"{path}?lang=en", data={"form": form, "act": act, **fields})


def declare(client: TestClient, path: str, family: str) -> str:
    """Declares; the code the page shows once."""
    answer = send(client, path, "declare", families=[family], role="either")
    (code,) = re.findall(r'class="code">([0-9A-Z-]{30})<', answer.text)
    return code


def found(html: str, name: str) -> list[str]:
    """The values of a field of a page, in order."""
    return re.findall(rf'name="{name}" value="([^"]*)"', html)
