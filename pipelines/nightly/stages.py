"""The stages of a night, each a function of the workspace and the night that can be run again at any time.

Rooms are joined here and nowhere else: what scrapers read is given to the warehouse, what the warehouse holds to
matching, match results to digests. Each returns its measures; none prints.
"""

import gc
import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

from digests.delivery.outbox import Outbox, OutboxTotals
from digests.delivery.sending import SendReport
from digests.errors import MailboxUnreachable
from matching.encoder.embedding import load_model
from matching.engine import match_lots, texts_to_encode
from matching.errors import VectorsRefused
from pipelines.config.base_urls import opened_portals
from pipelines.config.clusters import crawled_countries
from pipelines.config.workspace import Progress, Workspace, as_of
from pipelines.config.write_lock import print_waiting, write_lock, writes, writes_facts
from pipelines.nightly.crawl import CrawlResult, Numbers, Window, load_crawl_result, run_crawl, skipped_crawl, window_of
from pipelines.nightly.declared_consortia import add_declared
from pipelines.nightly.digests import write_letters
from pipelines.nightly.embeddings import encode_missing, load_cluster_vectors, texts_of_new_lots
from pipelines.nightly.feedback import save_portal_feedback
from pipelines.nightly.mail import find_member_ids, run_bounces, run_sending
from pipelines.nightly.matching_inputs import MatchingInputs, load_matching_inputs
from pipelines.nightly.plain_files import write_fact_records, write_letter_records, write_plain_files
from pipelines.nightly.source_alarms import CodeWatch, ReadingWatch, notice_alarms
from pipelines.nightly.source_selection import endpoint_of, numbers_to_revisit, why_not_selected
from pipelines.stage_log import logged_stage
from portal.member_choices import Choices
from scrapers.errors import SourceError
from scrapers.landing import read_landing
from scrapers.source import Source, find_sources
from warehouse.linkage.procedures import Joined
from warehouse.model.alarms import Alarm
from warehouse.model.code_lists import CodeBook
from warehouse.model.match_results import MatchResult
from warehouse.model.night_reports import Crawl, FailedCheck, Kept
from warehouse.model.notices import Notice, SetAside
from warehouse.store import Store


@dataclass(frozen=True, slots=True)
class NoticesRead:
    """How each source was read, what became of its notices, and the alarms."""

    crawls: tuple[Crawl, ...]
    kept: Kept
    alarms: tuple[Alarm, ...] = ()


@dataclass(frozen=True, slots=True)
class LotCounts:
    """Lots open at the night's moment, and the failed data checks."""

    open: int
    broken: tuple[FailedCheck, ...]


@dataclass(frozen=True, slots=True)
class AnswersSaved:
    """Answers of members that were new, and the data checks of the cluster's store that failed."""

    saved: int
    broken: tuple[FailedCheck, ...]


@dataclass(frozen=True, slots=True)
class TextsEncoded:
    """Distinct texts of lots that are new to a cluster, and how many were encoded now."""

    model: str
    texts: int
    encoded: int


@dataclass(frozen=True, slots=True)
class MatchCounts:
    """Lots of the night, how many of them are new and were matched now, matches worth storing, consortia proposed, and
    the name of the weights."""

    lots: int
    new: int
    matches: int
    consortia: int
    fit: str


@dataclass(frozen=True, slots=True)
class LettersSent:
    """Letters written now (others had their edition already), how sending went, and what a person must correct: letters
    that could not be written, addresses that bounce. `later` is the newest night, where this one is older: then nothing
    was written or sent."""

    written: int
    report: SendReport
    to_mend: tuple[str, ...] = ()
    later: date | None = None


def _crawl_actions(crawl_result: CrawlResult) -> Iterator[str]:
    """Its error and its alarms; a source that is left out by the settings needs nobody."""
    if crawl_result.error:
        yield crawl_result.error
    yield from crawl_result.alarms


def _notice_actions(read: NoticesRead) -> Iterator[str]:
    return (alarm.sentence for alarm in read.alarms)


def _lot_actions(seen: LotCounts) -> Iterator[str]:
    return _failed(seen.broken)


def _answer_actions(answers: AnswersSaved) -> Iterator[str]:
    return _failed(answers.broken)


def _failed(checks: Iterable[FailedCheck]) -> Iterator[str]:
    return (f"{broken.count} rows against: {broken.name}" for broken in checks)


def _letter_actions(letters: LettersSent) -> Iterator[str]:
    """How many, never whose: the sentence of an error names its member."""
    if count := len(letters.report.troubles) + len(letters.to_mend):
        yield f"{count} letters or settings of mail need a person; pib status names them"


@logged_stage(_crawl_actions)
def run_landed(workspace: Workspace, source: Source, night: date) -> CrawlResult:
    """Lands what the source published since it was last read to the end; its error is a value, the others go on."""
    workspace.progress.begin(f"asking {source.title}")
    with (
        write_lock(workspace.facts, "a night, before a crawl", on_wait=print_waiting),
        workspace.open_facts() as store,
    ):
        window = window_of(source, night, workspace.days, store.load_watermark(source.name))
        why = why_not_selected(source, workspace.settings, os.environ)
        if why:
            return skipped_crawl(source, window, workspace.landing(source.name, night), why)
        numbers = _numbers(store, source, night)
    if workspace.base_urls is not None or source.is_folder:
        return _crawl(workspace, source, night, window, numbers, workspace.base_urls)
    with opened_portals(workspace.settings, night, log=workspace.facts / "portal.log") as base_urls:
        return _crawl(workspace, source, night, window, numbers, base_urls)


def _numbers(store: Store, source: Source, night: date) -> Numbers:
    """The stored numbers of a source, and those to fetch in full: summaries, and open notices whose turn it is."""
    again: tuple[str, ...] = ()
    if source.revisit is not None:
        store.set_as_of(as_of(night))
        again = numbers_to_revisit(source, night, store.load_open_lots())
    return Numbers(
        store.load_known_numbers(source.name), tuple(dict.fromkeys((*store.load_summary_numbers(source.name), *again)))
    )


def _crawl(
    workspace: Workspace,
    source: Source,
    night: date,
    window: Window,
    numbers: Numbers,
    base_urls: Mapping[str, str] | None,
) -> CrawlResult:
    return run_crawl(
        source,
        window,
        workspace.landing(source.name, night),
        base_url=base_urls[source.name] if base_urls is not None and not source.is_folder else None,
        endpoint=endpoint_of(source, workspace.settings).name,
        calls=workspace.settings.manual,
        countries=() if workspace.settings.portals.startswith("replay:") else crawled_countries(workspace),
        contact=workspace.settings.contact,
        numbers=numbers,
        on_landed=lambda landed: workspace.progress.advance(landed, None),
    )


@logged_stage(_notice_actions)
@writes_facts("a night, reading notices")
def run_notices(workspace: Workspace, night: date) -> NoticesRead:
    """Reads the responses landed this night into facts and saves them; a failure of one source does not stop
    another."""
    workspace.progress.begin("reading notices")
    with workspace.open_facts() as store:
        book = CodeBook(store.load_codes())
        read: list[NoticesRead] = []
        for source in find_sources().values():
            crawl_result = load_crawl_result(source, workspace.landing(source.name, night))
            if crawl_result:
                read.append(_save_crawl(workspace, store, source, crawl_result, night, book))
    return NoticesRead(
        tuple(crawl for read_source in read for crawl in read_source.crawls),
        sum((read_source.kept for read_source in read), Kept()),
        tuple(alarm for read_source in read for alarm in read_source.alarms),
    )


def _save_crawl(
    workspace: Workspace, store: Store, source: Source, crawl_result: CrawlResult, night: date, book: CodeBook
) -> NoticesRead:
    aside: list[SetAside] = []
    kept, error, kind, codes = Kept(), crawl_result.error, crawl_result.error_kind, CodeWatch(book)
    watch = ReadingWatch()
    try:
        kept = store.save_notices(codes.watch(_notices(workspace, crawl_result, night, watch, aside)))
    except SourceError as changed:
        error, kind = str(changed), type(changed).__name__
    store.save_set_aside(aside)
    crawl = Crawl(
        source=crawl_result.source,
        night=night,
        window_from=crawl_result.window.since,
        window_to=crawl_result.window.until,
        complete=error is None,
        error_kind=kind,
        error=error,
        requests=crawl_result.requests,
        notices=crawl_result.listed,
        summaries=crawl_result.summaries,
        set_aside=len(aside),
        bytes=crawl_result.bytes,
    )
    store.save_crawl(crawl)
    # A local portal has no usual volume but that of its earlier nights.
    declared = workspace.settings.is_live
    seen = (*codes.alarms(source.name, night), *watch.alarms(crawl_result, night))
    alarms = notice_alarms(store, source, crawl_result, night, seen, is_whole=crawl.complete, declared=declared)
    return NoticesRead((crawl,), kept, alarms)


def _notices(
    workspace: Workspace, crawl_result: CrawlResult, night: date, watch: ReadingWatch, aside: list[SetAside]
) -> Iterator[Notice]:
    for done, reading in enumerate(watch.watch(read_landing(crawl_result.source, crawl_result.folder)), start=1):
        workspace.progress.advance(done, None)
        if reading.notice:
            yield reading.notice
        else:
            path = reading.path.resolve().relative_to(workspace.facts).as_posix()
            reason = reading.reason or "the reader gave no reason"
            aside.append(SetAside(crawl_result.source, reading.identifier, reason, path, night))


@logged_stage()
@writes_facts("a night, joining procedures")
def run_procedures(workspace: Workspace, night: date) -> Joined:
    """Joins the notices that several portals publish of one purchase."""
    workspace.progress.begin("joining procedures")
    with workspace.open_facts() as store:
        store.set_as_of(as_of(night))
        return store.join_procedures(night)


@logged_stage(_lot_actions)
@writes_facts("a night, finding open lots")
def run_lots(workspace: Workspace, night: date) -> LotCounts:
    """Sets the moment of the night, counts the open lots, runs every data check of the facts."""
    workspace.progress.begin("finding open lots")
    with workspace.open_facts() as store:
        store.set_as_of(as_of(night))
        return LotCounts(len(store.load_open_lot_digests()), store.load_failed_checks())


@logged_stage()
@writes_facts("a night, encoding texts")
def run_vectors(workspace: Workspace, night: date) -> TextsEncoded:
    """Encodes the texts of lots that are new to a cluster, pass its prefilter and are not stored yet, each once."""
    workspace.progress.begin("encoding texts, by tokens")
    model = load_model(workspace.installation.model, workspace.models)
    with workspace.open_facts() as store:
        store.set_as_of(as_of(night))
        store.refresh_lots()
    found = texts_of_new_lots(workspace, model.id)
    texts = tuple(found[digest] for digest in sorted(found))
    with workspace.open_facts() as store:
        missing = found.keys() - store.load_vectors(model.id, found).keys()
    known = load_cluster_vectors(workspace, model.id, missing) if missing else {}
    with workspace.open_facts() as store:
        store.save_vectors(model.id, known)
        encoded = encode_missing(workspace, store, model, texts)
    return TextsEncoded(model.id, len(texts), encoded)


@logged_stage()
@writes_facts("a night, publishing the facts")
def run_publish(workspace: Workspace, night: date) -> None:
    """Replaces the copy of the facts that clusters read. Its moment is that of the newest night, also after an older
    one."""
    workspace.progress.begin("publishing the facts")
    with workspace.open_facts() as store:
        _later_night(store, night)
        store.publish_copy(workspace.facts_copy)
        write_fact_records(workspace, store)


@logged_stage(_answer_actions)
@writes("a night, saving answers")
def run_answers(workspace: Workspace, night: date) -> AnswersSaved:
    """Saves members' feedback at the portal since the last night, and runs every data check of the cluster's store."""
    workspace.progress.begin("saving answers")
    with workspace.open_cluster() as store:
        store.set_as_of(as_of(night))
        saved = save_portal_feedback(store, Choices(workspace.choices))
        return AnswersSaved(saved, store.load_failed_checks(is_own_only=True))


@logged_stage()
@writes("a night, judging lots")
def run_matches(workspace: Workspace, night: date) -> MatchCounts:
    """Matches every open lot with every member, and saves the match results of the night. Only new lots are matched:
    those whose facts, members, feedback, weights and code no stored result was computed with."""
    workspace.progress.begin("judging lots")
    model = load_model(workspace.settings.model, workspace.models)
    with workspace.open_cluster() as store:
        store.set_as_of(as_of(night))
        inputs = load_matching_inputs(workspace, store, model.id)
        if inputs.new:
            # Its members' texts are the cluster's; those of lots are in the facts, encoded once for all clusters.
            own = texts_to_encode((), inputs.members, inputs.references, inputs.feedback)
            encode_missing(workspace, store, model, own)
        try:
            _save_new(workspace, store, inputs, model.id, night)
        except VectorsRefused:  # members were imported after the texts of lots were encoded
            texts = texts_to_encode(inputs.new, inputs.members, inputs.references, inputs.feedback)
            encode_missing(workspace, store, model, texts)
            _save_new(workspace, store, inputs, model.id, night)
        kept = store.counts(night)
    return MatchCounts(kept.judged, len(inputs.new), kept.matches, kept.consortia, inputs.fit.id)


def _save_new(workspace: Workspace, store: Store, inputs: MatchingInputs, model: str, night: date) -> None:
    with _uncollected():
        match_results = _match_new(store, inputs, model, as_of(night)) if inputs.new else ()
        store.save_match_results(night, _add_declared_all(match_results, inputs, workspace.progress), inputs.digests)


def _match_new(store: Store, inputs: MatchingInputs, model: str, moment: datetime) -> Iterator[MatchResult]:
    return match_lots(
        inputs.new,
        inputs.members,
        inputs.references,
        partial(store.load_vectors, model),
        as_of=moment,
        fit=inputs.fit,
        feedback=inputs.feedback,
        model=model,
    )


@contextmanager
def _uncollected() -> Generator[None]:
    """Without the collector of reference cycles, of which match results have none: its searches took 7 % of
    matching."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _add_declared_all(
    match_results: Iterable[MatchResult], inputs: MatchingInputs, progress: Progress
) -> Iterator[MatchResult]:
    """The match results with the declarations beside them, one by one: each may hold a refusal per member."""
    for done, match_result in enumerate(match_results, start=1):
        progress.advance(done, len(inputs.new))
        yield add_declared(match_result, inputs.declared)


@logged_stage(_letter_actions)
@writes("a night, writing and sending letters")
def run_digests(workspace: Workspace, night: date) -> LettersSent:
    """Writes each member whose edition is due its letter, saves it with its notifications, then sends what is due. A
    night older than the newest writes and sends nothing: its days left and its lots are those of the past."""
    workspace.progress.begin("writing digests")
    with Outbox.open(workspace.outbox) as outbox:
        with workspace.open_cluster() as store:
            if later := _later_night(store, night):
                return LettersSent(0, SendReport(0, 0, (), OutboxTotals(0)), later=later)
            returned = _take_bounces(workspace, outbox)
            written, members = write_letters(store, outbox, workspace, night), find_member_ids(store)
        write_letter_records(workspace, outbox)
        workspace.progress.begin("sending letters")
        report = run_sending(workspace, outbox, members)
        write_letter_records(workspace, outbox)
    return LettersSent(written.kept, report, (*written.refused, *returned))


def _later_night(store: Store, night: date) -> date | None:
    """The newest night where `night` is older, else None. The moment of the warehouse is then the newest night's again,
    whatever earlier stages of the older night set."""
    newest = store.load_last_night()
    if newest is None or newest <= night:
        return None
    store.set_as_of(as_of(newest))
    return newest


def _take_bounces(workspace: Workspace, outbox: Outbox) -> tuple[str, ...]:
    """The actions that failure notices need from a person; a mailbox that cannot be read stops no letter."""
    try:
        report = run_bounces(workspace, outbox)
    except MailboxUnreachable as error:
        return (str(error),)
    return report.blocked if report else ()


@logged_stage()
@writes("a night, exporting")
def run_exports(workspace: Workspace, night: date) -> Mapping[Path, int]:
    """Writes the analysts' tables and the data entered by persons, archives results of older nights, and replaces the
    readers' copy; returns the rows of each file. A night older than the newest publishes nothing."""
    workspace.progress.begin("exporting")
    with workspace.open_cluster() as store:
        if _later_night(store, night):
            return {}
        rows = store.export(workspace.exports, night)
        store.archive_results(workspace.archive, workspace.settings.retention)
        workspace.publish_cluster(store)
        write_plain_files(workspace, store)
    return rows
