"""The collector (blind mode): takes declarations with a token of their lot, and has no member's name.

It sees a lot, a token it never saw issued, and a box it cannot open; it stores a digest of the token and the box.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from interest.crypto.blind_signatures import is_valid
from interest.crypto.key_manifest import Chain
from interest.crypto.key_rotation import read_windows
from interest.crypto.messages import SEALED_SIZE, Withdrawn, seal_message
from interest.crypto.receipts import EXTRAS, extra_slot, row_of
from interest.crypto.sealed_store import SealedRow, SealedStore
from interest.errors import InterestRefused, ManifestRefused, RefusalReason
from interest.folders import Mode, key_name, read_mode


class Collector:
    """The collector's access to the sealed store; of the other roles it reads what is public."""

    def __init__(self, public: Path, folder: Path) -> None:
        self._public = public
        self._store = SealedStore(folder)

    def declare(
        self, lot_uid: str, prepared: bytes, signature: bytes, *, row: bytes, sealed: bytes, today: date
    ) -> None:
        """Spends a token of the lot for a sealed declaration.

        `prepared` and `signature` are the token for `lot_uid`; `row` is the digest of the claim and `sealed` the
        declaration; `today` is the day in Brussels. Raises InterestRefused: a closed lot; or a token that is spent, of
        another lot, damaged, or none.
        """
        windows = read_windows(self._public) if read_mode(self._public) is Mode.BLIND else ()
        if not any(window.lot_uid == lot_uid and window.is_open(today) for window in windows):
            raise InterestRefused(RefusalReason.CLOSED)
        if not is_valid(self._public_key(lot_uid), prepared, signature):
            raise InterestRefused(RefusalReason.TOKEN)
        _check_sizes(row, sealed)
        if not self._store.spend(SealedRow(hashlib.sha256(b"pib spent|" + prepared).digest(), row, sealed)):
            raise InterestRefused(RefusalReason.TOKEN)

    def change(self, claim: bytes, sealed: bytes) -> None:
        """Replaces the content of a declaration. Raises InterestRefused."""
        _check_sizes(claim, sealed)
        if not self._store.change(row_of(claim), sealed):
            raise InterestRefused(RefusalReason.RECEIPT)

    def withdraw(self, lot_uid: str, claim: bytes) -> None:
        """Replaces a declaration by its withdrawal and deletes what followed it; its token stays spent, else an
        eavesdropper could declare it again. Raises InterestRefused."""
        try:
            keys = Chain(self._public / "manifests").last().find(lot_uid)
        except ManifestRefused as error:
            raise InterestRefused(RefusalReason.RECEIPT) from error
        withdrawn_record = seal_message(bytes.fromhex(keys.sealing_pk), Withdrawn(lot_uid))
        if not self._store.mark_withdrawn(
            row_of(claim), withdrawn_record, (extra_slot(claim, number) for number in range(EXTRAS))
        ):
            raise InterestRefused(RefusalReason.RECEIPT)

    def has(self, claim: bytes) -> bool:
        """Whether there is a declaration under a claim."""
        return self._store.has(row_of(claim))

    def follow(self, claim: bytes, number: int, sealed: bytes, *, replace: bool) -> bool:
        """Saves what follows a declaration in one of its places; False when it cannot. Raises InterestRefused.

        `claim` is the declaration's, `number` the place, below EXTRAS, `sealed` the message; `replace` whether it may
        take the place of another.
        """
        _check_sizes(claim, sealed)
        if not 0 <= number < EXTRAS:
            raise InterestRefused(RefusalReason.FORM)
        return self._store.follow(row_of(claim), extra_slot(claim, number), sealed, replace=replace)

    def _public_key(self, lot_uid: str) -> RSAPublicKey:
        key = load_der_public_key((self._public / "keys" / f"{key_name(lot_uid)}.der").read_bytes())
        if not isinstance(key, RSAPublicKey):
            raise InterestRefused(RefusalReason.CLOSED)
        return key


def _check_sizes(secret: bytes, sealed: bytes) -> None:
    if len(secret) != 32 or len(sealed) != SEALED_SIZE:
        raise InterestRefused(RefusalReason.FORM)
