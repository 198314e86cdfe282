"""The vault: a member declares, changes, withdraws and checks with a code; nothing can be read back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interest.atomic_files import FIXED_TIME
from interest.crypto.key_manifest import Chain, Manifest, check_chain, read_manifest
from interest.crypto.key_rotation import hold_ceremony, read_windows
from interest.crypto.messages import SEALED_SIZE
from interest.crypto.receipts import Receipt
from interest.crypto.sealed_store import SealedStore
from interest.errors import InterestError, InterestRefused, ManifestRefused, PolicyRefused, RefusalReason
from interest.policy import read_policy
from interest.roles.vault import PLACES, DeclarationStatus, Vault
from tests.support.interest.interest_world import (
    DEADLINE,
    LOT,
    MONDAY,
    OTHER,
    make_directory,
    make_room,
    make_vault,
    rsa_keys,
    trust_days,
)
from tests.support.paths import ROOT


def mine(vault: Vault, member: str = "m020") -> tuple[str, ...]:
    return vault.choices(member)[:1]


def test_what_is_declared_is_kept_until_it_is_withdrawn(tmp_path: Path) -> None:
    vault = make_vault(tmp_path)
    code = vault.declare("m020", LOT, mine(vault), "either", today=MONDAY).code
    assert vault.check(code) == DeclarationStatus(kept=True, counted=False)
    vault.withdraw(code)
    assert vault.check(code) == DeclarationStatus(kept=False, counted=False)


def test_declaring_again_with_the_same_receipt_is_declaring_once(tmp_path: Path) -> None:
    vault, receipt = make_vault(tmp_path), Receipt.fresh()
    for role in ("lead", "partner"):
        vault.declare("m020", LOT, mine(vault), role, today=MONDAY, receipt=receipt)
    assert len(SealedStore(tmp_path / "collector").rows()) == 1
    assert vault.check(receipt.code).kept


def test_declarations_of_one_member_for_one_lot_end_somewhere(tmp_path: Path) -> None:
    vault = make_vault(tmp_path)

    def declare_often() -> None:
        for _ in range(2 * PLACES):
            vault.declare("m020", LOT, mine(vault), "lead", today=MONDAY)

    with pytest.raises(InterestRefused) as refused:
        declare_often()
    assert refused.value.why is RefusalReason.OFTEN
    assert len(SealedStore(tmp_path / "collector").rows()) >= PLACES
    vault.erase("m020")
    assert SealedStore(tmp_path / "collector").rows() == ()


def test_a_change_keeps_the_code_and_needs_the_member_it_belongs_to(tmp_path: Path) -> None:
    vault = make_vault(tmp_path)
    code = vault.declare("m020", LOT, mine(vault), "lead", today=MONDAY).code
    (before,) = SealedStore(tmp_path / "collector").rows()
    vault.change("m020", LOT, code, mine(vault), "partner", today=MONDAY)
    (after,) = SealedStore(tmp_path / "collector").rows()
    assert (after.slot, after.row) == (before.slot, before.row)
    assert after.sealed != before.sealed
    with pytest.raises(InterestRefused):
        vault.change("m021", LOT, code, mine(vault, "m021"), "partner", today=MONDAY)


@pytest.mark.parametrize(
    ("families", "role"),
    [
        ((), "lead"),
        (("we do data centres",), "lead"),
        (("power", "cloud", "data", "software"), "lead"),
        (("geography",), "lead"),
        (None, "boss"),
    ],
    ids=["none", "free text", "four", "not its own", "unknown role"],
)
def test_a_form_that_is_not_ours_is_refused(tmp_path: Path, families: tuple[str, ...] | None, role: str) -> None:
    vault = make_vault(tmp_path)
    with pytest.raises(InterestRefused) as refused:
        vault.declare("m020", LOT, mine(vault) if families is None else families, role, today=MONDAY)
    assert refused.value.why is RefusalReason.FORM


def test_unknown_closed_and_not_yet_open_lots_are_refused_in_the_same_way(tmp_path: Path) -> None:
    vault = make_vault(tmp_path)
    reasons: set[str] = set()
    for lot, day in ((OTHER, MONDAY), (LOT, DEADLINE + timedelta(days=1)), (LOT, MONDAY - timedelta(days=1))):
        with pytest.raises(InterestRefused) as refused:
            vault.declare("m020", lot, mine(vault), "lead", today=day)
        reasons.add(str(refused.value))
    assert reasons == {RefusalReason.CLOSED.value}


def test_every_row_has_one_size_and_every_file_one_date(tmp_path: Path) -> None:
    vault = make_vault(tmp_path)
    vault.declare("m000", LOT, vault.choices("m000")[:3], "lead", today=MONDAY)
    vault.declare("m001", LOT, vault.choices("m001")[:1], "either", today=MONDAY)
    assert {len(row.sealed) for row in SealedStore(tmp_path / "collector").rows()} == {SEALED_SIZE}
    assert {path.stat().st_mtime for path in (tmp_path / "collector").iterdir()} == {FIXED_TIME}


def test_the_store_names_neither_member_nor_lot(tmp_path: Path) -> None:
    vault = make_vault(tmp_path)
    vault.declare("m020", LOT, mine(vault), "lead", today=MONDAY)
    body = (tmp_path / "collector" / "sealed.sqlite").read_bytes()
    assert not [word for word in (b"m020", LOT.encode(), b"900001", mine(vault)[0].encode()) if word in body]


@given(st.binary(min_size=16, max_size=16))
def test_a_code_is_read_however_it_is_typed(secret: bytes) -> None:
    code = Receipt(secret).code
    for typed in (code, code.lower(), code.replace("-", ""), f" {code.replace('0', 'O').replace('1', 'l')} "):
        assert Receipt.read(typed) == Receipt(secret)


@pytest.mark.parametrize("code", ["", "x", "U" * 26, "Z" * 26, "0" * 27, "0" * 10_000, "é" * 26, "\0" * 26])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(InterestRefused) as refused:
        Receipt.read(code)
    assert refused.value.why is RefusalReason.RECEIPT


def test_a_ceremony_held_twice_makes_nothing_twice(tmp_path: Path) -> None:
    room = make_room(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    hold_ceremony(room, [(LOT, DEADLINE)], today=MONDAY, policy=read_policy())
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_deadline_that_moves_moves_the_end_of_the_keys(tmp_path: Path) -> None:
    room = make_room(tmp_path)
    later = DEADLINE + timedelta(days=14)
    manifest = hold_ceremony(room, [(LOT, later)], today=MONDAY + timedelta(days=3), policy=read_policy())
    assert manifest.find(LOT).not_after == later + timedelta(days=30)
    (window,) = read_windows(room.public)
    assert (window.opened_on, window.deadline_on) == (MONDAY, later)
    assert len(Chain(room.public / "manifests").read()) == 2


def test_thirty_days_after_the_deadline_every_key_of_the_lot_is_gone(tmp_path: Path) -> None:
    room = make_room(tmp_path)
    last = DEADLINE + timedelta(days=30)
    trust_days(room, last)
    hold_ceremony(room, [], today=last - timedelta(days=1), policy=read_policy())
    assert len(list(tmp_path.glob("*/keys/*"))) == 4
    manifest = hold_ceremony(room, [], today=last, policy=read_policy())
    assert list(tmp_path.glob("*/keys/*")) == []
    assert manifest.lots == ()


def test_a_manifest_altered_or_out_of_the_chain_is_refused(tmp_path: Path) -> None:
    room = make_room(tmp_path)
    keys = list(rsa_keys())
    second = hold_ceremony(room, [(OTHER, DEADLINE)], today=MONDAY, policy=read_policy(), make_key=keys.pop)
    first = Chain(room.public / "manifests").read()[0]
    with pytest.raises(ManifestRefused):
        read_manifest(second.write().replace(b"LOT-0001", b"LOT-0002"))
    with pytest.raises(ManifestRefused):
        check_chain(first.sha256, (Manifest(second.lots, "f" * 64),))
    assert check_chain(first.sha256, (second,)) == second.sha256


@pytest.mark.parametrize(
    ("old", "new"),
    [("family_least = 3", "family_least = 2"), ("[5, 10, 20]", "[4, 10]"), ("silent_days = 5", "silent_days = 'x'")],
)
def test_a_policy_laxer_than_the_design_is_refused(tmp_path: Path, old: str, new: str) -> None:
    shipped = (ROOT / "interest" / "policy.toml").read_text(encoding="utf-8")
    assert old in shipped
    (tmp_path / "policy.toml").write_text(shipped.replace(old, new), encoding="utf-8")
    with pytest.raises(PolicyRefused):
        read_policy(tmp_path / "policy.toml")


def test_no_refusal_names_anybody(tmp_path: Path) -> None:
    vault = make_vault(tmp_path)
    with pytest.raises(InterestError) as refused:
        vault.declare("stranger", LOT, ("power",), "lead", today=MONDAY)
    assert "stranger" not in str(refused.value)


def test_the_directory_of_the_tests_has_a_rare_family() -> None:
    assert make_directory().sizes["geography"] == 4
