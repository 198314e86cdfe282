"""Navigation of TED_EXPORT, whose names are the same in each of its seven namespaces: by local name only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from scrapers.readers.eforms.tree import cpv, nuts, once, words
from scrapers.readers.normalise.numbers import read_amount, read_count
from scrapers.readers.normalise.text import read_line, read_paragraphs
from scrapers.readers.ted.export_codes import COUNTRIES
from scrapers.safe_formats.xml import Element
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.notices import Money, Organisation, Text


def named(node: Element | None) -> dict[str, Element]:
    """The first child of each name; for elements of which many children are wanted."""
    found: dict[str, Element] = {}
    for child in () if node is None else node:
        found.setdefault(local(child), child)
    return found


def part(node: Element | None, *names: str) -> Element | None:
    """The first child along the names."""
    for name in names:
        if node is None:
            return None
        node = next(node.iterchildren("{*}" + name), None)
    return node


def parts(node: Element | None, *names: str) -> list[Element]:
    """The children with one of the names."""
    return [] if node is None else list(node.iterchildren(*_anywhere(names)))


def first(node: Element | None, *names: str) -> Element | None:
    """The first element of one of the names, however deep it lies."""
    return None if node is None else next(node.iter(*_anywhere(names)), None)


def every(node: Element | None, *names: str) -> list[Element]:
    """All elements with one of the names, however deep."""
    return [] if node is None else list(node.iter(*_anywhere(names)))


@lru_cache(maxsize=256)
def _anywhere(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names in any namespace, as lxml matches them."""
    return tuple("{*}" + name for name in names)


def local(node: Element) -> str:
    """The name without its namespace."""
    return node.tag.rpartition("}")[2]


def words_of(node: Element | None, *names: str) -> str | None:
    """The text of the leaf along the names."""
    return words(part(node, *names))


def value(node: Element | None, *names: str, key: str = "VALUE") -> str | None:
    """The attribute of the leaf along the names."""
    found = part(node, *names)
    return (found.get(key) or None) if found is not None else None


def line(node: Element | None, language: str | None) -> tuple[Text, ...]:
    """A title: its paragraphs in one line, none where it is empty."""
    text = read_line(" ".join(_paragraphs(node)))
    return (Text(text, language),) if text else ()


def paragraphs(node: Element | None, language: str | None) -> tuple[Text, ...]:
    """A description: its paragraphs in lines."""
    text = read_paragraphs("\n".join(_paragraphs(node)))
    return (Text(text, language),) if text else ()


def _paragraphs(node: Element | None) -> list[str]:
    """The words of each <P>, or of the element where it has none."""
    if node is None:
        return []
    return ["".join(p.itertext()) if len(p) else p.text or "" for p in (list(node.iterchildren("{*}P")) or [node])]


def joined(texts: Iterable[tuple[Text, ...]]) -> tuple[Text, ...]:
    """Texts of several languages in one row."""
    return tuple(text for row in texts for text in row)


def codes(nodes: Iterable[Element]) -> tuple[Cpv, ...]:
    """CPV codes of CPV_CODE elements."""
    return once([cpv(code) if (code := node.get("CODE")) else None for node in nodes])


def places(nodes: Iterable[Element]) -> tuple[Nuts, ...]:
    """NUTS codes; "00" (outside the EU) is none."""
    return once([nuts(code) if (code := node.get("CODE")) else None for node in nodes])


def amount(node: Element | None, currency: str | None = None) -> Money | None:
    """A value; R2.0.8 writes "676 700,00" for people and FMTVAL for machines."""
    if node is None:
        return None
    written = node.get("FMTVAL") or words(node)
    currency = currency or node.get("CURRENCY")
    if not written or not currency:
        return None
    number = read_amount(written)
    return None if number is None else Money(number, currency)


def count(node: Element | None) -> int | None:
    """A number of things."""
    return read_count(words(node))


def compact_day(written: str | None) -> date | None:
    """A day as coded data write it, "20200304"."""
    try:
        return date(int(written[:4]), int(written[4:6]), int(written[6:8])) if written else None
    except ValueError:
        return None


def older_day(frame: Element | None) -> date | None:
    """A day as R2.0.8 writes it, in three elements."""
    written = [words_of(frame, name) or "" for name in ("YEAR", "MONTH", "DAY")]
    return compact_day("".join(part.zfill(2) for part in written)) if all(written) else None


def number_of(ojs: str | None) -> str | None:
    """ "2022/S 110-309583" is written "309583-2022"."""
    if not ojs or "/" not in ojs or "-" not in ojs:
        return None
    year, number = ojs.strip()[:4], ojs.strip().rpartition("-")[2].lstrip("0")
    return f"{number}-{year}" if year.isdecimal() and number.isdecimal() else None


def _country(node: Element | None) -> str | None:
    """A country as eForms writes it; one that the table does not have stays as written."""
    code = node.get("VALUE") if node is not None else None
    return COUNTRIES.get(code, code) if code else None


def organisation(address: Element, key: str, language: str | None, size: str | None = None) -> Organisation:
    """A body from the element `address` of an address block; street, telephone, mail and contact point are not read.

    `key` becomes its identifier inside the notice; `language` (ISO 639-3) is that of its name, None if unknown; `size`
    is "sme" or None.
    """
    fields = named(address)
    country = fields.get("COUNTRY")
    region = fields.get("NUTS")
    city = words(fields.get("TOWN"))
    name = fields.get("OFFICIALNAME")
    number = fields.get("NATIONALID")
    if name is None:  # R2.0.8 puts both in ORGANISATION
        name, number = first(address, "OFFICIALNAME"), first(address, "NATIONALID")
    return Organisation(
        id=key,
        names=line(name, language),
        company_number=words(number),
        country=_country(country),
        nuts=next(iter(places([region])), None) if region is not None else None,
        city=read_line(city) if city else None,
        size=size,
    )
