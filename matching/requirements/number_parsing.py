"""Numbers as notices write them: how many references or persons, which amount of money. Four languages.

What is counted is the caller's; a maximum, a part of a number ("of which two") and a bare article are no numbers here.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache, lru_cache

from matching.text.multi_pattern import Spotter
from warehouse.model.notices import Money

_WORDS = {
    1: "un|une|één|een|ein|eine|einen|einer|einem|eines|one",
    2: "deux|twee|zwei|two",
    3: "trois|drie|drei|three",
    4: "quatre|vier|four",
    5: "cinq|vijf|fünf|five",
    6: "six|zes|sechs",
    7: "sept|zeven|sieben|seven",
    8: "huit|acht|eight",
    9: "neuf|negen|neun|nine",
    10: "dix|tien|zehn|ten",
}
_VALUE = {word: number for number, words in _WORDS.items() for word in words.split("|")}
_ARTICLES = frozenset(_WORDS[1].split("|")) - {"één", "one"}
_COUNT = r"\d{1,3}|" + "|".join(sorted(_VALUE, key=len, reverse=True))
_ASIDE = r"(?:\s?\(\s?(?:\d{1,3}|[a-zéë]{2,6})\s?\))?"
_LEAST = Spotter(
    (
        r"au moins|minim\w*|au minimum|min\b|mind\.|minstens|ten ?minste|mindestens|mindest\w*|wenigstens|at least|"
        r"no fewer|exact\w*|niveau\(x\)|angabe von|nachweis von",
    ),
    before="",
)
_MOST = re.compile(
    r"au plus|maxim\w*|\bmax\b|jusqu['’]à|hoogstens|ten hoogste|höchstens|bis zu|up to|at most|no more than|"
    r"ne dépass\w+",
    re.IGNORECASE,
)
_PART = re.compile(r"\b(?:dont|parmi|waarvan|davon|darunter|of which|including|une? des|een van de|eine der)\b", re.I)
_OF_MANY = re.compile(r"\s+(?:des|de nos|of the|der|van de)\b", re.IGNORECASE)
_OR_MORE = re.compile(r"\s+(?:oder mehrere|ou plusieurs|of meer|or more)", re.IGNORECASE)
_RANGE = re.compile(rf"{_ASIDE}\s?(?:à|bis|tot|to|-|–)\s?", re.IGNORECASE)
_OTHER_THINGS = re.compile(
    r"\b(?:ans|an|années?|exercices?|mois|jaar|jaren|boekjaren|maanden|jahren?|monate?n?|years?|months?|"
    r"punkten?|points?|punten|seiten|pages?|pagina|eur|euros?|premi[eè]re?s?|ersten|eerste|first)\b",
    re.IGNORECASE,
)
"""What a number before a noun counts instead of it: years, points, pages, the first of many."""

_DIGITS = (
    r"\d{1,3}(?:,\d{3})+(?:\.\d{2})?(?!\d)|\d{1,3}(?:[ .\u00a0\u202f']\d{3})+(?:,\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?"
)
_SCALE = (
    r"millions?|miljoen|millionen|mio\.?|mln\.?|milliards?|miljard|milliarden|mrd\.?|billion|"
    r"k(?=\s?€|\s?eur)|m(?=\s?€|\s?eur)"
)
_CURRENCIES = {
    "£": "GBP",
    "gbp": "GBP",
    "chf": "CHF",
    "usd": "USD",
    "$": "USD",
    "nok": "NOK",
    "sek": "SEK",
    "dkk": "DKK",
}
_CURRENCY = r"euros?|eur|€|£|\$|" + "|".join(code for code in _CURRENCIES if code.isalpha())
_MONEY = re.compile(
    rf"(?<![\w.,])(?:(?P<before>{_CURRENCY})\s?(?P<a>{_DIGITS})\s?(?P<sa>{_SCALE})?(?![\d])"
    rf"|(?P<b>{_DIGITS})\s?(?P<sb>{_SCALE})?\s?(?:d['’]\s?)?(?P<after>{_CURRENCY})(?!\w)"
    rf"|(?P<c>{'|'.join(_VALUE)})(?:\s?\(\d{{1,2}}\))?\s(?P<sc>{_SCALE})\s?(?:d['’]\s?)?(?P<beside>{_CURRENCY})(?!\w))",
    re.IGNORECASE,
)
_FACTOR = {"m": 10**6, "k": 10**3, "b": 10**9}


@cache
def _counted(nouns: str) -> re.Pattern[str]:
    """A number, at most three words, one of the nouns; looked for at every place, as "in den letzten drei Jahren
    mindestens ein Referenzprojekt" begins with a number that is none."""
    return re.compile(
        rf"(?<![\w.,/])(?=(?P<n>{_COUNT})\b{_ASIDE}(?:\s?(?:à|bis|tot|to|-|–)\s?(?:{_COUNT})\b{_ASIDE})?\s"
        rf"(?P<between>(?:(?!\d)[\w'’*/()-]{{1,30}}\s){{0,3}}?)(?P<noun>{nouns})(?!\w))",
        re.IGNORECASE,
    )


def least_counts(sentence: str, nouns: str, *, least_only: bool = False) -> list[int]:
    """The numbers of these things that a sentence requires at least, in its order, each once. With `least_only` only
    numbers with a word for a minimum; an article ("une référence") always needs one."""
    nearest: dict[int, re.Match[str]] = {}
    for hit in _counted(nouns).finditer(sentence):
        before = nearest.get(hit.start("noun"))
        if before is None or not _RANGE.fullmatch(sentence[before.end("n") : hit.start()]):
            nearest[hit.start("noun")] = hit
    found: dict[int, None] = {}
    for hit in nearest.values():
        written = hit["n"].lower()
        before = sentence[max(0, hit.start() - 45) : hit.start()]
        if _OTHER_THINGS.search(hit["between"]) or _is_bounded(before) or _PART.search(before[-14:]):
            continue
        tail = sentence[hit.end("n") : hit.end("noun")]
        if written in _ARTICLES and _OF_MANY.match(tail):
            continue
        if (least_only or written in _ARTICLES) and not _LEAST.is_in(before) and not _OR_MORE.match(tail):
            continue
        if number := int(written) if written.isdigit() else _VALUE[written]:
            found[number] = None
    return list(found)


def _is_bounded(before: str) -> bool:
    """Whether the last bound before a number is an upper one."""
    most = [hit.end() for hit in _MOST.finditer(before)]
    least = [hit.end() for hit in _LEAST.finditer(before)]
    return bool(most) and most[-1] > max(least, default=-1) and len(before) - most[-1] < 12


@lru_cache(maxsize=64)  # each finder calls it for the same clause
def says_least(text: str) -> bool:
    """Whether it states a minimum."""
    return _LEAST.is_in(text)


def amounts(sentence: str) -> list[tuple[int, int, Money]]:
    """Amounts with where they start and end."""
    return [(hit.start(), hit.end(), Money(_amount(hit), _currency(hit))) for hit in _MONEY.finditer(sentence)]


def _currency(hit: re.Match[str]) -> str:
    return _CURRENCIES.get((hit["before"] or hit["after"] or hit["beside"]).lower(), "EUR")


def _amount(hit: re.Match[str]) -> Decimal:
    digits = hit["a"] or hit["b"] or str(_VALUE[hit["c"].lower()])
    scale = (hit["sa"] or hit["sb"] or hit["sc"] or "").lower()
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d{2})?", digits):
        digits = digits.replace(",", "")
    whole = re.sub(r"[ .'\u00a0\u202f](?=\d{3})", "", digits).replace(",", ".")
    billions = scale.startswith(("milliard", "miljard", "mrd", "b"))
    factor = 10**9 if billions else _FACTOR.get(scale[:1], 1)
    value = Decimal(whole) * factor
    return value.to_integral_value() if value == value.to_integral_value() else value
