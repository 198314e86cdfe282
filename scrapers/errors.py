"""Errors between a publisher and the facts. Every message states where, what was seen, and what to do.

SourceError
|- SourceChanged      an unknown envelope (paging, a listing that is none): this source stops, others go on
|- SourceUnreachable  no answer, or refused (429, 5xx) after the patience of the feed
|  `- Challenged      the publisher's firewall requires a browser (202 with x-amzn-waf-action); never faked
|- SourceIncomplete   a partial answer, by its own flag (TED timedOut) or by totals that disagree
`- Unreadable         one notice that cannot be read: it is set aside, the rest goes on
   `- Unknown         ... because of an unknown code, field or shape: an alarm is raised too
"""


class SourceError(Exception):
    """Root of this room's errors."""


class SourceChanged(SourceError):
    """An unknown envelope; stops this source."""


class SourceUnreachable(SourceError):
    """No answer, or refused after the patience of the feed."""


class Challenged(SourceUnreachable):
    """The publisher's firewall requires a browser."""


class SourceIncomplete(SourceError):
    """A partial answer; the watermark stays."""


class Unreadable(SourceError):
    """One notice that cannot be read; it is set aside."""


class Unknown(Unreadable):
    """One notice with an unknown code, field or shape; it is set aside and an alarm is raised."""
