"""RFC 9474 with the standard's own vectors, and what is no token."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from interest.crypto.blind_signatures import blind, blind_sign, encode_pss, finalize, is_valid, prepare
from interest.errors import InterestRefused
from tests.support.interest.interest_world import rsa_keys

VECTOR = json.loads((Path(__file__).parent / "rfc9474_randomized.json").read_text(encoding="utf-8"))
MESSAGE, PREFIX, SALT = (bytes.fromhex(VECTOR[name]) for name in ("msg", "msg_prefix", "salt"))


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """The standard's key, of 4096 bits."""
    p, q = int(VECTOR["p"], 16), int(VECTOR["q"], 16)
    d = rsa.rsa_recover_private_exponent(65537, p, q)
    dmp1, dmq1, iqmp = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, dmp1, dmq1, iqmp, rsa.RSAPublicNumbers(65537, p * q)).private_key()


def test_blinding_gives_the_standards_blinded_message(key: rsa.RSAPrivateKey) -> None:
    blinded = blind(key.public_key(), prepare(MESSAGE, PREFIX), salt=SALT, inverse=int(VECTOR["inv"], 16))
    assert blinded.message.hex() == VECTOR["blinded_msg"]


def test_signing_gives_the_standards_blind_signature(key: rsa.RSAPrivateKey) -> None:
    assert blind_sign(key, bytes.fromhex(VECTOR["blinded_msg"])).hex() == VECTOR["blind_sig"]


def test_finalizing_gives_the_standards_signature(key: rsa.RSAPrivateKey) -> None:
    blind_signature = bytes.fromhex(VECTOR["blind_sig"])
    signature = finalize(key.public_key(), prepare(MESSAGE, PREFIX), blind_signature, int(VECTOR["inv"], 16))
    assert signature.hex() == VECTOR["sig"]
    assert is_valid(key.public_key(), PREFIX + MESSAGE, bytes.fromhex(VECTOR["sig"]))


def test_a_token_is_a_plain_pss_signature_of_what_the_issuer_never_saw() -> None:
    key = rsa_keys()[0]
    prepared = prepare(b"a lot's token")
    blinded = blind(key.public_key(), prepared)
    signature = finalize(key.public_key(), prepared, blind_sign(key, blinded.message), blinded.inverse)
    assert is_valid(key.public_key(), prepared, signature)
    assert blind(key.public_key(), prepared).message != blinded.message


def test_the_encoding_fits_keys_of_any_size() -> None:
    for bits in (2047, 2048, 3071, 4095):
        encoded = encode_pss(b"message", bits, bytes(48))
        assert len(encoded) == (bits + 7) // 8
        assert int.from_bytes(encoded, "big").bit_length() <= bits


@pytest.mark.parametrize("size", [0, 1, 255, 257, 100_000])
def test_a_request_of_another_size_is_not_signed(size: int) -> None:
    with pytest.raises(InterestRefused):
        blind_sign(rsa_keys()[0], b"\x01" * size)


def test_a_number_above_the_modulus_is_not_signed() -> None:
    with pytest.raises(InterestRefused):
        blind_sign(rsa_keys()[0], b"\xff" * 256)


def test_an_answer_of_another_key_is_no_token() -> None:
    own, other = rsa_keys()[:2]
    prepared = prepare(b"x")
    blinded = blind(own.public_key(), prepared)
    answers = (blind_sign(own, blinded.message)[:-1], b"", bytes(256), blind_sign(other, bytes(255) + b"\x02"))
    for answer in answers:
        with pytest.raises(InterestRefused):
            finalize(own.public_key(), prepared, answer, blinded.inverse)
