"""What the portal refuses. A refusal becomes a page, or a problem (RFC 9457) for a machine, and says what to do.

PortalError
|- Refused            an answer that is no page; `status` is HTTP's, the message a sentence of the catalogues
|  |- BadRequest      what was sent cannot be read
|  |- LinkUnknown     a link that is forged, cut short, or meant for something else
|  |- LinkOver        a link whose last day is over
|  |- FormOver        a form that was handed out for something else, too long ago, or sent already
|  |- NotThere        no such page, lot or letter
|  |- InterestFailed  the room of interest could not be reached
|  |- PlaceUnknown    no place in a list to continue from
|  `- MemberGone      whom the link was written to is a member no more
`- NothingPublished   no night has left a copy to read yet
"""

from __future__ import annotations

from presentation.i18n import translatable


class PortalError(Exception):
    """Root of this room's errors."""


class NothingPublished(PortalError):
    """No night has left a copy to read yet."""


class RequestRejected(PortalError):
    """An answer that is no page. The message is a sentence of the catalogues that says what to do."""

    status = 400
    title = translatable("This could not be understood")


class BadRequest(RequestRejected):
    """What was sent cannot be read."""


class LinkUnknown(RequestRejected):
    """A link that is forged, cut short, or meant for something else."""

    status = 403
    title = translatable("This link does not open anything")

    def __init__(self) -> None:
        super().__init__(
            translatable(
                "It may have been cut in two by a mail program. Open it again from the letter itself, "
                "or ask the team of the cluster for a new one."
            )
        )


class LinkOver(RequestRejected):
    """A link whose last day is over."""

    status = 410
    title = translatable("This link has expired")

    def __init__(self) -> None:
        super().__init__(
            translatable("Links are changed from time to time. Open the same page from your newest letter.")
        )


class FormOver(RequestRejected):
    """A form that was handed out for something else, too long ago, or sent already."""

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
    """No place in a list to continue from."""

    status = 404
    title = translatable("There is nothing here")

    def __init__(self) -> None:
        super().__init__(translatable("The place to continue from is not one of ours: start again without it."))


class InterestFailed(RequestRejected):
    """The room of interest could not be reached. Whatever the cause, nothing of it is logged."""

    status = 503
    title = translatable("This did not work")

    def __init__(self) -> None:
        super().__init__(
            translatable("Something failed here, and it is not your doing. Nothing changed; try again in a while.")
        )


class MemberGone(RequestRejected):
    """Whom the link was written to is a member no more."""

    status = 410
    title = translatable("This page is closed")

    def __init__(self) -> None:
        super().__init__(translatable("The firm this link was written to is no longer a member of the cluster."))
