"""One polite crawl of one source, in a process of its own: `python -m scrapers.crawl SOURCE --from DAY --to DAY ...`.

Scrapy's reactor cannot be started twice, so every crawl is a subprocess. The last line on stdout is its stats in JSON;
logs go to stderr. The exit status means:

0 complete | 1 a defect of this program | 2 wrong usage | 3 the structure changed | 4 unreachable | 5 an incomplete
answer 6 the disk refused a write
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

from scrapers.crawl.folder import FolderPaginator
from scrapers.crawl.manifest import STATS, Ledger, Outcome, hold, write_stats
from scrapers.crawl.spider import SourceSpider, Tally
from scrapers.errors import SourceChanged, SourceError, SourceIncomplete, SourceUnreachable
from scrapers.feeds.packages import Packages, Span
from scrapers.feeds.request import CrawlJob, Feed, Paginator
from scrapers.source import ASIDE, Endpoint, Source, find_file, find_sources

EXITS: Mapping[type[BaseException], int] = {SourceChanged: 3, SourceUnreachable: 4, SourceIncomplete: 5, OSError: 6}


@dataclass(frozen=True, slots=True)
class Order:
    """A crawl as the command line requests it. `patience`, `request_delay` and `timeout` are seconds; `contact` is an
    address or a page where the publisher finds the operator; with a `span` years are fetched, in packages where there
    are any."""

    source: Source
    job: CrawlJob
    landing: Path
    request_delay: float
    patience: float
    contact: str | None
    is_local: bool
    verbose: bool
    span: Span | None = None
    timeout: float = 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Crawls as the command line requests; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        order = _order(options)
        with hold(order.landing, _report_waiting):
            return run_crawl(order)
    except ValueError as wrong:
        parser.error(str(wrong))
    except OSError as refused:
        print(_disk_sentence(refused), file=sys.stderr)  # noqa: T201 - the command's own stderr
        return EXITS[OSError]


def _report_waiting() -> None:
    print("another crawl is writing this folder; waiting for it", file=sys.stderr)  # noqa: T201 - the command's own stderr


def run_crawl(order: Order) -> int:
    """Crawls, saves the stats beside the bytes, prints them on stdout, returns the exit status."""
    started = datetime.now(UTC)
    (order.landing / STATS).unlink(missing_ok=True)
    paginator = find_feed(order.source.name, order.span).paginator(order.job)
    tally = Tally()
    closed = None if order.is_local else order.source.why_closed(started)
    tally.failure = SourceUnreachable(closed) if closed else None
    if isinstance(paginator, FolderPaginator):
        is_whole = _take_folder(order, paginator, tally)
    else:
        is_whole = tally.failure is not None or _drive(order, paginator, tally)
    if tally.failure is None and not tally.finished and is_whole:
        tally.failure = SourceIncomplete("stopped before the end; run it again and it takes up where it stopped")
    stats = _stats(order, paginator, tally, started, is_whole=is_whole)
    write_stats(order.landing, stats)
    print(json.dumps(stats, ensure_ascii=False))  # noqa: T201 - the command's answer
    return 0 if stats["complete"] else _status(tally.failure)


def find_feed(name: str, span: Span | None) -> Feed:
    """The feed of a source; with a span the feed of its packages, or the nightly one where it has no packages."""
    file = find_file(name)
    packages = getattr(file, "BACKFILL", None)
    return replace(packages, span=span) if span and isinstance(packages, Packages) else file.FEED


def _take_folder(order: Order, paginator: FolderPaginator, tally: Tally) -> bool:
    """Lands the operator's files; faults are the tally's failure."""
    file = find_file(order.source.name)

    def check(kind: str, body: bytes, name: str) -> int:
        results = [result for _, result in file.read(kind, body, name)]
        for result in results:
            if isinstance(result, SourceError):
                raise result
        return len(results)

    try:
        tally.bytes = paginator.land(Ledger(order.landing, lambda: datetime.now(UTC)), check)
        tally.finished = True
    except (SourceError, OSError) as failure:
        tally.failure = failure
    return True


def _drive(order: Order, paginator: Paginator, tally: Tally) -> bool:
    """Run Scrapy to the end; False when our own code failed (Scrapy has logged where)."""
    from scrapy import signals
    from scrapy.crawler import CrawlerProcess

    process = CrawlerProcess(_settings(order))
    crawler = process.create_crawler(SourceSpider)
    defects: list[object] = []

    def note(failure: object) -> None:
        defects.append(failure)

    crawler.signals.connect(note, signals.spider_error)
    ledger = Ledger(order.landing, lambda: datetime.now(UTC))

    def why_closed() -> str | None:
        return None if order.is_local else order.source.why_closed(datetime.now(UTC))

    spider_options = {"ledger": ledger, "tally": tally, "patience": order.patience, "why_closed": why_closed}
    process.crawl(crawler, paginator=paginator, job=order.job, **spider_options)
    process.start()
    return not defects


def _settings(order: Order) -> dict[str, object]:
    contact_suffix = f"; {order.contact}" if order.contact else ""
    return {
        "USER_AGENT": f"PIB/0.1 (public procurement watch of a business cluster{contact_suffix})",
        # Known and decided: both publishers document these APIs for programs and set quotas, which are respected;
        # robots.txt concerns indexers of pages. A source that reads pages must obey it.
        "ROBOTSTXT_OBEY": False,
        "CONCURRENT_REQUESTS": 1,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": order.request_delay,
        "DOWNLOAD_DELAY_JITTER": 0,
        "DOWNLOAD_TIMEOUT": order.timeout if order.span is None else 10 * order.timeout,
        "DOWNLOAD_MAXSIZE": 64 * 2**20,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,
        "HTTPPROXY_ENABLED": not order.is_local,
        "RETRY_ENABLED": False,  # the spider waits and retries by itself: Scrapy's retry has no delay
        "LOG_LEVEL": "INFO" if order.verbose else "WARNING",
    }


def _stats(order: Order, paginator: Paginator, tally: Tally, started: datetime, *, is_whole: bool) -> dict[str, object]:
    counted = {outcome: tally.documents.get(outcome, 0) for outcome in Outcome}
    failure = tally.failure
    return {
        "source": order.source.name,
        "from": order.job.first.isoformat(),
        "to": order.job.last.isoformat(),
        "complete": is_whole and failure is None,
        "error_kind": ("Defect" if not is_whole else None) if failure is None else _kind(failure),
        "error": ("a defect of this program; the log states where" if not is_whole else None)
        if failure is None
        else _disk_sentence(failure)
        if isinstance(failure, OSError)
        else str(failure),
        "alarms": list(paginator.alarms),
        "notices": paginator.rows,
        "known": counted[Outcome.KNOWN],
        "summaries": sum(counted[o] for o in (Outcome.CHALLENGED, Outcome.WITHHELD, Outcome.MISSING, Outcome.REFUSED)),
        "challenged": counted[Outcome.CHALLENGED] + counted[Outcome.WITHHELD],
        "missing": counted[Outcome.MISSING],
        "requests": tally.requests,
        "replayed": tally.replayed,
        "waits": tally.waits,
        "bytes": tally.bytes,
        "rate_remaining": tally.rate_remaining,
        "started_at": started.isoformat(timespec="seconds"),
        "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _kind(failure: BaseException) -> str:
    return "DiskFull" if isinstance(failure, OSError) else type(failure).__name__


def _status(failure: BaseException | None) -> int:
    return next((code for kind, code in EXITS.items() if isinstance(failure, kind)), 1)


def _disk_sentence(failure: OSError) -> str:
    where = failure.filename or "the landing folder"
    return f"{where}: {failure.strerror}; see that it can be written and has room, then run again: it resumes"


def _order(options: argparse.Namespace) -> Order:
    source = find_file(options.source).SOURCE
    endpoint = source.endpoint(options.endpoint)
    base = (options.base_url or (endpoint.base_url if source.endpoints else source.base_url)).rstrip("/")
    is_local = source.is_folder or _is_local(base)
    if source.is_folder and options.folder is None:
        raise ValueError(f"{source.name} is read from a folder: name it with --folder")
    job = CrawlJob(
        base_url=base,
        document_url=base if options.base_url else (source.document_url or base),
        first=options.first,
        last=options.last,
        countries=_countries(options.countries, source),
        known=frozenset(_numbers(options.known)),
        complete=_numbers(options.complete),
        endpoint=endpoint.name,
        keys=_keys(endpoint, os.environ, is_local=is_local),
        folder=options.folder,
    )
    if job.first > job.last:
        raise ValueError(f"--from {job.first} is after --to {job.last}")
    # On loopback no delay between requests is needed.
    request_delay = (
        (0.0 if is_local else source.request_delay) if options.request_delay is None else options.request_delay
    )
    patience = (0.5 if is_local else source.patience) if options.patience is None else options.patience
    if not is_local and (request_delay < source.request_delay or patience < source.patience):
        raise ValueError(
            f"--pace and --patience may be below {source.request_delay} and {source.patience} s on loopback only"
        )
    if not is_local and not options.contact:
        raise ValueError("--contact is needed with a live publisher: a page or address where they find you")
    timeout = float(os.environ.get("PIB_CRAWL_TIMEOUT", "60")) if options.timeout is None else options.timeout
    spider_options = (options.contact, is_local, options.verbose, options.backfill, timeout)
    return Order(source, job, options.landing, request_delay, patience, *spider_options)


def _countries(written: str | None, source: Source) -> tuple[str, ...]:
    """The source's own where none are named; no condition at all for "all"."""
    if written is None:
        return source.countries
    return () if written == "all" else tuple(written.split(","))


def _keys(endpoint: Endpoint, environment: Mapping[str, str], *, is_local: bool) -> dict[str, str]:
    """The keys of the endpoint. A local portal accepts any word, and never receives a publisher's key."""
    if is_local:
        return dict.fromkeys(endpoint.keys, "local-portal")
    missing = [name for name in endpoint.keys if not environment.get(name)]
    if missing:
        raise ValueError(f"the endpoint {endpoint.name!r} needs {' and '.join(missing)} in the environment")
    return {name: environment[name] for name in endpoint.keys}


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _numbers(path: Path | None) -> tuple[str, ...]:
    """The publication numbers of a file, one a line."""
    if path is None:
        return ()
    if not path.is_file():
        raise ValueError(f"{path} is not a file of publication numbers")
    return tuple(dict.fromkeys(line.strip() for line in path.read_text().splitlines() if line.strip()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scrapers.crawl", description="Crawl one source, once, politely.")
    parser.add_argument("source", choices=sorted((*find_sources(), *ASIDE)))
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True, metavar="DAY")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True, metavar="DAY")
    parser.add_argument("--landing", type=Path, required=True, metavar="FOLDER", help="one folder per source and night")
    parser.add_argument("--base-url", metavar="URL", help="instead of the publisher's hosts")
    parser.add_argument(
        "--door", dest="endpoint", metavar="NAME", help="where the publisher has several; the official one by default"
    )
    parser.add_argument("--folder", type=Path, metavar="DIR", help="for a source that is a folder of the operator's")
    parser.add_argument("--countries", metavar="BEL,FRA,LUX", help="buyers' countries, or all")
    parser.add_argument("--known", type=Path, metavar="FILE", help="numbers whose full text is kept, one a line")
    parser.add_argument(
        "--complete", type=Path, metavar="FILE", help="numbers to fetch in full though published before"
    )
    parser.add_argument("--pace", dest="request_delay", type=float, metavar="SECONDS", help="between two requests")
    parser.add_argument("--patience", type=float, metavar="SECONDS", help="after a 429 that names no delay")
    parser.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="for one answer; PIB_CRAWL_TIMEOUT or 60 if absent"
    )
    parser.add_argument("--contact", help="a page or address for the User-Agent; needed with a live publisher")
    parser.add_argument("--backfill", type=Span, choices=list(Span), help="fetch years: a package a day, or a month")
    parser.add_argument("--verbose", action="store_true", help="Scrapy's own log too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
