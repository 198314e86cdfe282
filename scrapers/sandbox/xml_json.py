"""XML to JSON as BOAMP does it: prefixed keys, "@attribute" and "#text", one-element lists collapsed to the element.

What the publishing platforms do differently (recorded on 2026-08-12) is kept as two styles: 26-79589 writes
identifiers with their scheme and hours without a fraction; 26-79592 hangs a stray @schemeName on the version leaves,
writes party identifiers bare and hours with milliseconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scrapers.sandbox.leaves import NS, Element

PREFIXES = {uri: prefix for prefix, uri in NS.items()}
STRAY = {"cbc:UBLVersionID", "cbc:CustomizationID"}
LEFT_OUT = {"efac:Publication"}
"""Not known yet when a buyer sends the notice to BOAMP: TED adds it on publication."""
_HOUR = re.compile(r"(\d\d:\d\d:\d\d)(Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True, slots=True)
class Style:
    """How one platform's XML looks after the conversion. `escaped` leaves HTML entities in addresses and texts."""

    stray_schemes: bool = False
    milliseconds: bool = False
    escaped: bool = False


PLAIN = Style()
PLACE = Style(stray_schemes=True, milliseconds=True)
ESCAPED = Style(escaped=True)


def style_of(idweb: str) -> Style:
    """The style of a record, always the same for the same idweb."""
    return (PLAIN, PLACE, ESCAPED)[sum(ord(sign) for sign in idweb) % 3]


def convert(element: Element, style: Style) -> object:
    """The JSON of an element: a text, or an object of attributes, text and children."""
    children = [child for child in element if isinstance(child.tag, str) and _key(child) not in LEFT_OUT]
    value: dict[str, object] = {f"@{name}": text for name, text in _attributes(element, style) if "}" not in name}
    text = _leaf(element, style)
    if not children:
        return {**value, "#text": text} if value else text
    for child in children:
        _add(value, _key(child), convert(child, style))
    return value


def _add(value: dict[str, object], key: str, item: object) -> None:
    present = value.get(key)
    if isinstance(present, list):
        present.append(item)
    elif key in value:
        value[key] = [present, item]
    else:
        value[key] = item


def _key(element: Element) -> str:
    uri, _, name = str(element.tag).removeprefix("{").rpartition("}")
    prefix = PREFIXES.get(uri)
    return f"{prefix}:{name}" if prefix else name


def _attributes(element: Element, style: Style) -> list[tuple[str, str]]:
    key = _key(element)
    written = [(str(name), str(text)) for name, text in element.attrib.items()]
    if style.stray_schemes and key in STRAY:
        return [*written, ("schemeName", "notice-id")]
    if style.stray_schemes and key == "cbc:ID" and ("schemeName", "organization") in written:
        return [pair for pair in written if pair[0] != "schemeName"]
    return written


def _leaf(element: Element, style: Style) -> str:
    text = (element.text or "").strip()
    if style.milliseconds and _key(element).endswith("Time") and (hour := _HOUR.fullmatch(text)):
        return f"{hour[1]}.000{hour[2] or ''}"
    if style.escaped and "&" in text:
        return text.replace("&", "&amp;")
    return text.replace("'", "&#039;") if style.escaped and _key(element) == "cbc:Name" else text
