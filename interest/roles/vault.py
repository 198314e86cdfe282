"""Vault mode, the web side: a member whom a link has named declares, and the web process cannot read back what it kept.

For the portal (plain functions; the day is a parameter):

    vault = Vault(room, directory)
    receipt = vault.declare(member, lot_uid, families, role, today=day)     -> Receipt; show receipt.code once
    vault.change(member, lot_uid, code, families, role, today=day)          refused when the code is not of this lot
    vault.withdraw(code)                                                    refused when no declaration has the code
    vault.check(code)                                                       -> DeclarationStatus(kept, counted)
    vault.owns(member, lot_uid, code)                                       whether the code is of this declaration
    vault.erase(member)                                                     the operator's, on request
    vault.choices(member)                                                   the families the form may offer
    vault.is_open(lot_uid, today=day)

Declaring twice is declaring once: the second replaces the first, with a new code (so a member who lost its code is
helped). Partners' cards, offers, acceptances and wishes stand in interest.partnering. Refusals are `Refused`, with a
sentence that may be shown as it is.

What this mode does not do: a person with the vault's running keys AND the store can test a list of members against it
(docs/privacy.md). Blind mode protects from the operator too.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from interest.competence_families import Directory
from interest.crypto.key_manifest import Chain, LotKeys
from interest.crypto.key_rotation import read_windows
from interest.crypto.messages import Declaration, DeclaredRole, check_families, seal_message
from interest.crypto.receipts import EXTRAS, Receipt, extra_slot, row_of
from interest.crypto.release_ledger import is_counted
from interest.crypto.sealed_store import SealedRow, SealedStore
from interest.errors import InterestRefused, RefusalReason
from interest.folders import Mode, Room, key_name, read_mode


@dataclass(frozen=True, slots=True)
class DeclarationStatus:
    """What a code's holder may know: whether the declaration is `kept`, and whether the gate's last night `counted`
    it."""

    kept: bool
    counted: bool


class Vault:
    """The web process's access to the sealed store."""

    def __init__(self, room: Room, directory: Directory) -> None:
        self._room = room
        self._directory = directory
        self._store = SealedStore(room.collector)

    def choices(self, member: str) -> tuple[str, ...]:
        """The families a member may declare: those of its own the directory shows. Raises InterestRefused for a
        stranger."""
        entry = self._directory.by_member.get(member)
        if entry is None:
            raise InterestRefused(RefusalReason.TOKEN)
        return tuple(sorted(entry.families))

    def is_open(self, lot_uid: str, *, today: date) -> bool:
        """Whether a lot takes declarations here; in blind mode none does."""
        public = self._room.public
        windows = read_windows(public) if read_mode(public) is Mode.VAULT else ()
        return any(window.lot_uid == lot_uid and window.is_open(today) for window in windows)

    def declare(self, member: str, lot_uid: str, families: Iterable[str], role: str, *, today: date) -> Receipt:
        """Keeps a member's interest in a lot, sealed; what it declared of this lot before gives way. Raises
        InterestRefused.

        `member` and `lot_uid` are those of the page; `families` and `role` the declaration; `today` is the day in
        Brussels.
        """
        keys = self._open_keys(lot_uid, today)
        receipt = Receipt.fresh()
        sealed = self._sealed(member, keys, receipt, families, role)
        self._store.put(SealedRow(self._nullifier(lot_uid, member), row_of(receipt.claim), sealed))
        return receipt

    def change(self, member: str, lot_uid: str, code: str, families: Iterable[str], role: str, *, today: date) -> None:
        """Replaces what a declaration says; its code stays. Raises InterestRefused.

        `code` is the receipt's; `member`, `lot_uid`, `families`, `role` and `today` as in declare.
        """
        keys = self._open_keys(lot_uid, today)
        receipt = Receipt.read(code)
        sealed = self._sealed(member, keys, receipt, families, role)
        slot = self._nullifier(lot_uid, member)
        if not self._store.change(row_of(receipt.claim), sealed, slot=slot):
            raise InterestRefused(RefusalReason.RECEIPT)

    def withdraw(self, code: str) -> None:
        """Deletes a declaration and all that followed it, at any time. Raises InterestRefused."""
        claim = Receipt.read(code).claim
        if not self._store.withdraw(row_of(claim), (extra_slot(claim, number) for number in range(EXTRAS))):
            raise InterestRefused(RefusalReason.RECEIPT)

    def erase(self, member: str) -> None:
        """Deletes every declaration of a member, whatever the lot: the operator's answer to an erasure request. What
        followed them dies in the gate's next night."""
        for window in read_windows(self._room.public):
            self._store.erase(self._nullifier(window.lot_uid, member))

    def check(self, code: str) -> DeclarationStatus:
        """Whether a declaration is kept and was counted. Raises InterestRefused for what is no code."""
        receipt = Receipt.read(code)
        return DeclarationStatus(self._store.has(row_of(receipt.claim)), is_counted(self._room, receipt.leaf))

    def owns(self, member: str, lot_uid: str, code: str) -> bool:
        """Whether a code is that of the member's own declaration of this lot. Raises InterestRefused for what is no
        code."""
        claim = Receipt.read(code).claim
        if not (self._room.vault / "keys" / key_name(lot_uid)).is_file():
            return False
        return self._store.has(row_of(claim), slot=self._nullifier(lot_uid, member))

    def _sealed(self, member: str, keys: LotKeys, receipt: Receipt, families: Iterable[str], role: str) -> bytes:
        chosen = check_families(families)
        if not set(chosen) <= set(self.choices(member)) or role not in set(DeclaredRole):
            raise InterestRefused(RefusalReason.FORM)
        reply_pk = bytes(receipt.reply_key.public_key).hex()
        declaration = Declaration(keys.lot_uid, chosen, DeclaredRole(role), reply_pk, receipt.leaf.hex())
        return seal_message(bytes.fromhex(keys.sealing_pk), declaration)

    def _open_keys(self, lot_uid: str, today: date) -> LotKeys:
        if not self.is_open(lot_uid, today=today):
            raise InterestRefused(RefusalReason.CLOSED)
        return Chain(self._room.public / "manifests").last().find(lot_uid)

    def _nullifier(self, lot_uid: str, member: str) -> bytes:
        key = (self._room.vault / "keys" / key_name(lot_uid)).read_bytes()
        return hmac.digest(key, member.encode(), "sha256")
