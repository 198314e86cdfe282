"""Rooms that the version before wrote: declarations, cards, offers and the gate's memory open unchanged."""

from __future__ import annotations

import hmac
import json
from datetime import timedelta
from pathlib import Path

from nacl.public import PrivateKey
from nacl.secret import SecretBox

from interest.atomic_files import canonical
from interest.crypto.messages import SEALED_SIZE, Card, Declaration, Offer, open_message, pad, seal_to
from interest.crypto.receipts import Receipt, derive, public_hex, row_of
from interest.crypto.sealed_store import SealedRow, SealedStore
from interest.folders import key_name
from interest.release.gate_state import open_memory
from interest.release.release_rules import Memory, State
from interest.roles.vault import DeclarationStatus
from tests.support.interest.interest_world import LOOKS, LOT, MONDAY, World, members_of

COMMON = {"lot_uid": LOT, "reply_pk": "0" * 64}
PREVIEW = {"owner": "0" * 64, "card_id": "0" * 32, "preview": ["BE3", "1-9"]}


def seal_plain(world: World, plain: dict[str, object]) -> bytes:
    """A message as the version before wrote it."""
    return seal_to(bytes.fromhex(world.keys().sealing_pk), canonical(plain), SEALED_SIZE)


def test_messages_of_the_version_before_open(tmp_path: Path) -> None:
    world = World(tmp_path)
    key = PrivateKey((world.room.gate / "keys" / key_name(LOT)).read_bytes())
    declaration = {"kind": "declaration", **COMMON, "families": ["power"], "role": "lead", "leaf": "0" * 64}
    card = {"kind": "card", **COMMON, **PREVIEW, "family_wanted": "cloud"}
    offer = {"kind": "offer", **COMMON, **PREVIEW, "offer_id": "1" * 32}
    opened = [open_message(key, seal_plain(world, plain)) for plain in (declaration, card, offer)]
    assert [type(message) for message in opened] == [Declaration, Card, Offer]
    assert isinstance(opened[0], Declaration)
    assert (opened[0].person, opened[0].place) == ("", 0)
    assert isinstance(opened[1], Card)
    assert opened[1].families_wanted == ("cloud",)


def test_declarations_of_the_version_before_count_once_and_keep_their_code(tmp_path: Path) -> None:
    world = World(tmp_path)
    for member in members_of(world.directory, "media")[:5]:
        receipt = Receipt.fresh()
        plain = {"kind": "declaration", "lot_uid": LOT, "families": ["media"], "role": "lead"}
        plain |= {"reply_pk": public_hex(receipt.note_key), "leaf": receipt.leaf.hex()}
        slot = first_slot(world, member)
        assert SealedStore(world.room.collector).spend(SealedRow(slot, row_of(receipt.claim), seal_plain(world, plain)))
        assert world.vault.owns(member, LOT, receipt.code)
        world.declare(member)  # again, without the code
    world.gate.run(LOOKS[0])
    assert world.cells()["ALL"] == ("stated", "5-9")
    assert world.cells()["media"][0] == "stated"
    assert world.vault.check(receipt.code) == DeclarationStatus(kept=True, counted=True)
    world.vault.change(member, LOT, receipt.code, ("media",), "partner", today=MONDAY)
    world.vault.withdraw(receipt.code)


def first_slot(world: World, member: str) -> bytes:
    """The slot in which the version before kept a member's declaration."""
    return hmac.digest((world.room.vault / "keys" / key_name(LOT)).read_bytes(), member.encode(), "sha256")


def test_a_memory_of_the_version_before_opens_and_the_gate_goes_on_from_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare_all(members_of(world.directory, "media")[:5], "media")
    world.gate.run(LOOKS[0])
    path = world.room.gate / "nights" / LOOKS[0].isoformat() / "memory"
    key = (world.room.gate / "keys" / key_name(LOT)).read_bytes()
    raw = json.loads(path.read_bytes())
    known = open_memory(path.read_bytes(), {LOT: key}, raw["head"])[LOT].published
    published = [[state.band, state.stated, dict(people)] for state, people in known.published]
    body = canonical({"looks": known.looks, "published": published})
    raw["lots"][LOT] = SecretBox(derive(key, "memory")).encrypt(pad(body, 1 << 16)).hex()
    path.write_bytes(canonical(raw))
    assert open_memory(path.read_bytes(), {LOT: key}, raw["head"])[LOT].published == known
    assert isinstance(known, Memory)
    world.gate.run(LOOKS[0] + timedelta(days=1))
    assert world.cells()["media"][0] == "stated"
    assert known.published[-1][0] == State("5-9", ("media",))
