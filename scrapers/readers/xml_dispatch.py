"""Parses an XML notice once and gives its tree to the reader of its format.

The format is the name of the root element. A new XML format gets one line in `read_xml`.
"""

from __future__ import annotations

import re

from scrapers.readers.boamp.annonce import read_announce
from scrapers.readers.eforms.notice import read_eforms_tree
from scrapers.readers.ted.export_notice import read_ted_export
from scrapers.safe_formats.xml import Element, parse_xml
from warehouse.model.notices import Notice

_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]")
_TED_EXPORT, _ANNONCE = "TED_EXPORT", "ANNONCE"


def read_xml(body: bytes) -> Notice:
    """The notice in an XML document: eForms, TED_EXPORT or BOAMP's ANNONCE. Raises Unreadable (Unknown is one)."""
    root = _parse(body)
    if _name(root) == _ANNONCE:
        return read_announce(root)
    return _read_ted(root, None)


def read_ted_xml(body: bytes, number: str | None = None) -> Notice:
    """The notice in a document of TED: eForms or TED_EXPORT, whatever its year.

    `number` is the publication number, for eForms documents that do not state theirs. Raises Unreadable
    (Unknown is one).
    """
    return _read_ted(_parse(body), number)


def _read_ted(root: Element, number: str | None) -> Notice:
    if _name(root) == _TED_EXPORT:
        return read_ted_export(root)
    return read_eforms_tree(root, number=number)


def _parse(body: bytes) -> Element:
    """The root element. TED_EXPORT mixes words and elements, so its white space is kept; it is parsed a second time
    only where its name could not be seen before parsing (another encoding, a comment that holds a tag)."""
    seen = _ROOT.search(body)
    keeps_blanks = seen is not None and seen[1] == _TED_EXPORT.encode()
    root = parse_xml(body, blanks=keeps_blanks)
    if keeps_blanks != (_name(root) == _TED_EXPORT):
        return parse_xml(body, blanks=not keeps_blanks)
    return root


def _name(root: Element) -> str:
    """The name of the root element without its namespace."""
    return root.tag.rpartition("}")[2]
