"""Words of titles for the measures of past awards: stems, letters, and similarities of many texts with many.

Tokens and lexical similarity as arrays. Firms and awards are in award_history.py; no disk. Unlike text/bm25.py, no word
of procurement is left out: among real awards "fourniture" against "travaux" separates trades, and rarity is learned
from the awards themselves.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import Stemmer
from bm25s.stopwords import STOPWORDS_DUTCH, STOPWORDS_EN, STOPWORDS_FRENCH, STOPWORDS_GERMAN
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Words = Sequence[str]

LOST = "\ufffd"
"""Placeholder of a letter that a publisher's encoding lost: "t�l�phone"."""

_TAG = re.compile(r"<[^>]*>")
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)['’´`\ufffd](?=\w)", re.IGNORECASE)
_WORD = re.compile("[a-zà-öø-ÿœ0-9\ufffd]+")


_STEMMERS = {"fr": "french", "nl": "dutch", "en": "english", "de": "german"}
_SMALL = {"fr": STOPWORDS_FRENCH, "nl": STOPWORDS_DUTCH, "en": STOPWORDS_EN, "de": STOPWORDS_GERMAN}


@cache
def _stemmer(language: str) -> Callable[[list[str]], list[str]]:
    return Stemmer.Stemmer(_STEMMERS[language]).stemWords


def _plain(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


@cache
def _small_words(language: str) -> frozenset[str]:
    return frozenset(_plain(word) for word in _SMALL.get(language, ())) | {"les", "des", "et"}


def words_of(text: str) -> list[str]:
    """The words of a text in lower case with their accents, without articles of elision; lost letters stay."""
    # A windows-1252 apostrophe that was read as Latin-1 arrives as U+0092 (DECP 2019, "l\x92elaboration").
    whole = unicodedata.normalize("NFKC", _TAG.sub(" ", text)).lower().replace("\x92", "'")
    return _WORD.findall(_ELISION.sub(" ", whole))


def learn_spellings(texts: Iterable[str]) -> dict[str, str]:
    """For every word that holds accents, how it looks when its encoding lost them, and its commonest intact spelling:
    28 % of the DECP titles of 2019 lost theirs ("r\ufffdfection")."""
    seen = Counter(word for text in texts for word in words_of(text) if LOST not in word and not word.isascii())
    spellings: dict[str, str] = {}
    for word, _ in sorted(seen.items(), key=lambda item: (-item[1], item[0])):
        spellings.setdefault("".join(c if c.isascii() else LOST for c in word), word)
    return spellings


def telling_words(text: str, spellings: Mapping[str, str], language: str = "fr") -> list[str]:
    """The words of a text with lost letters restored and without accents (publishers write capitals without them); the
    language's small words and bare numbers are left out."""
    mended = (spellings.get(word, word) for word in words_of(text))
    plain = (_plain(word) for word in mended if not word.isdigit())
    return [word for word in plain if len(word) > 1 and word not in _small_words(language)]


def stems(words: Words, language: str = "fr") -> list[str]:
    """The stems of words; of a language that is not known, the words."""
    return _stemmer(language)(list(words)) if language in _STEMMERS else list(words)


def letters(words: Words, size: int = 4) -> list[str]:
    """Every run of `size` signs of a text made of these words: near spellings and compounds share most of them."""
    whole = f" {' '.join(words)} "
    return [whole[i : i + size] for i in range(len(whole) - size + 1)]


@dataclass(frozen=True, slots=True)
class _Rows:
    """A sparse matrix by rows: row i holds `values[start[i]:start[i+1]]` in `columns` of the same slice."""

    start: Ints
    columns: Ints
    values: Floats


def _rows(texts: Sequence[Mapping[int, float]]) -> _Rows:
    start = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=start[1:])
    columns = np.array([column for text in texts for column in text], np.int64)
    values = np.array([value for text in texts for value in text.values()], np.float32)
    return _Rows(start, columns, values)


@njit(cache=True)
def _multiply(
    mine: tuple[Ints, Ints, Floats], theirs: tuple[Ints, Ints, Floats], out: Floats
) -> None:  # pragma: no cover (compiled)
    """out[i, j] += sum over terms of mine[i, term] * theirs[term, j]."""
    for i in range(len(mine[0]) - 1):
        for at in range(mine[0][i], mine[0][i + 1]):
            term = mine[1][at]
            for other in range(theirs[0][term], theirs[0][term + 1]):
                out[i, theirs[1][other]] += mine[2][at] * theirs[2][other]


class WeighedTexts:
    """Texts weighted once by term, so that others can be compared with them many times."""

    def __init__(self, weigh: Callable[[Sequence[Words]], list[dict[int, float]]], known: _Rows, terms: int) -> None:
        order = np.argsort(known.columns, kind="stable")
        rows = np.repeat(np.arange(len(known.start) - 1), np.diff(known.start))[order]
        start = np.zeros(terms + 1, np.int64)
        np.cumsum(np.bincount(known.columns, minlength=terms), out=start[1:])
        self._weigh = weigh
        self._width = len(known.start) - 1
        self._by_term = (start, rows, known.values[order])

    def similarity(self, queries: Sequence[Words]) -> Floats:
        """Of each text to each of these, float32 of shape (queries, texts)."""
        mine = _rows(self._weigh(queries))
        out = np.zeros((len(queries), self._width), np.float32)
        if len(self._by_term[1]):
            _multiply((mine.start, mine.columns, mine.values), self._by_term, out)
        return out


class Lexicon:
    """The terms of the texts known so far and how rare each is. Queried texts are never counted."""

    def __init__(self, known: Sequence[Words]) -> None:
        self._terms = {term: i for i, term in enumerate(dict.fromkeys(term for text in known for term in text))}
        self._count = len(known)
        seen = Counter(term for text in known for term in set(text))
        self._seen = np.array([seen[term] for term in self._terms], float)
        self._mean = max(1.0, sum(len(text) for text in known) / max(1, len(known)))

    @property
    def rarest(self) -> float:
        """The rarity of a term that one text alone holds, at least 1: what a sum of BM25 is measured by."""
        return max(1.0, math.log(1 + (self._count - 0.5) / 1.5))

    def bm25(self, queries: Sequence[Words], against: Sequence[Words]) -> Floats:
        """BM25 (Robertson's, with Lucene's idf), float32 of shape (queries, texts); a term counts once in a query."""
        return self.hold_bm25(against).similarity(queries)

    def hold_bm25(self, against: Sequence[Words], *, k1: float = 0.9, b: float = 0.4) -> WeighedTexts:
        """Texts to be compared with many others by BM25."""
        rarity = np.log(1 + (self._count - self._seen + 0.5) / (self._seen + 0.5))
        heavy: list[dict[int, float]] = []
        for text in against:
            base = k1 * (1 - b + b * len(text) / self._mean)
            heavy.append({t: rarity[t] * n * (k1 + 1) / (n + base) for t, n in self._counted(text).items()})
        return WeighedTexts(self._light, _rows(heavy), len(self._terms))

    def hold_cosine(self, against: Sequence[Words]) -> WeighedTexts:
        """Texts to be compared with many others by the cosine of tf-idf vectors with damped counts, in [0, 1]."""
        return WeighedTexts(self._directions, _rows(self._directions(against)), len(self._terms))

    def _light(self, texts: Sequence[Words]) -> list[dict[int, float]]:
        return [dict.fromkeys(self._counted(text), 1.0) for text in texts]

    def _counted(self, text: Words) -> dict[int, int]:
        return {self._terms[term]: count for term, count in Counter(text).items() if term in self._terms}

    def _directions(self, texts: Sequence[Words]) -> list[dict[int, float]]:
        rarity = np.log((self._count + 1) / (self._seen + 0.5))
        found: list[dict[int, float]] = []
        for text in texts:
            weights = {t: (1 + math.log(n)) * float(rarity[t]) for t, n in self._counted(text).items()}
            length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
            found.append({t: w / length for t, w in weights.items()})
        return found
