"""Reads every file of the room once, and says only whether each is whole."""

from __future__ import annotations

from interest.crypto.key_manifest import Chain
from interest.crypto.key_rotation import read_windows
from interest.crypto.release_ledger import read_ledger
from interest.crypto.sealed_store import SealedStore
from interest.folders import Room, read_mode
from interest.policy import read_policy
from interest.roles.issuer import Issuer


def check_room(room: Room) -> None:
    """Raises an InterestError for the first file of the room that is damaged or gone: the sealed store, what was
    signed, the calendar of lots, the manifests of keys, the policy, the ledger."""
    read_mode(room.public)
    read_policy(room.public / "policy.toml")
    read_windows(room.public)
    Chain(room.public / "manifests").read()
    if (room.collector / "sealed.sqlite.made").is_file() or (room.collector / "sealed.sqlite").is_file():
        SealedStore(room.collector).check()
    if (room.issuer / "issued.sqlite.made").is_file() or (room.issuer / "issued.sqlite").is_file():
        Issuer(room.issuer).check()
    ledger = room.exports / "release_ledger.jsonl"
    if ledger.is_file():
        read_ledger(ledger.read_bytes())
