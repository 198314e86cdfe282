"""The gate's memory between nights, sealed: per lot, under a key that dies with the lot's sealing key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from interest.atomic_files import canonical
from interest.crypto.messages import pad, unpad
from interest.crypto.receipts import derive
from interest.errors import GateRefused
from interest.release.release_rules import Memory, State

_STEP = 1 << 16
"""A lot's memory is padded to multiples of this: some 500 declarations fit the first."""


def seal_memory(memories: Mapping[str, Memory], keys: Mapping[str, bytes], head: str) -> bytes:
    """The memories by lot, each under its lot's key, with the head of the ledger they belong to."""
    lots = {uid: _seal(memory, keys[uid]).hex() for uid, memory in sorted(memories.items())}
    return canonical({"head": head, "lots": lots})


def open_memory(body: bytes, keys: Mapping[str, bytes], head: str) -> dict[str, Memory]:
    """The memories of the lots that still have a key. Raises GateRefused when they belong to another ledger."""
    try:
        raw = cast(dict[str, Any], json.loads(body))
        if raw["head"] != head:
            raise GateRefused("the gate's memory and its ledger are not of the same night; restore both together")
        return {uid: _open(bytes.fromhex(sealed), keys[uid]) for uid, sealed in raw["lots"].items() if uid in keys}
    except (ValueError, KeyError, TypeError, CryptoError) as error:
        raise GateRefused(
            "the gate's memory is damaged; restore it with its ledger, the release gate does not guess"
        ) from error


def _seal(memory: Memory, key: bytes) -> bytes:
    published = [[state.band, state.stated, dict(people)] for state, people in memory.published]
    body = canonical({"looks": memory.looks, "published": published})
    return SecretBox(derive(key, "memory")).encrypt(pad(body, (len(body) // _STEP + 1) * _STEP))


def _open(sealed: bytes, key: bytes) -> Memory:
    raw = cast(dict[str, Any], json.loads(unpad(SecretBox(derive(key, "memory")).decrypt(sealed))))
    published = tuple(
        (State(band, tuple(stated)), {slot: tuple(families) for slot, families in people.items()})
        for band, stated, people in raw["published"]
    )
    return Memory(raw["looks"], published)
