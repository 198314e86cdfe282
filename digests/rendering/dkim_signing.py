"""DKIM signatures of letters (RFC 6376).

A letter is signed once, when it is rendered, with the night's time: the same digest and key give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import dkim
from dkim.crypto import UnparsableKeyError, parse_pem_private_key

from presentation.errors import DigestRefused

_LEAST_BITS = 1024

_SIGNED = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Auto-Submitted",
]
"""The signed headers: all that mime.py writes, including the two of RFC 8058, section 4."""

_ALONE = ["From", "To", "Subject", "Date", "Message-ID", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post"]
"""Signed once more than they occur, so that adding a second one breaks the signature (RFC 6376, section 8.15)."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key (RSA, PEM) whose public key is published at <selector>._domainkey.<domain>. Raises DigestRefused
    for another kind of key or fewer than 1024 bits."""

    domain: str
    selector: str
    pem: bytes = field(repr=False)

    def __post_init__(self) -> None:
        try:
            bits = int(parse_pem_private_key(self.pem)["modulus"]).bit_length()
        except (UnparsableKeyError, KeyError, ValueError, IndexError) as error:
            raise DigestRefused(
                f"the DKIM key of {self.selector}._domainkey.{self.domain} is no RSA private key in PEM ({error}); "
                "make one with `openssl genrsa 2048`"
            ) from error
        if bits < _LEAST_BITS:
            raise DigestRefused(
                f"the DKIM key of {self.domain} has {bits} bits; receivers want 1024 at least, take 2048"
            )


def sign_message(mime: bytes, key: DkimKey, *, at: datetime) -> bytes:
    """The message (lines ended by CRLF) with a DKIM-Signature header in front; `at` is its zone-aware time."""
    signer = _Signer(mime, at)
    headers = [name for name in _SIGNED if any(mine.lower() == name.lower().encode() for mine, _ in signer.headers)]
    signature: bytes = signer.sign(
        key.selector.encode(),
        key.domain.encode(),
        key.pem,
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[name.encode() for name in (*headers, *_ALONE)],
    )
    return signature + mime


class _Signer(dkim.DKIM):
    """dkimpy's signer with a given time instead of the current one."""

    def __init__(self, mime: bytes, at: datetime) -> None:
        super().__init__(mime)
        self._at = str(int(at.timestamp())).encode()

    def gen_header(self, fields: Sequence[tuple[bytes, bytes]], *rest: Any, **more: Any) -> bytes:
        """The header with the given time as its t= tag."""
        return super().gen_header([(k, self._at if k == b"t" else v) for k, v in fields], *rest, **more)
