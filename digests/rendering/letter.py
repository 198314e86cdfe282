"""The values of a letter: a digest rendered and frozen, as the outbox keeps it and a carrier takes it."""

from __future__ import annotations

from dataclasses import dataclass, field

from presentation.digest_model import NotifiedLot


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose letters these are: a function mailbox, never a person. `list_id` is the name of RFC 2919; `secret` makes
    that nobody can guess a letter's Message-ID who did not receive it, and forge its failure."""

    name: str
    address: str
    reply_to: str
    list_id: str
    secret: bytes = field(default=b"", repr=False)

    @property
    def domain(self) -> str:
        """The domain of the address, where Message-IDs are at home."""
        return self.address.rpartition("@")[2]


DEMO_SENDER = Sender("PIB", "pib@cluster.example", "team@cluster.example", "digest.pib.cluster.example")
"""An invented cluster, for demonstrations: mail to .example goes nowhere (RFC 2606)."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it will leave, byte for byte. `sender` and `address` are the envelope's, `sha256` is
    that of `mime`; `held` says why it is kept without leaving."""

    member: str
    edition: str
    sender: str
    address: str
    message_id: str
    subject: str
    mime: bytes
    sha256: str
    items: int
    notified: tuple[NotifiedLot, ...] = ()
    held: str | None = None
