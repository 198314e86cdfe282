"""Texts of XML elements, for the portal's own simple reading.

The portal is an independent check of the readers: it imports nothing of scrapers.readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, cast

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]  (compiled, without types)

NS = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "ext": "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2",
    "efac": "http://data.europa.eu/p27/eforms-ubl-extension-aggregate-components/1",
    "efbc": "http://data.europa.eu/p27/eforms-ubl-extension-basic-components/1",
    "efext": "http://data.europa.eu/p27/eforms-ubl-extensions/1",
}
EXTENSION = "ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent/efext:EformsExtension"


class Element(Protocol):
    """What the portal uses of an lxml element."""

    tag: object
    text: str | None

    @property
    def attrib(self) -> Mapping[str, str]:
        """The attributes."""
        ...

    def get(self, key: str, default: str = "", /) -> str:
        """One attribute."""
        ...

    def findall(self, path: str, namespaces: Mapping[str, str] | None = None) -> list[Element]:
        """The elements at a path, in document order."""
        ...

    def itertext(self) -> Iterator[str]:
        """Every text inside."""
        ...

    def __iter__(self) -> Iterator[Element]: ...


class NotXml(ValueError):
    """Bytes that are no XML; the message is the parser's."""


def parse(body: bytes) -> Element:
    """The root of an XML document; no entity is resolved and nothing is fetched. Raises NotXml."""
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as wrong:
        raise NotXml(str(wrong)) from wrong
    return cast("Element", root)


def find(element: Element, path: str) -> list[Element]:
    """Every element at `path`, in document order; prefixes as in NS."""
    return element.findall(path, NS)


def words(element: Element, path: str) -> list[str]:
    """The stripped texts at `path` that are not empty."""
    return [text for found in find(element, path) if (text := (found.text or "").strip())]


def word(element: Element, path: str) -> str | None:
    """The first text at `path`, or None."""
    return next(iter(words(element, path)), None)


def by_language(elements: Iterable[Element]) -> dict[str, list[str]]:
    """{"fra": [text, ...]} of texts that declare their language, as TED's plural multilingual fields."""
    found: dict[str, list[str]] = {}
    for element in elements:
        text = (element.text or "").strip()
        if text:
            found.setdefault(element.get("languageID", "und").lower(), []).append(text)
    return found


def local_name(element: Element) -> str:
    """The name without its namespace."""
    return str(element.tag).rpartition("}")[2]
