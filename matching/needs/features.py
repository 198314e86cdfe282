"""The features by which a sentence with a need is recognised: its words, their beginnings, pairs of words, its surface,
and where it is written."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise

from matching.text.multi_pattern import Spotter
from matching.text.stopwords import word_lists

_WORD = re.compile(r"[^\W_]+")
_STEM, _GRAM = 6, 5
_COMMON = 4
"""Shorter words do not name what is bought."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a sentence is written: `place` in the notice (passages.Place), its `position` among the `count` sentences
    of its passage, the sentence before it, and the stems of the lot's titles and of the labels of its CPV codes."""

    place: str = ""
    position: int = 0
    count: int = 0
    previous: str = ""
    titles: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Rules:
    never: re.Pattern[str]
    requests: tuple[Spotter, ...]
    clauses: tuple[Spotter, ...]


@cache
def _rules() -> _Rules:
    read = tomllib.loads((resources.files("matching.needs") / "needs.toml").read_text(encoding="utf-8"))
    return _Rules(
        never=re.compile("|".join(f"(?:{pattern})" for pattern in read["never"]), re.IGNORECASE),
        requests=tuple(Spotter([pattern], before="") for pattern in read["asks"]),
        clauses=tuple(Spotter([pattern], before="") for pattern in read["clauses"]),
    )


def is_never_a_need(sentence: str) -> bool:
    """Whether a rule refuses the sentence whatever else it holds: a pointer to documents, an address, a lot rule."""
    return _rules().never.search(sentence.strip()) is not None


def features_of(sentence: str, around: Surroundings | None = None) -> frozenset[str]:
    """The features of a sentence, each once: "w:" words, "s:" their beginnings, "e:" their ends, "p:" pairs, "=" what
    rules, the surface and, where they are given, its surroundings show. Accents and case are folded, digits become 0.
    """
    own = _own_features(sentence)
    return own if around is None else own | surroundings_features(sentence, around)


@lru_cache(maxsize=8192)
def _own_features(sentence: str) -> frozenset[str]:
    return frozenset((*_of_words(sentence), *_of_surface(sentence)))


def stems_of(texts: Iterable[str]) -> frozenset[str]:
    """The first letters of the words of some texts, without accents and short words."""
    words = (word for text in texts for word in _WORD.findall(_folded(text)))
    return frozenset(word[:_STEM] for word in words if len(word) >= _COMMON and word.isalpha())


def _folded(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))


def surroundings_features(sentence: str, around: Surroundings) -> frozenset[str]:
    """The features of a sentence that its surroundings alone show."""
    return frozenset(_of_surroundings(sentence, around))


def _of_surroundings(sentence: str, around: Surroundings) -> Iterator[str]:
    stems = stems_of((sentence,))
    shared, labelled = len(stems & around.titles), len(stems & around.labels)
    yield f"=title words {min(shared, 3)}"
    yield f"=label words {min(labelled, 3)}"
    if stems and len(stems & (around.titles | around.labels)) * 2 >= len(stems):
        yield "=half named"
    yield f"=place {around.place}"
    yield f"=at {_position_word(around.position)}"
    if around.count == 1:
        yield "=alone"
    if around.previous:
        before = _own_features(around.previous)
        yield from (f"before{name}" for name in ("=heading", "=only asks", "=only clauses") if name in before)


def _position_word(position: int) -> str:
    return "first" if position == 0 else "second" if position == 1 else "early" if position < 5 else "late"


def _of_words(sentence: str) -> Iterator[str]:
    words = [re.sub(r"\d+", "0", word) for word in _WORD.findall(_folded(sentence[:600]))]
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
    request_count = sum(spotter.is_in(sentence) for spotter in rules.requests)
    clauses = sum(spotter.is_in(sentence) for spotter in rules.clauses)
    yield f"=asks {min(request_count, 2)}"
    yield f"=clauses {min(clauses, 2)}"
    if request_count and not clauses:
        yield "=only asks"
    if clauses and not request_count:
        yield "=only clauses"
    if word_lists().boilerplate.is_in(sentence):
        yield "=boilerplate"
    length = len(sentence.split())
    yield f"=length {'short' if length < 4 else 'middle' if length < 12 else 'long' if length < 30 else 'longest'}"
    if sentence.rstrip().endswith(":"):
        yield "=heading"
    if sum(map(str.isdigit, sentence)) * 8 > len(sentence):
        yield "=digits"
