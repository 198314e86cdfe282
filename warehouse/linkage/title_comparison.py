"""Titles as they are compared between portals: folded, without small words, with their numbers kept apart.

A portal cuts a title (BOAMP at 200 characters), writes it in capitals, or puts a file reference before and a lot number
after it ("DMOW/MT/03110 - 1"); the remaining words stay the same. Notices and buyers are not part of this module.
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
"""Articles, prepositions and conjunctions of the four languages, folded: they do not identify a purchase."""

_GENERIC_WORDS = """
accord acquisition agreement appel aankoop avis cadre contract contrat diensten dienstleistung fourniture fournitures
framework levering leveringen lieferung marche marches offres opdracht overeenkomst perceel prestation prestations
procurement public publics raamovereenkomst rahmenvertrag realisation services service supply travaux werken
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())
"""Words that one clerk writes and another leaves out; in the place of another word they count as no replacement."""

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "’": " ", "'": " "})
_WORD = re.compile(r"[^\W\d_]+|\d+")
_LOT = re.compile(r"\b(?:lots?|perceel|percelen|los|teil)\s*(?:n\s*[o°.]*\s*)?(\d+)")
_CAP = 150
"""From this length on, a title that ends inside another one was cut by its portal."""

_TELLING, _HELD = 4, 0.93
"""A title of at least _TELLING identifying words that another title contains completely has at least the similarity
_HELD to it: the other adds a description or the buyer's name."""


@dataclass(frozen=True, slots=True)
class Title:
    """A title ready to be compared: its identifying words in order, its numbers without leading zeros, and those of
    them that name a lot."""

    words: tuple[str, ...]
    numbers: frozenset[str]
    lots: frozenset[str]
    length: int

    @property
    def joined(self) -> str:
        """The words, as fuzzy comparison takes them."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class TitleSimilarity:
    """Similarity of two titles: `ratio` in [0, 1]; `shared` counts the identifying words in both, `replaced` those that
    each has in the place of the other's ("direction Luxembourg", "direction Allemagne": 1); `numbers` whether their
    numbers agree (True), contradict (False), or one has none (None); `lots` the same of numbers that name lots."""

    ratio: float
    shared: int
    replaced: int
    numbers: bool | None
    lots: bool | None


@lru_cache(maxsize=65536)
def read_title(written: str) -> Title:
    """A title as it is compared."""
    folded = fold(written)
    parts = _WORD.findall(folded)
    words = tuple(part for part in parts if not part.isdigit() and len(part) > 1 and part not in _SMALL)
    numbers = frozenset(part.lstrip("0") or "0" for part in parts if part.isdigit())
    lots = frozenset(found.lstrip("0") or "0" for found in _LOT.findall(folded))
    return Title(words, numbers, lots, len(written))


def fold(written: str) -> str:
    """Lower case without accents: "Éclairage" and "ECLAIRAGE" become equal."""
    lowered = unicodedata.normalize("NFKD", written.casefold().translate(_LIGATURES))
    return "".join(sign for sign in lowered if not unicodedata.combining(sign))


def compare_titles(one: Title, other: Title) -> TitleSimilarity:
    """Half the share of one title contained in the other, half their ratio of equality; a cut title is compared with as
    much of the longer one."""
    if not one.words or not other.words:
        return TitleSimilarity(0.0, 0, 0, None, None)
    shorter, longer = sorted((one, other), key=lambda title: title.length)
    whole = longer.joined
    if shorter.length >= _CAP:
        whole = whole[: len(shorter.joined)]
    held = fuzz.token_set_ratio(shorter.joined, longer.joined)
    same = fuzz.token_sort_ratio(shorter.joined, whole)
    shared = len(set(one.words) & set(other.words))
    own, others = _count_own(shorter, longer), _count_own(longer, shorter)
    ratio = (held + same) / 200
    if own == 0 and shared >= _TELLING:
        ratio = max(ratio, _HELD)
    numbers, lots = _agree(one.numbers, other.numbers), _agree(one.lots, other.lots)
    return TitleSimilarity(ratio, shared, min(own, others), numbers, lots)


def _count_own(one: Title, other: Title) -> int:
    """Words without a counterpart in the other title: neither misspelt (Levenshtein 80 %) nor cut ("rehabilit")."""
    theirs = set(other.words)
    return sum(
        1
        for word in set(one.words) - theirs - _GENERIC
        if not any(word.startswith(near) or near.startswith(word) or fuzz.ratio(word, near) >= 80 for near in theirs)
    )


def _agree(ours: frozenset[str], theirs: frozenset[str]) -> bool | None:
    """Numbers of one title all in the other agree; both having some of their own contradict ("A6 nord 2024" and "A6
    nord 2025"). A cut title may have lost some."""
    if not ours or not theirs:
        return None
    return ours <= theirs or theirs <= ours
