"""Makes the words of strangers safe to show: a notice's text and links are hostile until they passed here.

Escaping for HTML is the template's work, encoding of headers the mail policy's. Nothing here knows of digests.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode categories that draw nothing or redirect what is drawn: controls, format signs (the bidi overrides of
CVE-2021-42574, zero-width signs, tags), surrogates, private use, unassigned."""

_SPACE = re.compile(r"\s+")
_MARKS = 3  # combining marks kept on one letter; Vietnamese and polytonic Greek need two


def clean_text(written: str) -> str:
    """One line of visible signs: white space of any kind becomes one space, what draws nothing goes, piled-up
    combining marks are thinned. The words themselves stay as written."""
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
    """Cleaned, and cut at a word's end with an ellipsis when longer than `most` signs."""
    text = clean_text(written)
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) >= most // 2 else cut).rstrip(" ,;:.-–(") + "…"


def clean_url(written: str | None) -> str | None:
    """A web address safe to link to, else None: http or https, a host, no credentials ("https://ted.europa.eu@evil"),
    printable ASCII only, at most 500 signs."""
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
