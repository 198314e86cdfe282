"""Links end when their member's epoch changes: on request, and with the member's address."""

from __future__ import annotations

import stat
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from itsdangerous import URLSafeSerializer

from presentation.errors import LinkOutdated, LinkRegisterUnfit, LinkRevoked
from presentation.link_register import LinkRegister
from presentation.signed_links import READ_WITHOUT_EPOCH, PortalLinks, Purpose

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
ON = date(2026, 11, 20)
SIGNED = tuple(purpose for purpose in Purpose if purpose is not Purpose.INTEREST)


@pytest.fixture
def register(tmp_path: Path) -> LinkRegister:
    return LinkRegister(tmp_path / "data" / "link-register.json")


@pytest.fixture
def links(register: LinkRegister) -> PortalLinks:
    return PortalLinks("https://portal.example", b"s" * 32, register)


def old_token(purpose: Purpose, member: str = "nuagera") -> str:
    """A token as it was signed before there were epochs."""
    signer = {"key_derivation": "hmac", "digest_method": sha256}
    return str(
        URLSafeSerializer(b"s" * 32, salt=f"pib.{purpose}", signer_kwargs=signer).dumps([member, "x", "2027-01-01"])
    )


@pytest.mark.parametrize("purpose", SIGNED)
def test_a_revoked_member_has_no_link_left_but_those_that_unsubscribe(
    links: PortalLinks, register: LinkRegister, purpose: Purpose
) -> None:
    token = links.token(purpose, "nuagera", "x", on=ON)
    register.revoke("nuagera", at=AT)
    if purpose is Purpose.UNSUBSCRIBE:
        assert links.read(token, purpose, on=ON).member == "nuagera"
    else:
        with pytest.raises(LinkRevoked):
            links.read(token, purpose, on=ON)
    assert links.read(links.token(purpose, "nuagera", on=ON), purpose, on=ON).member == "nuagera"


def test_revoking_one_member_ends_no_link_of_another(links: PortalLinks, register: LinkRegister) -> None:
    token = links.token(Purpose.CALLS, "froiduval", on=ON)
    register.revoke("nuagera", at=AT)
    assert links.read(token, Purpose.CALLS, on=ON).member == "froiduval"


def test_every_revocation_ends_the_links_since_the_one_before(links: PortalLinks, register: LinkRegister) -> None:
    register.revoke("nuagera", at=AT)
    token = links.token(Purpose.CALLS, "nuagera", on=ON)
    register.revoke("nuagera", at=AT)
    with pytest.raises(LinkRevoked):
        links.read(token, Purpose.CALLS, on=ON)


def test_a_register_of_a_backup_gives_no_epoch_that_was_ended_since(links: PortalLinks, register: LinkRegister) -> None:
    register.register_addresses({"nuagera": "a@firm.example"}, before={}, at=AT)
    kept = register.path.read_bytes()
    register.revoke("nuagera", at=AT)
    token = links.token(Purpose.CALLS, "nuagera", on=ON)
    register.revoke("nuagera", at=AT)
    register.path.write_bytes(kept)
    register.revoke("nuagera", at=AT)
    with pytest.raises(LinkRevoked):
        links.read(token, Purpose.CALLS, on=ON)


@pytest.mark.parametrize("purpose", SIGNED)
def test_another_address_ends_every_link_those_that_unsubscribe_included(
    links: PortalLinks, register: LinkRegister, purpose: Purpose
) -> None:
    register.register_addresses({"nuagera": "a@firm.example"}, before={}, at=AT)
    token = links.token(purpose, "nuagera", on=ON)
    assert register.register_addresses({"nuagera": "b@firm.example"}, before={}, at=AT) == ("nuagera",)
    with pytest.raises(LinkRevoked):
        links.read(token, purpose, on=ON)


def test_the_first_import_compares_with_the_addresses_in_use(links: PortalLinks, register: LinkRegister) -> None:
    addresses = {"same": "A@firm.example", "moved": "new@firm.example", "joins": "x@firm.example"}
    before = {"same": "a@Firm.example", "moved": "old@firm.example"}
    assert register.register_addresses(addresses, before=before, at=AT) == ("moved",)
    assert {name: record.address for name, record in register.load().items()} == addresses


def test_an_id_that_is_given_to_another_firm_later_opens_nothing_by_old_links(
    links: PortalLinks, register: LinkRegister
) -> None:
    register.register_addresses({"nuagera": "a@firm.example", "other": "o@firm.example"}, before={}, at=AT)
    token = links.token(Purpose.CALLS, "nuagera", on=ON)
    register.register_addresses({"other": "o@firm.example"}, before={}, at=AT)
    assert links.read(token, Purpose.CALLS, on=ON).member == "nuagera"  # a partial file by mistake ends nothing
    register.register_addresses({"nuagera": "b@other-firm.example"}, before={}, at=AT)
    with pytest.raises(LinkRevoked):
        links.read(token, Purpose.CALLS, on=ON)


@pytest.mark.parametrize("purpose", SIGNED)
def test_a_link_of_the_format_before_epochs_still_reads_and_unsubscribes(links: PortalLinks, purpose: Purpose) -> None:
    if purpose in READ_WITHOUT_EPOCH:
        assert links.read(old_token(purpose), purpose, on=ON).subject == "x"
    else:
        with pytest.raises(LinkOutdated):
            links.read(old_token(purpose), purpose, on=ON)


@pytest.mark.parametrize("purpose", sorted(READ_WITHOUT_EPOCH - {Purpose.UNSUBSCRIBE}))
def test_a_link_of_the_format_before_epochs_ends_with_the_first_revocation(
    links: PortalLinks, register: LinkRegister, purpose: Purpose
) -> None:
    register.revoke("nuagera", at=AT)
    with pytest.raises(LinkRevoked):
        links.read(old_token(purpose), purpose, on=ON)


def test_the_register_is_for_its_owner_only(register: LinkRegister) -> None:
    register.revoke("nuagera", at=AT)
    assert stat.S_IMODE(register.path.stat().st_mode) == 0o600


def test_a_change_is_seen_by_every_reader_at_once(register: LinkRegister) -> None:
    portal = LinkRegister(register.path)
    assert portal.epoch("nuagera") == ""
    register.revoke("nuagera", at=AT)
    first = portal.epoch("nuagera")
    register.revoke("nuagera", at=AT)
    assert "" != first != portal.epoch("nuagera") == register.epoch("nuagera")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"a": 1}', b'{"a": {"epoch": "x", "other": 1}}', b"\xff"])
def test_a_register_that_cannot_be_read_opens_no_link(
    links: PortalLinks, register: LinkRegister, content: bytes
) -> None:
    token = links.token(Purpose.CALLS, "nuagera", on=ON)
    register.path.parent.mkdir()
    register.path.write_bytes(content)
    with pytest.raises(LinkRegisterUnfit, match="restored from a backup"):
        links.read(token, Purpose.CALLS, on=ON)
