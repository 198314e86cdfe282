"""Sanitising of third-party text and links: everything from a notice is untrusted until it has passed through here.

HTML is escaped by the templates, mail headers are encoded by the mail policy.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode categories that are invisible or change the direction of text: controls, format characters (the bidi
overrides of CVE-2021-42574, zero-width characters, tags), surrogates, private use, unassigned."""

_SPACE = re.compile(r"\s+")
_MARKS = 3  # combining marks kept on one letter; Vietnamese and polytonic Greek use two


def clean_text(written: str) -> str:
    """The text on one line: runs of white space become one space, invisible characters are removed, and combining marks
    beyond three on one letter are dropped."""
    spaced = _SPACE.sub(" ", written)
    kept: list[str] = []
    marks = 0
    for sign in spaced:
        category = unicodedata.category(sign)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category not in _DROPPED and marks <= _MARKS:
            kept.append(sign)
    return _SPACE.sub(" ", "".join(kept)).strip()


def clip_text(written: str, most: int) -> str:
    """The cleaned text, cut at a word boundary with an ellipsis when it is longer than `most` characters."""
    text = clean_text(written)
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) >= most // 2 else cut).rstrip(" ,;:.-–(") + "…"


def clean_url(written: str | None) -> str | None:
    """The URL when it is safe to link to, else None. It must be http or https with a host, without credentials
    ("https://ted.europa.eu@evil"), of printable ASCII and at most 500 characters."""
    if not written or len(written) > 500 or not re.fullmatch(r"[!-~]+", written):
        return None
    if re.search(r"[\"'<>\\^`{|}]", written):
        return None
    try:
        parts = urlsplit(written)
        host = parts.hostname
    except ValueError:
        return None
    is_web = parts.scheme in ("http", "https") and bool(host) and "@" not in parts.netloc
    return written if is_web else None
