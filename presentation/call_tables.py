"""Open calls as a table for a person: its columns named in the reader's language, a row per lot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from presentation.i18n import Phrases, translatable
from presentation.languages import choose_text
from presentation.sanitize import clean_text, clean_url
from presentation.views.facts import choose_title, describe_languages, describe_place, describe_procedure, name_buyers
from presentation.views.reasons import describe_cpv
from warehouse.model.notices import OpenLot, stated_value
from warehouse.sheets.readable_tables import CellValue, ReadableTable

_COLUMNS = (
    translatable("Closes (Brussels time)"),
    translatable("Title"),
    translatable("Number and title of the lot"),
    translatable("Buyer"),
    translatable("Place"),
    translatable("Value"),
    translatable("Currency"),
    translatable("Procedure"),
    translatable("Language of the tender"),
    translatable("CPV"),
    translatable("Fit (0 to 100)"),
    translatable("Firms that fit best"),
    translatable("Page of the call"),
    translatable("Published at"),
)
"""The columns of open calls, in their order."""


@dataclass(frozen=True, slots=True)
class TableCall:
    """A row: the lot, the fit of the reader or of its best firm (0 to 1, None unknown), the names of the firms that fit
    best, the address of its page."""

    lot: OpenLot
    fit: float | None = None
    firms: tuple[str, ...] = ()
    page: str = ""


def tabulate_calls(calls: Iterable[TableCall], phrases: Phrases) -> ReadableTable:
    """The table of open calls, nearest deadline first. Columns that are empty in every row are left out."""
    ordered = sorted(calls, key=_closing)
    rows = [_row_of(call, phrases) for call in ordered]
    kept = [at for at in range(len(_COLUMNS)) if not rows or any(row[at] not in (None, "") for row in rows)]
    return ReadableTable(
        name=phrases.translate("Open calls"),
        language=phrases.language,
        columns=tuple(phrases.translate(_COLUMNS[at]) for at in kept),
        rows=tuple(tuple(row[at] for at in kept) for row in rows),
    )


def _closing(call: TableCall) -> tuple[float, str]:
    deadline = call.lot.lot.deadline
    return (deadline.at.timestamp() if deadline else float("inf")), call.lot.uid


def _row_of(call: TableCall, phrases: Phrases) -> tuple[CellValue, ...]:
    lot, notice, deadline = call.lot.lot, call.lot.notice, call.lot.lot.deadline
    value, title = stated_value(lot, notice), choose_text(lot.titles, phrases.language)
    codes = (describe_cpv(code, phrases) for code in (lot.cpv or notice.cpv)[:1])
    published = (clean_url(publication.url) for publication in call.lot.publications)
    # A deadline without an hour is that of a day, no moment.
    closes = (deadline.at if deadline.hour_stated else deadline.at.date()) if deadline else None
    return (
        closes,
        choose_title(call.lot, phrases).text,
        clean_text(f"{lot.id} {title.value if title else ''}"),
        "; ".join(name.text for name in name_buyers(notice, phrases)),
        describe_place(lot, notice, phrases) or "",
        value.money.amount if value else None,
        value.money.currency if value else "",
        describe_procedure(notice, lot, phrases) or "",
        describe_languages(lot, phrases) or "",
        next(codes, ""),
        round(100 * call.fit) if call.fit is not None else None,
        "; ".join(clean_text(name) for name in call.firms),
        call.page,
        next((url for url in published if url), ""),
    )


def best_firms(
    scores: Mapping[str, float], names: Mapping[str, str], *, least: float, most: int = 5
) -> tuple[str, ...]:
    """The names of at most `most` firms with at least the score `least`, the best first; `scores` and `names` by id."""
    ranked = sorted((member for member in scores if scores[member] >= least), key=lambda m: (-scores[m], m))
    return tuple(names[member] for member in ranked[:most] if member in names)
