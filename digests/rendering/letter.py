"""The values of a letter: a rendered digest, as the outbox saves it and a transport sends it."""

from __future__ import annotations

from dataclasses import dataclass, field

from presentation.digest_model import NotifiedLot

READ_AT_PORTAL = "read at the portal"
"""Why a letter is held whose member reads it at the portal by choice."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of the letters, a function mailbox. `list_id` is the identifier of RFC 2919; `secret` keys the
    Message-ID, so that only a recipient can name it in a failure notice."""

    name: str
    address: str
    reply_to: str
    list_id: str
    secret: bytes = field(default=b"", repr=False)

    @property
    def domain(self) -> str:
        """The domain of the address, used in Message-IDs."""
        return self.address.rpartition("@")[2]


DEMO_SENDER = Sender("PIB", "pib@cluster.example", "team@cluster.example", "digest.pib.cluster.example")
"""An invented sender for demonstrations, in a domain reserved by RFC 2606."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it is sent, byte for byte. `sender` and `address` are the envelope's, `sha256` is that of `mime`,
    `held` is the reason not to send it (None: send)."""

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
