"""Links hold for whom, what and how long they were written, and for nothing else."""

from __future__ import annotations

import stat
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presentation.errors import LinkExpired, LinkForged, SecretUnfit
from presentation.signed_links import LIFETIMES, PortalLinks, Purpose, decode_name, encode_name, load_or_create_secret

ON = date(2026, 11, 20)
LINKS = PortalLinks("https://portal.example/pib/", b"s" * 32)
SIGNED = tuple(purpose for purpose in Purpose if purpose is not Purpose.INTEREST)


@given(st.sampled_from(SIGNED), st.text(), st.text())
def test_a_link_gives_back_what_it_was_written_with(purpose: Purpose, member: str, subject: str) -> None:
    grant = LINKS.read(LINKS.token(purpose, member, subject, on=ON), purpose, on=ON)
    assert (grant.purpose, grant.member, grant.subject) == (purpose, member, subject)


@given(st.sampled_from(SIGNED), st.sampled_from(SIGNED))
def test_a_link_for_one_purpose_holds_for_no_other(written: Purpose, requested: Purpose) -> None:
    token = LINKS.token(written, "nuagera", "lot", on=ON)
    if written is requested:
        assert LINKS.read(token, requested, on=ON).member == "nuagera"
    else:
        with pytest.raises(LinkForged):
            LINKS.read(token, requested, on=ON)


@given(st.integers(0, 200), st.characters(codec="ascii", exclude_characters="\x00"))
def test_a_link_changed_by_one_sign_is_refused(place: int, sign: str) -> None:
    token = LINKS.token(Purpose.PREFERENCES, "nuagera", on=ON)
    place %= len(token) - 1  # the last sign of base64 carries bits that say nothing
    changed = token[:place] + sign + token[place + 1 :]
    if changed != token:
        with pytest.raises(LinkForged):
            LINKS.read(changed, Purpose.PREFERENCES, on=ON)


@given(st.text())
def test_whatever_is_no_link_is_refused(written: str) -> None:
    with pytest.raises(LinkForged):
        LINKS.read(written, Purpose.LOT, on=ON)


def test_a_link_of_another_installation_is_refused() -> None:
    other = PortalLinks("https://portal.example/pib", b"t" * 32)
    with pytest.raises(LinkForged):
        LINKS.read(other.token(Purpose.LOT, "nuagera", "lot", on=ON), Purpose.LOT, on=ON)


@pytest.mark.parametrize("purpose", SIGNED)
def test_a_link_ends_after_its_last_day(purpose: Purpose) -> None:
    token = LINKS.token(purpose, "nuagera", on=ON)
    last = ON + timedelta(days=LIFETIMES[purpose])
    assert LINKS.read(token, purpose, on=last).until == last
    with pytest.raises(LinkExpired):
        LINKS.read(token, purpose, on=last + timedelta(days=1))


def test_a_link_is_the_same_each_time_it_is_written_on_a_day() -> None:
    assert LINKS.lot("nuagera", "proc:LOT-1", on=ON) == LINKS.lot("nuagera", "proc:LOT-1", on=ON)
    assert LINKS.lot("nuagera", "proc:LOT-1", on=ON).startswith("https://portal.example/pib/lot/")


@given(st.text())
def test_any_name_travels_in_a_path(name: str) -> None:
    part = encode_name(name)
    assert decode_name(part) == name
    assert not set(part) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.text())
def test_a_part_of_a_path_that_is_no_name_is_none(part: str) -> None:
    name = decode_name(part)
    assert name is None or encode_name(name) == part


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "links.key"
    first = load_or_create_secret(path)
    assert load_or_create_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {file.name for file in path.parent.iterdir()} == {"links.key", "links.key.made"}


def test_two_houses_have_two_secrets(tmp_path: Path) -> None:
    assert load_or_create_secret(tmp_path / "one") != load_or_create_secret(tmp_path / "other")


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "links.key"
    load_or_create_secret(path)
    path.chmod(0o644)
    with pytest.raises(SecretUnfit, match="chmod 600"):
        load_or_create_secret(path)


def test_a_secret_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "links.key"
    load_or_create_secret(path)
    path.write_bytes(b"")
    with pytest.raises(SecretUnfit, match="0 bytes"):
        load_or_create_secret(path)
