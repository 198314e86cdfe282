"""A source: a publisher's channel, declared once in `scrapers/sources/<country>_<system>.py`.

The declaration, and the functions that find every source file. How a source is fetched is defined in scrapers/feeds,
how its bytes become facts in its own `read`. Importing this module, or a source file, starts nothing and loads no
crawler.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Protocol, cast
from zoneinfo import ZoneInfo

from scrapers.errors import SourceError
from scrapers.feeds.request import Feed
from warehouse.model.notices import Notice


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One of several ways in to one publisher. `keys` are the environment variables it needs; `warning` is shown
    wherever the endpoint is chosen."""

    name: str
    base_url: str
    keys: tuple[str, ...] = ()
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A publisher's channel. `module` is the source file's `__name__`: the file's name is the source's only name.

    `countries` are ISO 3166-1 alpha-3; `base_url` is the live address and `document_url` a second one where documents
    have a host of their own; `cron` is read in `zone`; `overlap_days` are requested again every night, for what was
    published late; `expected` is the least and most notices of a working day; `request_delay` is the least number of
    seconds between two requests and `patience` the wait in seconds after a 429 that names no delay. Where there are
    several `endpoints` the first is the default. `closed` are the hours, in `zone`, in which the publisher may not be
    requested; `revisit` is the number of days after which an open notice is fetched again. `is_folder` marks a folder
    of the operator's, no publisher; `is_optional` a source that is fetched only where the settings name it.
    """

    module: str
    title: str
    publisher: str
    licence: str
    countries: tuple[str, ...]
    base_url: str
    cron: str
    overlap_days: int
    expected: tuple[int, int]
    request_delay: float
    patience: float
    document_url: str | None = None
    zone: str = "Europe/Brussels"
    endpoints: tuple[Endpoint, ...] = ()
    closed: tuple[time, time] | None = None
    revisit: int | None = None
    is_folder: bool = False
    is_optional: bool = False

    @property
    def name(self) -> str:
        """The source's name, that of its file: "eu_ted"."""
        return self.module.rpartition(".")[2]

    @property
    def access(self) -> str:
        """How the publisher is accessed, from the source file's own docstring."""
        return read_headings(self.module)["Access"]

    def endpoint(self, name: str | None = None) -> Endpoint:
        """The endpoint of that name, the default without one; a source without endpoints has one without keys. Raises
        ValueError for an unknown name."""
        endpoints = self.endpoints or (Endpoint("public", self.base_url),)
        for endpoint in endpoints:
            if name in {None, endpoint.name}:
                return endpoint
        raise ValueError(
            f"{self.name} has no endpoint {name!r}; it has {', '.join(endpoint.name for endpoint in endpoints)}"
        )

    def why_closed(self, moment: datetime) -> str | None:
        """Why the publisher may not be requested at that moment (aware), as a sentence; None when it may."""
        if self.closed is None:
            return None
        since, until = self.closed
        hour = moment.astimezone(ZoneInfo(self.zone)).time()
        if not (since <= hour < until if since <= until else hour >= since or hour < until):
            return None
        return (
            f"{self.name}: {self.publisher} may cut access between {since:%H:%M} and {until:%H:%M} ({self.zone}), and "
            f"it is {hour:%H:%M} there; run it again after {until:%H:%M}"
        )


class SourceFile(Protocol):
    """What every file in `scrapers/sources` holds, in this order."""

    SOURCE: Source
    FEED: Feed

    def read(self, kind: str, body: bytes, number: str | None) -> Iterator[tuple[str, Notice | SourceError]]:
        """The facts in one landed response: pure, one pair each (identifier, notice or the error)."""
        ...


_FOLDER = Path(__file__).with_name("sources")

ASIDE = ("code_lists",)
"""Modules that are crawled as sources are, and publish no notices: scrapers/<name>.py."""


def source_names() -> tuple[str, ...]:
    """The names of all source files; none of them is imported."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules([str(_FOLDER)])))


def find_sources() -> Mapping[str, Source]:
    """Every declared source by name, in the order of their names."""
    return {name: find_file(name).SOURCE for name in source_names()}


def find_file(name: str) -> SourceFile:
    """The source file itself: its declaration, its feed, its reader. Raises ModuleNotFoundError for a name unknown."""
    folder = "scrapers" if name in ASIDE else "scrapers.sources"
    return cast("SourceFile", importlib.import_module(f"{folder}.{name}"))


def has_packages(name: str) -> bool:
    """Whether the source's past can be fetched in packages."""
    return hasattr(find_file(name), "BACKFILL")


def read_summary(module: str) -> str:
    """The first sentence of a source file's docstring."""
    text = importlib.import_module(module).__doc__ or ""
    return " ".join(text.strip().partition("\n\n")[0].split())


def read_headings(module: str) -> Mapping[str, str]:
    """The fixed headings of a source file's docstring (Publisher, Access, Licence, Caveats, Check), one line each."""
    text = importlib.import_module(module).__doc__ or ""
    found: dict[str, str] = {}
    for block in text.strip().split("\n\n"):
        heading, colon, words = block.partition(":")
        if colon and heading.strip().isalpha():
            found[heading.strip()] = " ".join(words.split())
    return found
