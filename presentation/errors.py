"""Errors of composing letters and reading links, shared by letters and pages."""


class DigestError(Exception):
    """Root of the errors of presentation and digests."""


class DigestRefused(DigestError):
    """A letter cannot be composed or rendered."""


class LinkRejected(DigestError):
    """A link is not accepted."""


class LinkForged(LinkRejected):
    """The signature of the link is not valid for this purpose."""


class LinkExpired(LinkRejected):
    """The last day of the link is over."""


class LinkOutdated(LinkRejected):
    """The link has the format before epochs, and opens nothing any more."""


class LinkRevoked(LinkRejected):
    """The links of its member were ended: it was revoked, or the member's address is another one."""


class LinkRegisterUnfit(DigestError):
    """The register of links cannot be read."""


class SecretUnfit(DigestError):
    """The secret that signs links is readable by others, damaged, or gone."""
