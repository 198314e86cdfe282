"""Attack 1 over all nights and all kinds of messages: what a reader links of one sender fits nobody or five members.

A reader links messages that share a card id, an offer id or a reply key, and a card that ends in the night in which
another one begins. Each test fails when its defence is switched off: `python -m bench.interest.mutations`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from interest.competence_families import FAMILIES, Directory, DirectoryEntry
from interest.crypto.messages import Card, Declaration, DeclaredRole, Preview, seal_message
from interest.crypto.receipts import Receipt, Side, public_hex, row_of
from interest.partners.introductions import LotMessages, shown_cards
from interest.partners.k_anonymity import AnonymitySets, assign_previews
from interest.partners.partner_inbox import open_envelopes, read_cards
from interest.partners.partner_search import CARD, post_card, post_offer
from interest.policy import read_policy
from tests.support.interest.interest_world import LOT, MONDAY, World, make_directory

POLICY = read_policy()
NIGHTS = 6


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as a reader saw it in a night: what it may be linked by, and whom it fits in that night's directory."""

    night: int
    links: frozenset[str]
    fitting: frozenset[str]


def fitting(population: Iterable[DirectoryEntry], preview: Preview) -> frozenset[str]:
    """Whom a reader finds who computes everybody's preview: the rules are public."""
    shown = assign_previews(population, POLICY.crowd)
    return frozenset(member for member, own in shown.items() if own == preview)


def anonymity_sets_of_linked_messages(messages: Iterable[Seen]) -> list[frozenset[str]]:
    """The members that fit all messages which a reader links to one sender, sender by sender."""
    groups: list[tuple[set[str], frozenset[str]]] = []
    for message in messages:
        links, anonymity_set = set(message.links), message.fitting
        for group in [group for group in groups if group[0] & links]:
            groups.remove(group)
            links, anonymity_set = links | group[0], anonymity_set & group[1]
        groups.append((links, anonymity_set))
    return [anonymity_set for _, anonymity_set in groups]


class Reader:
    """Reads every export, and as an asker opens the offers to its own card."""

    def __init__(self, world: World, asker: Receipt) -> None:
        self.world, self.asker = world, asker
        self.messages: list[Seen] = []
        self._before: set[str] = set()

    def read(self, night: int) -> None:
        """Adds what a night released."""
        cards = read_cards(self.world.export("need_cards.json"))
        ended, begun = self._before - {card.card_id for card in cards}, {card.card_id for card in cards} - self._before
        follows = dict.fromkeys(begun, min(ended)) if night and len(ended) == len(begun) == 1 else {}
        for card in cards:
            links = frozenset({card.card_id, card.reply_pk, follows.get(card.card_id, card.card_id)})
            outside = self.world.directory.outside(*card.families_wanted)
            self.messages.append(Seen(night, links, fitting(outside, card.preview)))
        for offer in open_envelopes(self.asker, self.world.export("introductions.json")):
            within = self.world.directory.within(offer.family)
            links = frozenset({offer.offer_id, offer.reply_pk})
            self.messages.append(Seen(night, links, fitting(within, offer.preview)))
        self._before = {card.card_id for card in cards}


def replace_member(directory: Directory, leaving: str, joining: str) -> Directory:
    """The directory of the next night: a member left, one that looks the same joined."""
    entries = directory.entries
    return Directory(tuple(replace(e, member=joining) if e.member == leaving else e for e in entries))


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Six nights: a member posts another card each night and offers itself to a reader's card; members leave."""
    world = World(tmp_path_factory.mktemp("nights"))
    entry = world.directory.by_member["m025"]
    wanted = sorted(set(FAMILIES) - entry.families - {"geography", "media"})
    offered = max(entry.families - world.directory.by_member["m001"].families)
    asker, sender = world.declare("m001"), world.declare("m025", offered)
    reader = Reader(world, asker)
    post_card(world.box, asker, world.keys(), world.directory.by_member["m001"], world.directory, [offered], 5)
    for night in range(NIGHTS):
        post_card(world.box, sender, world.keys(), entry, world.directory, [wanted[night]], 5)
        world.gate.run(MONDAY + timedelta(days=night))
        reader.read(night)
        if night == 0:
            (card,) = [c for c in read_cards(world.export("need_cards.json")) if c.families_wanted == (offered,)]
            post_offer(world.box, sender, world.keys(), entry, world.directory, card, offered, 5)
        within = world.directory.within(offered)
        anonymity_set = fitting(within, assign_previews(within, POLICY.crowd)["m025"])
        for n, leaving in enumerate(sorted(anonymity_set - {"m001", "m025"})[:2]):
            world.directory = replace_member(world.directory, leaving, f"n{night}{n}")
    return reader


def test_attack_01_linkage_over_all_nights_and_kinds_of_messages(reader: Reader) -> None:
    assert len({message.night for message in reader.messages}) == NIGHTS
    assert len(reader.messages) >= 2 * NIGHTS
    assert min(len(members) for members in anonymity_sets_of_linked_messages(reader.messages)) >= 5


def test_attack_01_linkage_no_reply_key_occurs_in_two_messages(tmp_path: Path) -> None:
    world = World(tmp_path)
    receipts = world.declare_all(["m001", "m025", "m037"])
    cards, keys = [], []
    for receipt, member in zip(receipts, ("m001", "m025", "m037"), strict=True):
        entry = world.directory.by_member[member]
        wanted = min(set(FAMILIES) - entry.families - {"geography", "media"})
        cards.append(post_card(world.box, receipt, world.keys(), entry, world.directory, [wanted], 5))
    world.gate.run(MONDAY)
    keys += [card.reply_pk for card in read_cards(world.export("need_cards.json"))]
    keys += [public_hex(receipt.reply_key(card, side)) for receipt in receipts for card in cards for side in Side]
    keys += [public_hex(receipt.note_key) for receipt in receipts]
    assert len(keys) - len(set(keys)) == len(cards) == 3  # each shown card has its own sender's key for it, no other


def test_attack_01_linkage_a_card_under_the_key_of_its_declaration_is_not_shown(tmp_path: Path) -> None:
    world = World(tmp_path)
    receipt, entry = world.declare("m025"), world.directory.by_member["m025"]
    wanted = min(set(FAMILIES) - entry.families - {"geography", "media"})
    preview = assign_previews(world.directory.outside(wanted), 5)["m025"]
    card = Card(LOT, row_of(receipt.claim).hex(), "c" * 32, (wanted,), preview, public_hex(receipt.note_key))
    sealed = seal_message(bytes.fromhex(world.keys().sealing_pk), card)
    assert world.box.follow(receipt.claim, CARD[0], sealed, replace=True)
    world.gate.run(MONDAY)
    assert read_cards(world.export("need_cards.json")) == ()


def drawn_cards(directory: Directory, random: Random) -> Iterator[Card]:
    """A card of every member, for a family it is not in, with the preview of its crowd."""
    for entry in directory.entries:
        wanted = tuple(random.sample(sorted(set(FAMILIES) - entry.families), random.choice((1, 1, 2, 4))))
        preview = assign_previews(directory.outside(*wanted), POLICY.crowd).get(entry.member)
        if preview is not None:
            yield Card(LOT, entry.member, random.randbytes(16).hex(), wanted, preview, random.randbytes(32).hex())


@pytest.mark.parametrize("members", [24, 60])
def test_attack_01_linkage_of_all_cards_that_a_member_ever_showed(members: int) -> None:
    random, directory = Random(members), make_directory(members)
    declared = {
        e.member: Declaration(LOT, (min(e.families),), DeclaredRole.LEAD, "0" * 64, "0" * 64) for e in directory.entries
    }
    senders = {member: member for member in declared}
    left: defaultdict[str, set[str]] = defaultdict(lambda: {entry.member for entry in directory.entries})
    remembered: dict[str, frozenset[str]] = {}
    shown = 0
    for night in range(NIGHTS):
        anonymity_sets = AnonymitySets(remembered, POLICY.crowd)
        messages = LotMessages(declared, tuple(drawn_cards(directory, random)), senders)
        for card in shown_cards(messages, directory, POLICY, anonymity_sets):
            left[card.owner] &= fitting(directory.outside(*card.families_wanted), card.preview)
            shown += 1
        remembered = dict(anonymity_sets.left)
        directory = replace_member(directory, directory.entries[night].member, f"n{night:03d}")
    assert shown > members // 2
    assert min(len(members) for members in left.values()) >= 5
