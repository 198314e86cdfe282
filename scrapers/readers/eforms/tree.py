"""The names of eForms' UBL and how to walk it: by namespace, never by prefix (one publisher in twenty prefixes the
root, as TED 302072-2023 does).

Only what every part of the reader shares: elements, texts, codes, money. What a field means is read elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar

from scrapers.readers.countries import has_nuts, is_country
from scrapers.readers.normalise.numbers import read_amount
from scrapers.readers.normalise.text import read_line, read_paragraphs
from scrapers.safe_formats.xml import Element
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.errors import BadFact
from warehouse.model.notices import Money, Text

_T = TypeVar("_T")

CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
EXT = "{urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2}"
EFAC = "{http://data.europa.eu/p27/eforms-ubl-extension-aggregate-components/1}"
EFBC = "{http://data.europa.eu/p27/eforms-ubl-extension-basic-components/1}"
EFEXT = "{http://data.europa.eu/p27/eforms-ubl-extensions/1}"

ID = CBC + "ID"
NAME = CBC + "Name"
DESCRIPTION = CBC + "Description"
EXTENSIONS = EXT + "UBLExtensions"
_EXTENSION = EFEXT + "EformsExtension"

_UNPUBLISHED = "unpublished"  # eForms' word for a field withheld for now (BT-195)
_MASKED = -1  # its number


def parts_of(node: Element | None) -> dict[str, list[Element]]:
    """The children by name. Walking them once is faster than asking lxml for one name after another."""
    found: dict[str, list[Element]] = {}
    if node is not None:
        for part in node:
            tag = part.tag
            if tag in found:
                found[tag].append(part)
            else:
                found[tag] = [part]
    return found


def first(parts: dict[str, list[Element]], tag: str) -> Element | None:
    """The first of some children of that name."""
    found = parts.get(tag)
    return found[0] if found else None


def child(node: Element, tag: str) -> Element | None:
    """The first child of that name."""
    return next(node.iterchildren(tag), None)


def down(node: Element | None, *tags: str) -> Element | None:
    """The first grandchild along the names."""
    for tag in tags:
        if node is None:
            return None
        node = next(node.iterchildren(tag), None)
    return node


def words(node: Element | None) -> str | None:
    """The text of a leaf, without surrounding space; None when it is empty."""
    if node is None:
        return None
    value = node.text
    return (value.strip() or None) if value else None


def pointed(node: Element) -> str | None:
    """The identifier in an element that only refers to another, <tag><cbc:ID>LOT-0001</cbc:ID></tag>: its first child
    nearly always, which is found faster than one of that name."""
    for leaf in node:
        if leaf.tag == ID:
            value = leaf.text
            return (value.strip() or None) if value else None
    return None


def word(node: Element, tag: str) -> str | None:
    """The text of the first child of that name."""
    for leaf in node.iterchildren(tag):
        value = leaf.text
        return (value.strip() or None) if value else None
    return None


def in_extensions(extensions: Element | None) -> Element | None:
    """The eForms extension in ext:UBLExtensions."""
    return None if extensions is None else next(extensions.iter(_EXTENSION), None)


def within(node: Element, tag: str) -> str | None:
    """The text of the first leaf of that name, however deep; for small elements where it occurs only once."""
    return words(next(node.iter(tag), None))


def reference(node: Element, tag: str) -> str | None:
    """The identifier in a child that only points: <tag><cbc:ID>LOT-0001</cbc:ID></tag>."""
    for pointer in node.iterchildren(tag):
        return pointed(pointer)
    return None


def lines(leaves: Iterable[Element]) -> tuple[Text, ...]:
    """Titles or names, one a language."""
    return _texts(leaves, _line)


def paragraphs(leaves: Iterable[Element]) -> tuple[Text, ...]:
    """Descriptions, one a language."""
    return _texts(leaves, _paragraphs)


def _texts(leaves: Iterable[Element], read: Callable[[str, str | None], Text | None]) -> tuple[Text, ...]:
    """Leaves that are not empty."""
    texts: list[Text] = []
    for leaf in leaves:
        written = leaf.text
        if written and written.strip() != _UNPUBLISHED and (value := read(written, leaf.get("languageID"))):
            texts.append(value)
    return tuple(texts)


@lru_cache(maxsize=64)  # a notice repeats for its lots the texts of the whole
def _line(written: str, language: str | None) -> Text | None:
    value = read_line(written)
    return Text(value, language) if value else None


@lru_cache(maxsize=64)
def _paragraphs(written: str, language: str | None) -> Text | None:
    value = read_paragraphs(written)
    return Text(value, language) if value else None


def money(leaf: Element | None) -> Money | None:
    """An amount with its currency; None where either is missing (TED 187172-2024 estimates "440000.00" of no
    currency), because a wrong price misleads and a missing one does not."""
    value = words(leaf)
    if leaf is None or not value:
        return None
    currency = leaf.get("currencyID")
    amount = read_amount(value)
    return Money(amount, currency) if currency and amount is not None and amount != _MASKED else None


@lru_cache(maxsize=4096)
def cpv(written: str) -> Cpv | None:
    """A CPV code, None for what is none: a bad code among many is not worth a notice."""
    try:
        return Cpv.read(written)
    except BadFact:
        return None


@lru_cache(maxsize=4096)
def nuts(written: str) -> Nuts | None:
    """A NUTS code, None for what is none: "00", "anyw", a country as "RWA", a country without regions as "US"."""
    code = written.strip().upper()
    try:
        return Nuts(code) if has_nuts(code) and not is_country(code) else None
    except BadFact:
        return None


def published(code: str | None) -> str | None:
    """A code, None where it is withheld."""
    return None if code == _UNPUBLISHED else code


def once(values: Iterable[_T | None]) -> tuple[_T, ...]:
    """Each stated value once, in order."""
    stated = [value for value in values if value is not None]
    return tuple(stated) if len(stated) < 2 else tuple(dict.fromkeys(stated))
