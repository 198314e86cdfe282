"""The release gate's ledger: one line a night, chained, without counts; and the leaves by which a declarer finds itself
there.

The leaves of a night are padded to LEAVES with ones of no declaration, and are other bytes the next night: neither
their number nor what changed since yesterday reveals anything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

from interest.atomic_files import canonical, sha256
from interest.crypto.receipts import derive, leaf_of
from interest.errors import GateRefused
from interest.folders import Room

NO_LINE = "0" * 64
"""The predecessor of the first line."""
LEAVES = 1 << 14
"""Leaves of a night; doubled when a cluster outgrows them (180 members on 60 lots are 10,800)."""
_FIELDS = {"look", "policy_id", "export_sha256", "spent_root", "prev_hash"}


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What the gate did in a night: under which policy, with which exports, having counted which leaves."""

    look: str
    policy_id: str
    export_sha256: str
    spent_root: str
    prev_hash: str

    def write(self) -> bytes:
        """The line of the ledger, newline included."""
        return canonical({name: getattr(self, name) for name in self.__slots__}) + b"\n"


def read_ledger(body: bytes) -> tuple[LedgerLine, ...]:
    """Every line. Raises GateRefused when it is damaged or a line does not follow from the one before."""
    lines: list[LedgerLine] = []
    seen = NO_LINE
    for written in body.splitlines(keepends=True):
        try:
            raw = cast(dict[str, Any], json.loads(written))
            line = LedgerLine(**{name: str(raw[name]) for name in _FIELDS})
            date.fromisoformat(line.look)
        except (ValueError, KeyError, TypeError) as error:
            raise GateRefused("the release ledger is damaged; restore it, the release gate does not guess") from error
        if line.prev_hash != seen or line.write() != written or (lines and line.look <= lines[-1].look):
            raise GateRefused("the release ledger is not one chain; restore it, the release gate does not guess")
        lines.append(line)
        seen = sha256(written)
    return tuple(lines)


def head_of(lines: tuple[LedgerLine, ...]) -> str:
    """What the next line follows."""
    return sha256(lines[-1].write()) if lines else NO_LINE


def make_leaves(leaves: Iterable[bytes], look: str, secret: bytes) -> tuple[bytes, ...]:
    """The leaves of a night among leaves of no declaration, in the order of their bytes."""
    real = {leaf_of(leaf, look) for leaf in leaves}
    size = LEAVES
    while len(real) * 4 > size * 3:
        size *= 2
    decoy = hashlib.shake_256(derive(secret, f"leaves {look}")).digest(32 * (size - len(real)))
    return tuple(sorted(real.union(decoy[at : at + 32] for at in range(0, len(decoy), 32))))


def root_of(leaves: tuple[bytes, ...]) -> str:
    """The root of the Merkle tree over some leaves (RFC 9162, section 2.1.1, for a power of two)."""
    level = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        level = [hashlib.sha256(b"\1" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=True)]
    return level[0].hex()


def is_counted(room: Room, leaf: bytes) -> bool:
    """Whether the gate's last night counted the declaration of a leaf: its leaf is among those whose root the public
    ledger states."""
    ledger, kept = room.exports / "release_ledger.jsonl", room.public / "leaves.bin"
    if not ledger.is_file() or not kept.is_file():
        return False
    line = read_ledger(ledger.read_bytes())[-1]
    leaves = cut_leaves(kept)
    return leaf_of(leaf, line.look) in set(leaves) and root_of(leaves) == line.spent_root


def cut_leaves(path: Path) -> tuple[bytes, ...]:
    """The leaves of a file of them."""
    body = path.read_bytes()
    return tuple(body[at : at + 32] for at in range(0, len(body), 32))
