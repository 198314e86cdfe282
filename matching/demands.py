"""The words by which notices ask for things, read once from demands.toml and compiled: one pattern for each use."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

Words = re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Demand:
    """What asks for one kind: `words` that do, `not_words` that look like it, `nouns` that are counted."""

    words: Words
    not_words: Words
    nouns: str = ""


@dataclass(frozen=True, slots=True)
class Demands:
    """Everything demands.toml says."""

    turnover: Demand
    reference: Demand
    staff: Demand
    language: Demand
    cumulated: Words
    averaged: Words
    relative: Words
    crew: Words
    tongues: tuple[tuple[str, Words], ...]
    described: Words
    rules: dict[str, Words]


@cache
def demands() -> Demands:
    """The words that ship with the house."""
    read = tomllib.loads((resources.files("matching") / "demands.toml").read_text(encoding="utf-8"))
    tongues = read["language"]["names"]
    return Demands(
        turnover=_demand(read["turnover"]),
        reference=_demand(read["reference"]),
        staff=_demand(read["staff"]),
        language=_demand({"words": read["language"]["cues"], "not_words": read["language"]["not_words"]}),
        cumulated=_any(read["turnover"]["cumulated"]),
        averaged=_any(read["turnover"]["averaged"]),
        relative=_any(read["turnover"]["relative"]),
        crew=_any(read["staff"]["crew"]),
        tongues=tuple((code, re.compile(rf"\b(?:{names})\b", re.IGNORECASE)) for code, names in tongues),
        described=_any(read["language"]["description_cues"]),
        rules={name: _any(patterns) for name, patterns in read["rule"].items()},
    )


def _demand(section: dict[str, list[str]]) -> Demand:
    return Demand(_any(section["words"]), _any(section["not_words"]), "|".join(section.get("nouns", ())))


def _any(patterns: Iterable[str]) -> Words:
    """One pattern that tries the words only where a word begins: a sixth of the places."""
    return re.compile(rf"\b(?:{'|'.join(patterns)})", re.IGNORECASE)
