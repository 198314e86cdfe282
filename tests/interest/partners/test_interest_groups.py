"""Groups of three to five: a card for several families, two nights to an introduction, and who meets whom."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from nacl.public import PrivateKey

from interest.competence_families import Directory, DirectoryEntry
from interest.crypto.messages import Acceptance, Offer, open_message, seal_message
from interest.crypto.receipts import Receipt, public_hex
from interest.crypto.sealed_store import SealedStore
from interest.errors import InterestRefused
from interest.folders import key_name
from interest.partners.partner_inbox import OpenedEnvelope, open_envelopes, own_cards, read_cards, read_note
from interest.partners.partner_search import (
    Identity,
    OfferReference,
    accept,
    consent_to_offers,
    post_card,
    post_offer,
)
from tests.support.interest.interest_world import LOT, MONDAY, World

FAMILIES = ("cloud", "data", "networks", "power")
"""Four families of six members each, and six members who advise."""


def make_cluster() -> Directory:
    entries = [
        DirectoryEntry(f"{f}{n}", frozenset({f}), "BE323", "1-9") for f in (*FAMILIES, "advice") for n in range(6)
    ]
    return Directory(tuple(entries))


class Search:
    """A lot on which the first adviser asks for families, and consents to whoever answers."""

    def __init__(self, folder: Path, *wanted: str) -> None:
        self.world = World(folder, directory=make_cluster())
        self.meeting_key = self.world.vault.meeting_key(LOT)
        self.asker, self.nights = self.world.declare("advice0"), 0
        self.card = self._post(wanted or FAMILIES)
        self.pass_night()

    def _post(self, wanted: tuple[str, ...]) -> str:
        world, entry = self.world, self.world.directory.by_member["advice0"]
        card = post_card(world.box, self.asker, world.keys(), entry, world.directory, wanted, 5)
        who = Identity("advice0", "Advice 0 SRL", "a@x.example")
        consent_to_offers(world.box, self.asker, world.keys(), card, who, "why", public_hex(self.meeting_key))
        return card

    def pass_night(self) -> None:
        self.world.gate.run(MONDAY + timedelta(days=self.nights))
        self.nights += 1

    def offer(self, member: str, *, consents: bool = True) -> Receipt:
        world, receipt = self.world, self.world.declare(member)
        (card,) = read_cards(world.export("need_cards.json"))
        entry = world.directory.by_member[member]
        offer_id = post_offer(world.box, receipt, world.keys(), entry, world.directory, card, member[:-1], 5)
        reference = OfferReference(card.card_id, offer_id, public_hex(self.meeting_key))
        if consents:
            accept(
                world.box, receipt, world.keys(), reference, Identity(member, member, "c@x.example"), f"why {member}"
            )
        return receipt

    def opened(self, receipt: Receipt) -> list[OpenedEnvelope]:
        return list(open_envelopes(receipt, self.world.export("introductions.json"), self.meeting_key))

    def met(self, receipt: Receipt) -> set[str]:
        return {brought.identity.member for brought in self.opened(receipt) if brought.identity}


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_attack_20_silence_a_group_meets_two_nights_after_the_card_and_each_meets_all(
    tmp_path: Path, size: int
) -> None:
    search = Search(tmp_path, *FAMILIES[: size - 1])
    members = [f"{family}1" for family in FAMILIES[: size - 1]]
    receipts = [search.asker, *(search.offer(member) for member in members)]
    search.pass_night()
    assert search.nights == 2
    group = {"advice0", *members}
    assert len(group) == size
    for receipt, member in zip(receipts, ("advice0", *members), strict=True):
        assert search.met(receipt) == group - {member}
        (note,) = {read_note(receipt, brought.own_note) for brought in search.opened(receipt) if brought.own_note}
        assert note in ("why", f"why {member}")


def test_attack_22_fishing_one_firm_is_met_for_each_family_and_stays_the_one_that_was_met(tmp_path: Path) -> None:
    search = Search(tmp_path, "cloud", "power")
    for member in ("cloud1", "cloud2", "cloud3"):
        search.offer(member)
    search.pass_night()
    (first,) = search.met(search.asker)
    search.offer("cloud4")
    late = search.offer("power1")
    for _ in range(3):
        search.pass_night()
        assert search.met(search.asker) == {first, "power1"}
    assert search.met(late) == {first, "advice0"}


def test_an_offer_without_consent_meets_nobody(tmp_path: Path) -> None:
    search = Search(tmp_path, "cloud")
    receipt = search.offer("cloud1", consents=False)
    search.pass_night()
    assert search.met(search.asker) == search.met(receipt) == set()
    assert [brought.family for brought in search.opened(search.asker)] == ["cloud"]


def test_attack_22_fishing_neither_the_gate_nor_the_vault_alone_reads_who_meets(tmp_path: Path) -> None:
    search = Search(tmp_path, "cloud")
    receipt = search.offer("cloud1")
    search.pass_night()
    body = search.world.export("introductions.json")
    assert [brought.identity for brought in open_envelopes(receipt, body)] == []  # the code without the vault's key
    assert open_envelopes(Receipt.fresh(), body, search.meeting_key) == ()  # the vault's key without the code
    everything = b"".join(path.read_bytes() for path in search.world.room.folder.rglob("*") if path.is_file())
    assert b"Advice 0" not in everything


def test_a_consent_too_large_for_an_envelope_ends_no_night(tmp_path: Path) -> None:
    search = Search(tmp_path, "cloud")
    world, offerer = search.world, search.offer("cloud1", consents=False)
    (offer,) = [message for message in messages_of(world) if isinstance(message, Offer)]
    large = Acceptance(LOT, offer.owner, offer.card_id, offer.offer_id, "A" * 3000, "B" * 400)
    sealed = seal_message(bytes.fromhex(world.keys().sealing_pk), large)
    assert world.box.follow(offerer.claim, 6, sealed, replace=False)
    search.pass_night()
    assert search.met(search.asker) == set()


def messages_of(world: World) -> list[object]:
    """What the gate opens in the store."""
    key = PrivateKey((world.room.gate / "keys" / key_name(LOT)).read_bytes())
    return [open_message(key, row.sealed) for row in SealedStore(world.room.collector).rows()]


def test_a_card_of_families_that_leave_too_few_others_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path, directory=Directory(make_cluster().entries[:-2]))
    receipt, entry = world.declare("advice0"), world.directory.by_member["advice0"]
    post_card(world.box, receipt, world.keys(), entry, world.directory, FAMILIES[:3], 5)
    for wanted in (FAMILIES, (), ("advice",), (*FAMILIES, "media")):
        with pytest.raises(InterestRefused):
            post_card(world.box, receipt, world.keys(), entry, world.directory, wanted, 5)


def test_only_the_holder_of_the_code_finds_its_card(tmp_path: Path) -> None:
    search = Search(tmp_path)
    cards = read_cards(search.world.export("need_cards.json"))
    assert [card.card_id for card in own_cards(search.asker, cards)] == [search.card]
    assert own_cards(Receipt.fresh(), cards) == ()
