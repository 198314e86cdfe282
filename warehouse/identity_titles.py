"""Titles as they are compared between portals: folded, without small words, with their numbers kept apart.

A portal cuts a title (BOAMP at 200 characters), shouts it, or puts a file reference before and a lot number after it
("DMOW/MT/03110 - 1"); what it says stays the same. Nothing here knows notices or buyers.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

_SMALL_WORDS = """
a an and at by for from in into its of on or per the to under via with
a au aux avec ce ces d dans de des du en et l la le les leur ou par pour sa ses son sous sur un une
aan als bij dat de den der des door een en het in met naar of om op te ten ter tot uit van voor
am an auf aus bei das dem den der des die durch ein eine einer eines fur im in mit nach oder sowie uber und vom
von zu zum zur
"""
_SMALL = frozenset(_SMALL_WORDS.split())
"""Articles, prepositions and conjunctions of the four languages, folded: they say nothing of a purchase."""

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "’": " ", "'": " "})
_WORD = re.compile(r"[^\W\d_]+|\d+")
_CAP = 150
"""From this length on, a title that ends inside another one was cut by its portal."""


@dataclass(frozen=True, slots=True)
class Title:
    """A title ready to be compared: its telling words in order, and its numbers without leading zeros."""

    words: tuple[str, ...]
    numbers: frozenset[str]
    length: int

    @property
    def joined(self) -> str:
        """The words, as fuzzy comparison takes them."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class TitleLikeness:
    """How alike two titles are: `ratio` in [0, 1]; `shared` counts the telling words in both, `replaced` those that
    each has in the place of the other's ("direction Luxembourg", "direction Allemagne": 1); `numbers` whether their
    numbers agree (True), contradict (False), or one has none (None)."""

    ratio: float
    shared: int
    replaced: int
    numbers: bool | None


@lru_cache(maxsize=65536)
def read_title(written: str) -> Title:
    """A title as it is compared."""
    folded = fold(written)
    parts = _WORD.findall(folded)
    words = tuple(part for part in parts if not part.isdigit() and len(part) > 1 and part not in _SMALL)
    return Title(words, frozenset(part.lstrip("0") or "0" for part in parts if part.isdigit()), len(written))


def fold(written: str) -> str:
    """Lower case without accents: "Éclairage" and "ECLAIRAGE" meet."""
    lowered = unicodedata.normalize("NFKD", written.casefold().translate(_LIGATURES))
    return "".join(sign for sign in lowered if not unicodedata.combining(sign))


def compare_titles(one: Title, other: Title) -> TitleLikeness:
    """Half what one holds of the other, half how far they are the same; a cut title is compared with as much of the
    longer one."""
    if not one.words or not other.words:
        return TitleLikeness(0.0, 0, 0, None)
    shorter, longer = sorted((one, other), key=lambda title: title.length)
    whole = longer.joined
    if shorter.length >= _CAP:
        whole = whole[: len(shorter.joined)]
    held = fuzz.token_set_ratio(shorter.joined, longer.joined)
    same = fuzz.token_sort_ratio(shorter.joined, whole)
    replaced = min(_count_own(shorter, longer), _count_own(longer, shorter))
    shared = len(set(one.words) & set(other.words))
    return TitleLikeness((held + same) / 200, shared, replaced, _numbers_agree(shorter, longer))


def _count_own(one: Title, other: Title) -> int:
    """Words that the other title has nothing like: neither misspelt (Levenshtein 80 %) nor cut ("rehabilit")."""
    theirs = set(other.words)
    return sum(
        1
        for word in set(one.words) - theirs
        if not any(word.startswith(near) or near.startswith(word) or fuzz.ratio(word, near) >= 80 for near in theirs)
    )


def _numbers_agree(shorter: Title, longer: Title) -> bool | None:
    """Numbers of one title all in the other agree; both having some of their own contradict ("A6 nord 2024" and "A6
    nord 2025"). A cut title may have lost some."""
    if not shorter.numbers or not longer.numbers:
        return None
    return shorter.numbers <= longer.numbers or longer.numbers <= shorter.numbers
