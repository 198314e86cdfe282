"""The operator's page: the sources and the night as in the published copy, the outbox, what needs a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digests.delivery.sent_archive import Archive
from portal.errors import LinkUnknown
from portal.pages.bar_chart import Plot, plot_volumes
from portal.snapshot import HISTORY_DAYS, NightStatus, Snapshot
from portal.web.context import PortalContext, SourceNote
from portal.web.i18n import PagePhrases
from portal.web.page import Pages, Reader
from presentation.sanitize import clip_text
from presentation.signed_links import Purpose
from warehouse.model.alarms import Volume
from warehouse.model.night_reports import Crawl

_OLD_HOURS = 36
"""Hours after which a copy that should be replaced every night is old."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source in the operator's table."""

    name: str
    title: str
    state: str
    is_well: bool
    last_success: str
    days: str
    volume: str
    expected: str
    set_aside: str
    plot: Plot


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage of the night and its result."""

    name: str
    left: str


class StatusPage:
    """The routes of the operator's page."""

    def __init__(self, portal: PortalContext, pages: Pages) -> None:
        self._portal, self._pages = portal, pages
        self._archive = Archive(portal.outbox)

    def routes(self) -> list[Route]:
        """The route of the page, which opens by its link only."""
        return [Route("/status", self.closed), Route("/status/{token}", self.status)]

    def closed(self, _: Request) -> Response:
        """The response without a link."""
        raise LinkUnknown

    def status(self, request: Request) -> Response:
        """The page."""
        portal = self._portal
        portal.read(request.path_params["token"], Purpose.STATUS)
        snapshot = portal.snapshots.current()
        reader, watch = Reader.of(request, snapshot), snapshot.watch
        letters = self._archive.count_states()
        return self._pages.answer(
            request,
            "status.html.j2",
            reader,
            title=reader.phrases.translate("How the watch stands"),
            night=reader.phrases.format_full_day(snapshot.night),
            needs=[clip_text(sentence, 600) for sentence in self._needs(snapshot, reader.phrases)],
            sources=[self._source(name, watch, snapshot.night, reader.phrases) for name in _names(watch)],
            stages=list(_stages(snapshot, reader.phrases)),
            letters=sorted(letters.items()),
            history_days=HISTORY_DAYS,
        )

    def _needs(self, snapshot: Snapshot, phrases: PagePhrases) -> Iterator[str]:
        """What a person must check. Alarms are in English, as in `pib status`."""
        watch, translate = snapshot.watch, phrases.translate
        age = self._portal.now() - datetime.fromtimestamp(snapshot.published_at, UTC)
        if age.total_seconds() > _OLD_HOURS * 3600:
            at = phrases.format_moment(snapshot.as_of)
            yield translate("These pages are of {moment}: no night was published since. See `pib night`.", moment=at)
        for crawl in watch.crawls:
            if crawl.night == snapshot.night and not crawl.complete:
                yield f"{crawl.source}: {crawl.error}"
        for alarm in watch.alarms:
            yield f"{alarm.source}: {alarm.sentence}"
        for broken in watch.broken:
            yield f"{broken.name.replace('_', ' ')}: {broken.count} rows break it, such as {broken.sample[0]}"
        for aside in watch.set_aside[:20]:
            yield translate(
                "{source} {number} was set aside: {reason}",
                source=aside.source,
                number=aside.identifier,
                reason=aside.reason,
            )
        for member, edition, state, detail in self._archive.load_undelivered():
            yield translate(
                "Letter {edition} to {member} is {state}: {detail}",
                edition=edition,
                member=member,
                state=state,
                detail=detail or "",
            )
        for address, reason in self._archive.load_blocked():
            yield translate("Nothing is sent to {address} any more: {reason}", address=address, reason=reason)
        yield from self._portal.operator_needs()

    def _source(self, name: str, watch: NightStatus, night: date, phrases: PagePhrases) -> SourceRow:
        crawls = [crawl for crawl in watch.crawls if crawl.source == name]
        last, source_note = crawls[-1], self._portal.sources.get(name)
        successes = [crawl.night for crawl in crawls if crawl.complete]
        volumes = _newest(watch.volumes.get(name, ()))
        return SourceRow(
            name=name,
            title=source_note.title if source_note else name,
            state=_describe_state(last, night, phrases),
            is_well=last.complete and last.night == night,
            last_success=phrases.format_short_day(max(successes)) if successes else phrases.translate("never"),
            days=f"{phrases.format_short_day(last.window_from)} – {phrases.format_short_day(last.window_to)}",
            volume=phrases.format_number(last.notices + last.summaries),
            expected=_describe_expected(source_note, volumes, phrases),
            set_aside=phrases.format_number(last.set_aside),
            plot=plot_volumes(volumes, night, phrases),
        )


def _names(watch: NightStatus) -> list[str]:
    return sorted({crawl.source for crawl in watch.crawls})


def _newest(volumes: tuple[Volume, ...]) -> dict[date, int]:
    """Each day as it was counted last."""
    found: dict[date, tuple[date, int]] = {}
    for volume in volumes:
        if volume.day not in found or found[volume.day][0] < volume.night:
            found[volume.day] = volume.night, volume.notices
    return {day: notices for day, (_, notices) in found.items()}


def _describe_state(crawl: Crawl, night: date, phrases: PagePhrases) -> str:
    if crawl.night != night:
        return phrases.translate("not asked this night")
    return phrases.translate("complete") if crawl.complete else clip_text(crawl.error_kind or "?", 40)


def _describe_expected(source_note: SourceNote | None, volumes: dict[date, int], phrases: PagePhrases) -> str:
    """The last working day's notices beside the expected numbers; alone where none are declared."""
    days = sorted((day for day in volumes if day.weekday() < 5), reverse=True)
    came = phrases.format_number(volumes[days[0]]) if days else "–"
    if source_note is None or source_note.expected is None:
        return phrases.translate("{came} on the last working day", came=came)
    least, most = map(phrases.format_number, source_note.expected)
    return phrases.translate(
        "{came} on the last working day, {least} to {most} expected", came=came, least=least, most=most
    )


def _stages(snapshot: Snapshot, phrases: PagePhrases) -> Iterator[StageRow]:
    watch, translate, number = snapshot.watch, phrases.translate, phrases.format_number
    counts = watch.counts
    tonight = [crawl for crawl in watch.crawls if crawl.night == snapshot.night]
    well = sum(1 for crawl in tonight if crawl.complete)
    yield StageRow(translate("Collected"), translate("{well} of {all} sources complete", well=well, all=len(tonight)))
    yield StageRow(
        translate("Read"),
        translate("{notices} notices kept, {lots} lots", notices=number(counts.notices), lots=number(counts.lots)),
    )
    yield StageRow(translate("Open"), translate("{lots} lots open", lots=number(counts.open_lots)))
    yield StageRow(
        translate("Judged"),
        translate(
            "{judged} lots judged: {matches} matches, {coalitions} coalitions, {refusals} refusals",
            judged=number(counts.judged),
            matches=number(counts.matches),
            coalitions=number(counts.consortia),
            refusals=number(counts.refusals),
        ),
    )
    published = datetime.fromtimestamp(snapshot.published_at, UTC)
    yield StageRow(translate("Published"), phrases.format_moment(published))
