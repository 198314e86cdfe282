"""Where the things of each role lie, and what of them is public. A role is given its own folder, never the room."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from interest.atomic_files import write_undated
from interest.errors import NotSetUp


class Mode(StrEnum):
    """How a cluster's members declare: one way for all, else a member could declare twice for a lot."""

    VAULT = "vault"
    BLIND = "blind"


def read_mode(public: Path) -> Mode:
    """The mode of a room; the vault where nothing else was set up. Raises NotSetUp for what is no mode."""
    path = public / "mode"
    written = path.read_text(encoding="utf-8").strip() if path.is_file() else Mode.VAULT
    if written not in set(Mode):
        raise NotSetUp("a room's mode is vault or blind: pib interest setup --mode")
    return Mode(written)


def write_mode(public: Path, mode: Mode) -> None:
    """Sets a room's mode. Raises NotSetUp once lots were opened in the other one."""
    if (public / "windows.json").is_file() and read_mode(public) is not mode:
        raise NotSetUp("lots are open in the other mode: a member could declare twice; begin with a new room")
    write_undated(public / "mode", f"{mode}\n".encode())


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
        """The signing keys and the members signed for; no declaration."""
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
        """The keys that open, the release gate's state, its ledger."""
        return self.folder / "gate"

    @property
    def exports(self) -> Path:
        """What the release gate published."""
        return self.folder / "exports"


def key_name(lot_uid: str) -> str:
    """The file name of a lot's key, the same in every role's folder."""
    return hashlib.sha256(b"pib lot|" + lot_uid.encode()).hexdigest()[:32]
