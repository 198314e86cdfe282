"""What can go wrong between verdicts and a member's mailbox. Every message says where, what was seen, what to do.

DigestError
|- DigestRefused        a letter cannot be written as asked (a partner nobody knows, a language without catalogue)
|- OutboxError
|  |- OutboxBusy        another night is sending, or another process holds the outbox
|  |- OutboxFull        the disk refused a write; nothing of the transaction was kept
|  |- OutboxUnbalanced  a letter that was due has no outcome
|  `- LetterDamaged     a letter's bytes are not those that were kept
|- LinkRefused
|  |- LinkForged        this house did not write the link, or not for that purpose
|  `- LinkExpired       the link's last day is over
|- ChoicesError
|  |- ChoicesBusy       another process holds the store of choices
|  `- FormSpent         a form was sent a second time
|- MailboxUnreachable  failure notices cannot be read
|- SecretUnfit          the secret that links are signed with is open to others, or cut short
`- CarrierError
   |- CarrierUnreachable  no letter can leave now (no connection, refused login, full disk): all wait for the next run
   |- LetterDeferred      the server said "later" (4xx): this letter waits
   |- LetterRefused       the server said "never" (5xx): this letter has failed
   `- LetterUncertain     the connection broke after the letter was handed over: it may have left
"""

from presentation.errors import DigestError


class OutboxError(DigestError):
    """The store of letters cannot do its work."""


class OutboxBusy(OutboxError):
    """Another process is sending, or holds the outbox."""


class OutboxFull(OutboxError):
    """The disk refused a write; nothing of the transaction was kept."""


class OutboxUnbalanced(OutboxError):
    """A letter that was due has no outcome."""


class LetterDamaged(OutboxError):
    """A letter's bytes are not those that were kept."""


class ChoicesError(DigestError):
    """The store of what members choose cannot do its work."""


class ChoicesBusy(ChoicesError):
    """Another process holds the store of choices."""


class FormSpent(ChoicesError):
    """A form was sent a second time."""


class MailboxUnreachable(DigestError):
    """The mailbox of failure notices cannot be read."""


class TransportError(DigestError):
    """A letter did not leave."""


class TransportUnreachable(TransportError):
    """No letter can leave now; all wait for the next run."""


class LetterDeferred(TransportError):
    """The server asks to come back later."""


class LetterRefused(TransportError):
    """The server will never take this letter; `is_of_recipient` when that is the mailbox's fault, not the letter's."""

    def __init__(self, said: str, *, is_of_recipient: bool = False) -> None:
        super().__init__(said)
        self.is_of_recipient = is_of_recipient


class LetterUncertain(TransportError):
    """The letter was handed over and no answer came."""
