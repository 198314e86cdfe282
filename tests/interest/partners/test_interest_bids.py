"""Consortia under their names: one tender for each firm and lot, shown to others only when all agree; and the kit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from typer.testing import CliRunner

from interest.errors import SecondBidRejected
from interest.partners.competition_law import Bid
from interest.partners.joint_bids import Bids, DeclaredBid
from pipelines.cli.main import app
from portal.pages.bid_kit import KitPartner, back_from, make_kit, plan_back
from portal.web.i18n import PagePhrases
from tests.support.letters.digest_examples import NIGHT, make_lot
from tests.support.portals.portal_interest_world import HERE, make_interest_world

TWO, OTHER_TWO = frozenset({"a", "b"}), frozenset({"b", "c"})


def test_a_firm_stands_in_one_consortium_for_a_lot_and_the_refusal_names_nobody(tmp_path: Path) -> None:
    bids = Bids(tmp_path)
    bids.declare(DeclaredBid(Bid("lot-one", TWO)))
    with pytest.raises(SecondBidRejected) as refused:
        bids.declare(DeclaredBid(Bid("lot-one", OTHER_TWO)))
    assert not {"b", "lot-one"} & set(str(refused.value).split())
    bids.declare(DeclaredBid(Bid("lot-two", OTHER_TWO)))
    bids.withdraw(Bid("lot-one", TWO))
    bids.declare(DeclaredBid(Bid("lot-one", OTHER_TWO)))
    assert [(entry.bid.lot_uid, entry.bid.members) for entry in bids.read()] == [
        ("lot-one", OTHER_TWO),
        ("lot-two", OTHER_TWO),
    ]


def test_a_consortium_counts_as_collaboration_only_when_all_its_members_agree(tmp_path: Path) -> None:
    bids = Bids(tmp_path)
    for consents, collaborations in ((frozenset[str](), ()), (frozenset({"a"}), ()), (TWO, (Bid("lot-one", TWO),))):
        bids.declare(DeclaredBid(Bid("lot-one", TWO), consents))
        assert bids.disclosed() == collaborations


@pytest.mark.parametrize(("members", "consents"), [({"a"}, set()), ({"a", "b"}, {"c"})])
def test_one_firm_is_no_consortium_and_strangers_consent_to_nothing(
    tmp_path: Path, members: set[str], consents: set[str]
) -> None:
    with pytest.raises(SecondBidRejected):
        Bids(tmp_path).declare(DeclaredBid(Bid("lot-one", frozenset(members)), frozenset(consents)))


def test_working_days_are_counted_back_over_week_ends_and_holidays() -> None:
    assert back_from(date(2026, 12, 28), 1, "BEL") == date(2026, 12, 24)  # Christmas is a Friday
    assert back_from(date(2026, 11, 12), 2, "BEL") == date(2026, 11, 9)  # Armistice Day
    assert back_from(date(2026, 11, 12), 2, "BEL") != back_from(date(2026, 11, 12), 2, "EU")


def test_a_plan_begins_no_earlier_than_today_and_says_what_is_late() -> None:
    plan = plan_back(make_lot("310001", closes=NIGHT + timedelta(days=5)), NIGHT)
    assert plan[0].day == NIGHT.date()
    assert plan[0].is_late
    assert not plan[-1].is_late
    assert plan_back(make_lot("310002", closes=None), NIGHT) == ()


def test_a_kit_flags_a_crowded_family_and_runs_no_cell_of_a_name() -> None:
    partners = [
        KitPartner("a", "=HYPERLINK(1)", "", "lead", frozenset({"cloud"})),
        KitPartner("b", "B", "", "", frozenset()),
    ]
    files = make_kit(HERE, partners, PagePhrases("en"), ("cloud",), NIGHT)
    assert b"more than half of the cluster's firms in this family: Virtualisation" in files["1-group.txt"]
    assert files["2-who-covers-what.csv"].startswith(b"\xef\xbb\xbfAsked,'=HYPERLINK(1),B,Covered")
    hosted = replace(HERE, lot=replace(HERE.lot, documents=("javascript:alert(1)", "https://docs.example/1")))
    assert files["5-documents.txt"] != (found := make_kit(hosted, partners, PagePhrases("en"), (), NIGHT))
    assert found["5-documents.txt"].startswith(b"https://docs.example/1\r\n")


def test_the_command_writes_the_kit_and_declares_the_group_once(tmp_path: Path) -> None:
    data = make_interest_world(tmp_path).data
    group = [HERE.uid, "--member", "cloud-0=lead", "--member", "power-0", "--data", str(data)]
    done = CliRunner().invoke(app, ["interest", "kit", *group, "--to", str(tmp_path / "kit"), "--language", "nl"])
    assert done.exit_code == 0, (done.output, done.exception)
    assert "Uiterste datum" in (tmp_path / "kit" / "1-group.txt").read_text()
    begun = Calendar.from_ical((tmp_path / "kit" / "calendar.ics").read_bytes()).walk("VEVENT")[-1]["DTSTART"].dt
    assert isinstance(begun, date)
    assert not isinstance(begun, datetime)
    assert "not shown" in CliRunner().invoke(app, ["interest", "bid", *group]).output
    second = [HERE.uid, "--member", "cloud-0", "--member", "power-1", "--data", str(data)]
    assert CliRunner().invoke(app, ["interest", "bid", *second]).exit_code != 0
    assert [entry.bid.members for entry in Bids(data / "clusters" / "default" / "interest" / "bids").read()] == [
        frozenset({"cloud-0", "power-0"})
    ]
