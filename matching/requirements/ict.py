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

from matching.requirements.clauses import clauses, own_number
from matching.requirements.passages import Passage, PassagePlace, passages_of, says_something
from matching.text.language import language_of, two_letters
from matching.text.sentences import shorten
from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import label
from warehouse.model.notices import OpenLot, Text
from warehouse.model.requirements import IctPart, IctRelevance

_MOST, _OF_A_THEME = 12, 3
_BARE = str.maketrans("àâäáéèêëîïíôöóûüúùçñÀÂÄÁÉÈÊËÎÏÍÔÖÓÛÜÚÙÇÑ’", "aaaaeeeeiiiooouuuucnAAAAEEEEIIIOOOUUUUCN'")
_WORKS = ("45", "507", "71")


@dataclass(frozen=True, slots=True)
class _Themes:
    codes: dict[str, str]
    only_main: tuple[str, ...]
    only_part: tuple[str, ...]
    themes_allowed: dict[str, frozenset[str]]
    beside: re.Pattern[str]
    words: re.Pattern[str]
    themes: tuple[str, ...]
    not_bought: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Ict:
    """The ICT of a lot: how much of the lot it is, and its parts in the order of the notice, codes first."""

    standing: IctRelevance
    parts: tuple[IctPart, ...] = ()

    @property
    def themes(self) -> tuple[str, ...]:
        """Their names, each once."""
        return tuple(dict.fromkeys(part.theme for part in self.parts))


@cache
def _themes() -> _Themes:
    read = tomllib.loads(bare((resources.files("matching.requirements") / "ict.toml").read_text(encoding="utf-8")))
    groups = [f"(?P<t{at}>{'|'.join(words)})" for at, words in enumerate(read["themes"].values())]
    return _Themes(
        codes=read["codes"],
        only_main=tuple(read["only_main"]["codes"]),
        only_part=tuple(read["only_part"]["codes"]),
        themes_allowed={start: frozenset(themes.split(", ")) for start, themes in read["spoken_of"].items()},
        beside=re.compile(rf"\b(?=\w)(?:{'|'.join(read['beside']['trades'])})", re.IGNORECASE),
        words=re.compile(rf"\b(?=\w)(?:{'|'.join(groups)})", re.IGNORECASE),
        themes=tuple(read["themes"]),
        not_bought=re.compile(rf"\b(?=\w)(?:{'|'.join(read['not_bought']['words'])})", re.IGNORECASE),
    )


def bare(text: str) -> str:
    """Letters without their accents, each in its place: titles in capitals have none ("TELEPHONIE")."""
    return text.translate(_BARE)


def theme_of(cpv: Cpv) -> str:
    """The theme of a code, empty where it is no ICT: the longest beginning that the table has decides."""
    codes = _themes().codes
    return next((codes[cpv.code[:n]] for n in range(8, 1, -1) if cpv.code[:n] in codes), "")


def ict_of(open_lot: OpenLot) -> Ict:
    """How the lot relates to ICT. It is the main object where its main code or its own title states so."""
    codes = open_lot.lot.cpv or open_lot.notice.cpv
    trade = codes[0].code if codes else ""
    parts = [*_in_codes(codes, open_lot)]
    is_main = _makes_main(codes)
    own = own_number(open_lot)
    heads = _titles(open_lot)
    for passage in passages_of(open_lot):
        if passage.place in (PassagePlace.TITLE, PassagePlace.DESCRIPTION):
            found = [*_in_passage(passage, own, trade)]
            is_main = is_main or (bool(found) and passage.text in heads and _leads(passage.text.value, trade))
            parts += found
    if not parts:
        return Ict(IctRelevance.NONE)
    return Ict(IctRelevance.MAIN if is_main else IctRelevance.PART, tuple(_few(parts)))


def _makes_main(codes: tuple[Cpv, ...]) -> bool:
    """Whether the main code is one of ICT; where it is a bare division ("50000000", repair), the first that is none."""
    specific = next((cpv for cpv in codes if not cpv.code.endswith("000000")), None)
    deciding_code = codes[0] if codes and theme_of(codes[0]) else specific
    return (
        deciding_code is not None
        and theme_of(deciding_code) != ""
        and not deciding_code.code.startswith(_themes().only_part)
    )


def _titles(open_lot: OpenLot) -> tuple[Text, ...]:
    """The titles that name the lot: its own, else where they are only a number its notice's."""
    own = tuple(title for title in open_lot.lot.titles if says_something(title.value))
    return own or open_lot.notice.titles


def _leads(title: str, trade: str) -> bool:
    """Whether a title that names ICT names it alone: no other trade is in it, and in works, their design and their
    upkeep ICT does not come in its second half only, after what is built."""
    hit = _themes().words.search(bare(title))
    if hit is None or _themes().beside.search(bare(title)):
        return False
    return hit.start() * 2 <= len(title) or not trade.startswith(_WORKS)


def _in_codes(codes: tuple[Cpv, ...], open_lot: OpenLot) -> Iterator[IctPart]:
    language = two_letters(open_lot.notice.languages[0]) if open_lot.notice.languages else ""
    for at, code in enumerate(codes):
        theme = theme_of(code)
        if theme and not (at and code.code.startswith(_themes().only_main)):
            words = label(code, language or "en")
            yield IctPart(theme, words.text if words else code.code, code.code, language or "en")


def _in_passage(passage: Passage, own: int | None, trade: str) -> Iterator[IctPart]:
    themes = _themes()
    if not themes.words.search(bare(" ".join(passage.text.value.split()))):
        return  # four passages in five: not to be cut into sentences first
    language = language_of(passage.text) or None
    bought = next((only for start, only in themes.themes_allowed.items() if trade.startswith(start)), None)
    for clause in clauses(passage, own):
        groups = dict.fromkeys(hit.lastgroup for hit in themes.words.finditer(bare(clause.text)) if hit.lastgroup)
        if groups and not themes.not_bought.search(bare(f"{clause.heading} {clause.text}")):
            for theme in (themes.themes[int(group[1:])] for group in groups):
                if bought is None or theme in bought:
                    yield IctPart(theme, shorten(clause.text), None, language)


def _few(parts: list[IctPart]) -> Iterator[IctPart]:
    """At most so many, and so many of a theme: what repeats itself names nothing new."""
    counts: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    for part in parts:
        key = (part.theme, part.text.lower())
        if sum(counts.values()) < _MOST and counts.get(part.theme, 0) < _OF_A_THEME and key not in seen:
            counts[part.theme] = counts.get(part.theme, 0) + 1
            seen.add(key)
            yield part
