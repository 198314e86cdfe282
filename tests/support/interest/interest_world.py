"""An invented cluster and a room of its own for the tests of interest; RSA keys are made once a session."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from interest.competence_families import FAMILIES, Directory, DirectoryEntry
from interest.crypto.key_manifest import Chain, LotKeys
from interest.crypto.key_rotation import hold_ceremony, make_rsa_key
from interest.crypto.receipts import Receipt
from interest.crypto.trusted_day import confirm_day
from interest.folders import Room
from interest.partners.partner_search import StoreMailbox
from interest.policy import Policy, read_policy
from interest.release.release_gate import ReleaseGate
from interest.roles.vault import Vault

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
    entries: list[DirectoryEntry] = []
    for n in range(members):
        families = {common[n % len(common)], common[(n // 3) % len(common)]}
        families |= {"geography"} if n < 4 else {"media"} if n < 14 else set()
        entries.append(DirectoryEntry(f"m{n:03d}", frozenset(families), PLACES[n % len(PLACES)], SIZES[n % len(SIZES)]))
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


def trust_days(room: Room, until: date) -> None:
    """As if nights had passed without a gap until the day before."""
    confirm_day(room, until - timedelta(days=1), until - timedelta(days=1))


def make_vault(folder: Path, *lots: str, members: int = 60) -> Vault:
    """The web side of such a room."""
    return Vault(make_room(folder, *lots), make_directory(members))


def members_of(directory: Directory, family: str) -> list[str]:
    """The ids of those in a family."""
    return [entry.member for entry in directory.within(family)]


class World:
    """A room with its vault and gate, in which members declare and nights pass."""

    def __init__(
        self, folder: Path, *lots: str, directory: Directory | None = None, policy: Policy | None = None
    ) -> None:
        self.policy = policy or read_policy()
        self.directory = directory or make_directory()
        self.room = make_room(folder, *lots, policy=self.policy)
        self.vault = Vault(self.room, self.directory)
        self.box = StoreMailbox(self.room)

    @property
    def gate(self) -> ReleaseGate:
        """The gate as the operator would run it now."""
        return ReleaseGate(self.room, self.directory, self.policy)

    def declare(self, member: str, *families: str, lot: str = LOT, today: date = MONDAY) -> Receipt:
        """A member declares its first family, or those named."""
        return self.vault.declare(member, lot, families or self.vault.choices(member)[:1], "either", today=today)

    def declare_all(self, members: Iterable[str], *families: str, lot: str = LOT) -> list[Receipt]:
        """Several do."""
        return [self.declare(member, *families, lot=lot) for member in members]

    def keys(self, lot: str = LOT) -> LotKeys:
        """The lot's keys in the manifest."""
        return Chain(self.room.public / "manifests").last().find(lot)

    def export(self, name: str) -> bytes:
        """What is published under a name."""
        return (self.room.exports / name).read_bytes()

    def cells(self, lot: str = LOT) -> dict[str, tuple[str, str]]:
        """State and band of a lot, by family."""
        rows = json.loads(self.export("interest_aggregate.json"))
        return {row["family"]: (row["state"], row["band"]) for row in rows if row["lot_uid"] == lot}
