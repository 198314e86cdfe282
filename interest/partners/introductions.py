"""Partners without counts: which cards are shown, which offers a card has, and the wishes that meet.

A wish leaves a tag only when two declarations of a lot hold it. What is written to the members of a card is in
interest.partners.envelopes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from interest.competence_families import Directory
from interest.crypto.messages import Acceptance, Card, Declaration, Message, Offer, Wishes
from interest.crypto.receipts import derive
from interest.partners.k_anonymity import AnonymitySets, members_showing
from interest.policy import OPEN_OFFERS, Policy

_Sent = TypeVar("_Sent", Card, Offer, Acceptance, Wishes)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A sealed envelope (hexadecimal) under its card or its tag."""

    under: str
    sealed: str


@dataclass(frozen=True, slots=True)
class LotMessages:
    """The living messages of one lot; `declarations` by row, those declared first of a member first, and under
    `senders` whose each is, by its row: the slot of the member's first declaration, whatever it withdrew since."""

    declarations: Mapping[str, Declaration]
    others: tuple[Message, ...]
    senders: Mapping[str, str]

    def of(self, kind: type[_Sent]) -> list[_Sent]:
        """Those of a kind whose declaration still stands, those of earlier declarations first."""
        places = {row: number for number, row in enumerate(self.declarations)}
        found = [m for m in self.others if isinstance(m, kind) and m.owner in places]
        return sorted(found, key=lambda message: places[message.owner])

    def sender_of(self, message: Card | Offer) -> str:
        """The member a message is of, as a pseudonym."""
        return self.senders[message.owner]


def shown_cards(
    messages: LotMessages, directory: Directory, policy: Policy, anonymity_sets: AnonymitySets
) -> tuple[Card, ...]:
    """The cards that may be shown: one per member, of a family not its own, with a preview that a crowd shares,
    together with every card of the same member shown before: a card that ends the night another begins is linked
    to it by any reader.

    `messages` are those of the lot; previews are of the `directory` under the `policy`; `anonymity_sets` keeps whom
    everything shown of a sender fits.
    """
    shown: dict[str, Card] = {}
    for card in messages.of(Card):
        owner, sender = messages.declarations[card.owner], messages.sender_of(card)
        wanted = card.families_wanted
        if sender in shown or set(wanted) & set(owner.families) or card.reply_pk == owner.reply_pk:
            continue
        fitting = members_showing(directory.outside(*wanted), card.preview, policy.crowd)
        is_wide = all(len(directory.within(family)) >= policy.crowd for family in wanted)
        if is_wide and anonymity_sets.admit(sender, fitting):
            shown[sender] = card
    return tuple(sorted(shown.values(), key=lambda card: card.card_id))


def open_offers(
    card: Card,
    messages: LotMessages,
    directory: Directory,
    policy: Policy,
    anonymity_sets: AnonymitySets,
    secret: bytes,
    introduced: Sequence[str] = (),
) -> tuple[Offer, ...]:
    """The offers to a card, five at most: those `introduced` before, then one of each family wanted, then others, drawn
    without regard to who came first. Each has a preview that members of its family share in every night in which the
    asker sees it.

    `messages` are those of the lot of the `card`; previews are of the `directory` under the `policy`; `anonymity_sets`
    keeps whom everything shown of a sender fits; `secret` of the release gate decides the draw.
    """
    offers: dict[str, Offer] = {}
    for offer in _ordered(card, messages, secret, introduced):
        sender = messages.sender_of(offer)
        if sender in offers or len(offers) == OPEN_OFFERS:
            continue
        fitting = members_showing(directory.within(brought_family(offer, card)), offer.preview, policy.crowd)
        if anonymity_sets.admit(f"{sender} {card.card_id}", fitting):
            offers[sender] = offer
    return tuple(offers.values())


def brought_family(offer: Offer, card: Card) -> str:
    """The family that an offer brings to a card."""
    return offer.family or card.families_wanted[0]


def _ordered(card: Card, messages: LotMessages, secret: bytes, introduced: Sequence[str]) -> list[Offer]:
    """The offers that may answer a card, in the order in which its five places are given away."""
    rank: Counter[str] = Counter()
    order: list[tuple[int, int, bytes, Offer]] = []
    for offer in sorted(_five_each(messages), key=lambda offer: derive(secret, offer.offer_id)):
        if not _may_answer(offer, card, messages):
            continue
        family = brought_family(offer, card)
        place = introduced.index(offer.offer_id) if offer.offer_id in introduced else len(introduced)
        order.append((place, rank[family], derive(secret, offer.offer_id), offer))
        rank[family] += 1
    return [offer for *_, offer in sorted(order, key=lambda entry: entry[:3])]


def _may_answer(offer: Offer, card: Card, messages: LotMessages) -> bool:
    owner, family = messages.declarations[offer.owner], brought_family(offer, card)
    is_other = messages.sender_of(offer) != messages.sender_of(card) and offer.reply_pk != owner.reply_pk
    return is_other and offer.card_id == card.card_id and family in card.families_wanted and family in owner.families


def _five_each(messages: LotMessages) -> Iterator[Offer]:
    """No more than five of one member."""
    seen: Counter[str] = Counter()
    for offer in messages.of(Offer):
        sender = messages.sender_of(offer)
        seen[sender] += 1
        if seen[sender] <= OPEN_OFFERS:
            yield offer


def matched_wishes(messages: LotMessages) -> list[Envelope]:
    """The envelopes under each tag that exactly two declarations of the lot hold."""
    of_owner: dict[str, Wishes] = {}
    for wishes in sorted(messages.of(Wishes), key=lambda wishes: wishes.tags):
        of_owner.setdefault(wishes.owner, wishes)
    held: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for owner, wishes in of_owner.items():
        for tag, envelope in zip(wishes.tags, wishes.envelopes, strict=True):
            held[tag].setdefault(owner, envelope)
    pairs = ((tag, by_owner.values()) for tag, by_owner in sorted(held.items()) if len(by_owner) == 2)
    return [Envelope(tag, sealed) for tag, envelopes in pairs for sealed in sorted(envelopes)]
