"""What a sentence is told to be a need by: its words, their beginnings, pairs of words, and what its surface shows."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

from matching.text.multi_pattern import Spotter
from matching.text.stopwords import word_lists

_WORD = re.compile(r"[^\W_]+")
_STEM, _GRAM = 6, 5


@dataclass(frozen=True, slots=True)
class _Rules:
    never: re.Pattern[str]
    asks: tuple[Spotter, ...]
    clauses: tuple[Spotter, ...]


@cache
def _rules() -> _Rules:
    read = tomllib.loads((resources.files("matching.needs") / "needs.toml").read_text(encoding="utf-8"))
    return _Rules(
        never=re.compile("|".join(f"(?:{one})" for one in read["never"]), re.IGNORECASE),
        asks=tuple(Spotter([one], before="") for one in read["asks"]),
        clauses=tuple(Spotter([one], before="") for one in read["clauses"]),
    )


def is_never_a_need(sentence: str) -> bool:
    """Whether a rule refuses the sentence whatever else it holds: a pointer to documents, an address, a lot rule."""
    return _rules().never.search(sentence.strip()) is not None


def features_of(sentence: str) -> frozenset[str]:
    """The features of a sentence, each once: "w:" words, "s:" their beginnings, "p:" pairs, "g:" letters of long
    words, "=" what rules and the surface show. Accents and case are folded, digits become 0."""
    return frozenset((*_of_words(sentence), *_of_surface(sentence)))


def _of_words(sentence: str) -> Iterator[str]:
    bare = "".join(c for c in unicodedata.normalize("NFD", sentence[:600].lower()) if not unicodedata.combining(c))
    words = [re.sub(r"\d+", "0", word) for word in _WORD.findall(bare)]
    for word in words:
        yield f"w:{word}"
        if len(word) > _STEM:
            yield f"s:{word[:_STEM]}"
            yield f"e:{word[-_GRAM:]}"
    yield from (f"p:{first} {second}" for first, second in pairwise(words))
    if words:
        yield f"first:{words[0]}"


def _of_surface(sentence: str) -> Iterator[str]:
    rules = _rules()
    asking = sum(spotter.is_in(sentence) for spotter in rules.asks)
    clauses = sum(spotter.is_in(sentence) for spotter in rules.clauses)
    yield f"=asks {min(asking, 2)}"
    yield f"=clauses {min(clauses, 2)}"
    if asking and not clauses:
        yield "=only asks"
    if clauses and not asking:
        yield "=only clauses"
    if word_lists().boilerplate.is_in(sentence):
        yield "=boilerplate"
    length = len(sentence.split())
    yield f"=length {'short' if length < 4 else 'middle' if length < 12 else 'long' if length < 30 else 'longest'}"
    if sentence.rstrip().endswith(":"):
        yield "=heading"
    if sum(map(str.isdigit, sentence)) * 8 > len(sentence):
        yield "=digits"
