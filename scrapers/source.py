"""What a source is: a publisher's channel, declared once in `scrapers/sources/<country>_<system>.py`.

Here belong the declaration and the walk that finds every source file. How a source is fetched is told in feeds.py, how
its bytes become facts in its own `read`. Importing this module, or a source file, starts nothing and loads no crawler.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from scrapers.crawl_errand import Feed
from scrapers.errors import SourceError
from warehouse.facts import Notice


@dataclass(frozen=True, slots=True)
class Source:
    """A publisher's channel. `module` is the source file's `__name__`: the file's name is the source's only name.

    `countries` are ISO 3166-1 alpha-3; `base_url` is the live door and `document_url` a second one where documents have
    a host of their own; `cron` is read in `zone`; `overlap_days` are asked again every night, for what was published
    late; `expected` is the least and most notices of a working day; `pace` is the least number of seconds between two
    requests and `patience` what is waited after a 429 that names no delay.
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
    pace: float
    patience: float
    document_url: str | None = None
    zone: str = "Europe/Brussels"

    @property
    def name(self) -> str:
        """The source's name, that of its file: "eu_ted"."""
        return self.module.rpartition(".")[2]

    @property
    def access(self) -> str:
        """How the publisher is asked, from the source file's own docstring."""
        return read_headings(self.module)["Access"]


class SourceFile(Protocol):
    """What every file in `scrapers/sources` holds, in this order."""

    SOURCE: Source
    FEED: Feed

    def read(self, kind: str, body: bytes, number: str | None) -> Iterator[tuple[str, Notice | SourceError]]:
        """The facts in one landed response: pure, and one pair (identifier, notice or what is wrong with it) each."""
        ...


def find_sources() -> Mapping[str, Source]:
    """Every declared source by name, in the order of their names."""
    import scrapers.sources as folder

    names = sorted(found.name for found in pkgutil.iter_modules(folder.__path__))
    return {name: find_file(name).SOURCE for name in names}


def find_file(name: str) -> SourceFile:
    """The source file itself: its declaration, its feed, its reader. Raises ModuleNotFoundError for a name unknown."""
    return cast("SourceFile", importlib.import_module(f"scrapers.sources.{name}"))


def read_headings(module: str) -> Mapping[str, str]:
    """The fixed headings of a source file's docstring (Publisher, Access, Licence, Caveats), each on one line."""
    text = importlib.import_module(module).__doc__ or ""
    found: dict[str, str] = {}
    for block in text.strip().split("\n\n"):
        heading, colon, words = block.partition(":")
        if colon and heading.strip().isalpha():
            found[heading.strip()] = " ".join(words.split())
    return found
