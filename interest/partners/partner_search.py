"""Partners, the member's side: what is posted after a declaration, and how the night's envelopes are opened.

For the portal and the client alike. Every function takes the member's `Receipt` (from its code), the lot's keys from
the manifest (`Chain(room.public / "manifests").last().find(lot_uid)`) and a `Mailbox`, which for the vault is
`StoreMailbox(room)`:

    post_card(box, receipt, keys, entry, directory, family_wanted, crowd)       -> card id
    post_offer(box, receipt, keys, entry, directory, card, crowd)               -> offer id; `card` from read_cards
    accept(box, receipt, keys, offered, identity, note)                         `offered` says whose side one is on
    post_wishes(box, receipt, keys, own, partners, identity)                    always five tags
    read_cards(need_cards.json), open_envelopes(receipt, introductions.json)    what the last night brought
    open_wishes(own, partners, lot_uid, introductions.json)                     the wishes that met

Nothing is said back but that it was posted: a card appears the next night, an offer in its asker's envelopes, both
identities in one night's envelopes once both have accepted. Everything else looks the same, for ever.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, cast

from nacl.exceptions import CryptoError
from nacl.public import Box, PrivateKey, PublicKey
from nacl.secret import SecretBox

from interest.atomic_files import canonical
from interest.competence_families import FAMILIES, Directory, DirectoryEntry
from interest.crypto.key_manifest import LotKeys
from interest.crypto.messages import (
    Acceptance,
    Card,
    Message,
    Offer,
    Preview,
    Wishes,
    open_with,
    pad,
    seal_message,
    seal_to,
    unpad,
)
from interest.crypto.receipts import Receipt, derive, extra_slot, row_of
from interest.crypto.sealed_store import SealedStore
from interest.errors import InterestRefused, RefusalReason
from interest.folders import Room
from interest.partners.k_anonymity import assign_previews
from interest.policy import WISH_TAGS

CARD, OFFERS, ACCEPTANCES, WISHES = range(1), range(1, 6), range(6, 16), range(16, 17)
"""The places after a declaration (interest.receipts.EXTRAS of them)."""
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
    family_wanted: str
    preview: Preview
    reply_pk: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class OfferReference:
    """An offer to accept or leave, from either side: `reply_pk` is the other's."""

    card_id: str
    offer_id: str
    reply_pk: str


@dataclass(frozen=True, slots=True)
class OpenedEnvelope:
    """What one envelope brought: an offer, or, with `identity`, an introduction. `preview` is the other's (empty on
    the offerer's side, who saw the card). `note_sha256` is what the other's sealed note was filed under."""

    card_id: str
    offer_id: str
    preview: Preview
    reply_pk: str
    identity: Identity | None = None
    note_sha256: str = ""


def post_card(
    box: Mailbox,
    receipt: Receipt,
    keys: LotKeys,
    entry: DirectoryEntry,
    directory: Directory,
    family_wanted: str,
    min_size: int,
) -> str:
    """Asks for a family one does not stand in; a second card of the same declaration replaces the first. Raises
    InterestRefused when no crowd fits the preview, or the family is too small to hide who offers.

    `box` receives the message, sealed with the lot's `keys` under the claim of the `receipt`; `entry` is the member's
    in the `directory`; `family_wanted` is the code of the family; `min_size` the least size of a class of previews.
    """
    if family_wanted not in FAMILIES or family_wanted in entry.families:
        raise InterestRefused(RefusalReason.FORM)
    preview = assign_previews(directory.outside(family_wanted), min_size).get(entry.member)
    if preview is None or len(directory.within(family_wanted)) < min_size:
        raise InterestRefused(RefusalReason.CARD)
    card_id = secrets.token_hex(16)
    card = Card(keys.lot_uid, _owner(receipt), card_id, family_wanted, preview, _reply_pk(receipt))
    _post(box, receipt, keys, card, CARD, replace=True)
    return card_id


def post_offer(
    box: Mailbox,
    receipt: Receipt,
    keys: LotKeys,
    entry: DirectoryEntry,
    directory: Directory,
    card: ShownCard,
    min_size: int,
) -> str:
    """Offers oneself to a card of a family one stands in. Raises InterestRefused; five offers of a declaration stay
    open.

    `box`, `receipt`, `keys`, `entry`, `directory` and `min_size` as in post_card; `card` is the one answered.
    """
    if card.lot_uid != keys.lot_uid or card.family_wanted not in entry.families:
        raise InterestRefused(RefusalReason.FORM)
    preview = assign_previews(directory.within(card.family_wanted), min_size).get(entry.member)
    if preview is None:
        raise InterestRefused(RefusalReason.CARD)
    offer_id = secrets.token_hex(16)
    offer = Offer(keys.lot_uid, _owner(receipt), offer_id, card.card_id, preview, _reply_pk(receipt))
    _post(box, receipt, keys, offer, OFFERS)
    return offer_id


def accept(
    box: Mailbox, receipt: Receipt, keys: LotKeys, reference: OfferReference, identity: Identity, note: str
) -> str:
    """Consents to an introduction: one's identity, sealed to the other side, and the note "why not alone", sealed to
    oneself and given back to be kept: the other side is told its SHA-256. Raises InterestRefused for an empty note: it
    is filed before any introduction.

    `box`, `receipt` and `keys` as in post_card; `reference` is the offer; `identity` is the member's own and `note` the
    reason not to answer alone.
    """
    if not note.strip():
        raise InterestRefused(RefusalReason.FORM)
    who = canonical([identity.member, identity.name, identity.contact])
    sealed_note = seal_to(bytes(receipt.reply_key.public_key), note.encode(), NOTE_SIZE)
    message = Acceptance(
        keys.lot_uid,
        _owner(receipt),
        reference.card_id,
        reference.offer_id,
        base64.b64encode(seal_to(bytes.fromhex(reference.reply_pk), who, IDENTITY_SIZE)).decode(),
        base64.b64encode(sealed_note).decode(),
    )
    _post(box, receipt, keys, message, ACCEPTANCES)
    return message.note


def read_note(receipt: Receipt, sealed: str) -> str | None:
    """The note that was sealed to the holder of a receipt; None when it is none of theirs."""
    body = open_with(receipt.reply_key, base64.b64decode(sealed))
    return None if body is None else body.decode()


def read_cards(body: bytes) -> tuple[ShownCard, ...]:
    """The cards of need_cards.json."""
    return tuple(
        ShownCard(
            raw["card_id"],
            raw["lot_uid"],
            raw["family_wanted"],
            Preview(raw["preview"]["place"], raw["preview"]["size"]),
            raw["reply_pk"],
            date.fromisoformat(raw["expires_on"]),
        )
        for raw in cast(dict[str, Any], json.loads(body))["cards"]
    )


def open_envelopes(receipt: Receipt, body: bytes) -> tuple[OpenedEnvelope, ...]:
    """What the envelopes of introductions.json bring to the holder of a receipt, in the order of offers."""
    opened: list[OpenedEnvelope] = []
    for envelope in cast(dict[str, Any], json.loads(body))["envelopes"]:
        letter = open_with(receipt.reply_key, bytes.fromhex(envelope["sealed"])) if "card_id" in envelope else None
        if letter is not None:
            opened.append(_opened_envelope(receipt, cast(dict[str, Any], json.loads(letter))))
    return tuple(sorted(opened, key=lambda one: one.offer_id))


def _opened_envelope(receipt: Receipt, raw: dict[str, Any]) -> OpenedEnvelope:
    sealed = open_with(receipt.reply_key, base64.b64decode(raw["identity"])) if "identity" in raw else None
    return OpenedEnvelope(
        raw["card_id"],
        raw["offer_id"],
        Preview(*raw.get("preview", ("", ""))),
        raw.get("reply_pk", ""),
        _identity(sealed),
        raw.get("note_sha256", ""),
    )


def _identity(body: bytes | None) -> Identity | None:
    return None if body is None else Identity(*cast(list[str], json.loads(body)))


def wish_tag(own: PrivateKey, partner_pk: bytes, lot_uid: str) -> str:
    """The tag of two members for a lot: the same from both sides, random to everybody else."""
    return derive(_shared(own, partner_pk), f"wish {lot_uid}").hex()


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
        (wish_tag(own, pk, keys.lot_uid), SecretBox(derive(_shared(own, pk), "wish envelope")).encrypt(who).hex())
        for pk in wished
    ]
    posted += [(secrets.token_hex(32), secrets.token_hex(WISH_SIZE)) for _ in range(WISH_TAGS - len(posted))]
    posted.sort()
    tags, envelopes = zip(*posted, strict=True)
    _post(box, receipt, keys, Wishes(keys.lot_uid, _owner(receipt), tags, envelopes), WISHES, replace=True)


def open_wishes(own: PrivateKey, partners: Iterable[bytes], lot_uid: str, body: bytes) -> tuple[Identity, ...]:
    """Who wished for the holder of a key as the holder wished for them.

    `own` is the member's directory key, `partners` are the others' public ones; `lot_uid` is the lot and `body` the
    bytes of introductions.json.
    """
    envelopes = cast(dict[str, Any], json.loads(body))["envelopes"]
    found: set[Identity] = set()
    for partner_pk in partners:
        tag, box = wish_tag(own, partner_pk, lot_uid), SecretBox(derive(_shared(own, partner_pk), "wish envelope"))
        for envelope in envelopes:
            if envelope.get("tag") == tag:
                found.add(Identity(*json.loads(_opened(box, envelope["sealed"]))))
    return tuple(sorted(found, key=lambda identity: identity.member))


def _opened(box: SecretBox, sealed: str) -> bytes:
    try:
        return unpad(box.decrypt(bytes.fromhex(sealed)))
    except (CryptoError, ValueError) as error:
        raise InterestRefused(RefusalReason.FORM) from error


def _shared(own: PrivateKey, partner_pk: bytes) -> bytes:
    return Box(own, PublicKey(partner_pk)).shared_key()


def _owner(receipt: Receipt) -> str:
    return row_of(receipt.claim).hex()


def _reply_pk(receipt: Receipt) -> str:
    return bytes(receipt.reply_key.public_key).hex()


def _post(
    box: Mailbox, receipt: Receipt, keys: LotKeys, message: Message, places: range, *, replace: bool = False
) -> None:
    sealed = seal_message(bytes.fromhex(keys.sealing_pk), message)
    if not any(box.follow(receipt.claim, number, sealed, replace=replace) for number in places):
        raise InterestRefused(RefusalReason.FULL if len(places) > 1 else RefusalReason.RECEIPT)
