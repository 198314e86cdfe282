"""A day of records of which some are spoilt at random places: `python -m bench.spoilt --records 2000 --share 0.05`.

For each source the recorded rows of tests/recordings are multiplied to a day, some are spoilt, and the day is read page
by page, by the feed's own paginator and the source's own reader. Healthy records must be the same as without the spoilt
ones, spoilt ones be read or set aside with a reason, and no page may stop its source.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scrapers.errors import SourceChanged, SourceError
from scrapers.source import find_file
from warehouse.model.notices import Notice

RECORDINGS = Path(__file__).resolve().parents[1] / "tests" / "recordings"
JUNK: tuple[object, ...] = (
    None, "", "?", "0", -1, 10**12, 3.5, True, [], {}, [None], ["?"], {"#text": "?"}, "\ud83d\ude00", "2107-13-45",
    "x" * 500, "<b>", "&amp;amp;", "nan",
)  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a source lists: the recording, the list in it, the key that names a row, rows on a page."""

    source: str
    file: str
    rows: str
    key: str
    kind: str
    limit: int


SHAPES = (
    Shape("eu_ted", "ted/search.json", "notices", "publication-number", "search", 250),
    Shape("fr_boamp", "boamp/records.json", "results", "idweb", "records", 100),
    Shape("be_bosa", "bosa/search.json", "publications", "publicationWorkspaceId", "search", 100),
    Shape("fr_decp", "decp/records.json", "results", "id", "records", 100),
    Shape("fr_approch", "approch/records.json", "results", "code", "records", 100),
    Shape("nl_tenderned", "neighbours/nl_listing.json", "content", "publicatieId", "search", 100),
)


@dataclass(slots=True)
class Day:
    """Results of a day: records given and spoilt; `lost` healthy ones, `silent` spoilt ones without a trace, `stops`
    sentences of a source that stopped."""

    records: int
    spoilt: int
    read: int = 0
    set_aside: int = 0
    lost: int = 0
    silent: int = 0
    stops: list[str] = field(default_factory=list[str])


def measure(shape: Shape, records: int, share: float, seed: int) -> Day:
    """One day of a source of that `shape`: so many `records`, of which a `share` in [0, 1] is spoilt; `seed` is that of
    the draw."""
    chance = random.Random(f"{shape.source} {seed}")
    page = json.loads((RECORDINGS / shape.file).read_bytes())
    healthy = [_numbered(copy.deepcopy(chance.choice(page[shape.rows])), shape, n) for n in range(records)]
    spoilt = set(chance.sample(range(records), round(records * share)))
    given = [spoil(chance, row) if n in spoilt else row for n, row in enumerate(healthy)]
    day = Day(records, len(spoilt))
    for start in range(0, records, shape.limit):
        _read_page(shape, page, given, healthy, spoilt, range(start, min(start + shape.limit, records)), day)
    return day


def _numbered(row: Row, shape: Shape, n: int) -> Row:
    """A row of its own: every number in it that names it is another."""
    text = json.dumps(row)
    for name in {str(row[shape.key]), *map(str, row.get("noticeIds", [])), str(row.get("notice-identifier", "-"))}:
        text = text.replace(name, f"{name}{n:05d}") if len(name) > 3 else text
    return json.loads(text)


def spoil(chance: random.Random, row: Row) -> Row:
    """The row with one place spoilt: a value of another kind, a missing key, or an unknown one."""
    spoilt = copy.deepcopy(row)
    places = list(_places(spoilt))
    holder, key = chance.choice(places)
    how = chance.randrange(4)
    if how == 0 and isinstance(holder, dict):
        del holder[key]
    elif how == 1 and isinstance(holder, dict):
        holder["nobody-knows"] = chance.choice(JUNK)
    else:
        holder[key] = copy.deepcopy(chance.choice(JUNK))
    return spoilt


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every value inside, as its holder and its key or index."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        yield node, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _read_page(
    shape: Shape, page: Row, given: list[Row], healthy: list[Row], spoilt: set[int], places: range, day: Day
) -> None:
    """The page with spoilt rows beside the page of its healthy rows alone."""
    try:
        results = _results(shape, page, [given[n] for n in places])
    except SourceChanged as stopped:
        day.stops.append(str(stopped))
        return
    read = {name: result for name, result in results if isinstance(result, Notice)}
    aside = [name for name, result in results if isinstance(result, SourceError)]
    wanted = _results(shape, page, [healthy[n] for n in places if n not in spoilt])
    day.read += len(read)
    day.set_aside += len(aside)
    day.lost += sum(isinstance(r, Notice) and read.get(name) != r for name, r in wanted)
    day.silent += sum(not _results(shape, page, [given[n]]) for n in places if n in spoilt)


def _results(shape: Shape, page: Row, rows: list[Row]) -> list[tuple[str, Notice | SourceError]]:
    body = json.dumps({**page, shape.rows: rows}).encode()
    return list(find_file(shape.source).read(shape.kind, body, None))


def main(write_line: Callable[[str], None] = print) -> None:
    """A line for each source."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for shape in SHAPES:
        day = measure(shape, options.records, options.share, options.seed)
        write_line(
            f"{shape.source:11} {day.records} records, {day.spoilt} spoilt: {day.read} notices read, {day.set_aside} "
            f"set aside, {day.lost} healthy lost, {day.silent} gone in silence, {len(day.stops)} stops"
        )
        for stop in day.stops[:2]:
            write_line(f"    {stop:.200}")


if __name__ == "__main__":
    main()
