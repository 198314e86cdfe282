"""ICT inside: whether a lot buys ICT, or buys something else that has ICT in it, and what that ICT is.

A hospital, a warehouse or a tramway is bought with its network, its software, its sensors; the firms that make those
read only what is called ICT. Named by CPV codes and by words of sentences, in four languages.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from matching.clauses import clauses, own_number
from matching.language import language_of, two_letters
from matching.passages import Passage, Place, passages_of
from matching.sentences import shorten
from warehouse.codes import Cpv
from warehouse.facts import OpenLot
from warehouse.labels import label
from warehouse.requirements import IctPart, IctStanding

_MOST, _OF_A_THEME = 12, 3


@dataclass(frozen=True, slots=True)
class _Themes:
    codes: dict[str, str]
    words: re.Pattern[str]
    themes: tuple[str, ...]
    not_bought: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Ict:
    """What a lot holds of ICT: how it stands to it, and its parts in the order of the notice, codes first."""

    standing: IctStanding
    parts: tuple[IctPart, ...] = ()

    @property
    def themes(self) -> tuple[str, ...]:
        """Their names, each once."""
        return tuple(dict.fromkeys(part.theme for part in self.parts))


@cache
def _themes() -> _Themes:
    read = tomllib.loads((resources.files("matching") / "ict.toml").read_text(encoding="utf-8"))
    groups = [f"(?P<t{at}>{'|'.join(words)})" for at, words in enumerate(read["themes"].values())]
    return _Themes(
        codes=read["codes"],
        words=re.compile(rf"\b(?:{'|'.join(groups)})", re.IGNORECASE),
        themes=tuple(read["themes"]),
        not_bought=re.compile(rf"\b(?:{'|'.join(read['not_bought']['words'])})", re.IGNORECASE),
    )


def theme_of(cpv: Cpv) -> str:
    """The theme of a code, empty where it is no ICT: the longest beginning that the table has decides."""
    codes = _themes().codes
    return next((codes[cpv.code[:n]] for n in range(8, 1, -1) if cpv.code[:n] in codes), "")


def ict_of(open_lot: OpenLot) -> Ict:
    """How a lot stands to ICT. It is the main object where its main code or its own title says so."""
    codes = open_lot.lot.cpv or open_lot.notice.cpv
    parts = [*_in_codes(codes, open_lot)]
    is_main = bool(codes) and theme_of(codes[0]) != ""
    own = own_number(open_lot)
    for passage in passages_of(open_lot):
        if passage.place in (Place.TITLE, Place.DESCRIPTION):
            found = [*_in_passage(passage, own)]
            is_main = is_main or (bool(found) and passage.place == Place.TITLE)
            parts += found
    if not parts:
        return Ict(IctStanding.NONE)
    return Ict(IctStanding.MAIN if is_main else IctStanding.PART, tuple(_few(parts)))


def _in_codes(codes: tuple[Cpv, ...], open_lot: OpenLot) -> Iterator[IctPart]:
    language = two_letters(open_lot.notice.languages[0]) if open_lot.notice.languages else ""
    for code in codes:
        if theme := theme_of(code):
            words = label(code, language or "en")
            yield IctPart(theme, words.text if words else code.code, code.code, language or "en")


def _in_passage(passage: Passage, own: int | None) -> Iterator[IctPart]:
    themes = _themes()
    language = language_of(passage.text) or None
    for clause in clauses(passage, own):
        groups = dict.fromkeys(hit.lastgroup for hit in themes.words.finditer(clause.text) if hit.lastgroup)
        if groups and not themes.not_bought.search(f"{clause.heading} {clause.text}"):
            for group in groups:
                yield IctPart(themes.themes[int(group[1:])], shorten(clause.text), None, language)


def _few(parts: list[IctPart]) -> Iterator[IctPart]:
    """At most so many, and so many of a theme: what repeats itself names nothing new."""
    told: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    for part in parts:
        key = (part.theme, part.text.lower())
        if sum(told.values()) < _MOST and told.get(part.theme, 0) < _OF_A_THEME and key not in seen:
            told[part.theme] = told.get(part.theme, 0) + 1
            seen.add(key)
            yield part
