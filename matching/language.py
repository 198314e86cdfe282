"""Which of the four languages a text is in, whatever spelling its publisher uses for it. No stemming here."""

from __future__ import annotations

import re

from warehouse.facts import Text

UNKNOWN = ""
"""The language of a text in none of the four, or too short to tell."""

_CODES = {
    "fr": ("fr", "fra", "fre"),
    "nl": ("nl", "nld", "dut"),
    "en": ("en", "eng"),
    "de": ("de", "deu", "ger"),
}
_BY_CODE = {code: language for language, codes in _CODES.items() for code in codes}

_COMMON = {
    "fr": "le la les des du de et une un pour dans par sur aux au est avec ou qui que l d",
    "nl": "de het een en van voor met op aan door is naar bij zijn of te om wordt worden deze",
    "en": "the of and for to in with on by is are a an or be from this that as will",
    "de": "der die das und für von mit den dem des ein eine zur zum im auf ist sowie oder werden",
}
_MARKS = {word: frozenset(x for x in _COMMON if word in _COMMON[x].split()) for w in _COMMON.values() for word in w.split()}


def two_letters(written: str | None) -> str:
    """"fr", "nl", "en" or "de" for ISO 639-1 or 639-3 in any case ("FRA", "fr"), UNKNOWN for every other."""
    return _BY_CODE.get((written or "").lower(), UNKNOWN)


def language_of(text: Text) -> str:
    """The declared language, or for a text that declares none the one whose small words it holds most of."""
    if text.language:
        return two_letters(text.language)
    counts = dict.fromkeys(_COMMON, 0.0)
    for word in re.findall(r"[a-zäöüß]+", text.value[:2000].lower()):
        for language in _MARKS.get(word, ()):
            counts[language] += 1 / len(_MARKS[word])
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] > 0 else UNKNOWN
