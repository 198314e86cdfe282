"""The stages of a night, each a function of the house and the night that can be run again at any time.

Rooms are joined here and nowhere else: what scrapers read is given to the warehouse, what the warehouse finds to
matching, what matching judged to digests. Each returns what it measured; none prints.
"""

import gc
import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from digests.delivery.outbox import Outbox
from digests.delivery.sending import SendReport
from digests.errors import MailboxUnreachable
from matching.encoder.embedding import load_model
from matching.engine import judge_lots, texts_to_encode
from matching.fit.weights import find_fit
from pipelines.config.base_urls import opened_portals
from pipelines.config.workspace import House, Progress, as_of
from pipelines.errors import NoMembers
from pipelines.nightly.crawl import Crawled, Numbers, Window, find_crawled, leave_out, run_crawl, window_of
from pipelines.nightly.declared_consortia import beside, find_declared
from pipelines.nightly.digests import write_letters
from pipelines.nightly.embeddings import encode_missing
from pipelines.nightly.feedback import find_told, keep_said
from pipelines.nightly.input_fingerprint import basis_of
from pipelines.nightly.mail import find_member_ids, run_bounces, run_sending
from pipelines.nightly.source_alarms import CodeWatch, notice_alarms
from pipelines.nightly.source_selection import door_of, find_revisited, why_not_asked
from pipelines.stage_log import logged_stage
from portal.member_choices import Choices
from scrapers.errors import SourceError
from scrapers.landing import read_landing
from scrapers.source import Source, find_sources
from warehouse.linkage.procedures import Joined
from warehouse.model.alarms import Alarm
from warehouse.model.code_lists import CodeBook
from warehouse.model.match_results import Joint, Verdict
from warehouse.model.members import Member
from warehouse.model.night_reports import Broken, Crawl, Kept
from warehouse.model.notices import Notice, OpenLot, Reference, SetAside
from warehouse.store import Store


@dataclass(frozen=True, slots=True)
class NoticesRead:
    """How each source was read, what became of its notices, and what was noticed on the way."""

    crawls: tuple[Crawl, ...]
    kept: Kept
    alarms: tuple[Alarm, ...] = ()


@dataclass(frozen=True, slots=True)
class LotsSeen:
    """Lots open at the night's moment, and the truths that do not hold."""

    open: int
    broken: tuple[Broken, ...]


@dataclass(frozen=True, slots=True)
class TextsEncoded:
    """Distinct texts the night needs, and how many were encoded now."""

    model: str
    texts: int
    encoded: int


@dataclass(frozen=True, slots=True)
class Judged:
    """Lots judged, matches worth keeping, consortia proposed, and the name of the weights that did it."""

    lots: int
    matches: int
    consortia: int
    fit: str


@dataclass(frozen=True, slots=True)
class LettersSent:
    """Letters written now (others had their edition already), how sending went, and what a person must mend: letters
    that could not be written, addresses that bounce."""

    written: int
    report: SendReport
    to_mend: tuple[str, ...] = ()


def _crawl_actions(crawled: Crawled) -> Iterator[str]:
    if said := crawled.error or crawled.not_asked:
        yield said
    yield from crawled.alarms


def _notice_actions(read: NoticesRead) -> Iterator[str]:
    return (alarm.sentence for alarm in read.alarms)


def _lot_actions(seen: LotsSeen) -> Iterator[str]:
    return (f"{broken.count} rows against: {broken.name}" for broken in seen.broken)


def _letter_actions(letters: LettersSent) -> Iterator[str]:
    """How many, never whose: a trouble names its member."""
    if count := len(letters.report.troubles) + len(letters.to_mend):
        yield f"{count} letters or settings of mail need a person; pib status names them"


@logged_stage(_crawl_actions)
def run_landed(house: House, source: Source, night: date) -> Crawled:
    """Lands what the source published since it was last read to the end; its error is a value, the others go on."""
    house.progress.begin(f"asking {source.title}")
    with Store.open(house.warehouse) as store:
        window = window_of(source, night, house.days, store.find_watermark(source.name))
        why = why_not_asked(source, house.settings, os.environ)
        if why:
            return leave_out(source, window, house.landing(source.name, night), why)
        numbers = _numbers(store, source, night)
    if house.base_urls is not None or source.is_folder:
        return _crawl(house, source, night, window, numbers, house.base_urls)
    with opened_portals(house.settings, night, log=house.data / "portal.log") as base_urls:
        return _crawl(house, source, night, window, numbers, base_urls)


def _numbers(store: Store, source: Source, night: date) -> Numbers:
    """What is kept of a source, and what to fetch in full: summaries, and open notices whose turn it is."""
    again: tuple[str, ...] = ()
    if source.revisit is not None:
        store.set_as_of(as_of(night))
        again = find_revisited(source, night, store.find_open_lots())
    return Numbers(store.find_known(source.name), tuple(dict.fromkeys((*store.find_summaries(source.name), *again))))


def _crawl(
    house: House,
    source: Source,
    night: date,
    window: Window,
    numbers: Numbers,
    base_urls: Mapping[str, str] | None,
) -> Crawled:
    return run_crawl(
        source,
        window,
        house.landing(source.name, night),
        base_url=base_urls[source.name] if base_urls is not None and not source.is_folder else None,
        door=door_of(source, house.settings).name,
        calls=house.settings.manual,
        countries=() if house.settings.portals.startswith("replay:") else house.settings.countries,
        contact=house.settings.contact,
        numbers=numbers,
        on_landed=lambda landed: house.progress.advance(landed, None),
    )


@logged_stage(_notice_actions)
def run_notices(house: House, night: date) -> NoticesRead:
    """Reads what was landed this night into facts and keeps them; each source stands or falls alone."""
    house.progress.begin("reading notices")
    with Store.open(house.warehouse) as store:
        book = CodeBook(store.find_codes())
        read: list[NoticesRead] = []
        for source in find_sources().values():
            crawled = find_crawled(source, house.landing(source.name, night))
            if crawled:
                read.append(_keep_crawled(house, store, source, crawled, night, book))
    return NoticesRead(
        tuple(crawl for one in read for crawl in one.crawls),
        sum((one.kept for one in read), Kept()),
        tuple(alarm for one in read for alarm in one.alarms),
    )


def _keep_crawled(
    house: House, store: Store, source: Source, crawled: Crawled, night: date, book: CodeBook
) -> NoticesRead:
    aside: list[SetAside] = []
    kept, error, kind, codes = Kept(), crawled.error, crawled.error_kind, CodeWatch(book)
    try:
        kept = store.keep_notices(codes.watch(_notices(house, crawled, night, aside)))
    except SourceError as changed:
        error, kind = str(changed), type(changed).__name__
    store.keep_set_aside(aside)
    crawl = Crawl(
        source=crawled.source,
        night=night,
        window_from=crawled.window.since,
        window_to=crawled.window.until,
        complete=error is None,
        error_kind=kind,
        error=error,
        requests=crawled.requests,
        notices=crawled.listed,
        summaries=crawled.summaries,
        set_aside=len(aside),
        bytes=crawled.bytes,
    )
    store.keep_crawl(crawl)
    # A local portal holds what it was given: nothing is expected of it but what it gave before.
    declared = house.settings.is_live
    alarms = notice_alarms(store, source, crawled, night, codes, is_whole=crawl.complete, declared=declared)
    return NoticesRead((crawl,), kept, alarms)


def _notices(house: House, crawled: Crawled, night: date, aside: list[SetAside]) -> Iterator[Notice]:
    for done, reading in enumerate(read_landing(crawled.source, crawled.folder), start=1):
        house.progress.advance(done, None)
        if reading.notice:
            yield reading.notice
        else:
            path = reading.path.resolve().relative_to(house.data).as_posix()
            reason = reading.reason or "the reader gave no reason"
            aside.append(SetAside(crawled.source, reading.identifier, reason, path, night))


@logged_stage()
def run_procedures(house: House, night: date) -> Joined:
    """Joins what several portals tell of one purchase."""
    house.progress.begin("joining procedures")
    with Store.open(house.warehouse) as store:
        store.set_as_of(as_of(night))
        return store.join_procedures(night)


@logged_stage(_lot_actions)
def run_lots(house: House, night: date) -> LotsSeen:
    """Sets the moment of the night, hears what members said at the portal, counts the lots open, asks every truth."""
    house.progress.begin("finding open lots")
    with Store.open(house.warehouse) as store:
        store.set_as_of(as_of(night))
        keep_said(store, Choices(house.choices))
        return LotsSeen(len(store.find_open_lots()), store.find_broken_truths())


@logged_stage()
def run_vectors(house: House, night: date) -> TextsEncoded:
    """Encodes the texts that pass the cheap gate and are not known yet."""
    house.progress.begin("encoding texts, by tokens")
    model = load_model(house.settings.model, house.models)
    with Store.open(house.warehouse) as store:
        texts = texts_to_encode(*_asked(store, night), find_told(store))
        encoded = encode_missing(house, store, model, texts)
    return TextsEncoded(model.id, len(texts), encoded)


@logged_stage()
def run_matches(house: House, night: date) -> Judged:
    """Judges every open lot for every member, and keeps the verdicts of the night; those that rest on the same lots,
    members, answers, weights and code are kept as they are."""
    house.progress.begin("judging lots")
    model, fit = load_model(house.settings.model, house.models), find_fit(house.weights)
    with Store.open(house.warehouse) as store:
        (lots, members, references), told = _asked(store, night), find_told(store)
        declared = find_declared(house)
        basis = basis_of(fit, model.id, as_of(night), lots, members, references, told, declared)
        if store.find_basis(night) == basis:
            known = store.counts(night)
            return Judged(known.judged, known.matches, known.consortia, fit.id)
        find = partial(store.find_vectors, model.id)
        verdicts = judge_lots(lots, members, references, find, as_of=as_of(night), fit=fit, told=told)
        with _uncollected():
            store.keep_verdicts(night, _told(verdicts, declared, house.progress, len(lots)), basis)
        kept = store.counts(night)
    return Judged(kept.judged, kept.matches, kept.consortia, fit.id)


@contextmanager
def _uncollected() -> Generator[None]:
    """Without the collector of what holds itself, which no verdict does: looking for it took 7 % of judging."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _told(verdicts: Iterable[Verdict], declared: Sequence[Joint], progress: Progress, count: int) -> Iterator[Verdict]:
    """The verdicts beside what is declared, one by one: each may carry a refusal per member."""
    for done, verdict in enumerate(verdicts, start=1):
        progress.advance(done, count)
        yield beside(verdict, declared)


def _asked(store: Store, night: date) -> tuple[list[OpenLot], tuple[Member, ...], tuple[Reference, ...]]:
    store.set_as_of(as_of(night))
    members = store.find_members()
    if not members:
        raise NoMembers("the warehouse knows no member; run `pib members import FILE` (or --demo) first")
    return store.find_open_lots(), members, store.find_references(m.company_number for m in members)


@logged_stage(_letter_actions)
def run_digests(house: House, night: date) -> LettersSent:
    """Writes each member whose edition is due its letter, freezes it with all it tells, then sends what is due."""
    house.progress.begin("writing digests")
    with Outbox.open(house.outbox) as outbox:
        with Store.open(house.warehouse) as store:
            returned = _take_bounces(house, outbox)
            written, members = write_letters(store, outbox, house, night), find_member_ids(store)
        house.progress.begin("sending letters")
        report = run_sending(house, outbox, members)
    return LettersSent(written.kept, report, (*written.refused, *returned))


def _take_bounces(house: House, outbox: Outbox) -> tuple[str, ...]:
    """What failure notices ask of a person; a mailbox that cannot be read stops no letter."""
    try:
        report = run_bounces(house, outbox)
    except MailboxUnreachable as error:
        return (str(error),)
    return report.blocked if report else ()


@logged_stage()
def run_exports(house: House, night: date) -> Mapping[Path, int]:
    """Writes the analysts' tables and replaces the readers' copy; returns the rows of each file."""
    house.progress.begin("exporting")
    with Store.open(house.warehouse) as store:
        rows = store.export(house.exports, night)
        store.publish_copy(house.reading_copy)
    return rows
