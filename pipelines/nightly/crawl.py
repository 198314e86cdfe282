"""One crawl of one source for one night, in a process of its own (Scrapy's reactor cannot start twice)."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import cast

from scrapers.crawl.manifest import MANIFEST, STATS
from scrapers.source import Source

POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Window:
    """Requested days of publication, both included."""

    since: date
    until: date

    def holds(self, other: "Window") -> bool:
        """Whether all of `other` lies in this window."""
        return self.since <= other.since and other.until <= self.until

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of it."""
        return tuple(self.since + timedelta(days=n) for n in range((self.until - self.since).days + 1))


@dataclass(frozen=True, slots=True)
class Numbers:
    """Publication numbers whose full text is stored (`known`), and those known only as summaries, to be fetched."""

    known: tuple[str, ...]
    summaries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """How a crawl ended. `error` is one sentence, None when every answer came; `requests` were made now, 0 when the
    night's crawl was complete already; `listed` notices the source named, `summaries` of them without full text;
    `alarms` are sentences for the person who must check. `skipped` is why a source that is not configured was left out.
    """

    source: str
    window: Window
    folder: Path
    error: str | None
    error_kind: str | None
    requests: int
    listed: int
    summaries: int
    bytes: int
    alarms: tuple[str, ...]
    skipped: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether everything published in the window was answered."""
        return self.error is None


def skipped_crawl(source: Source, window: Window, folder: Path, why: str) -> CrawlResult:
    """The result for a `source` that was left out, with the reason `why`; `window` and `folder` are those it would have
    had."""
    return CrawlResult(source.name, window, folder, None, None, 0, 0, 0, 0, (), why)


def window_of(source: Source, night: date, days: int | None, watermark: date | None) -> Window:
    """`days` back where the operator set them; else from the watermark (the night itself, where there is none) less the
    source's overlap, so that a missed week is caught up and late publications are fetched."""
    if days is not None:
        return Window(night - timedelta(days=days), night)
    reached = min(watermark or night, night)
    return Window(reached - timedelta(days=source.overlap_days), night)


def run_crawl(
    source: Source,
    window: Window,
    folder: Path,
    *,
    base_url: str | None,
    endpoint: str | None,
    calls: Path | None,
    countries: Sequence[str],
    contact: str,
    numbers: Numbers,
    on_landed: Callable[[int], None],
    span: str | None = None,
) -> CrawlResult:
    """Lands what was published in the `window` in the `folder`; a crawl complete for the night is not repeated.

    `base_url` is a local portal's, None for the publisher's own; `endpoint` is the name of one where the `source` has
    several; `calls` is the operator's folder, for the source that is one, which is read every time; `countries` are
    buyers' (alpha-3), empty for all; `contact` is the page or mailbox in the User-Agent; `numbers` are those known and
    to complete; `on_landed` is called with the responses landed. With a `span` ("day", "month") the past is fetched, in
    packages where the source has any.
    """
    earlier = _stats(folder)
    if _is_done(earlier, window) and not source.is_folder:
        return _crawl_result_of(source, window, folder, {**earlier, "requests": 0})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "known.txt").write_text("\n".join(numbers.known), encoding="utf-8")
    (folder / "complete.txt").write_text("\n".join(numbers.summaries), encoding="utf-8")
    command = [sys.executable, "-m", "scrapers.crawl", source.name]
    command += ["--from", window.since.isoformat(), "--to", window.until.isoformat(), "--landing", str(folder)]
    command += ["--known", str(folder / "known.txt"), "--complete", str(folder / "complete.txt"), "--contact", contact]
    command += ["--countries", ",".join(countries) or "all"]
    command += ["--base-url", base_url] if base_url else []
    command += ["--door", endpoint] if endpoint and source.endpoints else []
    command += ["--backfill", span] if span else []
    command += ["--folder", str(calls)] if calls and source.is_folder else []
    with (folder / "crawl.log").open("a", encoding="utf-8") as log:
        crawl = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
        _watch(crawl, folder / MANIFEST, on_landed)
    if not (folder / STATS).is_file():
        _write_stats(folder, window, f"the crawl ended with {crawl.returncode} and no word; see {folder / 'crawl.log'}")
    return _crawl_result_of(source, window, folder, _stats(folder))


def load_crawl_result(source: Source, folder: Path) -> CrawlResult | None:
    """How the crawl that landed in `folder` ended; None when there was none."""
    stats = _stats(folder)
    return _crawl_result_of(source, _window(stats), folder, stats) if "from" in stats else None


def _is_done(stats: Mapping[str, object], window: Window) -> bool:
    return bool(stats.get("complete")) and _window(stats).holds(window)


def _write_stats(folder: Path, window: Window, error: str) -> None:
    stats = {"from": window.since.isoformat(), "to": window.until.isoformat(), "complete": False, "error": error}
    (folder / STATS).write_text(json.dumps(stats), encoding="utf-8")


def _window(stats: Mapping[str, object]) -> Window:
    return Window(date.fromisoformat(str(stats["from"])), date.fromisoformat(str(stats["to"])))


def _watch(crawl: subprocess.Popen[bytes], manifest: Path, on_landed: Callable[[int], None]) -> None:
    while True:
        try:
            crawl.wait(timeout=POLL_SECONDS)
        except subprocess.TimeoutExpired:
            if manifest.is_file():
                on_landed(manifest.read_bytes().count(b"\n"))
            continue
        return


def _stats(folder: Path) -> dict[str, object]:
    path = folder / STATS
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _crawl_result_of(source: Source, window: Window, folder: Path, stats: Mapping[str, object]) -> CrawlResult:
    def count(key: str) -> int:
        return int(str(stats.get(key, 0)))

    error = None if stats.get("complete") else str(stats.get("error") or "the crawl left no word of how it ended")
    return CrawlResult(
        source=source.name,
        window=window,
        folder=folder,
        error=error,
        error_kind=None if error is None else str(stats.get("error_kind") or "Defect"),
        requests=count("requests"),
        listed=count("notices"),
        summaries=count("summaries"),
        bytes=count("bytes"),
        alarms=tuple(cast(list[str], stats.get("alarms", []))),
    )
