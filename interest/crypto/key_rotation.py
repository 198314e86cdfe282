"""The key ceremony: each night new lots get their keys, and lots whose time is over lose them for good, unless the
clock jumped (interest.crypto.trusted_day).

Per declarable lot: an RSA key for the issuer, a nullifier key for the vault, a sealing key for the gate. Running it
twice, or again after it was cut off, makes nothing twice.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from nacl.public import PrivateKey

from interest.atomic_files import destroy, make_private_folder, pretty, sha256, write_undated
from interest.crypto.key_manifest import Chain, LotKeys, Manifest
from interest.crypto.trusted_day import trust_day
from interest.errors import NotSetUp, RoomDamaged
from interest.folders import Room, key_name
from interest.policy import Policy

KEY_BITS = 2048


@dataclass(frozen=True, slots=True)
class LotWindow:
    """A declarable lot: from the day members were first notified of it to the day of its deadline."""

    lot_uid: str
    opened_on: date
    deadline_on: date

    def is_open(self, today: date) -> bool:
        """Whether it still takes declarations."""
        return self.opened_on <= today <= self.deadline_on


def make_rsa_key() -> RSAPrivateKey:
    """A signing key of KEY_BITS."""
    return generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def hold_ceremony(
    room: Room,
    lots: Iterable[tuple[str, date]],
    *,
    today: date,
    policy: Policy,
    make_key: Callable[[], RSAPrivateKey] = make_rsa_key,
) -> Manifest:
    """Gives keys to the lots (uid and day of the deadline) that have none, moves the deadlines that moved, destroys
    the keys of lots whose retention is over, and appends the manifest that says so. On a day that is not trusted no key
    is destroyed; a lot that a wrong clock opened too late is opened today.

    `room` holds the folders of all roles; `today` is the day in Brussels; `policy` gives the retention; `make_key`
    makes an RSA key.
    """
    keep = timedelta(days=policy.retention_days)
    windows = {window.lot_uid: window for window in read_windows(room.public)}
    for uid, deadline_on in lots:
        if deadline_on >= today or uid in windows:
            opened_on = min(windows[uid].opened_on, today) if uid in windows else today
            windows[uid] = LotWindow(uid, opened_on, deadline_on)
    for folder in (room.issuer, room.vault, room.gate, room.collector):
        make_private_folder(folder)
    is_trusted = trust_day(room, today)
    for window in list(windows.values()):
        if is_trusted and window.deadline_on + keep <= today:
            destroy_keys(room, window.lot_uid)
            del windows[window.lot_uid]
    keys = tuple(_lot_keys(room, window.lot_uid, window.deadline_on + keep, make_key) for window in windows.values())
    _write_windows(room, windows.values())
    return Chain(room.public / "manifests").add(keys)


def destroy_keys(room: Room, lot_uid: str) -> None:
    """Destroys every secret key of a lot: what was sealed to it can be opened by nobody any more."""
    name = key_name(lot_uid)
    for folder in (room.issuer, room.vault, room.gate):
        destroy(folder / "keys" / name)
    (room.public / "keys" / f"{name}.der").unlink(missing_ok=True)


def _lot_keys(room: Room, lot_uid: str, not_after: date, make_key: Callable[[], RSAPrivateKey]) -> LotKeys:
    name = key_name(lot_uid)
    spki_path = room.public / "keys" / f"{name}.der"
    signing = room.issuer / "keys" / name
    if not signing.is_file():
        made = make_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_undated(signing, made, private=True)
    if not spki_path.is_file():
        write_undated(spki_path, read_signing_key(signing).public_key().public_bytes(*_SPKI))
    for folder in (room.vault, room.gate):
        if not (folder / "keys" / name).is_file():
            write_undated(folder / "keys" / name, secrets.token_bytes(32), private=True)
    sealing = PrivateKey((room.gate / "keys" / name).read_bytes())
    return LotKeys(lot_uid, sha256(spki_path.read_bytes()), bytes(sealing.public_key).hex(), not_after)


_SPKI = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def read_signing_key(path: Path) -> RSAPrivateKey:
    """An RSA key of the issuer's folder. Raises NotSetUp when it is none. Its primes are not tested again (40 ms):
    we made it, and whatever it signs is checked before it leaves."""
    key = load_pem_private_key(path.read_bytes(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey) or key.key_size < KEY_BITS:
        raise NotSetUp(f"a signing key must be RSA of {KEY_BITS} bits or more")
    return key


def read_windows(public: Path) -> tuple[LotWindow, ...]:
    """The calendar of declarable lots, in the order of their uids; none before the first ceremony. Raises
    RoomDamaged."""
    path = public / "windows.json"
    if not path.is_file():
        return ()
    try:
        return tuple(
            LotWindow(uid, date.fromisoformat(opened), date.fromisoformat(deadline))
            for uid, opened, deadline in json.loads(path.read_bytes())
        )
    except (ValueError, TypeError) as error:
        raise RoomDamaged(f"{path} is damaged; bring the part of interest back with `pib restore`") from error


def _write_windows(room: Room, windows: Iterable[LotWindow]) -> None:
    rows = sorted((w.lot_uid, w.opened_on.isoformat(), w.deadline_on.isoformat()) for w in windows)
    write_undated(room.public / "windows.json", pretty(rows))
