"""Signs a letter with the sender's key (DKIM, RFC 6376), so that a mailbox provider knows whose it is.

The signature is made once, when the letter is frozen, and its time is the night's: the same digest and key give the
same bytes. Where the key lies is the settings' business.
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
"""Every header we write, the two of RFC 8058 (section 4) among them."""

_ALONE = ["From", "To", "Subject", "Date", "Message-ID", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post"]
"""Signed once more than they stand there, so that nobody can add a second one (RFC 6376, section 8.15)."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key (RSA, PEM) and where its public half is published: <selector>._domainkey.<domain>."""

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
    """The message (lines ended by CRLF) with its DKIM-Signature before it."""
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
    """dkimpy's signer with the time of the letter in place of the clock's."""

    def __init__(self, mime: bytes, at: datetime) -> None:
        super().__init__(mime)
        self._at = str(int(at.timestamp())).encode()

    def gen_header(self, fields: Sequence[tuple[bytes, bytes]], *rest: Any, **more: Any) -> bytes:
        """Puts the letter's time where dkimpy put the clock's."""
        return super().gen_header([(k, self._at if k == b"t" else v) for k, v in fields], *rest, **more)
