"""What the portal receives when it starts: paths, links, notes on sources, actions of other rooms, and the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from portal.errors import ChoicesError, LinkEnded, LinkOld, LinkOver, LinkUnknown, MemberGone
from portal.interest_service import InterestService
from portal.link_requests import LinkRequests
from portal.member_choices import Choices, LotFeedback
from portal.snapshot import Snapshot, SnapshotCache
from portal.web.given_links import GivenLinks
from presentation.digest_model import BRUSSELS
from presentation.errors import LinkExpired, LinkForged, LinkOutdated, LinkRevoked
from presentation.signed_links import Grant, PortalLinks, Purpose
from warehouse.model.members import Member


@dataclass(frozen=True, slots=True)
class SourceNote:
    """What the pages show of a source: its title, publisher and licence; the least and most notices expected of a
    working day, None where nothing is."""

    title: str
    publisher: str
    licence: str
    expected: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """A further action of a member on a lot: a link on the lot's page to a page of another room."""

    label: str
    url: str


class Actions(Protocol):
    """Gives further actions on a lot. The portal shows them and receives nothing else: neither what an action does nor
    its result."""

    def __call__(self, member: str, lot_uid: str, language: str, until: date) -> tuple[Action, ...]:
        """The actions on a lot for a member, in the page's language, by links that hold until a day at most."""
        ...


def no_actions(
    member: str,  # noqa: ARG001 - the shape of Actions
    lot_uid: str,  # noqa: ARG001
    language: str,  # noqa: ARG001
    until: date,  # noqa: ARG001
) -> tuple[Action, ...]:
    """No further actions, whatever `member`, `lot_uid`, `language` and `until` are."""
    return ()


@dataclass(frozen=True, slots=True)
class PortalContext:
    """Everything the pages are made from. `now` gives the moment, zone-aware; `domain` is the domain of calendar names,
    `team` the mailbox for readers' questions; `needs` are sentences for the operator that only pipelines can make;
    `interest_service` is None where the cluster has set none up, `link_requests` where no links are mailed on
    request."""

    links: PortalLinks
    snapshots: SnapshotCache
    choices: Choices
    outbox: Path
    now: Callable[[], datetime]
    sources: Mapping[str, SourceNote] = field(default_factory=dict[str, SourceNote])
    actions: Actions = no_actions
    needs: Callable[[], tuple[str, ...]] = tuple
    domain: str = "cluster.example"
    team: str = "team@cluster.example"
    interest_service: InterestService | None = None
    link_requests: LinkRequests | None = None

    def today(self) -> date:
        """The day in Brussels."""
        return self.now().astimezone(BRUSSELS).date()

    def operator_needs(self) -> tuple[str, ...]:
        """What a person must check besides the night: settings, and a store of choices that cannot be read."""
        try:
            self.choices.load_stopped()
        except ChoicesError as error:
            return (*self.needs(), str(error))
        return self.needs()

    def read(self, token: str, purpose: Purpose) -> Grant:
        """The content of a link that opens a page of this purpose. Raises LinkUnknown, else as `check` does."""
        grant = self.verify(token, purpose)
        self.check(grant)
        return grant

    def verify(self, token: str, purpose: Purpose) -> Grant:
        """The content of a link that is ours, ended ones included. Raises LinkUnknown."""
        try:
            return self.links.verify(token, purpose)
        except LinkForged as error:
            raise LinkUnknown from error

    def check(self, grant: Grant) -> None:
        """Raises LinkEnded, LinkOld, LinkOver for a link that opens nothing any more."""
        try:
            self.links.check(grant, on=self.today())
        except LinkRevoked as error:
            raise LinkEnded from error
        except LinkOutdated as error:
            raise LinkOld from error
        except LinkExpired as error:
            raise LinkOver from error

    def given_by(self, grant: Grant, *, on: date | None = None) -> GivenLinks:
        """The links that a page opened by a link may hold, issued today or on the day `on`."""
        return GivenLinks(self.links, grant, on or self.today())

    def member_of(self, grant: Grant, snapshot: Snapshot) -> Member:
        """The member a link was issued to, with its choices. Raises MemberGone."""
        member = snapshot.members.get(grant.member)
        if member is None:
            raise MemberGone
        try:
            chosen = self.choices.load_member_preferences(member.id)
        except ChoicesError:
            chosen = None
        return replace(member, preferences=chosen) if chosen else member

    def opinion_of(self, member: str, lot_uid: str) -> LotFeedback | None:
        """A member's opinion of a lot; None also where the store of choices cannot be read: a damaged store costs
        opinions, not pages."""
        try:
            return self.choices.load_opinion(member, lot_uid)
        except ChoicesError:
            return None

    def has_stopped(self, member: str) -> bool:
        """Whether a member stopped its letters; False also where the store of choices cannot be read."""
        try:
            return self.choices.has_stopped(member)
        except ChoicesError:
            return False
