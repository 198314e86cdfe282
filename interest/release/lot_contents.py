"""What the gate reads of a lot: its living messages, and who counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nacl.public import PrivateKey

from interest.crypto.key_rotation import LotWindow
from interest.crypto.messages import Declaration, Message, Withdrawn, open_message
from interest.crypto.sealed_store import SealedRow
from interest.folders import Mode
from interest.partners.introductions import LotMessages


@dataclass(frozen=True, slots=True)
class LotContents:
    """The living messages of a lot, as the gate read them: families by slot, and the messages by kind."""

    window: LotWindow
    people: Mapping[str, tuple[str, ...]]
    messages: LotMessages

    def is_live(self, message: Message) -> bool:
        """Whether a message is a declaration or its grave, or follows one that stands."""
        return isinstance(message, (Declaration, Withdrawn)) or message.owner in self.messages.declarations


def open_first(keys: Mapping[str, PrivateKey], sealed: bytes) -> Message | None:
    """What a sealed row says, by the one key that opens it, when it speaks of that key's lot."""
    for uid, key in keys.items():
        message = open_message(key, sealed)
        if message is not None:
            return message if message.lot_uid == uid else None
    return None


def sort_messages(window: LotWindow, found: Sequence[tuple[SealedRow, Message]], mode: Mode) -> LotContents:
    """The messages of a lot. A member counts once, with what it declared first of what stands."""
    declared = [(row, message) for row, message in found if isinstance(message, Declaration)]
    declared.sort(key=lambda pair: (pair[1].place, pair[0].slot))
    people: dict[str, tuple[str, ...]] = {}
    senders: dict[str, str] = {}
    for row, message in declared:
        # In blind mode a member's own client writes the declaration, so only its token says who it is.
        sender = message.person if message.person and mode is Mode.VAULT else row.slot.hex()
        senders[row.row.hex()] = sender
        people.setdefault(sender, message.families)
    others = tuple(message for _, message in found if not isinstance(message, Declaration))
    messages = LotMessages({row.row.hex(): message for row, message in declared}, others, senders)
    return LotContents(window, people, messages)
