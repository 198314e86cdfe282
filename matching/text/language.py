"""Which of the four languages a text is in, whatever spelling its publisher uses for it. No stemming here."""

from __future__ import annotations

import re

from matching.text.stopwords import word_lists
from warehouse.model.notices import Text

UNKNOWN = ""
"""The language of a text in none of the four, or too short to detect."""

_CODES = {
    "fr": ("fr", "fra", "fre"),
    "nl": ("nl", "nld", "dut"),
    "en": ("en", "eng"),
    "de": ("de", "deu", "ger"),
}
_BY_CODE = {code: language for language, codes in _CODES.items() for code in codes}


def two_letters(written: str | None) -> str:
    """ "fr", "nl", "en" or "de" for ISO 639-1 or 639-3 in any case ("FRA", "fr"), UNKNOWN for every other."""
    return _BY_CODE.get((written or "").lower(), UNKNOWN)


def language_of(text: Text) -> str:
    """The declared language, or for a text that declares none the one of which it has most small words."""
    if text.language:
        return two_letters(text.language)
    common = word_lists().common
    counts = dict.fromkeys(common, 0.0)
    for word in re.findall(r"[^\W\d_]+", text.value[:2000].lower()):
        holding = [language for language in common if word in common[language]]
        for language in holding:
            counts[language] += 1 / len(holding)
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] > 0 else UNKNOWN
