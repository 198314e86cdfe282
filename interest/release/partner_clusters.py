"""Bundles for a partner cluster: the night's exports, signed; and the verification of a received bundle before it is
read.

A bundle is one JSON file: sender, receiver, night, the files, and an Ed25519 signature over all of it. It holds nothing
that members of the own cluster cannot read; need cards and aggregates of both clusters are then shown side by side. A
bundle is refused with one sentence, whatever is wrong with it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from interest.atomic_files import canonical, pretty, sha256, write_undated
from interest.crypto.key_manifest import read_manifest
from interest.crypto.release_ledger import read_ledger
from interest.errors import BundleRefused, GateRefused, ManifestRefused
from interest.folders import Room

GIVEN = (
    "interest_aggregate.csv",
    "interest_aggregate.json",
    "interest_aggregate.parquet",
    "introductions.json",
    "key_manifest.json",
    "need_cards.json",
    "release_ledger.jsonl",
    "SHA256SUMS",
)
LARGEST = 64 << 20
_REFUSED = "this is no bundle of that partner for us: nothing of it was kept; request the night again"
_NAME = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True)
class PartnerBundle:
    """A partner's night."""

    sender: str
    receiver: str
    night: date
    files: Mapping[str, bytes]


def signing_key(room: Room) -> SigningKey:
    """The cluster's key towards partners, made once."""
    path = room.gate / "federation"
    if not path.is_file():
        write_undated(path, SigningKey.generate().encode(), private=True)
    return SigningKey(path.read_bytes())


def write_bundle(bundle: PartnerBundle, key: SigningKey) -> bytes:
    """A bundle as sent. Raises BundleRefused for names that are none (lower-case letters, digits, hyphens)."""
    if not _NAME.fullmatch(bundle.sender) or not _NAME.fullmatch(bundle.receiver):
        raise BundleRefused("a cluster's name is written in lower-case letters, digits and hyphens")
    plain = {
        "schema_version": 1,
        "from": bundle.sender,
        "for": bundle.receiver,
        "night": bundle.night.isoformat(),
        "files": {name: base64.b64encode(body).decode() for name, body in bundle.files.items()},
    }
    return pretty({**plain, "signature": key.sign(_signed(plain)).signature.hex()})


def read_bundle(
    body: bytes, verify_key: str, *, sender: str, receiver: str, after: date | None = None
) -> PartnerBundle:
    """The bundle in `body` from `sender` to `receiver`, newer than the night `after` (None for any).

    `verify_key` is the sender's Ed25519 key, hexadecimal. Raises BundleRefused, always with the same sentence: a wrong
    signature, another sender, another receiver, an old night, a missing file, a sum that differs.
    """
    try:
        if len(body) > LARGEST:
            raise ValueError
        raw = cast(dict[str, Any], json.loads(body))
        VerifyKey(bytes.fromhex(verify_key)).verify(_signed(raw), bytes.fromhex(raw.pop("signature")))
        files = {name: base64.b64decode(raw["files"][name], validate=True) for name in GIVEN}
        bundle = PartnerBundle(raw["from"], raw["for"], date.fromisoformat(raw["night"]), files)
        if (bundle.sender, bundle.receiver) != (sender, receiver) or (after and bundle.night <= after):
            raise ValueError
        _check_files(bundle)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, BadSignatureError) as error:
        raise BundleRefused(_REFUSED) from error
    except (GateRefused, ManifestRefused) as error:
        raise BundleRefused(_REFUSED) from error
    return bundle


def _check_files(bundle: PartnerBundle) -> None:
    """The sums are right, the ledger whole and of that night, the manifest itself."""
    lines = (line.split("  ", 1) for line in bundle.files["SHA256SUMS"].decode().splitlines())
    sums = {name: digest for digest, name in lines}
    if any(sums[name] != sha256(bundle.files[name]) for name in GIVEN if name != "SHA256SUMS"):
        raise ValueError
    if read_ledger(bundle.files["release_ledger.jsonl"])[-1].look != bundle.night.isoformat():
        raise ValueError
    read_manifest(bundle.files["key_manifest.json"])


def export_for(room: Room, sender: str, receiver: str) -> bytes:
    """The newest night as published, signed for a partner. Raises BundleRefused before the first night."""
    if not (room.exports / "release_ledger.jsonl").is_file():
        raise BundleRefused("the gate has released no night yet: there is nothing to give")
    files = {name: (room.exports / name).read_bytes() for name in GIVEN}
    night = date.fromisoformat(read_ledger(files["release_ledger.jsonl"])[-1].look)
    return write_bundle(PartnerBundle(sender, receiver, night, files), signing_key(room))


def import_from(room: Room, body: bytes, verify_key: str, *, sender: str, receiver: str) -> Path:
    """Verifies the bundle in `body` and saves its files under public/partners of the `room`; returns the folder.

    `verify_key`, `sender` and `receiver` as in read_bundle. Raises BundleRefused.
    """
    if not _NAME.fullmatch(sender):
        raise BundleRefused(_REFUSED)
    folder = room.public / "partners" / sender
    ledger = folder / "release_ledger.jsonl"
    known = read_ledger(ledger.read_bytes()) if ledger.is_file() else ()
    after = date.fromisoformat(known[-1].look) if known else None
    bundle = read_bundle(body, verify_key, sender=sender, receiver=receiver, after=after)
    if known and not bundle.files["release_ledger.jsonl"].startswith(ledger.read_bytes()):
        raise BundleRefused(_REFUSED)
    for name in GIVEN:
        write_undated(folder / name, bundle.files[name])
    return folder


def _signed(raw: Mapping[str, Any]) -> bytes:
    return b"pib bundle 1|" + canonical({name: value for name, value in raw.items() if name != "signature"})
