"""Where the things of each role lie, and what of them is public. A role is given its own folder, never the room."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Room:
    """The folders of one cluster's interest."""

    folder: Path

    @property
    def public(self) -> Path:
        """The manifest of keys, the public keys, the calendar of lots, the leaves of the last night."""
        return self.folder / "public"

    @property
    def issuer(self) -> Path:
        """The signing keys and who was signed for; knows members, sees no declaration."""
        return self.folder / "issuer"

    @property
    def vault(self) -> Path:
        """The nullifier keys of the web process, and its link key."""
        return self.folder / "vault"

    @property
    def collector(self) -> Path:
        """The sealed store."""
        return self.folder / "collector"

    @property
    def gate(self) -> Path:
        """The keys that open, the gate's memory, its ledger."""
        return self.folder / "gate"

    @property
    def exports(self) -> Path:
        """What the gate released, for anybody."""
        return self.folder / "exports"


def key_name(lot_uid: str) -> str:
    """The file name of a lot's key, the same in every role's folder."""
    return hashlib.sha256(b"pib lot|" + lot_uid.encode()).hexdigest()[:32]
