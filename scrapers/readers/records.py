"""Records of a page are read one by one: a broken one costs itself, and a page where all are foreign is no such page.

What a record means is decided by its own reader. The rule: what cannot be read is set aside with its reason; an unknown
code, field or shape is set aside with an alarm; only a page without a single known record stops the source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import cast

from scrapers.errors import SourceChanged, SourceError, Unknown, Unreadable
from warehouse.errors import BadFact
from warehouse.model.notices import Notice

Row = Mapping[str, object]
Result = tuple[str, Notice | SourceError]

LISTING = 10
"""Records on a page from which on foreign ones are the publisher's change: when each of so many is foreign, it lists
something else."""


def read_each(
    source: str, rows: Sequence[object], key: str, read: Callable[[Row, str], Iterable[tuple[str, Notice]]]
) -> Iterator[Result]:
    """The results of `read` for each of the `rows` of a page, by the identifier under `key`; a row it cannot read is a
    value.

    `source` is the name of the source, for messages. `read` is given a row and its identifier and yields (identifier,
    notice). A row that is no object or lacks the identifier is named by its place on the page ("row 3"). Raises
    SourceChanged where all of LISTING or more are Unknown.
    """
    results = [result for place, row in enumerate(rows, 1) for result in _read_row(source, row, place, key, read)]
    refuse_foreign(source, [result for _, result in results])
    yield from results


def refuse_foreign(source: str, results: Sequence[Notice | SourceError]) -> None:
    """Raises SourceChanged where there are LISTING results or more and every one is Unknown."""
    if len(results) >= LISTING and all(isinstance(result, Unknown) for result in results):
        raise SourceChanged(f"{source}: none of {len(results)} records is known; the first: {results[0]}")


def as_set_aside(source: str, number: str, wrong: Exception) -> Unreadable:
    """The reason to set one record aside for, naming it: Unknown for an unknown structure or code, so that an
    alarm is raised, else Unreadable."""
    kind = Unknown if isinstance(wrong, SourceChanged | Unknown) else Unreadable
    return kind(f"{source} {number}: {wrong}")


def _read_row(
    source: str, row: object, place: int, key: str, read: Callable[[Row, str], Iterable[tuple[str, Notice]]]
) -> Iterator[Result]:
    if not isinstance(row, dict):
        yield f"row {place}", Unknown(f"{source} row {place}: the record is no object: {str(row)[:200]}")
        return
    fields = cast("Row", row)
    named = fields.get(key)
    if isinstance(named, bool) or not isinstance(named, str | int) or not str(named).strip():
        yield f"row {place}", Unknown(f"{source} row {place}: the record has no {key}: {str(row)[:200]}")
        return
    number = str(named).strip()
    try:
        yield from read(fields, number)
    except (SourceError, BadFact) as wrong:
        yield number, as_set_aside(source, number, wrong)
