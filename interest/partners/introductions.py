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
from interest.partners.k_anonymity import assign_previews
from interest.policy import OPEN_OFFERS, Policy

_Sent = TypeVar("_Sent", Card, Offer, Acceptance, Wishes)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A sealed envelope (hexadecimal) under the card or the tag it belongs to."""

    under: str
    sealed: str


@dataclass(frozen=True, slots=True)
class LotMessages:
    """The living messages of one lot; `declarations` by row."""

    declarations: Mapping[str, Declaration]
    others: tuple[Message, ...]

    def of(self, kind: type[_Sent]) -> list[_Sent]:
        """Those of a kind whose declaration still stands."""
        return [m for m in self.others if isinstance(m, kind) and m.owner in self.declarations]


def shown_cards(messages: LotMessages, directory: Directory, policy: Policy) -> tuple[Card, ...]:
    """The cards that may be shown: one per declaration, of a family not its own, with a preview that a crowd shares."""
    shown: dict[str, Card] = {}
    for card in sorted(messages.of(Card), key=lambda card: card.card_id):
        owner = messages.declarations[card.owner]
        wanted = card.family_wanted
        if wanted in owner.families or card.reply_pk != owner.reply_pk:
            continue
        previews = assign_previews(directory.outside(wanted), policy.crowd).values()
        if card.preview in previews and len(directory.within(wanted)) >= policy.crowd:
            shown.setdefault(card.owner, card)
    return tuple(shown.values())


def open_offers(
    card: Card, messages: LotMessages, directory: Directory, policy: Policy, secret: bytes
) -> tuple[Offer, ...]:
    """The offers to a card, five at most, drawn without regard to who came first.

    `card` is the card, `messages` are those of its lot; previews are those of the `directory` under the `policy`;
    `secret` of the release gate decides the draw.
    """
    previews = set(assign_previews(directory.within(card.family_wanted), policy.crowd).values())
    offers: dict[str, Offer] = {}
    for offer in sorted(_five_each(messages.of(Offer)), key=lambda offer: derive(secret, offer.offer_id)):
        owner = messages.declarations[offer.owner]
        if offer.card_id != card.card_id or offer.owner == card.owner or offer.reply_pk != owner.reply_pk:
            continue
        if card.family_wanted in owner.families and offer.preview in previews:
            offers.setdefault(offer.owner, offer)
    return tuple(offers.values())[:OPEN_OFFERS]


def _five_each(offers: Iterable[Offer]) -> Iterator[Offer]:
    """No more than five of one declaration."""
    seen: Counter[str] = Counter()
    for offer in sorted(offers, key=lambda offer: offer.offer_id):
        seen[offer.owner] += 1
        if seen[offer.owner] <= OPEN_OFFERS:
            yield offer


def seal_envelopes(card: Card, offers: Iterable[Offer], accepted: Iterable[Acceptance], seed: bytes) -> list[Envelope]:
    """The ten envelopes of a card for one night, in the order of their bytes. `seed` is the gate's, of the night: the
    same night seals the same bytes again.

    `card` is the card, `offers` are those shown under it, `accepted` the acceptances of both sides.
    """
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
