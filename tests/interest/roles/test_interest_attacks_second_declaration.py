"""Attack 19, a second declaration without the code: whoever holds a page of a member neither changes what it declared
nor learns that it did. Fails when its defence is switched off: `python -m bench.interest.mutations`.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from interest.crypto.receipts import Receipt, Side, public_hex
from interest.crypto.sealed_store import SealedStore
from interest.partners.partner_inbox import open_envelopes, read_cards
from interest.partners.partner_search import post_card, post_offer
from interest.roles.vault import DeclarationStatus
from tests.support.interest.interest_world import LOOKS, LOT, MONDAY, World, members_of

VICTIM = "m004"


def declare_from_the_page(world: World, *families: str) -> Receipt:
    """What a holder of the member's page can do without a code."""
    return world.declare(VICTIM, *families)


def test_attack_19_a_second_declaration_changes_nothing_of_the_first(tmp_path: Path) -> None:
    world = World(tmp_path)
    others = [member for member in members_of(world.directory, "media") if member != VICTIM][:2]
    first, *_ = world.declare_all([VICTIM, *others], "media")
    world.declare_all(["m020", "m021"])
    other_family = next(family for family in world.vault.choices(VICTIM) if family != "media")
    second = declare_from_the_page(world, other_family)
    world.vault.withdraw(declare_from_the_page(world, other_family).code)
    world.gate.run(LOOKS[0])
    assert world.vault.check(first.code) == DeclarationStatus(kept=True, counted=True)
    assert world.cells()["media"][0] == "stated"
    assert world.cells()["ALL"] == ("stated", "5-9")
    assert world.vault.check(second.code).kept


def test_attack_19_a_member_that_declared_twice_counts_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare_all(members_of(world.directory, "media")[:4], "media")
    declare_from_the_page(world, "media")
    world.gate.run(LOOKS[0])
    assert world.cells()["ALL"] == ("withheld", "")
    assert world.cells()["media"] == ("withheld", "")


def test_attack_19_a_second_declaration_shows_no_second_card_and_no_sixth_offer(tmp_path: Path) -> None:
    world = World(tmp_path)
    entry, receipts = world.directory.by_member[VICTIM], [declare_from_the_page(world) for _ in range(3)]
    for receipt in receipts:
        post_card(world.box, receipt, world.keys(), entry, world.directory, ["power"], 5)
    world.gate.run(MONDAY)
    (shown,) = read_cards(world.export("need_cards.json"))
    assert shown.reply_pk == public_hex(receipts[0].reply_key(shown.card_id, Side.ASKER))
    asker = world.declare("m030")
    post_card(world.box, asker, world.keys(), world.directory.by_member["m030"], world.directory, ["media"], 5)
    world.gate.run(MONDAY + timedelta(days=1))
    (card,) = (card for card in read_cards(world.export("need_cards.json")) if card.families_wanted == ("media",))
    for receipt in [world.declare(VICTIM, "media"), world.declare(VICTIM, "media")]:
        post_offer(world.box, receipt, world.keys(), entry, world.directory, card, "media", 5)
    world.gate.run(MONDAY + timedelta(days=2))
    assert len(open_envelopes(asker, world.export("introductions.json"))) == 1


@pytest.mark.parametrize("has_declared", [False, True])
def test_attack_19_nothing_a_code_does_tells_whether_the_member_declared_before(
    tmp_path: Path, *, has_declared: bool
) -> None:
    """The expected values are the same in both worlds."""
    world = World(tmp_path)
    if has_declared:
        world.declare(VICTIM, "media")
    codes = [declare_from_the_page(world).code for _ in range(5)]
    statuses = [world.vault.check(code) for code in codes]
    assert statuses == [DeclarationStatus(kept=True, counted=False)] * 5
    world.gate.run(MONDAY)
    assert [world.vault.check(code) for code in codes] == [DeclarationStatus(kept=True, counted=True)] * 5
    assert all(world.vault.owns(VICTIM, LOT, code) for code in codes)
    world.vault.change(VICTIM, LOT, codes[0], world.vault.choices(VICTIM)[:1], "lead", today=MONDAY)
    entry, receipt = world.directory.by_member[VICTIM], Receipt.read(codes[0])
    post_card(world.box, receipt, world.keys(), entry, world.directory, ["power"], 5)
    world.gate.run(MONDAY + timedelta(days=1))
    assert len(read_cards(world.export("need_cards.json"))) == 1
    for code in codes:
        world.vault.withdraw(code)
    assert len(SealedStore(world.room.collector).rows()) == has_declared
