"""Partners, the member's side: what is posted after a declaration. What a night brings is in partner_inbox.

For the portal and the client alike. Every function takes the member's `Receipt` (from its code), the lot's keys from
the manifest (`Chain(room.public / "manifests").last().find(lot_uid)`) and a `Mailbox`, which for the vault is
`StoreMailbox(room)`:

    post_card(box, receipt, keys, entry, directory, families, min_size)         -> card id
    consent_to_offers(box, receipt, keys, card_id, identity, note, identity_pk) meet whoever answers the card
    post_offer(box, receipt, keys, entry, directory, card, family, min_size)    -> offer id; `card` from read_cards
    accept(box, receipt, keys, offered, identity, note)                         `offered` says whose side one is on
    post_wishes(box, receipt, keys, own, partners, identity)                    always five tags

Nothing is said back but that it was posted: a card appears the next night. Where its asker consented to any offer, both
identities are in the envelopes of the night after the offer; else the offer is in its asker's envelopes, and both
identities are in one night's envelopes once both have accepted. Everything else looks the same, for ever.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from nacl.public import Box, PrivateKey, PublicKey
from nacl.secret import SecretBox

from interest.atomic_files import canonical
from interest.competence_families import Directory, DirectoryEntry
from interest.crypto.key_manifest import LotKeys
from interest.crypto.messages import (
    ANY_OFFER,
    Acceptance,
    Card,
    Message,
    Offer,
    Preview,
    Wishes,
    check_wanted,
    pad,
    seal_message,
    seal_to,
)
from interest.crypto.receipts import Receipt, Side, derive, extra_slot, public_hex, row_of
from interest.crypto.sealed_store import SealedStore
from interest.errors import InterestRefused, RefusalReason
from interest.folders import Room
from interest.partners.k_anonymity import assign_previews
from interest.policy import WISH_TAGS

CARD, OFFERS, ACCEPTANCES, WISHES, STANDING = range(1), range(1, 6), range(6, 16), range(16, 17), range(17, 18)
"""The places after a declaration (interest.crypto.receipts.EXTRAS of them)."""
IDENTITY_SIZE, NOTE_SIZE, WISH_SIZE = 448, 1024, 288


class Mailbox(Protocol):
    """Where messages after a declaration go: the store itself, or a collector at the other end of a wire."""

    def follow(self, claim: bytes, number: int, sealed: bytes, *, replace: bool) -> bool:
        """Keeps a message in a place of the declaration; False when it cannot.

        `claim` is the declaration's, `number` the place, below EXTRAS, `sealed` the message; `replace` whether it may
        take the place of another.
        """
        ...


@dataclass(frozen=True, slots=True)
class StoreMailbox:
    """The vault's: the sealed store of a room."""

    room: Room

    def follow(self, claim: bytes, number: int, sealed: bytes, *, replace: bool) -> bool:
        """Keeps a message in a place of the declaration; False when it cannot.

        `claim`, `number`, `sealed` and `replace` as in Mailbox.
        """
        store = SealedStore(self.room.collector)
        return store.follow(row_of(claim), extra_slot(claim, number), sealed, replace=replace)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who one is, told to one other member, after both consented."""

    member: str
    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card of need_cards.json."""

    card_id: str
    lot_uid: str
    families_wanted: tuple[str, ...]
    preview: Preview
    reply_pk: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class OfferReference:
    """An offer to accept or leave, from either side: the identity of who accepts is sealed to `reply_pk`."""

    card_id: str
    offer_id: str
    reply_pk: str


def post_card(
    box: Mailbox,
    receipt: Receipt,
    keys: LotKeys,
    entry: DirectoryEntry,
    directory: Directory,
    families: Iterable[str],
    min_size: int,
) -> str:
    """Asks for one to four families one does not stand in, a firm for each; a second card of the same declaration
    replaces the first. Raises InterestRefused when too few members fit the preview, or a family is too small to hide
    who offers.

    `box` receives the message, sealed with the lot's `keys` under the claim of the `receipt`; `entry` is the member's
    in the `directory`; `families` are the codes it asks for; `min_size` is the least size of a class of previews.
    """
    wanted = check_wanted(families)
    if entry.families & set(wanted):
        raise InterestRefused(RefusalReason.FORM)
    preview = assign_previews(directory.outside(*wanted), min_size).get(entry.member)
    if preview is None or any(len(directory.within(family)) < min_size for family in wanted):
        raise InterestRefused(RefusalReason.CARD)
    card_id = secrets.token_hex(16)
    reply_pk = public_hex(receipt.reply_key(card_id, Side.ASKER))
    _post(
        box, receipt, keys, Card(keys.lot_uid, _owner(receipt), card_id, wanted, preview, reply_pk), CARD, replace=True
    )
    return card_id


def consent_to_offers(
    box: Mailbox, receipt: Receipt, keys: LotKeys, card_id: str, identity: Identity, note: str, identity_pk: str
) -> None:
    """Consents to meet one firm for each family that a card wants, whoever offers first; replaces what an earlier card
    consented to. The identity is sealed to `identity_pk` (hexadecimal), which those who meet can have opened. Raises
    InterestRefused for an empty note.

    `box` receives the message, sealed with the lot's `keys` under the claim of the `receipt`; `card_id` is the card's,
    `identity` the firm's name and contact, `note` the reason why not alone.
    """
    message = _consent(receipt, keys, OfferReference(card_id, ANY_OFFER, identity_pk), identity, note)
    _post(box, receipt, keys, message, STANDING, replace=True)


def post_offer(
    box: Mailbox,
    receipt: Receipt,
    keys: LotKeys,
    entry: DirectoryEntry,
    directory: Directory,
    card: ShownCard,
    family: str,
    min_size: int,
) -> str:
    """Offers oneself to a card, for a family it wants and one stands in. Raises InterestRefused; five offers of a
    declaration stay open.

    `box` receives the message, sealed with the lot's `keys` under the claim of the `receipt`; `entry` is the member's
    in the `directory`; `card` is answered for its `family`; `min_size` is the least size of a class of previews.
    """
    if card.lot_uid != keys.lot_uid or family not in card.families_wanted or family not in entry.families:
        raise InterestRefused(RefusalReason.FORM)
    preview = assign_previews(directory.within(family), min_size).get(entry.member)
    if preview is None:
        raise InterestRefused(RefusalReason.CARD)
    offer_id = secrets.token_hex(16)
    reply_pk = public_hex(receipt.reply_key(card.card_id, Side.OFFERER))
    offer = Offer(keys.lot_uid, _owner(receipt), offer_id, card.card_id, preview, reply_pk, family)
    _post(box, receipt, keys, offer, OFFERS)
    return offer_id


def accept(
    box: Mailbox, receipt: Receipt, keys: LotKeys, reference: OfferReference, identity: Identity, note: str
) -> None:
    """Consents to an introduction: one's identity, sealed to the key of the reference, and the note "why not alone",
    sealed to oneself: it comes back with the introduction, and the others are told its SHA-256. Raises InterestRefused
    for an empty note: it is filed before any introduction.

    `box` receives the message, sealed with the lot's `keys` under the claim of the `receipt`; `identity` is the firm's
    name and contact.
    """
    _post(box, receipt, keys, _consent(receipt, keys, reference, identity, note), ACCEPTANCES)


def _consent(receipt: Receipt, keys: LotKeys, reference: OfferReference, identity: Identity, note: str) -> Acceptance:
    if not note.strip():
        raise InterestRefused(RefusalReason.FORM)
    who = canonical([identity.member, identity.name, identity.contact])
    sealed_note = seal_to(bytes(receipt.note_key.public_key), note.encode(), NOTE_SIZE)
    return Acceptance(
        keys.lot_uid,
        _owner(receipt),
        reference.card_id,
        reference.offer_id,
        base64.b64encode(seal_to(bytes.fromhex(reference.reply_pk), who, IDENTITY_SIZE)).decode(),
        base64.b64encode(sealed_note).decode(),
    )


def wish_tag(own: PrivateKey, partner_pk: bytes, lot_uid: str) -> str:
    """The tag of two members for a lot: the same from both sides, random to everybody else."""
    return derive(shared_secret(own, partner_pk), f"wish {lot_uid}").hex()


def post_wishes(
    box: Mailbox, receipt: Receipt, keys: LotKeys, own: PrivateKey, partners: Iterable[bytes], identity: Identity
) -> None:
    """Wishes for up to five members by their directory keys; always five tags leave, the rest random. Posting again
    replaces them. Raises InterestRefused for more.

    `box`, `receipt` and `keys` as in post_card; `own` is the member's directory key, `partners` are the others' public
    ones (32 bytes each); `identity` is sealed to each.
    """
    wished = list(partners)
    if len(wished) > WISH_TAGS:
        raise InterestRefused(RefusalReason.FULL)
    who = pad(canonical([identity.member, identity.name, identity.contact]), WISH_SIZE - 40)
    posted = [
        (wish_tag(own, pk, keys.lot_uid), SecretBox(derive(shared_secret(own, pk), "wish envelope")).encrypt(who).hex())
        for pk in wished
    ]
    posted += [(secrets.token_hex(32), secrets.token_hex(WISH_SIZE)) for _ in range(WISH_TAGS - len(posted))]
    posted.sort()
    tags, envelopes = zip(*posted, strict=True)
    _post(box, receipt, keys, Wishes(keys.lot_uid, _owner(receipt), tags, envelopes), WISHES, replace=True)


def shared_secret(own: PrivateKey, partner_pk: bytes) -> bytes:
    """What two members compute from one's key and the other's public key (32 bytes)."""
    return Box(own, PublicKey(partner_pk)).shared_key()


def _owner(receipt: Receipt) -> str:
    return row_of(receipt.claim).hex()


def _post(
    box: Mailbox, receipt: Receipt, keys: LotKeys, message: Message, places: range, *, replace: bool = False
) -> None:
    sealed = seal_message(bytes.fromhex(keys.sealing_pk), message)
    if not any(box.follow(receipt.claim, number, sealed, replace=replace) for number in places):
        raise InterestRefused(RefusalReason.FULL if len(places) > 1 else RefusalReason.RECEIPT)
