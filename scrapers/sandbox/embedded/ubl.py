"""Building UBL: names with prefixes to elements, texts by language, identifiers and moments as eForms writes them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import cast
from zoneinfo import ZoneInfo

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]  (compiled, without types)

from scrapers.sandbox.leaves import NS, Element

SANDBOX_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://portal.example/sandbox")
ZONE = ZoneInfo("Europe/Brussels")
"""Brussels, Paris and Luxembourg have the same hours."""


def start(document: str) -> Element:
    """The root of a UBL document ("ContractNotice") with every prefix declared."""
    namespace = f"urn:oasis:names:specification:ubl:schema:xsd:{document}-2"
    return cast("Element", etree.Element(f"{{{namespace}}}{document}", nsmap={None: namespace, **NS}))


def add(parent: Element, name: str, text: object = None, **attributes: str) -> Element:
    """A child "cbc:ID" of `parent`, with its text and attributes."""
    prefix, _, local = name.partition(":")
    child = cast("Element", etree.SubElement(parent, f"{{{NS[prefix]}}}{local}", dict(attributes)))
    if text is not None:
        child.text = str(text)
    return child


def add_path(parent: Element, path: str) -> Element:
    """Nested new children "cac:A/cac:B"; the innermost is returned."""
    for name in path.split("/"):
        parent = add(parent, name)
    return parent


def extend(parent: Element) -> Element:
    """The element for eForms' own extensions inside `parent`."""
    return add_path(parent, "ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent/efext:EformsExtension")


def add_texts(parent: Element, name: str, texts: Mapping[str, str]) -> None:
    """One child per language."""
    for language, text in texts.items():
        add(parent, name, text, languageID=language)


def add_reference(parent: Element, identifier: str) -> None:
    """A party by its key in this notice."""
    add(add(parent, "cac:PartyIdentification"), "cbc:ID", identifier, schemeName="organization")


def uuid_of(*parts: str) -> str:
    """The same UUID for the same words, in every run; written as version 4, which TED requires."""
    return str(uuid.UUID(bytes=uuid.uuid5(SANDBOX_NAMESPACE, "/".join(parts)).bytes, version=4))


def moment(day: date, hour: str) -> tuple[str, str]:
    """("2026-11-20+01:00", "11:00:00+01:00") in the buyers' zone."""
    stamp = datetime.combine(day, time.fromisoformat(hour), ZONE).isoformat()
    return f"{stamp[:10]}{stamp[19:]}", stamp[11:]


def written(root: Element) -> bytes:
    """The document as bytes."""
    return cast("bytes", etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))
