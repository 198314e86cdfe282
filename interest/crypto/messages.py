"""What is sealed: six kinds of message, each of one size whatever it says, and the boxes they travel in.

A declaration has no time, no name and no free text. A message is opened by the gate alone, with the key of its lot, and
by nobody once that key is destroyed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from interest.atomic_files import canonical
from interest.competence_families import FAMILIES
from interest.errors import InterestRefused, RefusalReason
from interest.policy import WISH_TAGS

SEALED_SIZE = 4096
"""Bytes of every sealed message, whatever its kind."""
ENVELOPE_SIZE = 1536
"""Bytes of every sealed envelope between members, whatever it says."""
_OVERHEAD = 48


class DeclaredRole(StrEnum):
    """How a declarer would take part."""

    LEAD = "lead"
    PARTNER = "partner"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Declaration:
    """Interest in a lot: 1 to 3 families, a role, a fresh X25519 public key, and the leaf secret (hexadecimal)."""

    lot_uid: str
    families: tuple[str, ...]
    role: DeclaredRole
    reply_pk: str
    leaf: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a card or an offer shows of a member: as much as a crowd shares, "" where it shows nothing."""

    place: str = ""
    size: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A need: a family wanted for a lot. `owner` is the row of the declaration it follows."""

    lot_uid: str
    owner: str
    card_id: str
    family_wanted: str
    preview: Preview
    reply_pk: str


@dataclass(frozen=True, slots=True)
class Offer:
    """An answer to a card."""

    lot_uid: str
    owner: str
    offer_id: str
    card_id: str
    preview: Preview
    reply_pk: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One side's consent, with its identity sealed to the other side and its "why not alone" note sealed to itself."""

    lot_uid: str
    owner: str
    card_id: str
    offer_id: str
    identity: str
    note: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """Always five tags, each with an envelope; most of them random."""

    lot_uid: str
    owner: str
    tags: tuple[str, ...]
    envelopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The grave of a token that was spent and withdrawn: shown again, it revives nothing."""

    lot_uid: str


Message = Declaration | Card | Offer | Acceptance | Wishes | Withdrawn
_KINDS: dict[str, type] = {
    "declaration": Declaration,
    "card": Card,
    "offer": Offer,
    "acceptance": Acceptance,
    "wishes": Wishes,
    "withdrawn": Withdrawn,
}
_HEX = re.compile(r"[0-9a-f]*")
_HEX_BYTES = {"reply_pk": 32, "leaf": 32, "owner": 32, "card_id": 16, "offer_id": 16}


def check_families(families: Iterable[str]) -> tuple[str, ...]:
    """1 to 3 of the 14, sorted. Raises InterestRefused for anything else, free text first of all."""
    chosen = tuple(sorted(set(families)))
    if not 1 <= len(chosen) <= 3 or not set(chosen) <= FAMILIES.keys():
        raise InterestRefused(RefusalReason.FORM)
    return chosen


def pad(body: bytes, size: int) -> bytes:
    """To one size (ISO/IEC 7816-4: 0x80, then zeros). Raises InterestRefused when there is no room."""
    if len(body) >= size:
        raise InterestRefused(RefusalReason.FORM)
    return body + b"\x80" + bytes(size - len(body) - 1)


def unpad(padded: bytes) -> bytes:
    """What was padded. Raises InterestRefused when it was not."""
    body, mark, zeros = padded.rpartition(b"\x80")
    if not mark or zeros.strip(b"\0"):
        raise InterestRefused(RefusalReason.FORM)
    return body


def seal_to(public: bytes, body: bytes, size: int) -> bytes:
    """A libsodium sealed box of exactly `size` bytes; not even its writer can open it."""
    return SealedBox(PublicKey(public)).encrypt(pad(body, size - _OVERHEAD))


def open_with(key: PrivateKey, sealed: bytes) -> bytes | None:
    """What a sealed box holds, None when the key is not the one, or the box is no box."""
    try:
        return unpad(SealedBox(key).decrypt(sealed))
    except (CryptoError, InterestRefused, ValueError, TypeError):
        return None


def seal_message(sealing_pk: bytes, message: Message) -> bytes:
    """A message sealed to the key of its lot: SEALED_SIZE bytes. Raises InterestRefused when it does not fit."""
    kind = next(name for name, cls in _KINDS.items() if cls is type(message))
    values: dict[str, Any] = {name: getattr(message, name) for name in message.__slots__}
    if isinstance(values.get("preview"), Preview):
        values["preview"] = [message.preview.place, message.preview.size]  # type: ignore[union-attr]
    return seal_to(sealing_pk, canonical({"kind": kind, **values}), SEALED_SIZE)


def open_message(key: PrivateKey, sealed: bytes) -> Message | None:
    """The message in a sealed box of a lot, None when the key does not open it or it is not one of ours."""
    body = open_with(key, sealed)
    if body is None or len(sealed) != SEALED_SIZE:
        return None
    try:
        return _read(cast(dict[str, Any], json.loads(body)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InterestRefused):
        return None


def _read(raw: dict[str, Any]) -> Message:
    cls = _KINDS[raw.pop("kind")]
    if raw.keys() != set(cls.__slots__):  # type: ignore[attr-defined]
        raise ValueError
    for name, value in raw.items():
        raw[name] = _READERS.get(name, _read_word)(value)
        if name in _HEX_BYTES and not (_HEX.fullmatch(raw[name]) and len(raw[name]) == 2 * _HEX_BYTES[name]):
            raise ValueError
    return cls(**raw)


def _read_word(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError
    return value


def _read_preview(value: Any) -> Preview:
    place, size = value
    return Preview(_read_word(place), _read_word(size))


def _read_five(value: Any) -> tuple[str, ...]:
    if len(value) != WISH_TAGS or not all(
        isinstance(member_value, str) and _HEX.fullmatch(member_value) for member_value in value
    ):
        raise ValueError
    return tuple(value)


def _read_family(value: object) -> str:
    return check_families((_read_word(value),))[0]


_READERS: dict[str, Any] = {
    "families": check_families,
    "role": DeclaredRole,
    "preview": _read_preview,
    "family_wanted": _read_family,
    "tags": _read_five,
    "envelopes": _read_five,
}
