"""`pib doctor`: a probe of every portal, a page and a document each, and what a person must check before go-live."""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import gettempdir

from rich.console import Console

from pipelines.config.base_urls import opened_portals
from pipelines.config.settings import Settings
from pipelines.config.workspace import ZONE
from pipelines.nightly.source_selection import endpoint_of, endpoint_warnings, why_not_selected
from scrapers.crawl.probe import Finding, Kind, Probe
from scrapers.feeds.request import CrawlJob
from scrapers.source import Source, find_sources, read_headings


@dataclass(frozen=True, slots=True)
class Examined:
    """The findings about one source, and what a person must check of it. `not_asked` is why it was not probed."""

    source: str
    title: str
    findings: tuple[Finding, ...]
    not_asked: str | None
    check: str

    @property
    def is_well(self) -> bool:
        """Whether it answered as its contract requires, or was not to be probed."""
        return all(finding.kind is Kind.ANSWERED for finding in self.findings)


def examine(settings: Settings, on: date, moment: datetime) -> tuple[Examined, ...]:
    """Every source probed at once, at the publishers' or at a local portal as the settings require. `moment` is now."""
    log = Path(gettempdir()) / f"pib-doctor-{os.getpid()}.log"
    with opened_portals(settings, on, log=log) as base_urls:
        examined = tuple(_examine(source, settings, on, moment, base_urls) for source in find_sources().values())
    log.unlink(missing_ok=True)
    return examined


def _examine(
    source: Source, settings: Settings, on: date, moment: datetime, base_urls: Mapping[str, str] | None
) -> Examined:
    why = why_not_selected(source, settings, os.environ)
    closed = source.why_closed(moment) if settings.is_live else None
    findings: tuple[Finding, ...] = ()
    if why is None and closed:
        findings = (Finding(Kind.UNREACHABLE, closed),)
    elif why is None:
        pause = source.request_delay if settings.is_live else 0.0
        agent = f"PIB/0.1 (public procurement watch of a business cluster; {settings.contact})"
        crawl_job = _crawl_job(source, settings, on, (base_urls or {}).get(source.name))
        findings = Probe(agent, lambda: time.sleep(pause)).look(source, crawl_job)
    return Examined(source.name, source.title, findings, why, read_headings(source.module).get("Check", ""))


def _crawl_job(source: Source, settings: Settings, on: date, base_url: str | None) -> CrawlJob:
    """The days of the source's overlap, a weekend and a day at least, so that a Monday finds something."""
    endpoint = endpoint_of(source, settings)
    live = base_url is None
    return CrawlJob(
        base_url=base_url or (endpoint.base_url if source.endpoints else source.base_url),
        document_url=base_url or source.document_url or source.base_url,
        first=on - timedelta(days=max(source.overlap_days, 3)),
        last=on,
        countries=settings.countries if set(settings.countries) & set(source.countries) else source.countries,
        endpoint=endpoint.name,
        keys={name: os.environ[name] if live else "local-portal" for name in endpoint.keys},
        folder=settings.manual,
    )


def show_examined(settings: Settings, on: date, *, as_json: bool) -> bool:
    """Prints the findings; whether every source that was probed is well."""
    examined = examine(settings, on, datetime.now(ZONE))
    if as_json:
        plain = [asdict(examination) | {"is_well": examination.is_well} for examination in examined]
        sys.stdout.write(json.dumps(plain, ensure_ascii=False, default=str) + "\n")
    else:
        _print(settings, examined)
    return all(examination.is_well for examination in examined)


def _print(settings: Settings, examined: tuple[Examined, ...]) -> None:
    console = Console()
    for examination in examined:
        state = "left out" if examination.not_asked else "well" if examination.is_well else "CHECK IT"
        console.print(f"{examination.source} ({examination.title}): {state}", style="bold", highlight=False)
        lines = (
            [examination.not_asked] if examination.not_asked else [f"{f.kind}: {f.words}" for f in examination.findings]
        )
        for line in (*lines, f"before go-live: {examination.check}"):
            console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)
    for warning in endpoint_warnings(settings):
        console.print(warning, style="bold red", highlight=False, soft_wrap=True)
