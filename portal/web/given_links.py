"""Which links a page may hold, by the link that opened it: no power beyond that link's, and no day beyond its last one.

Every signed link of every page is made here. What each kind of link gives access to, directly or over other pages, is
written down once more, as powers, in tests/portal/test_link_powers.py, which walks all pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from presentation.signed_links import Grant, PortalLinks, Purpose, last_day

_READ_LOT = frozenset({Purpose.LOT, Purpose.CALENDAR})
_MEMBER = frozenset(Purpose) - {Purpose.STATUS}

OPENS: Mapping[Purpose, frozenset[Purpose]] = {
    Purpose.CALLS: _MEMBER,
    Purpose.CALL: _MEMBER,
    Purpose.PREFERENCES: _MEMBER,
    Purpose.LOT: frozenset({Purpose.CALENDAR}),
    Purpose.DIGEST: _READ_LOT,
    Purpose.FEED: _READ_LOT,
    Purpose.FEEDBACK: _READ_LOT,
    Purpose.INTEREST: _READ_LOT | {Purpose.INTEREST},
    Purpose.PREVIEW: frozenset(),
    Purpose.CALENDAR: frozenset(),
    Purpose.AGENDA: frozenset(),
    Purpose.UNSUBSCRIBE: frozenset(),
    Purpose.STATUS: frozenset(),
}
"""The purposes of links that a page may hold, by the purpose of the link that opened it. The links of a letter's footer
to calls and preferences open all of a member's pages; every other link opens what it was issued for."""


@dataclass(frozen=True, slots=True)
class GivenLinks:
    """The links of a page that `grant` opened on a day: to the same member, until the grant's last day at most."""

    links: PortalLinks
    grant: Grant
    on: date

    def allows(self, purpose: Purpose) -> bool:
        """Whether the page may hold links of a purpose."""
        return purpose in OPENS[self.grant.purpose]

    def until(self, purpose: Purpose) -> date:
        """The last day of such a link."""
        return last_day(purpose, self.on, self.grant.until)

    def path(self, purpose: Purpose, subject: str = "") -> str | None:
        """A link as a path on this host; None where the page may not hold it."""
        url = self.url(purpose, subject)
        return url.removeprefix(self.links.origin) if url else None

    def url(self, purpose: Purpose, subject: str = "") -> str | None:
        """A link with its host; None where the page may not hold it."""
        if not self.allows(purpose):
            return None
        return self.links.url(purpose, self.grant.member, subject, on=self.on, not_after=self.grant.until)
