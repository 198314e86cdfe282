"""Texts as publishers write them become plain text: markup removed, entities undone, white space normalised.

No language is detected and nothing is translated or shortened here.
"""

from __future__ import annotations

import html
import re

from scrapers.errors import Unreadable

# Only names of HTML: "<5 kW" and "température >15°C et <30°C" (published texts) are words, not markup.
_MARKUP = re.compile(
    r"</?(?:a|b|blockquote|br|center|code|div|em|font|h[1-6]|hr|i|img|li|ol|p|pre|s|small|span|strong|sub|sup|"
    r"table|tbody|td|th|thead|tr|u|ul)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_XML_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_BLOCKS = (
    "p",
    "div",
    "br",
    "li",
    "tr",
    "ul",
    "ol",
    "table",
    "blockquote",
    "pre",
    "hr",
    *(f"h{n}" for n in range(1, 7)),
)
_LONGEST = 2_000_000
_MOST_HTML, _MOST_TAGS = 200_000, 1_000
"""Characters and tags of a fragment beyond which it is not parsed as HTML."""

_UNSEEN = re.compile(r"<(?:script|style)\b", re.IGNORECASE)
_AFTER_UNSEEN = re.compile(r"</(?:script|style)\s*>", re.IGNORECASE)
_BLOCK = re.compile(rf"</?(?:{'|'.join(_BLOCKS)})\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


def read_line(written: str) -> str:
    """A title or a name: one line."""
    if "<" in written or "&" in written or len(written) > _LONGEST:
        written = _without_markup(written)
    return _tidy(written)


def read_paragraphs(written: str) -> str:
    """A description: white space collapsed, line breaks kept, several empty lines made one."""
    if "<" in written or "&" in written or len(written) > _LONGEST:
        written = _without_markup(written)
    if "\n" not in written and "\r" not in written:
        return _tidy(written)
    lines = [_tidy(line) for line in written.splitlines()]
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join(kept).strip()


def _tidy(line: str) -> str:
    """Words with one space between them. Most lines are already so, which is cheaper to check than to repeat: a tab, a
    no-break space and a line's end are not printable, a space is."""
    if line.isprintable() and "  " not in line:
        return line.strip()
    return " ".join(line.split())


def read_address(written: str) -> str:
    """A web address: entities undone once (TED 127731-2024 and BOAMP write "&amp;" inside addresses), spaces out. Only
    those that end with a semicolon and that XML knows: "&region=" and "&notice=" are parameters, and html.unescape
    would make "®ion=" and "¬ice=" of them."""
    return "".join(_XML_ENTITY.sub(_character, written).split())


def _character(entity: re.Match[str]) -> str:
    return html.unescape(entity[0])


def _without_markup(written: str) -> str:
    """The words with their entities undone once, and without HTML where there is any. Raises Unreadable for a text
    longer than any notice."""
    if len(written) > _LONGEST:
        raise Unreadable(f"a text of {len(written)} characters begins {written[:60]!r}; no notice is as long")
    if not _MARKUP.search(written):
        if not _ENTITY.search(written):
            return written
        written = html.unescape(written)  # TED 71244-2024 writes "&quot;" twice escaped
        if not _MARKUP.search(written):
            return written
    return _text_of_html(written)


def _text_of_html(written: str) -> str:
    """What a browser would show of a fragment of HTML (TED 649907-2023 describes in <p>, 135963-2024 titles in <a>)."""
    if len(written) > _MOST_HTML or written.count("<") > _MOST_TAGS:
        return _without_tags(written)
    from bs4 import BeautifulSoup  # loaded at first use: few notices need it

    soup = BeautifulSoup(written, "html.parser")
    for unseen in soup.find_all(("script", "style")):
        unseen.decompose()
    for block in soup.find_all(_BLOCKS):
        block.insert_before("\n")
        block.insert_after("\n")
    return soup.get_text()


def _without_tags(written: str) -> str:
    """The same, roughly, of what is too much for a parser whose work grows with the square of open tags: 300,000 open
    <p> in one title would keep it busy for hours. Every step here is one pass."""
    pieces: list[str] = []
    for n, piece in enumerate(_UNSEEN.split(written)):
        # After "<script" comes what is not seen, up to its end; without one nothing more is.
        pieces.append(piece if n == 0 else "".join(_AFTER_UNSEEN.split(piece, maxsplit=1)[1:]))
    return html.unescape(_TAG.sub("", _BLOCK.sub("\n", " ".join(pieces))))
