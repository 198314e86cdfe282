"""What a night brings to the members of a card: its envelopes, and the group that meets.

Every card has six envelopes every night, one for the asker and five for those who offer, all of one size and sealed
anew: offers, acceptances, silence, refusal and expiry look alike from outside. The identities of a group are in the
same night's file, or none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from nacl.bindings import crypto_box
from nacl.encoding import RawEncoder
from nacl.hash import blake2b
from nacl.public import PrivateKey

from interest.atomic_files import canonical, sha256
from interest.crypto.messages import ANY_OFFER, ENVELOPE_SIZE, Acceptance, Card, Offer, pad
from interest.crypto.receipts import derive
from interest.partners.introductions import Envelope, brought_family
from interest.partners.partner_search import IDENTITY_SIZE, NOTE_SIZE
from interest.policy import GROUP_SIZE, OPEN_OFFERS

ENVELOPES = 1 + OPEN_OFFERS
Consents = Mapping[tuple[str, str], Acceptance]
"""Acceptances of one card, by owner and offer."""


def consents_to(card: Card, accepted: Iterable[Acceptance]) -> Consents:
    """The acceptances of a card. One whose parts have another size than a page or a client gives them is none: it would
    not fit an envelope, and end the night of everybody."""
    fitting = (given for given in accepted if given.card_id == card.card_id and _fits(given))
    return {(given.owner, given.offer_id): given for given in fitting}


def _fits(given: Acceptance) -> bool:
    identity, note = given.identity, given.note
    is_sized = len(identity) == _base64_size(IDENTITY_SIZE) and len(note) == _base64_size(NOTE_SIZE)
    return is_sized and identity.isascii() and note.isascii()


def _base64_size(count: int) -> int:
    """Characters of `count` bytes in base64 (RFC 4648)."""
    return 4 * -(-count // 3)


def choose_group(
    card: Card, offers: Sequence[Offer], consents: Consents, introduced: Sequence[str]
) -> tuple[Offer, ...]:
    """The offers whose senders the asker meets, four at most: those `introduced` before, in that order, then those it
    accepted by name, then, where it consented to any offer, the first of each family that nobody in the group brings.
    Each has consented itself.

    `card` is the asker's; `consents` are those to it, by owner and offer.
    """
    ready = [offer for offer in offers if (offer.owner, offer.offer_id) in consents and _asker(card, offer, consents)]
    group = sorted(
        (offer for offer in ready if offer.offer_id in introduced), key=lambda one: introduced.index(one.offer_id)
    )
    for offer in sorted(ready, key=lambda one: (card.owner, one.offer_id) not in consents):
        is_named = (card.owner, offer.offer_id) in consents
        covered = {brought_family(other, card) for other in group}
        if (
            offer not in group
            and len(group) < GROUP_SIZE - 1
            and (is_named or brought_family(offer, card) not in covered)
        ):
            group.append(offer)
    return tuple(group)


def _asker(card: Card, offer: Offer, consents: Consents) -> Acceptance | None:
    """The asker's consent to an offer."""
    return consents.get((card.owner, ANY_OFFER)) or consents.get((card.owner, offer.offer_id))


def seal_envelopes(
    card: Card, offers: Sequence[Offer], group: Sequence[Offer], consents: Consents, seed: bytes
) -> list[Envelope]:
    """The six envelopes of a card for one night, in the order of their bytes. `seed` is the gate's, of the night: the
    same night seals the same bytes again.

    `offers` are those shown to the asker, `group` the ones whose senders meet it, `consents` the acceptances of the
    `card`.
    """
    letters = list(_letters(card, offers, group, consents))
    sealed = [
        _seal_again(bytes.fromhex(to), canonical(letter), derive(seed, f"{card.card_id} {number}"))
        for number, (to, letter) in enumerate(_padded_with_decoys(letters, seed, card.card_id))
    ]
    return [Envelope(card.card_id, box.hex()) for box in sorted(sealed)]


def _letters(
    card: Card, offers: Sequence[Offer], group: Sequence[Offer], consents: Consents
) -> Iterator[tuple[str, dict[str, object]]]:
    """What is written to whom: reply key and content. All of a group read of the same consent of the asker."""
    offered = [
        [offer.offer_id, brought_family(offer, card), offer.preview.place, offer.preview.size, offer.reply_pk]
        for offer in offers
    ]
    given = {offer.offer_id: consents[offer.owner, offer.offer_id] for offer in group}
    asker = _asker(card, group[0], consents) if group else None
    own = {"note": asker.note} if asker else {}
    met = [_introduction(offer.offer_id, brought_family(offer, card), given[offer.offer_id]) for offer in group]
    letter: dict[str, object] = {"card_id": card.card_id, "offers": offered, "group": met, **own}
    yield card.reply_pk, letter
    for offer in group:
        others = [entry for entry in met if entry[0] != offer.offer_id]
        everybody = [_asker_introduction(card, offer, asker, consents), *others] if asker else others
        content: dict[str, object] = {
            "card_id": card.card_id,
            "offers": [],
            "group": everybody,
            "note": given[offer.offer_id].note,
        }
        yield offer.reply_pk, content


def _asker_introduction(card: Card, offer: Offer, asker: Acceptance, consents: Consents) -> list[str]:
    """The asker as an offerer reads of it: its identity may be sealed to that offerer alone (blind mode)."""
    named = consents.get((card.owner, offer.offer_id), asker)
    return [card.card_id, "", named.identity, sha256(asker.note.encode())]


def _introduction(reference: str, family: str, consent: Acceptance) -> list[str]:
    """A member of a group as the others read of it: the offer's or card's id, its family, identity, the SHA-256 of its
    sealed note."""
    return [reference, family, consent.identity, sha256(consent.note.encode())]


def _padded_with_decoys(
    letters: list[tuple[str, dict[str, object]]], seed: bytes, card_id: str
) -> Iterator[tuple[str, dict[str, object]]]:
    """Filled up with envelopes that nobody can open."""
    yield from letters
    for number in range(len(letters), ENVELOPES):
        decoy = PrivateKey(derive(seed, f"nobody {card_id} {number}"))
        yield bytes(decoy.public_key).hex(), {}


def _seal_again(public: bytes, body: bytes, seed: bytes) -> bytes:
    """A libsodium sealed box whose passing key comes from a seed, so that a night done again is the same night."""
    passing = PrivateKey(seed)
    own = bytes(passing.public_key)
    nonce = blake2b(own + public, digest_size=24, encoder=RawEncoder)
    return own + crypto_box(pad(body, ENVELOPE_SIZE - 48), nonce, public, bytes(passing))
