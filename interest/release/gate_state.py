"""The gate's memory between nights, sealed: per lot, under a key that dies with the lot's sealing key.

A memory that an earlier version wrote opens: what it did not know yet is empty.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from interest.atomic_files import canonical
from interest.crypto.messages import pad, unpad
from interest.crypto.receipts import derive
from interest.errors import GateRefused
from interest.release.release_rules import NOTHING, Memory, State

_STEP = 1 << 16
"""A lot's memory is padded to multiples of this, compressed: some 1,000 declarations fit the first."""


@dataclass(frozen=True, slots=True)
class LotMemory:
    """What the gate remembers of a lot: its published states, by sender the members that fit every card or offer shown
    of it (interest.partners.k_anonymity.AnonymitySets), and by card the offers whose senders were introduced."""

    published: Memory = NOTHING
    anonymity_sets: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    introduced: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


def seal_memory(memories: Mapping[str, LotMemory], keys: Mapping[str, bytes], head: str) -> bytes:
    """The memories by lot, each under its lot's key, with the head of the ledger they belong to."""
    lots = {uid: _seal(memory, keys[uid]).hex() for uid, memory in sorted(memories.items())}
    return canonical({"head": head, "lots": lots})


def open_memory(body: bytes, keys: Mapping[str, bytes], head: str) -> dict[str, LotMemory]:
    """The memories of the lots that still have a key. Raises GateRefused when they belong to another ledger."""
    try:
        raw = cast(dict[str, Any], json.loads(body))
        if raw["head"] != head:
            raise GateRefused("the gate's memory and its ledger are not of the same night; restore both together")
        return {uid: _open(bytes.fromhex(sealed), keys[uid]) for uid, sealed in raw["lots"].items() if uid in keys}
    except (ValueError, KeyError, TypeError, CryptoError, zlib.error) as error:
        raise GateRefused(
            "the gate's memory is damaged; restore it with its ledger, the release gate does not guess"
        ) from error


def _seal(memory: LotMemory, key: bytes) -> bytes:
    plain = {
        "looks": memory.published.looks,
        "published": [[state.band, state.stated, dict(people)] for state, people in memory.published.published],
        "anonymity_sets": {sender: sorted(members) for sender, members in memory.anonymity_sets.items()},
        "introduced": dict(memory.introduced),
    }
    body = zlib.compress(canonical(plain))
    return SecretBox(derive(key, "memory")).encrypt(pad(body, (len(body) // _STEP + 1) * _STEP))


def _open(sealed: bytes, key: bytes) -> LotMemory:
    body = unpad(SecretBox(derive(key, "memory")).decrypt(sealed))
    raw = cast(dict[str, Any], json.loads(body if body.startswith(b"{") else zlib.decompress(body)))
    published = tuple(
        (State(band, tuple(stated)), {slot: tuple(families) for slot, families in people.items()})
        for band, stated, people in raw["published"]
    )
    anonymity_sets = {sender: frozenset(members) for sender, members in raw.get("anonymity_sets", {}).items()}
    introduced = {card: tuple(offers) for card, offers in raw.get("introduced", {}).items()}
    return LotMemory(Memory(raw["looks"], published), anonymity_sets, introduced)
