"""The words by which notices state requirements, read once from demands.toml and compiled: one Spotter for each use."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from matching.text.multi_pattern import Spotter


@dataclass(frozen=True, slots=True)
class Demand:
    """How one kind is recognised: `words` that require it, `not_words` that resemble it, `nouns` that are counted."""

    words: Spotter
    not_words: Spotter
    nouns: str = ""


@dataclass(frozen=True, slots=True)
class Demands:
    """The content of demands.toml."""

    turnover: Demand
    reference: Demand
    staff: Demand
    language: Demand
    cumulated: Spotter
    averaged: Spotter
    relative: Spotter
    crew: Spotter
    tongues: tuple[tuple[str, re.Pattern[str]], ...]
    described: Spotter
    rules: dict[str, Spotter]


@cache
def demands() -> Demands:
    """The shipped words."""
    read = tomllib.loads((resources.files("matching.requirements") / "demands.toml").read_text(encoding="utf-8"))
    tongues = read["language"]["names"]
    return Demands(
        turnover=_demand(read["turnover"]),
        reference=_demand(read["reference"]),
        staff=_demand(read["staff"]),
        language=_demand({"words": read["language"]["cues"], "not_words": read["language"]["not_words"]}),
        cumulated=Spotter(read["turnover"]["cumulated"]),
        averaged=Spotter(read["turnover"]["averaged"]),
        relative=Spotter(read["turnover"]["relative"]),
        crew=Spotter(read["staff"]["crew"]),
        tongues=tuple((code, re.compile(rf"\b(?:{names})\b", re.IGNORECASE)) for code, names in tongues),
        described=Spotter(read["language"]["description_cues"]),
        rules={name: Spotter(patterns) for name, patterns in read["rule"].items()},
    )


def _demand(section: dict[str, list[str]]) -> Demand:
    return Demand(Spotter(section["words"]), Spotter(section["not_words"]), "|".join(section.get("nouns", ())))
