"""The public manifest of keys: which keys a lot has, chained night after night, so that all members see the same ones.

A key of its own would identify a member: its signer or opener would know whose message it is. So a client uses no key
that is not in the manifest, and no manifest that does not follow from the one it saw before; its SHA-256 is in every
export. Sealing keys are listed beside the signing keys, for they would identify a member as well.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

from interest.atomic_files import canonical, pretty, sha256, write_undated
from interest.errors import ManifestRefused

NO_MANIFEST = "0" * 64
"""The predecessor of the first manifest."""
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class LotKeys:
    """The keys of a lot: the SHA-256 of its RSA public key (SubjectPublicKeyInfo), the X25519 key to seal to, both in
    hexadecimal, and the day on which everything of the lot is destroyed."""

    lot_uid: str
    spki_sha256: str
    sealing_pk: str
    not_after: date


@dataclass(frozen=True, slots=True)
class Manifest:
    """The keys of all declarable lots, and the SHA-256 of the manifest before."""

    lots: tuple[LotKeys, ...]
    prev_sha256: str

    @property
    def sha256(self) -> str:
        """Over everything else."""
        return sha256(canonical(self._plain()))

    def find(self, lot_uid: str) -> LotKeys:
        """The keys of a lot. Raises ManifestRefused when there are none."""
        for keys in self.lots:
            if keys.lot_uid == lot_uid:
                return keys
        raise ManifestRefused("the manifest names no key for this lot; nothing is sent")

    def check_key(self, lot_uid: str, spki: bytes) -> None:
        """Raises ManifestRefused unless this is the lot's public key, the same for every member."""
        if sha256(spki) != self.find(lot_uid).spki_sha256:
            raise ManifestRefused("the issuer offers a key that the manifest does not name; stop, and tell the cluster")

    def write(self) -> bytes:
        """As exported."""
        return pretty({**self._plain(), "sha256": self.sha256})

    def _plain(self) -> dict[str, Any]:
        lots = [
            {
                "lot_uid": keys.lot_uid,
                "not_after": keys.not_after.isoformat(),
                "sealing_pk": keys.sealing_pk,
                "spki_sha256": keys.spki_sha256,
            }
            for keys in sorted(self.lots, key=lambda keys: keys.lot_uid)
        ]
        return {"schema_version": SCHEMA_VERSION, "lots": lots, "prev_sha256": self.prev_sha256}


def read_manifest(body: bytes) -> Manifest:
    """A manifest as exported. Raises ManifestRefused unless it is one, down to its SHA-256."""
    try:
        raw = cast(dict[str, Any], json.loads(body))
        lots = tuple(_read_lot(lot) for lot in raw["lots"])
        manifest = Manifest(lots, _digest(raw["prev_sha256"]))
        if raw["schema_version"] != SCHEMA_VERSION or raw["sha256"] != manifest.sha256:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ManifestRefused("this manifest of keys is damaged, or was altered; fetch it again") from error
    return manifest


def _read_lot(raw: dict[str, Any]) -> LotKeys:
    not_after = date.fromisoformat(raw["not_after"])
    return LotKeys(str(raw["lot_uid"]), _digest(raw["spki_sha256"]), _digest(raw["sealing_pk"]), not_after)


def _digest(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError
    return value


@dataclass(frozen=True, slots=True)
class Chain:
    """All manifests of a cluster, in a folder, oldest first."""

    folder: Path

    def read(self) -> tuple[Manifest, ...]:
        """Every manifest. Raises ManifestRefused when one does not follow from the one before."""
        manifests = tuple(read_manifest(path.read_bytes()) for path in sorted(self.folder.glob("*.json")))
        check_chain(NO_MANIFEST, manifests)
        return manifests

    def last(self) -> Manifest:
        """The newest, whole by its own SHA-256; an empty one before the first ceremony."""
        paths = sorted(self.folder.glob("*.json"))
        return read_manifest(paths[-1].read_bytes()) if paths else Manifest((), NO_MANIFEST)

    def add(self, lots: tuple[LotKeys, ...]) -> Manifest:
        """The manifest with these lots, appended unless the newest is equal."""
        manifests = self.read()
        if manifests and set(manifests[-1].lots) == set(lots):
            return manifests[-1]
        manifest = Manifest(lots, manifests[-1].sha256 if manifests else NO_MANIFEST)
        write_undated(self.folder / f"{len(manifests) + 1:06d}.json", manifest.write())
        return manifest


def check_chain(seen: str, manifests: tuple[Manifest, ...]) -> str:
    """The SHA-256 of the last of some manifests that follow one another from the one already seen. Raises
    ManifestRefused at a fork or a gap."""
    for manifest in manifests:
        if manifest.prev_sha256 != seen:
            raise ManifestRefused("the manifests of keys do not follow one another; stop, and tell the cluster")
        seen = manifest.sha256
    return seen
