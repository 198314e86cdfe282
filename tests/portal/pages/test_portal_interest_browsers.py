"""Two browsers, two members, one lot: they meet and take the kit home; and where one side never answers, nothing shows.

Everything is clicked in two real Chromiums, from the call's page on, against `pib serve` in a process of its own. The
folder that PIB_PICTURES names receives pictures of what each side saw (see portal_visitor.py).
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from icalendar import Calendar

from interest.crypto.key_rotation import hold_ceremony
from interest.crypto.receipts import Receipt
from interest.folders import Room
from interest.partners.partner_inbox import read_note
from pipelines.config.settings import Settings
from pipelines.config.workspace import ZONE, Workspace
from pipelines.nightly.interest import policy_of, run_interest_exports, run_interest_gate, set_up
from presentation.signed_links import PortalLinks, Purpose, load_or_create_secret
from tests.support.commands.nights import serve_pib
from tests.support.interest.interest_world import borrowed_keys
from tests.support.letters.digest_examples import make_lot
from tests.support.portals.portal_interest_world import MEMBERS
from tests.support.portals.portal_world import as_notice
from tests.support.stores import open_both, workspace_at
from warehouse.model.notices import OpenLot

if TYPE_CHECKING:
    from tests.support.portals.portal_visitor import Visitor

pytestmark = pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")),
    reason="no chromium and chromedriver here: apt-get install chromium chromium-driver",
)

NOTE = "We have no certified electricians of our own."
CONSENT = {"note": NOTE, "read": "yes"}
SILENT = "None so far. That tells nothing: silence, refusal and expiry look the same."


@dataclass(slots=True)
class Town:
    """A portal that answers, the house behind it, and its nights."""

    workspace: Workspace
    address: str
    today: date
    lots: tuple[OpenLot, OpenLot]
    nights: int = field(default=0)

    def own_page(self, member: str, lot: OpenLot) -> str:
        """The link to a call on the member's own pages."""
        links = PortalLinks(self.address, load_or_create_secret(self.workspace.link_secret))
        return links.url(Purpose.CALL, member, lot.uid, on=self.today)

    def pass_night(self) -> None:
        """The next night of the gate."""
        run_interest_gate(self.workspace, self.today + timedelta(days=self.nights))
        run_interest_exports(self.workspace)
        self.nights += 1


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    data = tmp_path_factory.mktemp("browsers") / "data"
    now = datetime.now(ZONE)
    workspace, closes = Workspace(Settings(data=data)), now + timedelta(days=20)
    lots = make_lot("300001", "Centre de calcul inventé", closes=closes), make_lot("300002", closes=closes)
    publish(data, lots, now)
    set_up(workspace, None)
    hold_keys(workspace, lots, now.date())
    process = serve_pib(data.parent, "--port", "0", "--data", str(data))
    assert process.stdout is not None
    try:
        yield Town(workspace, process.stdout.readline().rpartition(" ")[2].strip().rstrip("/"), now.date(), lots)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def publish(data: Path, lots: tuple[OpenLot, ...], now: datetime) -> None:
    workspace = workspace_at(data)
    with open_both(workspace) as store:
        store.set_as_of(now)
        store.save_notices([as_notice(lot) for lot in lots])
        store.save_members(MEMBERS.values())
    with workspace.open_cluster() as store:
        workspace.publish_cluster(store)


def hold_keys(workspace: Workspace, lots: tuple[OpenLot, ...], today: date) -> None:
    due = [(lot.uid, lot.lot.deadline.at.date()) for lot in lots if lot.lot.deadline]
    room, keys = Room(workspace.interest), borrowed_keys()
    hold_ceremony(room, due, today=today, policy=policy_of(room), make_key=lambda: next(keys))


@pytest.fixture(scope="module")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Visitor, Visitor]]:
    from tests.support.portals.portal_visitor import visiting

    folders = [tmp_path_factory.mktemp(name) for name in ("asker", "offerer")]
    with visiting("asker", folders[0]) as asker, visiting("offerer", folders[1]) as offerer:
        yield asker, offerer


def declare(who: Visitor, town: Town, member: str, lot: OpenLot) -> str:
    """From the link of a letter to a declaration. The code."""
    who.open(town.own_page(member, lot))
    who.click("Interest, in secret")
    who.look("declaring")
    who.send("declare", families=member.partition("-")[0], role="either")
    code = who.find(".code")
    who.look("declared")
    return code


def open_box(who: Visitor, town: Town, member: str, lot: OpenLot, code: str, at: str) -> None:
    """Comes back another day, from the letter again, with the code typed by hand."""
    who.open(town.own_page(member, lot))
    who.click("Interest, in secret")
    who.send("open", code=code)
    who.look(at)


def request_and_offer(
    browsers: tuple[Visitor, Visitor], town: Town, names: tuple[str, str], lot: OpenLot, *, sees_first: bool
):
    """Both declare, one asks, a night, the other offers, a night. Their codes; until the second night each learned
    nothing but a preview."""
    asker, offerer = browsers
    codes = declare(asker, town, names[0], lot), declare(offerer, town, names[1], lot)
    asker.send("open", code=codes[0])
    asker.look("asking")
    if sees_first:
        asker.send("card-first-look", families="power")
    else:
        asker.send("card", families="power", **CONSENT)
    assert "Your card is posted." in asker.find("[role=status]")
    asker.look("card-posted")
    town.pass_night()
    open_box(offerer, town, names[1], lot, codes[1], "card-seen")
    assert MEMBERS[names[0]].name not in offerer.find("body")
    offerer.unfold("offer")
    offerer.look("consenting")
    offerer.send("offer", **CONSENT)
    assert "filed" in offerer.find("[role=status]")
    offerer.look("offered")
    for who, member, code in zip(browsers, names, codes, strict=True):
        open_box(who, town, member, lot, code, "before-the-night")
        assert who.section("Introductions") == SILENT
    town.pass_night()
    return codes


def test_two_members_meet_in_two_browsers_and_take_the_kit_home(town: Town, browsers: tuple[Visitor, Visitor]) -> None:
    (asker, offerer), names, lot = browsers, ("cloud-0", "power-0"), town.lots[0]
    codes = request_and_offer(browsers, town, names, lot, sees_first=False)
    for who, member, code, other in zip(browsers, names, codes, reversed(names), strict=True):
        open_box(who, town, member, lot, code, "introduced")
        assert f"{MEMBERS[other].name}, {MEMBERS[other].email}" in who.section("Introductions")
        who.send("kit", role="lead")
        group, days, sealed = read_kit(who.wait_for("kit.zip"))
        assert [read_note(Receipt.read(own), sealed) for own in codes] == [
            NOTE if own == code else None for own in codes
        ]
        assert all(name in group for name in (MEMBERS[member].name, MEMBERS[other].email))
        assert town.today <= days[0] <= days[-1] < town.today + timedelta(days=20)
    assert asker.complaints() + offerer.complaints() == []  # nothing was blocked, nothing was missing


def read_kit(body: bytes) -> tuple[str, list[date], str]:
    """The group of a kit, the days of its calendar in order, and its owner's sealed note."""
    with zipfile.ZipFile(io.BytesIO(body)) as kit:
        calendar = Calendar.from_ical(kit.read("kit/calendar.ics"))
        group, sealed = (kit.read(f"kit/{name}").decode() for name in ("1-group.txt", "0-your-note.sealed.txt"))
    return group, sorted(event.decoded("DTSTART") for event in calendar.walk("VEVENT")), sealed


def test_one_who_is_never_answered_sees_what_one_sees_who_never_offered(
    town: Town, browsers: tuple[Visitor, Visitor]
) -> None:
    (asker, offerer), names, lot = browsers, ("cloud-1", "power-1"), town.lots[1]
    codes = request_and_offer(browsers, town, names, lot, sees_first=True)
    open_box(asker, town, names[0], lot, codes[0], "offer-seen")
    assert "A firm offers itself for" in asker.section("Offers to you")
    assert MEMBERS[names[1]].name not in asker.find("body")
    town.pass_night()
    open_box(offerer, town, names[1], lot, codes[1], "never-answered")
    waiting = offerer.find("main")
    assert offerer.section("Introductions") == SILENT
    assert not offerer.offers("kit")
    alone = declare(offerer, town, "power-2", lot)
    open_box(offerer, town, "power-2", lot, alone, "alone")
    assert offerer.find("main") == waiting
    open_box(asker, town, names[0], lot, codes[0], "still-silent")
    assert asker.section("Introductions") == SILENT
    assert MEMBERS[names[1]].name not in asker.find("body")
    assert asker.complaints() + offerer.complaints() == []
