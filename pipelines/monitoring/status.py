"""How the watch stands: the last night, what is stored, and what needs a person, from the warehouse and the outbox."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from digests.delivery.bounces import load_blocked_addresses
from digests.delivery.outbox import LetterState, Outbox, OutboxTotals
from matching.encoder.embedding import load_model
from matching.errors import ModelUnusable, WeightsRefused
from matching.fit.weights import find_fit
from pipelines.config.completed_nights import find_unfinished_night
from pipelines.config.workspace import ZONE, Workspace
from pipelines.nightly.interest import find_interest_needs
from pipelines.nightly.link_mail import find_unsent_mails
from pipelines.nightly.source_selection import endpoint_warnings, skipped_sources
from warehouse.model.alarms import Alarm
from warehouse.model.night_reports import Counts, Crawl, FailedCheck
from warehouse.model.notices import SetAside
from warehouse.model.set_aside_reasons import group_reasons
from warehouse.store import Store


@dataclass(frozen=True, slots=True)
class Status:
    """The last night of a data folder and its results."""

    night: date | None
    crawls: tuple[Crawl, ...]
    alarms: tuple[Alarm, ...]
    counts: Counts
    broken: tuple[FailedCheck, ...]
    set_aside: tuple[SetAside, ...]
    letters: OutboxTotals
    waiting: tuple[str, ...]
    not_asked: tuple[str, ...]
    lists: tuple[str, ...]
    answers: int
    fit: str
    unfit: str | None

    @property
    def needs(self) -> Iterator[str]:
        """What a person must check, a sentence each."""
        yield from self.source_needs
        yield from self.check_needs
        yield from self.other_needs
        yield from self.waiting

    @property
    def source_needs(self) -> Iterator[str]:
        """Sources that did not answer to the end, their alarms, and what of them could not be read."""
        for crawl in self.crawls:
            if not crawl.complete:
                yield f"{crawl.source} is missing since {self.night}: {crawl.error}"
        for alarm in self.alarms:
            yield f"{alarm.source}: {alarm.sentence}"
        yield from self._aside()

    @property
    def check_needs(self) -> Iterator[str]:
        """Data checks that do not hold."""
        for broken in self.broken:
            yield f"{broken.name.replace('_', ' ')}: {broken.count} rows break it, such as {broken.sample[0]}"

    @property
    def other_needs(self) -> Iterator[str]:
        """Code lists and weights."""
        yield from self.lists
        if self.unfit:
            yield self.unfit

    def _aside(self) -> Iterator[str]:
        """What was set aside in the night, by reason, and which part of what was listed that is."""
        listed = {crawl.source: crawl.notices for crawl in self.crawls}
        counts = Counter(item.source for item in self.set_aside)
        for source, count in sorted(counts.items()):
            share = f" of {listed[source]} listed ({count / listed[source]:.1%})" if listed.get(source) else ""
            yield f"{source}: {count}{share} set aside; after a correction: pib reread --set-aside"
        for reason in group_reasons(self.set_aside):
            yield f"{reason.source}: {len(reason.identifiers)} x {reason.example:.300} ({reason.named})"


def read_status(workspace: Workspace) -> Status:
    """From the warehouse and the outbox; creates neither's content."""
    with workspace.reading() as store:
        moment = store.load_as_of()
        night = store.load_last_night() or (moment.astimezone(ZONE).date() if moment else None)
        crawls = store.load_crawls(night) if night else ()
        alarms = store.load_alarms(night) if night else ()
        aside = store.load_set_aside(night) if night else ()
        lists = tuple(_lists(store, workspace, night)) if night else ()
        answers = len(store.load_feedback())
        counts, broken = store.counts(night or date.min), store.load_failed_checks()
    with Outbox.open(workspace.outbox) as outbox:
        standings, blocked = outbox.load_letter_statuses(), load_blocked_addresses(outbox)
    fit, unfit = describe_fit(workspace)
    waiting = (
        s
        for s in standings
        if s.state in (LetterState.DEFERRED, LetterState.FAILED, LetterState.BOUNCED, LetterState.UNKNOWN)
    )
    states = [s.state for s in standings]
    return Status(
        night=night,
        crawls=crawls,
        alarms=alarms,
        counts=counts,
        broken=broken,
        set_aside=aside,
        letters=_tally(states),
        not_asked=(*skipped_sources(workspace.settings, os.environ), *endpoint_warnings(workspace.settings)),
        lists=lists,
        answers=answers,
        fit=fit,
        unfit=unfit,
        waiting=(
            *find_unfinished_night(workspace),
            *find_interest_needs(workspace),
            *(f"letter {s.edition} to {s.member} is {s.state}: {s.detail}" for s in waiting),
            *(f"nothing is sent to {address} any more: {reason}" for address, reason in blocked),
            *find_unsent_mails(workspace),
        ),
    )


def _lists(store: Store, workspace: Workspace, night: date) -> Iterator[str]:
    """A sentence on the code lists of a live watch: an unknown code is detected only with the list."""
    newest = store.load_code_lists_day()
    if not workspace.settings.is_live:
        return
    if newest is None:
        yield "no official code list was ever imported: pib codes update"
    elif (night - newest).days > OLD:
        yield f"the official code lists are of {newest}: pib codes update"


def describe_fit(workspace: Workspace) -> tuple[str, str | None]:
    """The weights that the next night uses, in words, and why they cannot be used where they cannot."""

    is_refitted = workspace.background.is_file()
    try:
        model = load_model(workspace.settings.model, workspace.models).id if is_refitted else None
        fit = find_fit(workspace.weights, workspace.background, model)
    except (WeightsRefused, ModelUnusable) as refused:
        return "none", str(refused)
    shipped = "" if workspace.weights.is_file() else " (shipped)"
    unused = is_refitted and (fit.background is None or fit.background.model != model)
    other = f"; {workspace.background.name} is of another model than nights use, and left out" if unused else ""
    return f"{fit.id}, trained {fit.trained}{shipped}{other}", None


OLD = 120
"""Days after which code lists are fetched again: eForms' change twice a year."""


def _tally(states: list[LetterState]) -> OutboxTotals:
    deferred, failed = (
        states.count(LetterState.DEFERRED),
        states.count(LetterState.FAILED) + states.count(LetterState.BOUNCED),
    )
    return OutboxTotals(
        len(states) - deferred,
        states.count(LetterState.SENT),
        states.count(LetterState.SUPPRESSED),
        failed,
        states.count(LetterState.UNKNOWN),
        deferred,
    )
