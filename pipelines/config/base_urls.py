"""The base URLs of a night: the publishers' own, or local portals started for the night and ended with it."""

import json
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from pipelines.config.settings import Settings
from pipelines.errors import PortalFailed
from scrapers.source import ASIDE, find_sources


@contextmanager
def opened_portals(settings: Settings, on: date, *, log: Path) -> Generator[Mapping[str, str] | None]:
    """Base URL per source, or None for the publishers' own addresses.

    A local portal is a child process that ends with this block (and at the end of its standard input, so that it
    never outlives a killed night). Raises PortalFailed when it does not come up.
    """
    if settings.is_live:
        yield None
        return
    if settings.portals.startswith("at:"):
        yield _local_urls(settings.portals.removeprefix("at:"))
        return
    with log.open("w", encoding="utf-8") as errors:
        portal = subprocess.Popen(
            [sys.executable, "-m", "scrapers.sandbox", *_mode(settings, on)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            yield _announced(portal, log)
        finally:
            portal.terminate()
            portal.communicate()


def _local_urls(url: str) -> Mapping[str, str]:
    """A local portal serves "eu_ted" under /ted, "fr_boamp" under /boamp, "be_bosa" under /bosa."""
    publishers = (name for name, source in find_sources().items() if not source.is_folder)
    return {name: f"{url.rstrip('/')}/{name.partition('_')[2]}" for name in (*publishers, *ASIDE)}


def _mode(settings: Settings, on: date) -> list[str]:
    if settings.portals == "embedded":
        return ["embedded", "--on", on.isoformat()]
    return ["replay", settings.portals.removeprefix("replay:")]


def _announced(portal: subprocess.Popen[str], log: Path) -> Mapping[str, str]:
    line = portal.stdout.readline() if portal.stdout else ""
    if not line:
        raise PortalFailed(f"the local portal ended before it was ready; its last words are in {log}")
    announcement: dict[str, object] = json.loads(line)
    return {source: url for source, url in announcement.items() if isinstance(url, str)}
