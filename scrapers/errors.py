"""What can go wrong between a publisher and the facts. Every message says where, what was seen, and what to do.

SourceError
|- SourceChanged      an envelope we do not know (paging, a listing that is none): this source stops, others go on
|- SourceUnreachable  no answer, or refused (429, 5xx) after the patience of the feed
|  `- Challenged      the publisher's firewall asks for a browser (202 with x-amzn-waf-action); never faked
|- SourceIncomplete   an answer that is partial and says so (TED timedOut) or shows it (totals that disagree)
`- Unreadable         one notice that cannot be read: it is set aside, the rest goes on
   `- Unknown         ... because of a code, a field or a shape nobody knows: an alarm is raised too
"""


class SourceError(Exception):
    """Root of this room's errors."""


class SourceChanged(SourceError):
    """An envelope we do not know; stops this source."""


class SourceUnreachable(SourceError):
    """No answer, or refused after the patience of the feed."""


class Challenged(SourceUnreachable):
    """The publisher's firewall asks for a browser."""


class SourceIncomplete(SourceError):
    """A partial answer; the watermark stays."""


class Unreadable(SourceError):
    """One notice that cannot be read; it is set aside."""


class Unknown(Unreadable):
    """One notice with a code, a field or a shape nobody knows; it is set aside and an alarm is raised."""
