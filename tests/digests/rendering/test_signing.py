"""A letter's signature holds for verifiers that are not ours, and breaks with any header or word that changed."""

from __future__ import annotations

import email
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from digests.rendering.dkim_signing import DkimKey, sign_message
from digests.rendering.mime import render_letter
from presentation.errors import DigestRefused
from tests.support.letters.digest_examples import NIGHT
from tests.support.letters.rendered_letters import PORTAL, rich


def make_key(bits: int = 2048, *, form: str = "PKCS8") -> tuple[DkimKey, bytes]:
    """A new key, and the record its domain would publish."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    shape = serialization.PrivateFormat.PKCS8 if form == "PKCS8" else serialization.PrivateFormat.TraditionalOpenSSL
    pem = private.private_bytes(serialization.Encoding.PEM, shape, serialization.NoEncryption())
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = b"v=DKIM1; k=rsa; p=" + b"".join(public.splitlines()[1:-1])
    return DkimKey("cluster.example", "pib", pem), record


@pytest.fixture(scope="module")
def signed() -> tuple[bytes, bytes]:
    """A signed letter, and the record that verifies it."""
    key, record = make_key()
    return render_letter(rich("fr"), portal=PORTAL, key=key).mime, record


def is_verified(mime: bytes, record: bytes) -> bool:
    queries: list[bytes] = []

    def answer(name: bytes, timeout: int = 5) -> bytes:
        queries.append(name)
        return record

    found = dkim.verify(mime, dnsfunc=answer)
    assert queries == [b"pib._domainkey.cluster.example."]
    return bool(found)


def test_a_letter_is_signed_for_its_senders_domain(signed: tuple[bytes, bytes]) -> None:
    assert is_verified(*signed)


def test_both_headers_that_stop_letters_are_under_the_signature(signed: tuple[bytes, bytes]) -> None:
    covered = parse_tags(signed[0])["h"].lower().split(":")
    assert {"from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post"} <= set(covered)


def parse_tags(mime: bytes) -> dict[str, str]:
    written = str(email.message_from_bytes(mime)["DKIM-Signature"])
    return dict("".join(tag.split()).split("=", 1) for tag in written.split(";"))  # type: ignore[misc]


@pytest.mark.parametrize(
    ("seen", "forged"),
    [
        (b"Subject: ", b"Subject: Re: "),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", b"List-Unsubscribe-Post: x"),
        (b"<https://portal.cluster.example/unsub", b"<https://portal.ailleurs.example/unsub"),
        (b"To: Nuagera", b"To: Autre"),
        (b"Content-Language: fr", b"Content-Language: nl"),
        (b"role=3D", b"rule=3D"),
        (b"From: PIB", b"From: Autre <autre@ailleurs.example>\r\nFrom: PIB"),
        (b"Subject: ", b"Subject: Autre\r\nSubject: "),
    ],
)
def test_a_changed_header_or_word_or_an_added_header_breaks_the_signature(
    signed: tuple[bytes, bytes], seen: bytes, forged: bytes
) -> None:
    mime, record = signed
    assert seen in mime
    assert not is_verified(mime.replace(seen, forged, 1), record)


def test_the_same_digest_and_key_give_the_same_bytes_at_the_time_of_the_night() -> None:
    key, _ = make_key()
    one, other = (render_letter(rich("nl"), key=key) for _ in range(2))
    assert (one.mime, one.sha256) == (other.mime, other.sha256)
    assert parse_tags(one.mime)["t"] == str(int(NIGHT.timestamp()))


def test_a_signature_changes_nothing_of_the_letter() -> None:
    key, _ = make_key()
    plain, signed = render_letter(rich("de")), render_letter(rich("de"), key=key)
    assert signed.mime.endswith(plain.mime)
    assert signed.message_id == plain.message_id


def test_an_older_form_of_key_signs_too() -> None:
    key, record = make_key(form="PKCS1")
    assert is_verified(sign_message(render_letter(rich("en")).mime, key, at=NIGHT + timedelta(1)), record)


def test_a_key_that_is_none_or_too_short_is_refused_and_never_shown() -> None:
    with pytest.raises(DigestRefused, match="no RSA private key"):
        DkimKey("cluster.example", "pib", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(DigestRefused, match="no RSA private key"):
        DkimKey("cluster.example", "pib", b"")
    assert b"PRIVATE" not in repr(make_key()[0]).encode()


PERL = """
use Mail::DKIM::Verifier; use Mail::DKIM::PublicKey;
my $record = $ENV{RECORD};
no warnings 'redefine';
*Mail::DKIM::PublicKey::fetch_async = sub {
    my ($class, %prms) = @_;
    my $key = Mail::DKIM::PublicKey->parse($record);
    return sub { $prms{Callbacks}{Success} ? $prms{Callbacks}{Success}->($key) : $key };
};
my $v = Mail::DKIM::Verifier->new; local $/; my $mime = <STDIN>; $v->PRINT($mime); $v->CLOSE; print $v->result_detail;
"""


def test_another_implementation_verifies_the_signature_too(signed: tuple[bytes, bytes], tmp_path: Path) -> None:
    perl = shutil.which("perl")
    if not perl or subprocess.run([perl, "-MMail::DKIM", "-e", "1"], check=False, capture_output=True).returncode:
        pytest.skip("Mail::DKIM is absent (Debian: libmail-dkim-perl): dkimpy alone has verified")
    mime, record = signed
    for body, wanted in ((mime, b"pass"), (mime.replace(b"Subject: ", b"Subject: Re: ", 1), b"fail")):
        command = subprocess.run(
            [perl, "-e", PERL], input=body, capture_output=True, check=False, env={"RECORD": record.decode()}
        )
        assert command.stdout.startswith(wanted), (command.stdout, command.stderr)
