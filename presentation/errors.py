"""Errors of what letters and pages share."""


class DigestError(Exception):
    """Root of this room's errors."""


class DigestRefused(DigestError):
    """A letter cannot be written as asked."""


class LinkRejected(DigestError):
    """A link does not let its holder in."""


class LinkForged(LinkRejected):
    """This house did not write the link, or not for that purpose."""


class LinkExpired(LinkRejected):
    """The link's last day is over."""


class SecretUnfit(DigestError):
    """The secret that links are signed with is open to others, or cut short."""
