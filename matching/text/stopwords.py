"""Lists of small words, read once from wordlists.toml: what to leave out, what to count less."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from matching.text.multi_pattern import Spotter


@dataclass(frozen=True, slots=True)
class WordLists:
    """Words by two-letter language, the abbreviations of all of them, and what marks the sentences without a word of
    what is bought."""

    common: dict[str, frozenset[str]]
    procurement: dict[str, frozenset[str]]
    abbreviations: tuple[str, ...]
    boilerplate: Spotter


@cache
def word_lists() -> WordLists:
    """The shipped lists."""
    read = tomllib.loads((resources.files("matching.text") / "wordlists.toml").read_text(encoding="utf-8"))
    return WordLists(
        common={language: frozenset(words.split()) for language, words in read["common"].items()},
        procurement={language: frozenset(words.split()) for language, words in read["procurement"].items()},
        abbreviations=tuple(read["abbreviations"]["all"].split()),
        boilerplate=Spotter(read["boilerplate"], before=""),
    )
