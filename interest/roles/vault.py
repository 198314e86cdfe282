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

Nothing changes a declaration but its code. Who declares again without it gets another code for another row, which the
gate does not count while an earlier one stands; nothing that a code does tells whether one stands, or a holder of the
page could ask whether the member declared. Partners' cards, offers, acceptances and wishes are posted by
interest.partners.partner_search. Refusals are `InterestRefused`, with a sentence that may be shown as it is.

What this mode does not do: a person with the vault's running keys AND the store can test a list of members against it
(docs/privacy.md). Blind mode protects from the operator too.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from nacl.public import PrivateKey

from interest.competence_families import Directory
from interest.crypto.key_manifest import Chain, LotKeys
from interest.crypto.key_rotation import read_windows
from interest.crypto.messages import Declaration, DeclaredRole, check_families, seal_message
from interest.crypto.receipts import EXTRAS, Receipt, derive, extra_slot, public_hex, row_of
from interest.crypto.release_ledger import is_counted
from interest.crypto.sealed_store import SealedRow, SealedStore
from interest.errors import InterestRefused, RefusalReason
from interest.folders import Mode, Room, key_name, read_mode

PLACES = 32
"""The least number of declarations of one member that fit for one lot; up to twice as many do."""


@dataclass(frozen=True, slots=True)
class DeclarationStatus:
    """What a code's holder may learn: whether the declaration is `kept`, and whether the release gate's last night
    `counted` it."""

    kept: bool
    counted: bool


class Vault:
    """The web process's access to the sealed store."""

    def __init__(self, room: Room, directory: Directory) -> None:
        self._room = room
        self._directory = directory
        self._store = SealedStore(room.collector)

    def choices(self, member: str) -> tuple[str, ...]:
        """The families a member may declare: its own in the directory. Raises InterestRefused for an unknown member."""
        entry = self._directory.by_member.get(member)
        if entry is None:
            raise InterestRefused(RefusalReason.TOKEN)
        return tuple(sorted(entry.families))

    def is_open(self, lot_uid: str, *, today: date) -> bool:
        """Whether a lot takes declarations here; in blind mode none does."""
        public = self._room.public
        windows = read_windows(public) if read_mode(public) is Mode.VAULT else ()
        return any(window.lot_uid == lot_uid and window.is_open(today) for window in windows)

    def declare(
        self,
        member: str,
        lot_uid: str,
        families: Iterable[str],
        role: str,
        *,
        today: date,
        receipt: Receipt | None = None,
    ) -> Receipt:
        """Keeps a member's interest in a lot, sealed, behind what was declared of it before; with the receipt of an
        earlier call it replaces what that one kept. Raises Refused.

        `lot_uid` names the lot; `families` are codes of competence, `role` that of the member in the tender; `today` is
        the day in Brussels; `receipt` is that of the earlier call, None for a new one.
        """
        keys, chosen = self._open_keys(lot_uid, today), tuple(families)
        receipt, slots = receipt or Receipt.fresh(), self._slots(lot_uid, member)
        row = row_of(receipt.claim)
        while self._store.find_slot(row) is None:
            place = self._store.count_places(slots)
            if place == len(slots):
                raise InterestRefused(RefusalReason.OFTEN)
            sealed = self._sealed(member, keys, receipt, chosen, role, slots, place)
            if self._store.spend(SealedRow(slots[place], row, sealed)):
                return receipt
        self.change(member, lot_uid, receipt.code, chosen, role, today=today)
        return receipt

    def change(self, member: str, lot_uid: str, code: str, families: Iterable[str], role: str, *, today: date) -> None:
        """Replaces what a declaration says; its code stays. Raises InterestRefused.

        `code` is the receipt's; `member`, `lot_uid`, `families`, `role` and `today` as in declare.
        """
        keys = self._open_keys(lot_uid, today)
        receipt, slots = Receipt.read(code), self._slots(lot_uid, member)
        slot = self._store.find_slot(row_of(receipt.claim))
        if slot is None or slot not in slots:
            raise InterestRefused(RefusalReason.RECEIPT)
        sealed = self._sealed(member, keys, receipt, families, role, slots, slots.index(slot))
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
            for slot in self._slots(window.lot_uid, member):
                self._store.erase(slot)

    def check(self, code: str) -> DeclarationStatus:
        """Whether a declaration is kept and was counted. Raises InterestRefused for what is no code."""
        receipt = Receipt.read(code)
        return DeclarationStatus(self._store.has(row_of(receipt.claim)), is_counted(self._room, receipt.leaf))

    def owns(self, member: str, lot_uid: str, code: str) -> bool:
        """Whether a code is that of one of the member's own declarations of this lot. Raises Refused for what is no
        code."""
        claim = Receipt.read(code).claim
        if not (self._room.vault / "keys" / key_name(lot_uid)).is_file():
            return False
        return self._store.find_slot(row_of(claim)) in self._slots(lot_uid, member)

    def meeting_key(self, lot_uid: str) -> PrivateKey:
        """The key of a lot under which members that consent to meet leave their identities: the gate, which brings them
        to each other, does not have it, and this process opens none without a member's code. Raises Refused."""
        path = self._room.vault / "keys" / key_name(lot_uid)
        if not path.is_file():
            raise InterestRefused(RefusalReason.CLOSED)
        return PrivateKey(derive(path.read_bytes(), "meeting"))

    def _sealed(
        self,
        member: str,
        keys: LotKeys,
        receipt: Receipt,
        families: Iterable[str],
        role: str,
        slots: Sequence[bytes],
        place: int,
    ) -> bytes:
        chosen = check_families(families)
        if not set(chosen) <= set(self.choices(member)) or role not in set(DeclaredRole):
            raise InterestRefused(RefusalReason.FORM)
        reply_pk = public_hex(receipt.note_key)
        person, leaf = slots[0].hex() if place else "", receipt.leaf.hex()
        declaration = Declaration(keys.lot_uid, chosen, DeclaredRole(role), reply_pk, leaf, person, place)
        return seal_message(bytes.fromhex(keys.sealing_pk), declaration)

    def _open_keys(self, lot_uid: str, today: date) -> LotKeys:
        if not self.is_open(lot_uid, today=today):
            raise InterestRefused(RefusalReason.CLOSED)
        return Chain(self._room.public / "manifests").last().find(lot_uid)

    def _slots(self, lot_uid: str, member: str) -> tuple[bytes, ...]:
        """Where the declarations of a member for a lot stand, the first one's slot first. How many there are differs by
        member and lot: who fills all of them without a code cannot tell from their number whether one was taken."""
        key = (self._room.vault / "keys" / key_name(lot_uid)).read_bytes()
        count = PLACES + hmac.digest(key, b"places\0" + member.encode(), "sha256")[0] % PLACES
        names = (member, *(f"{place}\0{member}" for place in range(1, count)))
        return tuple(hmac.digest(key, name.encode(), "sha256") for name in names)
