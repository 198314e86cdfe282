"""Rows of the TED Search API become summaries: a notice as its search fields describe it, until its XML comes.

Search fields are flattened over the lots and not aligned with one another, so a lot here has its identifier, the
procedure's words and codes, and the earliest deadline; no value is attributed to a lot that may be another's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import cast

from scrapers.errors import SourceChanged, SourceError, Unknown, Unreadable
from scrapers.readers.countries import is_country
from scrapers.readers.eforms.forms import LOTLESS, form_of
from scrapers.readers.eforms.tree import cpv as read_cpv
from scrapers.readers.eforms.tree import nuts as read_nuts
from scrapers.readers.eforms.tree import once
from scrapers.readers.normalise.deadlines import begin_of, possible_deadline, read_day, read_deadline, zone_of
from scrapers.readers.normalise.numbers import read_count
from scrapers.readers.normalise.text import read_address, read_line, read_paragraphs
from scrapers.readers.records import read_each
from scrapers.safe_formats.json import parse_json
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.notices import Buyer, Change, Deadline, DeadlineKind, Lot, Notice, Organisation, Publication, Text

Row = dict[str, object]

_PAGE_OF = "https://ted.europa.eu/en/notice/-/detail/{number}"
_PAGE = {"notices", "totalNoticeCount", "iterationNextToken", "timedOut"}

FIELDS = (
    "publication-number", "publication-date", "notice-identifier", "notice-version", "notice-type", "notice-subtype",
    "form-type", "procedure-identifier", "procedure-type", "change-notice-version-identifier", "official-language",
    "notice-title", "title-proc", "description-proc", "identifier-lot", "buyer-name", "buyer-country",
    "contract-nature-main-proc", "main-classification-proc", "additional-classification-proc", "classification-cpv",
    "place-of-performance", "document-url-lot", "deadline-receipt-request", "deadline-receipt-tender-date-lot",
    "deadline-receipt-tender-time-lot", "deadline-receipt-request-date-lot", "deadline-receipt-request-time-lot",
    "deadline-receipt-expressions-date-lot", "deadline-receipt-expressions-time-lot",
)  # fmt: skip
"""The requested search fields, each of which is read here."""

_UNREAD = {
    "links",  # always sent: the notice's own addresses in every language
    "contract-nature",  # flattened over procedure and lots; the procedure's is read
    "description-lot",
    "estimated-value-proc",  # "1" as a placeholder (598884-2026), and a sum without its currency
    "estimated-value-cur-proc",
    "main-classification-type-proc",
    "organisation-country-buyer",
    "organisation-name-buyer",
    "place-of-performance-country-lot",
    "place-of-performance-country-proc",
    "title-lot",  # "<dossier> - <lot number>" for Belgian buyers (543748-2026): the procedure's title has more words
}


_DEADLINES = (
    (DeadlineKind.TENDER, "deadline-receipt-tender"),
    (DeadlineKind.REQUEST, "deadline-receipt-request"),
    (DeadlineKind.INTEREST, "deadline-receipt-expressions"),
)


def read_rows(body: bytes) -> Iterator[tuple[str, Notice | SourceError]]:
    """Summaries from one page, by publication number. An unreadable row is a value; raises SourceChanged for a page of
    another shape, or of rows with keys that were not requested."""
    page = _read_page(body)
    rows = cast("list[object]", page.get("notices", []))
    yield from read_each("eu_ted", rows, "publication-number", _read_summary)


def _read_summary(fields: Mapping[str, object], number: str) -> Iterator[tuple[str, Notice]]:
    _audit(fields)
    yield number, read_row(dict(fields))


def read_row(row: Row) -> Notice:
    """The summary in one row; takes every field of FIELDS out of `row`. Raises Unreadable or Unknown."""
    number = _take_one(row, "publication-number") or ""
    languages = tuple(code.upper() for code in _take(row, "official-language"))
    titles = _take_titles(row, languages)
    descriptions = tuple(Text(read_paragraphs(t.value), t.language) for t in _take_texts(row, "description-proc"))
    cpv, nuts, countries = _take_cpv(row), *_take_places(row)
    buyers = _take_buyers(row)
    day = _take_day(row)
    deadline = _take_deadline(row, buyers, day)
    documents = tuple(dict.fromkeys(read_address(url) for url in _take(row, "document-url-lot")))
    nature = _take_one(row, "contract-nature-main-proc")
    identifier, version = _take_identity(row, number)
    subtype = _take_one(row, "notice-subtype")
    return Notice(
        id=identifier,
        version=version,
        form=form_of(_take_one(row, "form-type"), subtype),
        publication=Publication("eu_ted", number, day, _PAGE_OF.format(number=number)),
        notice_type=_take_one(row, "notice-type"),
        subtype=subtype,
        procedure=_take_one(row, "procedure-identifier"),
        procedure_type=_take_one(row, "procedure-type"),
        languages=languages,
        titles=titles,
        descriptions=descriptions,
        nature=nature,
        cpv=cpv,
        nuts=nuts,
        buyers=buyers,
        # Every notice has a lot (BT-137) but those of a buyer profile; rows of before eForms name none.
        lots=tuple(
            Lot(
                lot,
                titles,
                descriptions,
                nature=nature,
                cpv=cpv,
                nuts=nuts,
                countries=countries,
                deadline=deadline,
                documents=documents,
            )
            for lot in dict.fromkeys(_take(row, "identifier-lot") or (() if subtype in LOTLESS else ("LOT-0000",)))
        ),
        changes=tuple(Change(changed) for changed in _take(row, "change-notice-version-identifier")),
        is_summary=True,
    )


def _read_page(body: bytes) -> Row:
    try:
        page = parse_json(body)
    except ValueError as error:
        raise SourceChanged(f"eu_ted: a page of the search is not JSON: {body[:200]!r}") from error
    if not isinstance(page, dict) or not isinstance(cast("Row", page).get("notices"), list):
        raise SourceChanged(f"eu_ted: a page of the search without a list of notices: {body[:200]!r}")
    unknown = cast("Row", page).keys() - _PAGE
    if unknown:
        raise SourceChanged(f"eu_ted: a page of the search with {sorted(unknown)}; look at the API's documentation")
    return cast("Row", page)


def _audit(row: Mapping[str, object]) -> None:
    """Before anything is taken out, lest an unreadable row hide a new field."""
    left = {key: value for key, value in row.items() if key not in _UNREAD and key not in FIELDS}
    if left:
        raise Unknown(f"fields that were not requested: {str(left)[:300]}; add them to read_row")


def _take(row: Row, key: str) -> tuple[str, ...]:
    """The values of a field that is a list, one value, or absent."""
    found = row.pop(key, None)
    listed = cast("list[object]", found) if isinstance(found, list) else [] if found is None else [found]
    if not all(isinstance(value, str | int) for value in listed):
        raise Unknown(f"{key} is {str(found)[:200]}; teach read_row this shape")
    return tuple(str(value).strip() for value in listed)


def _take_one(row: Row, key: str) -> str | None:
    """One word; "unpublished" is eForms' for a field withheld for now (604885-2024)."""
    return next((value for value in _take(row, key) if value != "unpublished"), None)


def _take_texts(row: Row, key: str) -> tuple[Text, ...]:
    """A field by language, in both of its shapes: {"fra": "…"} (title-proc) and {"fra": ["…"]} (buyer-name)."""
    found = row.pop(key, None)
    if found is None:
        return ()
    if not isinstance(found, dict):
        raise Unknown(f"{key} is {str(found)[:200]}, not words by language; teach read_row this shape")
    by_language = cast("Row", found)
    return tuple(
        Text(read_line(value) if key != "description-proc" else value, language.upper())
        for language in tuple(by_language)
        for value in dict.fromkeys(_take(by_language, language))
    )


def _take_titles(row: Row, languages: tuple[str, ...]) -> tuple[Text, ...]:
    """The procedure's title; else that of the notice without the country and the CPV label the portal puts before it
    ("Belgium – Engineering services – Voorbereidende analyses …", 543748-2026), in the notice's own language."""
    own, composed = _take_texts(row, "title-proc"), _take_texts(row, "notice-title")
    if own:
        return own
    chosen = [text for text in composed if text.language in languages] or list(composed[:1])
    only_language = languages[0] if len(languages) == 1 else None
    return tuple(
        Text(text.value.split(" – ", 2)[-1], text.language if text.language in languages else only_language)
        for text in chosen
    )


def _take_identity(row: Row, number: str) -> tuple[str, int]:
    """BT-701 and BT-757. Notices before eForms have neither: their publication number is used in their place, once."""
    identifier, version = _take_one(row, "notice-identifier"), _take_one(row, "notice-version")
    if identifier is None:
        return number, 1
    number_of_version = read_count(version)
    if number_of_version is None:
        raise Unreadable(f"notice-version is {version!r}: without it the full text could not take this one's place")
    return identifier, number_of_version


def _take_day(row: Row) -> date:
    day = read_day(_take_one(row, "publication-date"))
    if day is None:
        raise Unreadable("no publication-date that can be read")
    return day


def _take_cpv(row: Row) -> tuple[Cpv, ...]:
    """The main code first; what is no code is left out, one bad code among many is not worth a notice."""
    keys = ("main-classification-proc", "additional-classification-proc", "classification-cpv")
    return once(read_cpv(code) for key in keys for code in _take(row, key))


def _take_places(row: Row) -> tuple[tuple[Nuts, ...], tuple[str, ...]]:
    """NUTS codes, and the countries among them (543742-2026: FRL05, FRA; RWA and COD of calls for development aid: no
    NUTS code of today is spelled like a country). "ANYW", "00" and codes like "BEZZZ" (612645-2026) mean no place."""
    places = dict.fromkeys(_take(row, "place-of-performance"))
    countries = tuple(place for place in places if is_country(place))
    placed = (p for p in places if p not in countries and not p.endswith("ZZZ"))
    return once(read_nuts(place) for place in placed), countries


def _take_buyers(row: Row) -> tuple[Buyer, ...]:
    """Buyers by position within each language; their country where all share one."""
    texts = _take_texts(row, "buyer-name")
    countries = tuple(dict.fromkeys(_take(row, "buyer-country")))
    by_language: dict[str | None, list[Text]] = {}
    for text in texts:
        by_language.setdefault(text.language, []).append(text)
    country = countries[0] if len(countries) == 1 else None
    count = max((len(names) for names in by_language.values()), default=0)
    return tuple(
        Buyer(Organisation(f"BUYER-{n + 1:04d}", _nth(by_language.values(), n), country=country)) for n in range(count)
    )


def _nth(lists: Iterable[list[Text]], n: int) -> tuple[Text, ...]:
    return tuple(names[n] for names in lists if n < len(names))


def _take_deadline(row: Row, buyers: tuple[Buyer, ...], day: date) -> Deadline | None:
    """The earliest of all that are stated: which lot each belongs to is not known, and a lot assumed to close too early
    costs a check of the notice, one assumed to close too late costs a contract. In restricted procedures, where
    requests close before tenders, it is the request that comes first. One before the publication gives way to another;
    where all lie before it, a result or a change may well repeat what is over."""
    zone = zone_of(buyers[0].organisation.country) if buyers else None
    union = _take(row, "deadline-receipt-request")
    stated: list[Deadline] = []
    for kind, prefix in _DEADLINES:
        days, hours = _take(row, f"{prefix}-date-lot"), _take(row, f"{prefix}-time-lot")
        # Days and hours of as many lots are in the same order; else the earliest hour goes with every day.
        paired = hours if len(hours) == len(days) else (min(hours, default=None),) * len(days)
        stated.extend(read_deadline(day, hour, kind, zone=zone) for day, hour in zip(days, paired, strict=True))
    if not stated:
        # Fields of before 2024, and the union of the three for those whose pairs were not filled.
        stated.extend(
            read_deadline(day, hour or None, DeadlineKind.TENDER, zone=zone)
            for day, _, hour in (written.partition("T") for written in union)
        )
    return possible_deadline(stated, begin_of(day, None), is_change=True)


def read_search(body: bytes) -> Iterator[tuple[str, Notice | SourceError]]:
    """Summaries from a page of the Search API, by publication number. Raises SourceChanged when the page, or a row,
    holds a key that was never requested."""
    yield from read_rows(body)
