"""Attack 21, a clock far ahead: it destroys no key and releases nothing before a person confirmed the day. Fails when
its defence is switched off: `python -m bench.interest.mutations`.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from interest.crypto.key_rotation import hold_ceremony, read_windows
from interest.crypto.trusted_day import confirm_day, describe_held_night, read_trusted_day, trust_day
from interest.errors import DayUnconfirmed
from interest.folders import Room
from interest.policy import read_policy
from tests.support.interest.interest_world import DEADLINE, LOT, MONDAY, OTHER, World, borrowed_keys, make_room

YEAR = timedelta(days=365)


def pass_ceremony(room: Room, today: date, *lots: tuple[str, date]) -> None:
    keys = borrowed_keys()
    hold_ceremony(room, lots, today=today, policy=read_policy(), make_key=lambda: next(keys))


def secret_keys(room: Room) -> list[bytes]:
    return [path.read_bytes() for path in sorted(room.folder.glob("*/keys/*"))]


@pytest.mark.parametrize("jump", [timedelta(days=4), timedelta(days=70), YEAR])
def test_attack_21_a_clock_that_jumps_destroys_no_key(tmp_path: Path, jump: timedelta) -> None:
    world = World(tmp_path)
    receipt, before = world.declare("m020"), secret_keys(world.room)
    pass_ceremony(world.room, MONDAY + jump)
    pass_ceremony(world.room, MONDAY + jump + timedelta(days=1))  # a jump does not become right by being repeated
    assert secret_keys(world.room) == before
    assert describe_held_night(world.room) is not None
    pass_ceremony(world.room, MONDAY + timedelta(days=1))
    world.gate.run(MONDAY + timedelta(days=1))
    assert world.vault.check(receipt.code).counted
    assert describe_held_night(world.room) is None


def test_attack_21_a_room_of_an_earlier_version_holds_a_jump_from_its_last_night(tmp_path: Path) -> None:
    released, unreleased = World(tmp_path / "released"), World(tmp_path / "unreleased")
    released.gate.run(MONDAY)
    for world in (released, unreleased):
        (world.room.public / "trusted_day.json").unlink()
        before = secret_keys(world.room)
        pass_ceremony(world.room, MONDAY + YEAR)
        assert secret_keys(world.room) == before


def test_a_confirmed_day_destroys_what_is_past_its_retention(tmp_path: Path) -> None:
    room, later = make_room(tmp_path), MONDAY + YEAR
    pass_ceremony(room, later)
    confirm_day(room, later, later)
    pass_ceremony(room, later)
    assert secret_keys(room) == []


def test_only_the_day_the_clock_shows_can_be_confirmed(tmp_path: Path) -> None:
    room = make_room(tmp_path)
    with pytest.raises(DayUnconfirmed):
        confirm_day(room, MONDAY + timedelta(days=5), MONDAY + YEAR)
    assert read_trusted_day(room).trusted == MONDAY


def test_three_days_without_a_night_are_no_jump_and_a_night_of_the_past_ends_no_hold(tmp_path: Path) -> None:
    room = make_room(tmp_path)
    assert trust_day(room, MONDAY + timedelta(days=3))
    assert not trust_day(room, MONDAY + timedelta(days=7))
    assert trust_day(room, MONDAY)
    assert read_trusted_day(room).held == MONDAY + timedelta(days=7)


def test_a_lot_first_seen_under_a_wrong_clock_can_be_declared_and_opens_when_it_is_right(tmp_path: Path) -> None:
    room = make_room(tmp_path)
    pass_ceremony(room, MONDAY + YEAR, (OTHER, MONDAY + YEAR + timedelta(days=9)))
    assert {window.lot_uid for window in read_windows(room.public)} == {LOT, OTHER}
    pass_ceremony(room, MONDAY + timedelta(days=1), (OTHER, DEADLINE))
    opened = {window.lot_uid: window.opened_on for window in read_windows(room.public)}
    assert opened == {LOT: MONDAY, OTHER: MONDAY + timedelta(days=1)}
