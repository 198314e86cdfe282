"""RFC 9474, RSABSSA-SHA384-PSS-Randomized: signatures whose signer does not see what it signs.

`prepare`, `blind` and `finalize` are the client's, `blind_sign` the issuer's, `is_valid` anybody's: the result is a
plain RSASSA-PSS signature (SHA-384, MGF1 with SHA-384, 48 bytes of salt), verified by `cryptography`. Encoding is
EMSA-PSS of RFC 8017, section 9.1.1. The private exponentiation runs blinded once more, in constant time, modulo each
prime, and its result is checked before it is returned, so that a fault of the machine does not reveal the key.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from math import gcd

import gmpy2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from interest.errors import InterestRefused, RefusalReason

HASH_SIZE = SALT_SIZE = 48
PREFIX_SIZE = 32


@dataclass(frozen=True, slots=True, repr=False)
class Blinded:
    """A request: `message` goes to the issuer, `inverse` stays with the client."""

    message: bytes
    inverse: int


def prepare(message: bytes, prefix: bytes | None = None) -> bytes:
    """The message behind 32 random bytes (section 4.1, PrepareRandomize)."""
    return (secrets.token_bytes(PREFIX_SIZE) if prefix is None else prefix) + message


def blind(key: RSAPublicKey, prepared: bytes, *, salt: bytes | None = None, inverse: int | None = None) -> Blinded:
    """Section 4.2 for the `prepared` message and the issuer's public `key`. `salt` and `inverse` are drawn at random
    but in the standard's test vectors.

    Raises InterestRefused for a message that cannot be blinded.
    """
    n, e = key.public_numbers().n, key.public_numbers().e
    salt = secrets.token_bytes(SALT_SIZE) if salt is None else salt
    encoded = int.from_bytes(encode_pss(prepared, key.key_size - 1, salt), "big")
    if gcd(encoded, n) != 1:
        raise InterestRefused(RefusalReason.TOKEN)
    inverse = _random_unit(n) if inverse is None else inverse
    hidden = encoded * pow(inverse, -e, n) % n
    return Blinded(hidden.to_bytes(_size(key), "big"), inverse)


def blind_sign(key: RSAPrivateKey, message: bytes) -> bytes:
    """Section 4.3. Raises InterestRefused for what is no number of the key's size, or if the result does not verify."""
    public = key.public_key()
    n, e = public.public_numbers().n, public.public_numbers().e
    number = int.from_bytes(message, "big")
    if len(message) != _size(public) or number >= n:
        raise InterestRefused(RefusalReason.TOKEN)
    passing = _random_unit(n)
    signed = _private(key, number * pow(passing, e, n) % n) * pow(passing, -1, n) % n
    if pow(signed, e, n) != number:
        raise InterestRefused(RefusalReason.TOKEN)
    return signed.to_bytes(len(message), "big")


def finalize(key: RSAPublicKey, prepared: bytes, blind_signature: bytes, inverse: int) -> bytes:
    """Section 4.4: the signature of the `prepared` message by `key`, from the issuer's `blind_signature` and the
    client's `inverse`.

    Raises InterestRefused when the issuer's answer is no valid signature.
    """
    n = key.public_numbers().n
    if len(blind_signature) != _size(key):
        raise InterestRefused(RefusalReason.TOKEN)
    signature = (int.from_bytes(blind_signature, "big") * inverse % n).to_bytes(_size(key), "big")
    if not is_valid(key, prepared, signature):
        raise InterestRefused(RefusalReason.TOKEN)
    return signature


def is_valid(key: RSAPublicKey, prepared: bytes, signature: bytes) -> bool:
    """Whether this is the key's RSASSA-PSS signature of the prepared message."""
    scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=SALT_SIZE)
    try:
        key.verify(signature, prepared, scheme, hashes.SHA384())
    except InvalidSignature:
        return False
    return True


def encode_pss(message: bytes, bits: int, salt: bytes) -> bytes:
    """EMSA-PSS-ENCODE of RFC 8017, section 9.1.1, with SHA-384."""
    size = (bits + 7) // 8
    digest = hashlib.sha384(bytes(8) + hashlib.sha384(message).digest() + salt).digest()
    block = bytes(size - SALT_SIZE - HASH_SIZE - 2) + b"\x01" + salt
    mask = _mgf1(digest, size - HASH_SIZE - 1)
    masked = bytearray(a ^ b for a, b in zip(block, mask, strict=True))
    masked[0] &= 0xFF >> (8 * size - bits)
    return bytes(masked) + digest + b"\xbc"


def _mgf1(seed: bytes, size: int) -> bytes:
    blocks = (hashlib.sha384(seed + number.to_bytes(4, "big")).digest() for number in range(-(-size // HASH_SIZE)))
    return b"".join(blocks)[:size]


def _private(key: RSAPrivateKey, number: int) -> int:
    """The private operation by the Chinese remainder theorem (RFC 8017, section 5.1.2)."""
    k = key.private_numbers()
    first = int(gmpy2.powmod_sec(number % k.p, k.dmp1, k.p))  # pyright: ignore[reportAttributeAccessIssue]
    second = int(gmpy2.powmod_sec(number % k.q, k.dmq1, k.q))  # pyright: ignore[reportAttributeAccessIssue]
    return second + k.q * ((first - second) * k.iqmp % k.p)


def _random_unit(n: int) -> int:
    """A random invertible number below n."""
    while True:
        number = secrets.randbelow(n)
        if number > 1 and gcd(number, n) == 1:
            return number


def _size(key: RSAPublicKey) -> int:
    return (key.key_size + 7) // 8
