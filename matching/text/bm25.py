"""Words: how many rare terms a facet and a statement share within one language (BM25).

Tokens, stems, compounds and the index. Vectors are not used here: across languages no words are compared, and meaning
is used (docs: BM25 .496 against .897 for dense vectors from French to English).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache

import bm25s
import numpy as np
import Stemmer
from bm25s.stopwords import STOPWORDS_DUTCH, STOPWORDS_EN, STOPWORDS_FRENCH, STOPWORDS_GERMAN
from numpy.typing import NDArray

from matching.text.stopwords import word_lists

Floats = NDArray[np.float32]

SCALE = 4.5
"""BM25 sum at which words reach 1 - 1/e: about two rare terms in common. One shared term proves little."""

_STEMMERS = {"fr": "french", "nl": "dutch", "en": "english", "de": "german"}
_JOINTS = ("", "s", "e", "n", "en", "er", "es")
_LONG_WORD, _SHORT_PART = 9, 4

_STOPWORDS = {"fr": STOPWORDS_FRENCH, "nl": STOPWORDS_DUTCH, "en": STOPWORDS_EN, "de": STOPWORDS_GERMAN}
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)['’](?=\w)", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:[.+#][^\W_]+)*[+#]*")


@cache
def _stemmer(language: str) -> Callable[[list[str]], list[str]]:
    return Stemmer.Stemmer(_STEMMERS[language]).stemWords


@cache
def _stop_words(language: str) -> frozenset[str]:
    """The language's small words and those of procurement; none for an unknown language."""
    return frozenset(_STOPWORDS.get(language, ())) | word_lists().procurement.get(language, frozenset())


@lru_cache(maxsize=8192)  # labels and statements recur with every pool
def stems_of(text: str, language: str) -> tuple[str, ...]:
    """The stems of the distinctive words of a text, without accents, in their order. Words of French elision lose their
    article ("l'exploitation"), procurement's own words are left out. An unknown language is neither stemmed nor
    thinned."""
    whole = unicodedata.normalize("NFKC", text).lower()
    if language == "fr":
        whole = _ELISION.sub(" ", whole)
    stop = _stop_words(language)
    words = [w for w in _WORD.findall(whole) if w not in stop and (len(w) > 1 or not w.isascii()) and not w.isdigit()]
    stemmed = _stemmer(language)(words) if language in _STEMMERS else words
    return tuple(_plain(stem) for stem in stemmed)


def _plain(word: str) -> str:
    """Without accents: publishers write capitals without them."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def split_compound(stem: str, known: frozenset[str]) -> tuple[str, ...]:
    """The two known stems a Dutch or German compound is made of ("netwerkbeveil" gives "netwerk", "beveil"), or the one
    it ends or begins with; empty when none is known."""
    if len(stem) < _LONG_WORD:
        return ()
    for cut in range(len(stem) - _SHORT_PART, _SHORT_PART - 1, -1):
        head, tail = stem[:cut], stem[cut:]
        heads = [head.removesuffix(joint) for joint in _JOINTS if head.endswith(joint)]
        found = next((h for h in heads if h in known), None)
        if found and tail in known:
            return (found, tail)
    for cut in range(_SHORT_PART + 1, len(stem) - 2):
        if stem[cut:] in known and len(stem[cut:]) > _SHORT_PART:
            return (stem[cut:],)
    return ()


class Words:
    """The statements of all members as one BM25 index per language. `background` texts (the CPV's labels) only add to
    the counts of rarity: without them "gestion" would be as rare as "onduleur" among a few hundred statements."""

    def __init__(self, statements: Sequence[tuple[str, str]], background: Iterable[tuple[str, str]] = ()) -> None:
        self._count = len(statements)
        self._indices: dict[str, tuple[bm25s.BM25, NDArray[np.int64], frozenset[str]]] = {}
        others = list(background)
        for language in sorted({language for _, language in statements if language in _STEMMERS}):
            mine = np.array(
                [i for i, (_, statement_language) in enumerate(statements) if statement_language == language],
                dtype=np.int64,
            )
            own = [stems_of(statements[i][0], language) for i in mine.tolist()]
            rest = [stems_of(text, language) for text, statement_language in others if statement_language == language]
            known = frozenset(stem for stems in own for stem in stems)
            corpus = [self._with_parts(stems, language, known) for stems in (*own, *rest)]
            if any(corpus[: len(own)]):
                index = bm25s.BM25(k1=1.2, b=0.5, method="lucene")
                index.index(corpus, show_progress=False)
                self._indices[language] = (index, mine, known)

    @staticmethod
    def _with_parts(stems: tuple[str, ...], language: str, known: frozenset[str]) -> list[str]:
        if language not in {"nl", "de"}:
            return list(stems)
        return [part for stem in stems for part in (stem, *split_compound(stem, known))]

    def similarity(self, text: str, language: str) -> Floats:
        """How strongly a text shares terms with each statement, float32 of shape (statements,) in [0, 1): 0 for
        statements in another language, 1 - exp(-BM25 / SCALE) otherwise."""
        scores = np.zeros(self._count, dtype=np.float32)
        if language not in self._indices:
            return scores
        index, mine, known = self._indices[language]
        terms = list(dict.fromkeys(self._with_parts(stems_of(text, language), language, known)))
        if any(term in index.vocab_dict for term in terms):
            found = index.get_scores(terms)[: len(mine)]
            shared = np.flatnonzero(found)  # the others stay at 0
            scores[mine[shared]] = 1 - np.exp(-found[shared] / SCALE)
        return scores
