"""The issuer (blind mode): has the members' keys, signs one blinded token per member and lot, and receives no
declaration.

Every enrolled client requests every lot of the manifest, so that the requests reveal nothing. The same request is
answered again with the same signature (a client whose connection broke); another request for the same lot is refused.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from interest.atomic_files import canonical, exclusive, make_private_folder, pretty, reset_mtime, sha256, write_undated
from interest.crypto.blind_signatures import blind_sign
from interest.crypto.key_rotation import read_signing_key
from interest.crypto.private_sqlite import check_pages, check_present, check_version, errors_as_damage, mark_made
from interest.errors import InterestRefused, NotSetUp, RefusalReason, RoomDamaged
from interest.folders import key_name

_TABLE = """create table if not exists issued
(member text not null, lot text not null, blinded text not null, primary key (member, lot)) without rowid, strict"""


def sign_request(key: SigningKey, member: str, blinded_by_lot: Mapping[str, bytes]) -> bytes:
    """A client's signature under its request: blinded messages by lot."""
    return key.sign(_request(member, blinded_by_lot)).signature


def _request(member: str, blinded_by_lot: Mapping[str, bytes]) -> bytes:
    return b"pib tokens 1|" + canonical([member, {lot: message.hex() for lot, message in blinded_by_lot.items()}])


class Issuer:
    """The issuer's folder: signing keys, enrolled members, what was signed."""

    def __init__(self, folder: Path) -> None:
        self._folder = make_private_folder(folder)
        self._loaded: dict[str, RSAPrivateKey] = {}

    def enrol(self, member: str, verify_key: str) -> None:
        """Lets a client make requests in a member's name. Raises NotSetUp for what is no Ed25519 key (64 hexadecimal
        digits), or a member that is enrolled with another."""
        if not re.fullmatch(r"[0-9a-f]{64}", verify_key):
            raise NotSetUp("a client's key has 64 hexadecimal digits; `pib interest client enrol` prints it")
        enrolled = self._enrolled()
        if enrolled.setdefault(member, verify_key) != verify_key:
            raise NotSetUp("this member is enrolled with another key; a second one would be a second vote")
        write_undated(self._folder / "enrolled.json", pretty(enrolled), private=True)

    def issue(self, member: str, blinded_by_lot: Mapping[str, bytes], signature: bytes) -> dict[str, bytes]:
        """Blind signatures by lot. Raises InterestRefused: an unknown member, a wrong signature, a lot without key, a
        second token."""
        try:
            VerifyKey(bytes.fromhex(self._enrolled()[member])).verify(_request(member, blinded_by_lot), signature)
        except (KeyError, BadSignatureError, ValueError, TypeError) as error:
            raise InterestRefused(RefusalReason.TOKEN) from error
        if not all(self._key_path(lot).is_file() for lot in blinded_by_lot):
            raise InterestRefused(RefusalReason.TOKEN)
        self._write_down(member, blinded_by_lot)
        return {lot: self._sign(lot, message) for lot, message in sorted(blinded_by_lot.items())}

    def _write_down(self, member: str, blinded_by_lot: Mapping[str, bytes]) -> None:
        """Records a request before it is signed: a second request for a lot is refused, whatever became of the
        first."""
        with self._open() as connection:
            for lot_uid, message in blinded_by_lot.items():
                row = (member, key_name(lot_uid), sha256(message))
                connection.execute("insert into issued values (?, ?, ?) on conflict do nothing", row)
                found = connection.execute("select blinded from issued where member = ? and lot = ?", row[:2])
                if found.fetchone()[0] != row[2]:
                    raise InterestRefused(RefusalReason.TOKEN)

    def _sign(self, lot_uid: str, message: bytes) -> bytes:
        if lot_uid not in self._loaded:
            self._loaded[lot_uid] = read_signing_key(self._key_path(lot_uid))
        return blind_sign(self._loaded[lot_uid], message)

    def _key_path(self, lot_uid: str) -> Path:
        return self._folder / "keys" / key_name(lot_uid)

    def erase(self, member: str) -> None:
        """Deletes a member: its key, and the record of its requests."""
        enrolled = self._enrolled()
        enrolled.pop(member, None)
        write_undated(self._folder / "enrolled.json", pretty(enrolled), private=True)
        with self._open() as connection:
            connection.execute("delete from issued where member = ?", (member,))

    def forget(self) -> None:
        """Deletes what was signed under keys that are destroyed."""
        living = {path.name for path in (self._folder / "keys").glob("*")}
        with self._open() as connection:
            lots = [lot for (lot,) in connection.execute("select distinct lot from issued")]
            connection.executemany("delete from issued where lot = ?", [(lot,) for lot in lots if lot not in living])

    def check(self) -> None:
        """Reads every page of what was signed, and who is enrolled. Raises RoomDamaged."""
        self._enrolled()
        with self._open() as connection:
            check_pages(connection, self._folder / "issued.sqlite")

    def _enrolled(self) -> dict[str, str]:
        path = self._folder / "enrolled.json"
        try:
            return json.loads(path.read_bytes()) if path.is_file() else {}
        except ValueError as error:
            raise RoomDamaged(f"{path} is damaged; bring the part of interest back with `pib restore`") from error

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection]:
        path = self._folder / "issued.sqlite"
        with exclusive(self._folder / "issued.lock"), errors_as_damage(path):
            check_present(path)
            connection = sqlite3.connect(path)
            try:
                connection.execute("pragma secure_delete = on")
                connection.execute(_TABLE)
                check_version(connection, path)
                with connection:
                    yield connection
            finally:
                connection.close()
                reset_mtime(path)
            mark_made(path)
