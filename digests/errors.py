"""The errors between a match result and a member's mailbox. Each message states where, what was found and what to do.

DigestError              (presentation.errors)
|- DigestRefused        a letter cannot be composed (a partner that is no member, a language without catalogue)
|- OutboxError
|  |- OutboxBusy        another night is sending, or another process holds the outbox
|  |- OutboxTooNew      the file was written by a later version
|  |- OutboxFull        the disk is full; the transaction was rolled back
|  |- OutboxUnbalanced  a letter that was due has no outcome
|  `- LetterDamaged     a letter's bytes differ from those that were saved
|- LinkRejected         (presentation.errors, like those below)
|  |- LinkForged        the signature is not valid for this purpose
|  |- LinkOutdated      the format before epochs, which opens nothing any more
|  |- LinkRevoked       the links of its member were ended
|  `- LinkExpired       the link's last day is over
|- LinkRegisterUnfit    the register of addresses and epochs cannot be read
|- SecretUnfit          the secret that signs links is readable by others, or has the wrong length
|- MailboxUnreachable   the mailbox of failure notices cannot be read
`- TransportError
   |- TransportUnreachable  no letter can be sent now (no connection, failed login, full disk): all wait
   |- LetterDeferred        temporary SMTP error (4xx): this letter waits
   |- LetterRefused         permanent SMTP error (5xx): this letter has failed
   `- LetterUncertain       the connection broke after the content was sent: it may have been delivered
"""

from presentation.errors import DigestError


class OutboxError(DigestError):
    """The outbox cannot be read or written."""


class OutboxBusy(OutboxError):
    """Another process holds a lock on the outbox."""


class OutboxTooNew(OutboxError):
    """The file was written by a later version of the outbox."""


class OutboxFull(OutboxError):
    """The disk is full; the transaction was rolled back."""


class OutboxUnbalanced(OutboxError):
    """A letter that was due has no outcome."""


class LetterDamaged(OutboxError):
    """A letter's bytes differ from those that were saved."""


class MailboxUnreachable(DigestError):
    """The mailbox of failure notices cannot be read."""


class TransportError(DigestError):
    """A letter was not delivered."""


class TransportUnreachable(TransportError):
    """No letter can be sent now; all wait for the next run."""


class LetterDeferred(TransportError):
    """The server answered with a temporary error (4xx)."""


class LetterRefused(TransportError):
    """The server answered with a permanent error (5xx). `is_of_recipient` when the mailbox does not exist."""

    def __init__(self, message: str, *, is_of_recipient: bool = False) -> None:
        super().__init__(message)
        self.is_of_recipient = is_of_recipient


class LetterUncertain(TransportError):
    """The content was sent and the server did not answer."""
