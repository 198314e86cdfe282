"""The receipt: one code of 128 bits from which everything a declarer needs is derived, and which nothing stores.

code -> claim        shown to withdraw, change or check; the store keeps only a digest of it
     -> leaf         proves that the gate counted the declaration (per night, so that nights cannot be compared)
     -> reply key    an X25519 key that opens what is written to the declarer
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from nacl.public import PrivateKey

from interest.errors import InterestRefused, RefusalReason

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ = {**{c: i for i, c in enumerate(_ALPHABET)}, "O": 0, "I": 1, "L": 1}
EXTRAS = 17
"""How many messages may follow one declaration: 1 card, 5 offers, 10 acceptances, 1 set of wishes."""


def derive(secret: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose; nobody without the secret computes them, and none tells another."""
    return hmac.digest(secret, b"pib interest 1|" + purpose.encode(), "sha256")


@dataclass(frozen=True, slots=True, repr=False)
class Receipt:
    """A declarer's code."""

    secret: bytes

    @classmethod
    def fresh(cls) -> Receipt:
        """A new one, from the system's source of randomness."""
        return cls(secrets.token_bytes(16))

    @classmethod
    def read(cls, code: str) -> Receipt:
        """As a person typed it: case, hyphens and spaces do not matter, O is 0, I and L are 1. Raises
        InterestRefused."""
        digits = [_READ.get(c) for c in code.upper() if c not in "- "][:27]
        if len(digits) != 26 or None in digits:
            raise InterestRefused(RefusalReason.RECEIPT)
        number = 0
        for digit in digits:
            number = number * 32 + (digit or 0)
        if number >> 128:
            raise InterestRefused(RefusalReason.RECEIPT)
        return cls(number.to_bytes(16, "big"))

    @property
    def code(self) -> str:
        """As shown to the declarer, once."""
        number = int.from_bytes(self.secret, "big")
        digits = "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
        return "-".join((digits[:5], digits[5:10], digits[10:15], digits[15:20], digits[20:]))

    @property
    def claim(self) -> bytes:
        """What is shown to the store to act on the declaration."""
        return derive(self.secret, "claim")

    @property
    def leaf(self) -> bytes:
        """What the gate makes this declaration's leaf of a night from."""
        return derive(self.secret, "leaf")

    @property
    def reply_key(self) -> PrivateKey:
        """The X25519 key that opens what is written to the declarer."""
        return PrivateKey(derive(self.secret, "reply"))


def row_of(claim: bytes) -> bytes:
    """Under what the store finds a declaration by its claim."""
    return derive(claim, "row")


def extra_slot(claim: bytes, number: int) -> bytes:
    """The place in the store of the declaration's message of that number, below EXTRAS."""
    return derive(claim, f"extra {number}")


def leaf_of(leaf: bytes, look: str) -> bytes:
    """The leaf of a night."""
    return hashlib.sha256(b"pib leaf|" + leaf + look.encode()).digest()
