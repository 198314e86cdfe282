"""Bytes of a notice become a tree here, safely: no entity is resolved, nothing is fetched, no size is unlimited.

The meaning of a tree is decided by the readers; eForms and TED_EXPORT are not read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Protocol, cast

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]  (compiled, without types)

from scrapers.errors import Unreadable

_HTML = re.compile(rb"\s*(?:<!doctype\s+html|<html|<head|<body)", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_DECLARED = re.compile(rb"""<\?xml[^>]*?encoding=["']([A-Za-z0-9._-]+)["']""")
_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>\s*")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

# libxml2's own numbers (xmlParserErrors), stable since 2.6: errors by kind, whatever their wording.
_TRAILING_GARBAGE = 5
_UNDECLARED_ENTITY = 26
_UNKNOWN_ENCODING = 32
_PREMATURE_END = 77
_INVALID_BYTES = 81


class Element(Protocol):
    """The part of an lxml element that readers use: its name, its text, its attributes, its children."""

    @property
    def tag(self) -> str:
        """The name with its namespace in braces."""
        ...

    @property
    def text(self) -> str | None:
        """The words before the first child."""
        ...

    @property
    def tail(self) -> str | None:
        """The words after the element."""
        ...

    def get(self, key: str) -> str | None:
        """An attribute."""
        ...

    def items(self) -> Sequence[tuple[str, str]]:
        """The attributes."""
        ...

    def iterchildren(self, *tags: str) -> Iterator[Element]:
        """Children in order, only those with one of the tags when some are given."""
        ...

    def iter(self, *tags: str) -> Iterator[Element]:
        """The element and all that lies in it, in order, only those with one of the tags when some are given."""
        ...

    def getnext(self) -> Element | None:
        """The element after this one, under the same parent."""
        ...

    def getparent(self) -> Element | None:
        """The element that holds this one."""
        ...

    def itertext(self) -> Iterator[str]:
        """All words in it, in order."""
        ...

    def __iter__(self) -> Iterator[Element]: ...

    def __len__(self) -> int: ...


def parse_xml(body: bytes, *, blanks: bool = True) -> Element:
    """The root of an XML document, without its comments and processing instructions. Without `blanks`, white space
    between elements is left out too, which is faster and right where words and elements are never mixed.

    Raises Unreadable, with a sentence that states what was seen, for a body that is empty, not XML, cut off, in another
    encoding than it declares, or that declares entities (an entity bomb, or an attempt to read a file).
    """
    _refuse_what_is_not_xml(body)
    _refuse_doctype(body)
    try:
        root = etree.fromstring(body, _parser(blanks=blanks))
    except etree.XMLSyntaxError as error:
        raise Unreadable(_explain(error.code, str(error.msg), body)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("the document has a DOCTYPE far from its beginning, which no notice has")
    return cast(Element, root)


def as_utf8(written: str) -> bytes:
    """The bytes of XML that came as text inside something else (JSON), which decoded it: the declaration's encoding no
    longer applies and is left out, and so is what precedes it."""
    return _DECLARATION.sub("", written.lstrip("\ufeff \r\n\t"), count=1).encode()


@cache
def _parser(*, blanks: bool):  # pyright: ignore[reportUnknownParameterType]
    """One parser of a kind for the process; lxml lets one thread at a time use it. Never with collect_ids=False, which
    would be faster and makes lxml 6.1 load the DTD that load_dtd=False forbids."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=not blanks,
    )


def _refuse_what_is_not_xml(body: bytes) -> None:
    """Refuse what the parser would report in a misleading way, or should not be given at all."""
    if body.startswith(b"<?xml"):
        return
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise Unreadable(f"the body is empty ({len(body)} bytes, no character but white space); fetch it again")
    if _HTML.match(start):
        title = _TITLE.search(body[:20_000])
        words = " ".join(title[1].decode("utf-8", "replace").split()) if title else "no title"
        raise Unreadable(f"an HTML page came instead of XML ({words!r:.90}); fetch it again")
    if not start.startswith((b"<", *_UTF16_MARKS)):
        raise Unreadable(f"the body is not XML: it begins with {start[:40]!r}")


def _refuse_doctype(body: bytes) -> None:
    """Refuses a document type declaration before anything of it is read: no notice has one, and it can declare
    entities, files and addresses. It can only be before the root."""
    start = body[:4_000]
    if body.startswith(_UTF16_MARKS):
        start = start.decode("utf-16", "ignore").encode()
    if b"<!DOCTYPE" in start:
        what = "declares entities in a DOCTYPE" if b"<!ENTITY" in start else "has a DOCTYPE"
        raise Unreadable(f"the document {what}, which no notice needs; nothing of it was expanded or fetched")


def _explain(code: int, message: str, body: bytes) -> str:
    """One sentence on the parser's error; `code` is libxml2's number for it."""
    seen = " ".join(message.split())
    if code == _INVALID_BYTES:
        return _explain_bytes(body, seen)
    if code == _UNKNOWN_ENCODING:
        return f"the document declares an unknown encoding ({seen})"
    if code == _UNDECLARED_ENTITY:
        return f"the document uses an entity it does not declare ({seen})"
    if code == _PREMATURE_END or (code != _TRAILING_GARBAGE and not body.rstrip().endswith((b">", b">\0"))):
        return f"the document is cut off: its end is missing after {len(body)} bytes ({seen}); fetch it again"
    return f"the document is not well-formed XML ({seen})"


def _explain_bytes(body: bytes, seen: str) -> str:
    """Which byte contradicts the declared encoding, or that the body ends within a character."""
    found = _DECLARED.match(body.lstrip(b"\xef\xbb\xbf"))
    declared = found[1].decode("ascii") if found else "UTF-8"
    try:
        body.decode(declared)
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return f"the document is cut off within a character after {len(body)} bytes; fetch it again"
        byte = f"byte 0x{body[error.start]:02X} at position {error.start}"
        return f"the document declares {declared} but is not ({byte}): it was written in another encoding"
    except LookupError:
        return f"the document declares an unknown encoding ({declared})"
    return f"the document declares {declared} but holds bytes that are not ({seen})"
