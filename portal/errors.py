"""The portal's errors. A rejected request becomes an HTML page, or a problem (RFC 9457) for an API client.

PortalError
|- RequestRejected    an error response; `status` is the HTTP status, the message a sentence of the catalogues
|  |- BadRequest      the request cannot be parsed
|  |- LinkUnknown     a link that is forged, truncated, or signed for another purpose
|  |- LinkOver        a link whose last day is over
|  |- LinkEnded       a link of a member whose links were ended
|  |- LinkOld         a link of the format before epochs, for a page that it opens no more
|  |- TooManyRequests more links were requested in an hour than are mailed to all members together
|  |- FormOver        a form that was issued for another link, has expired, or was submitted already
|  |- NotThere        no such page, lot or letter
|  |- InterestFailed  the interest service failed
|  |- PlaceUnknown    an invalid pagination cursor
|  `- MemberGone      the member that the link was issued to has left the cluster
|- ChoicesError       the store of members' choices cannot be read or written
|  |- ChoicesTooNew   it was written by a later version
|  |- ChoicesBusy     another process holds a lock on it
|  `- FormSpent       a form was submitted a second time
`- NothingPublished   no night has published a copy of the warehouse yet
"""

from __future__ import annotations

from presentation.i18n import translatable


class PortalError(Exception):
    """Root of this room's errors."""


class NothingPublished(PortalError):
    """No night has published a copy of the warehouse yet."""


class ChoicesError(PortalError):
    """The store of members' choices cannot be read or written."""


class ChoicesTooNew(ChoicesError):
    """The store of choices was written by a later version."""


class ChoicesBusy(ChoicesError):
    """Another process holds a lock on the store of choices."""


class FormSpent(ChoicesError):
    """A form was submitted a second time."""


class RequestRejected(PortalError):
    """An error response. The message is a sentence of the catalogues that states what the reader can do."""

    status = 400
    title = translatable("This could not be understood")


class BadRequest(RequestRejected):
    """The request cannot be parsed."""


class LinkNotAccepted(RequestRejected):
    """A link that opens nothing; the page offers to have a new one mailed."""


class LinkUnknown(LinkNotAccepted):
    """A link that is forged, truncated, or signed for another purpose."""

    status = 403
    title = translatable("This link does not open anything")

    def __init__(self) -> None:
        super().__init__(
            translatable(
                "It may have been cut in two by a mail program. Open it again from the letter itself, "
                "or have a new one mailed to you."
            )
        )


class LinkOver(LinkNotAccepted):
    """A link whose last day is over."""

    status = 410
    title = translatable("This link has expired")

    def __init__(self) -> None:
        super().__init__(
            translatable(
                "Links are changed from time to time. Open the same page from your newest letter, or have a new link "
                "mailed to you."
            )
        )


class LinkEnded(LinkNotAccepted):
    """A link of a member whose links were ended: revoked, or the member's address is another one."""

    status = 410
    title = translatable("This link was ended")

    def __init__(self) -> None:
        super().__init__(
            translatable(
                "All links of this firm were ended, because its address changed or because it was asked for. Open the "
                "same page from a newer letter, or have a new link mailed to you."
            )
        )


class LinkOld(LinkNotAccepted):
    """A link of the format before epochs, for a page that it opens no more."""

    status = 410
    title = translatable("This link is of an older kind")

    def __init__(self) -> None:
        super().__init__(
            translatable(
                "This link was written before a change of the portal, and no longer opens a page that changes "
                "something. Open the same page from a newer letter, or have a new link mailed to you."
            )
        )


class TooManyRequests(RequestRejected):
    """More links were requested in an hour than are mailed to all members together."""

    status = 429
    title = translatable("Too many requests")

    def __init__(self) -> None:
        super().__init__(translatable("Too many links were requested in the last hour. Try again in an hour."))


class FormOver(RequestRejected):
    """A form that was issued for another link, has expired, or was submitted already."""

    status = 403
    title = translatable("This form was not accepted")

    def __init__(self) -> None:
        super().__init__(
            translatable(
                "It was sent already, or opened too long ago. Nothing changed now: open the page again and send it."
            )
        )


class NotThere(RequestRejected):
    """No such page, lot or letter."""

    status = 404
    title = translatable("There is nothing here")

    def __init__(self) -> None:
        super().__init__(translatable("The page does not exist, or the call it spoke of is no longer open."))


class PlaceUnknown(RequestRejected):
    """An invalid pagination cursor."""

    status = 404
    title = translatable("There is nothing here")

    def __init__(self) -> None:
        super().__init__(translatable("The place to continue from is not one of ours: start again without it."))


class InterestFailed(RequestRejected):
    """The interest service failed. The cause is never logged."""

    status = 503
    title = translatable("This did not work")

    def __init__(self) -> None:
        super().__init__(
            translatable("Something failed here, and it is not your doing. Nothing changed; try again in a while.")
        )


class MemberGone(RequestRejected):
    """The member that the link was issued to has left the cluster."""

    status = 410
    title = translatable("This page is closed")

    def __init__(self) -> None:
        super().__init__(translatable("The firm this link was written to is no longer a member of the cluster."))
