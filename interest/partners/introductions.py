"""Partners without counts: which cards are shown, and the envelopes of a night.

Every card has ten envelopes every night, five for the asker and five for those who offer, all of one size and sealed
anew: offers, acceptances, silence, refusal and expiry look alike from outside. Both identities of an introduction are
in the same night's file, or neither. A wish leaves a tag only when two declarations of a lot hold it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from nacl.bindings import crypto_box
from nacl.encoding import RawEncoder
from nacl.hash import blake2b
from nacl.public import PrivateKey

from interest.atomic_files import canonical, sha256
from interest.competence_families import Directory
from interest.crypto.messages import ENVELOPE_SIZE, Acceptance, Card, Declaration, Message, Offer, Wishes, pad
from interest.crypto.receipts import derive
from interest.partners.k_anonymity import AnonymitySets, members_showing
from interest.policy import OPEN_OFFERS, Policy

_Sent = TypeVar("_Sent", Card, Offer, Acceptance, Wishes)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A sealed envelope (hexadecimal) under the card or the tag it belongs to."""

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
    to it by any reader."""
    shown: dict[str, Card] = {}
    for card in messages.of(Card):
        owner, sender = messages.declarations[card.owner], messages.sender_of(card)
        wanted = card.family_wanted
        if sender in shown or wanted in owner.families or card.reply_pk == owner.reply_pk:
            continue
        fitting = members_showing(directory.outside(wanted), card.preview, policy.crowd)
        is_wide = len(directory.within(wanted)) >= policy.crowd
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
) -> tuple[Offer, ...]:
    """The offers to a card, five at most, drawn without regard to who came first; each with a preview that a crowd
    shares in every night in which the asker sees it."""
    within = directory.within(card.family_wanted)
    offers: dict[str, Offer] = {}
    for offer in sorted(_five_each(messages), key=lambda offer: derive(secret, offer.offer_id)):
        owner, sender = messages.declarations[offer.owner], messages.sender_of(offer)
        if offer.card_id != card.card_id or sender == messages.sender_of(card) or offer.reply_pk == owner.reply_pk:
            continue
        if sender in offers or len(offers) == OPEN_OFFERS or card.family_wanted not in owner.families:
            continue
        fitting = members_showing(within, offer.preview, policy.crowd)
        if anonymity_sets.admit(f"{sender} {card.card_id}", fitting):
            offers[sender] = offer
    return tuple(offers.values())


def _five_each(messages: LotMessages) -> Iterator[Offer]:
    """No more than five of one member."""
    seen: Counter[str] = Counter()
    for offer in messages.of(Offer):
        sender = messages.sender_of(offer)
        seen[sender] += 1
        if seen[sender] <= OPEN_OFFERS:
            yield offer


def seal_envelopes(card: Card, offers: Iterable[Offer], accepted: Iterable[Acceptance], seed: bytes) -> list[Envelope]:
    """The ten envelopes of a card for one night, in the order of their bytes. `seed` is the gate's, of the night: the
    same night seals the same bytes again."""
    letters: list[tuple[str, dict[str, object]]] = []
    given = {(a.owner, a.offer_id): a for a in accepted if a.card_id == card.card_id}
    for offer in offers:
        asker, offerer = given.get((card.owner, offer.offer_id)), given.get((offer.owner, offer.offer_id))
        letters.append((card.reply_pk, _offer_content(offer)))
        if asker and offerer:
            letters[-1] = (card.reply_pk, {**_offer_content(offer), **_introduction_content(offerer)})
            letters.append(
                (offer.reply_pk, {"card_id": card.card_id, "offer_id": offer.offer_id, **_introduction_content(asker)})
            )
    sealed = [
        _seal_again(bytes.fromhex(to), canonical(letter), derive(seed, f"{card.card_id} {number}"))
        for number, (to, letter) in enumerate(_padded_with_decoys(letters, seed, card.card_id))
    ]
    return [Envelope(card.card_id, box.hex()) for box in sorted(sealed)]


def _offer_content(offer: Offer) -> dict[str, object]:
    preview = [offer.preview.place, offer.preview.size]
    return {"card_id": offer.card_id, "offer_id": offer.offer_id, "preview": preview, "reply_pk": offer.reply_pk}


def _introduction_content(other: Acceptance) -> dict[str, object]:
    return {"identity": other.identity, "note_sha256": sha256(other.note.encode())}


def _padded_with_decoys(
    letters: list[tuple[str, dict[str, object]]], seed: bytes, card_id: str
) -> Iterator[tuple[str, dict[str, object]]]:
    """Filled up to ten with envelopes that nobody can open."""
    yield from letters
    for number in range(len(letters), 2 * OPEN_OFFERS):
        decoy = PrivateKey(derive(seed, f"nobody {card_id} {number}"))
        yield bytes(decoy.public_key).hex(), {}


def _seal_again(public: bytes, body: bytes, seed: bytes) -> bytes:
    """A libsodium sealed box whose passing key comes from a seed, so that a night done again is the same night."""
    passing = PrivateKey(seed)
    own = bytes(passing.public_key)
    nonce = blake2b(own + public, digest_size=24, encoder=RawEncoder)
    return own + crypto_box(pad(body, ENVELOPE_SIZE - 48), nonce, public, bytes(passing))


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
