"""Gives an XML notice to the reader of its format."""

from __future__ import annotations

import re

from warehouse.model.notices import Notice

_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]")


def read_xml(body: bytes) -> Notice:
    """The notice in an XML document: eForms, TED_EXPORT or BOAMP's ANNONCE. Raises Unreadable and SourceChanged."""
    from scrapers.readers.boamp.annonce import read_announce
    from scrapers.readers.eforms.notice import read_eforms
    from scrapers.readers.ted.export_notice import read_ted_export

    root = _ROOT.search(body)
    if root is not None and root[1] == b"TED_EXPORT":
        return read_ted_export(body)
    if root is not None and root[1] == b"ANNONCE":
        return read_announce(body)
    return read_eforms(body)
