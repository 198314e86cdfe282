"""Partners, the member's side: what a night brought, read with the member's code.

read_cards(need_cards.json)                                     every card that is shown
own_cards(receipt, cards)                                       those of the holder of a receipt
open_envelopes(receipt, introductions.json, vault_key)          offers to one's card, and whom one meets
open_wishes(own, partners, lot_uid, introductions.json)         the wishes that met
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey
from nacl.secret import SecretBox

from interest.crypto.messages import Preview, open_with, unpad
from interest.crypto.receipts import Receipt, Side, derive, public_hex
from interest.errors import InterestRefused, RefusalReason
from interest.partners.partner_search import Identity, ShownCard, shared_secret, wish_tag

NO_PREVIEW = Preview()


@dataclass(frozen=True, slots=True)
class OpenedEnvelope:
    """What an envelope brought of another member: an offer, or, with `identity`, an introduction. `offer_id` is the
    other's offer, or the card's id where the other is the asker; `family` what it brings ("" for the asker). `preview`
    and `reply_pk` are of an offer only. `note_sha256` is what the other's sealed note was filed under, `own_note` one's
    own sealed note, in base64."""

    card_id: str
    offer_id: str
    family: str
    preview: Preview = NO_PREVIEW
    reply_pk: str = ""
    identity: Identity | None = None
    note_sha256: str = ""
    own_note: str = ""


def read_note(receipt: Receipt, sealed: str) -> str | None:
    """The note that was sealed to the holder of a receipt; None when it is none of theirs."""
    body = open_with(receipt.note_key, base64.b64decode(sealed))
    return None if body is None else body.decode()


def read_cards(body: bytes) -> tuple[ShownCard, ...]:
    """The cards of need_cards.json, of this version or the one before (one family a card)."""
    return tuple(
        ShownCard(
            raw["card_id"],
            raw["lot_uid"],
            tuple(raw["families_wanted"] if "families_wanted" in raw else [raw["family_wanted"]]),
            Preview(raw["preview"]["place"], raw["preview"]["size"]),
            raw["reply_pk"],
            date.fromisoformat(raw["expires_on"]),
        )
        for raw in cast(dict[str, Any], json.loads(body))["cards"]
    )


def own_cards(receipt: Receipt, cards: Iterable[ShownCard]) -> tuple[ShownCard, ...]:
    """The cards of the holder of a receipt, found by their reply keys."""
    return tuple(card for card in cards if public_hex(receipt.reply_key(card.card_id, Side.ASKER)) == card.reply_pk)


def open_envelopes(
    receipt: Receipt, body: bytes, vault_key: PrivateKey | None = None, among: Iterable[str] | None = None
) -> tuple[OpenedEnvelope, ...]:
    """What the envelopes of introductions.json bring to the holder of a receipt, in the order of offers; only under the
    cards `among`, where given. `vault_key` is the lot's meeting key in vault mode. One that is introduced is not in the
    list of offers.

    `body` is the file introductions.json.
    """
    wanted = None if among is None else frozenset(among)
    opened: list[OpenedEnvelope] = []
    keys: dict[str, tuple[PrivateKey, ...]] = {}
    for envelope in cast(dict[str, Any], json.loads(body))["envelopes"]:
        card_id = envelope.get("card_id")
        if card_id is None or (wanted is not None and card_id not in wanted):
            continue
        if card_id not in keys:
            keys[card_id] = tuple(receipt.reply_key(card_id, side) for side in Side)
        for key in keys[card_id]:
            letter = open_with(key, bytes.fromhex(envelope["sealed"]))
            if letter is not None:
                opened += _read_letter(key, vault_key, cast(dict[str, Any], json.loads(letter)))
    return tuple(sorted(opened, key=lambda one: one.offer_id))


def _read_letter(key: PrivateKey, vault_key: PrivateKey | None, raw: Mapping[str, Any]) -> Iterator[OpenedEnvelope]:
    met: set[str] = set()
    for reference, family, sealed, digest in raw["group"]:
        identity = _read_identity(base64.b64decode(sealed), key, vault_key)
        if identity is not None:
            met.add(reference)
            yield OpenedEnvelope(
                raw["card_id"], reference, family, identity=identity, note_sha256=digest, own_note=raw["note"]
            )
    for offer_id, family, place, size, reply_pk in raw["offers"]:
        if offer_id not in met:
            yield OpenedEnvelope(raw["card_id"], offer_id, family, Preview(place, size), reply_pk)


def _read_identity(sealed: bytes, *keys: PrivateKey | None) -> Identity | None:
    bodies = (open_with(key, sealed) for key in keys if key is not None)
    body = next((found for found in bodies if found is not None), None)
    return None if body is None else Identity(*cast(list[str], json.loads(body)))


def open_wishes(own: PrivateKey, partners: Iterable[bytes], lot_uid: str, body: bytes) -> tuple[Identity, ...]:
    """Who wished for the holder of a key as the holder wished for them.

    `own` is the holder's key, `partners` the public keys of those it wished for on the lot `lot_uid`; `body` is the
    file of wishes.
    """
    envelopes = cast(dict[str, Any], json.loads(body))["envelopes"]
    found: set[Identity] = set()
    for partner_pk in partners:
        tag, box = (
            wish_tag(own, partner_pk, lot_uid),
            SecretBox(derive(shared_secret(own, partner_pk), "wish envelope")),
        )
        for envelope in envelopes:
            if envelope.get("tag") == tag:
                found.add(Identity(*json.loads(_opened(box, envelope["sealed"]))))
    return tuple(sorted(found, key=lambda identity: identity.member))


def _opened(box: SecretBox, sealed: str) -> bytes:
    try:
        return unpad(box.decrypt(bytes.fromhex(sealed)))
    except (CryptoError, ValueError) as error:
        raise InterestRefused(RefusalReason.FORM) from error
