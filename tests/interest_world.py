"""An invented cluster and a room of its own for the tests of interest; RSA keys are made once a session."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from interest.ceremony import hold_ceremony, make_rsa_key
from interest.families import FAMILIES, Directory, Entry
from interest.policy import Policy, read_policy
from interest.room import Room
from interest.vault import Vault

MONDAY = date(2026, 11, 2)
LOT, OTHER = "eu_ted:900001-2026/LOT-0001", "eu_ted:900002-2026/LOT-0001"
DEADLINE = MONDAY + timedelta(days=30)
LOOKS = (MONDAY + timedelta(days=10), MONDAY + timedelta(days=20))
PLACES = ("BE323", "BE323", "BE332", "BE310", "FRE11", "LU000")
SIZES = ("1-9", "1-9", "1-9", "10-49")


@cache
def rsa_keys() -> tuple[RSAPrivateKey, ...]:
    """Three signing keys, made once."""
    return tuple(make_rsa_key() for _ in range(3))


def borrowed_keys() -> Iterator[RSAPrivateKey]:
    """The session's keys again and again."""
    while True:
        yield from rsa_keys()


def make_directory(members: int = 60) -> Directory:
    """A cluster whose members stand in two families each; 'geography' holds four only, 'media' ten."""
    common = [code for code in FAMILIES if code not in ("geography", "media")]
    entries: list[Entry] = []
    for n in range(members):
        families = {common[n % len(common)], common[(n // 3) % len(common)]}
        families |= {"geography"} if n < 4 else {"media"} if n < 14 else set()
        entries.append(Entry(f"m{n:03d}", frozenset(families), PLACES[n % len(PLACES)], SIZES[n % len(SIZES)]))
    return Directory(tuple(entries))


def make_room(folder: Path, *lots: str, today: date = MONDAY, policy: Policy | None = None) -> Room:
    """A room after its first ceremony, all of whose lots close on DEADLINE."""
    room = Room(folder)
    policy = policy or read_policy()
    keys = borrowed_keys()
    hold_ceremony(
        room, [(lot, DEADLINE) for lot in lots or (LOT,)], today=today, policy=policy, make_key=lambda: next(keys)
    )
    return room


def make_vault(folder: Path, *lots: str, members: int = 60) -> Vault:
    """The web side of such a room."""
    return Vault(make_room(folder, *lots), make_directory(members))


def members_of(directory: Directory, family: str) -> list[str]:
    """The ids of those in a family."""
    return [entry.member for entry in directory.within(family)]
