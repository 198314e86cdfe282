"""How relevant a lot is to a member's own statements: four comparisons of the lot as a whole with its statements.

The comparisons, each with the pair behind it, and how they become measures whose weighted sum is the log-odds that a
reader wants the member notified. The scales are in background.py. Award winners are not used here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.relevance.background import DAMPING, MEASURES, STANDING_OUT, WEIGHTS, Background
from matching.relevance.lot_text import LotText
from matching.relevance.terms import TermIndex, label_stems, stems_with_labels
from matching.similarity.statement_index import Vectors
from matching.similarity.statements import Statement
from matching.text.bm25 import stems_of
from matching.text.language import language_of
from warehouse.codes.classifications import Cpv

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

LIKED = 0.5
"""Factor of the cosine with a lot that the member wanted, beside that with its own statement; of 1, .7 and .5 the one
that kept precision (docs/relevance.md)."""
ALONE = 5
"""Members of average relevance that are added to every cluster: the score of a single member has no others to
exceed."""


@dataclass(frozen=True, slots=True, eq=False)
class LotVectors:
    """The vectors of a lot: of its text, float32 of shape (dimension,), and of the labels of its codes by language,
    each float32 of shape (codes, dimension)."""

    text: Floats
    labels: Mapping[str, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A lot and every statement: `values` float32 of shape (measures, statements), nan where a measure does not apply;
    `labels` the cosine of each code's label, float32 of shape (codes, statements); `centred` the centred vector of the
    lot's text, float32 of shape (dimension,)."""

    lot: LotText
    values: Floats
    labels: Floats
    centred: Floats | None = None


class Relevance:
    """The statements of a cluster, prepared for all lots. `owner` is the member (position among `members`) of each
    statement, `vectors` theirs, float32 of shape (statements, dimension), None without; `is_centred` whether they are
    of the background's model."""

    def __init__(
        self,
        statements: Sequence[Statement],
        owner: Ints,
        members: int,
        background: Background,
        vectors: Floats | None = None,
        *,
        is_centred: bool = True,
    ) -> None:
        self.statements = tuple(statements)
        self.background = background
        self.members = members
        self._owner = owner
        self.speaking = np.unique(owner)
        self.languages = sorted({language for s in statements if (language := language_of(s.text))})
        statement_languages = [language_of(s.text) for s in statements]
        self._rows = {
            x: np.array([i for i, y in enumerate(statement_languages) if x == y], np.int64) for x in self.languages
        }
        self._index = {x: self._term_index(x) for x in self.languages if x in background.terms}
        self._own: dict[str, TermIndex] = {}
        self._liked: dict[int, list[Compared]] = {}
        self._similar: dict[Cpv, Floats] = {}
        fits = vectors is not None and background.lot_mean is not None and vectors.shape[1] == len(background.lot_mean)
        self._is_centred = is_centred and fits
        self._vectors = vectors
        if vectors is not None and self._is_centred and background.statement_mean is not None:
            self._vectors = unit(vectors - background.statement_mean)

    def _term_index(self, language: str) -> TermIndex:
        mine = [self.statements[i] for i in self._rows[language].tolist()]
        known = self.background.terms[language]
        stems = [stems_with_labels(s.text.value, s.cpv, language) for s in mine]
        return TermIndex(stems, language, known.lots, known.counts, known.length)

    def compare(self, lot: LotText, vectors: LotVectors | None = None) -> Compared:
        """The lot compared with every statement; without vectors "sense" and "label" do not apply."""
        values = np.full((len(MEASURES), len(self.statements)), np.nan, np.float32)
        centred = self._centred(vectors.text) if vectors is not None and self._vectors is not None else None
        labels = np.zeros((len(lot.codes), len(self.statements)), np.float32)
        for language, rows in self._rows.items():
            if language in self._index:
                values[0, rows] = self._shared_terms(lot, language)
            if vectors is not None and self._vectors is not None and centred is not None:
                mine = self._vectors[rows]
                values[2, rows] = mine @ centred - self._offset("sense", lot.language, language)
                if len(lot.codes):
                    labels[:, rows] = vectors.labels[language] @ mine.T
                    values[3, rows] = labels[:, rows].mean(axis=0)
        if lot.codes:
            values[1] = np.fmax.reduce([self._similar_codes(code) for code in lot.codes])
        return Compared(lot, values, labels, centred)

    def _shared_terms(self, lot: LotText, language: str) -> Floats:
        text = stems_of(lot.text.value, language) if lot.language == language else ()
        stems = [*text, *(stem for code in lot.codes for stem in label_stems(code, language))]
        found = np.sqrt(self._index[language].score(stems))
        return np.asarray(found - self._offset("terms", lot.language, language), np.float32)

    def _offset(self, measure: str, required: str, offered: str) -> float:
        return self.background.offsets[measure].get(f"{required or 'xx'} {offered}", 0.0)

    def _centred(self, text: Floats) -> Floats:
        mean = self.background.lot_mean
        return unit((text - mean)[None])[0] if self._is_centred and mean is not None else text

    def _similar_codes(self, required: Cpv) -> Floats:
        """The nearest code of each statement, nan where none shares more than a division: codes that name one trade are
        no evidence against another. Cached, as lots share their codes."""
        if required not in self._similar:
            similar = self.background.code_similarity
            nearest = [max((similar(required, code) for code in s.cpv), default=0.0) for s in self.statements]
            self._similar[required] = np.array([value or np.nan for value in nearest], np.float32)
        return self._similar[required]

    def by_member(self, compared: Compared) -> Doubles:
        """The highest value of each measure among a member's statements, float64 of shape (measures, members); nan
        where it does not apply."""
        out = np.full((len(MEASURES), self.members), -np.inf)
        values = np.where(np.isnan(compared.values), -np.inf, compared.values)
        np.maximum.at(out.T, self._owner, values.T)
        out = np.where(np.isfinite(out), out, np.nan)
        for member, liked in self._liked.items():
            for other in liked:
                out[1, member] = np.fmax(out[1, member], self._similar_lots(compared.lot, other.lot))
                out[2, member] = np.fmax(out[2, member], self._liked_cosine(compared, other))
        return out

    def add_liked(self, member: int, lot: LotText, vectors: LotVectors | None) -> None:
        """Adds a lot that a member (its position) wanted to its statements: its codes, and LIKED of the cosine."""
        self._liked.setdefault(member, []).append(self.compare(lot, vectors))

    def _similar_lots(self, lot: LotText, other: LotText) -> float:
        """The nearest two codes of both, nan where none shares more than a division."""
        similar = self.background.code_similarity
        return max((similar(code, own) for code in lot.codes for own in other.codes), default=0.0) or float("nan")

    def _liked_cosine(self, compared: Compared, liked: Compared) -> float:
        """LIKED of the cosine of two lots, nan without vectors."""
        if compared.centred is None or liked.centred is None:
            return float("nan")
        offset = self._offset("sense", compared.lot.language, liked.lot.language)
        return LIKED * (float(compared.centred @ liked.centred) - offset)

    def measure_terms(self, lot: LotText) -> float:
        """The highest weighted sum of "terms" and "family" among the members, in standard deviations; no vector is
        needed."""
        known = self.background
        means, widths = np.array(known.means)[:, None], np.array(known.widths)[:, None]
        scaled = np.nan_to_num((self.by_member(self.compare(lot)) - means) / widths)
        return float((np.array(WEIGHTS)[:, None] * scaled)[:2].sum(axis=0).max())

    def measure(self, compared: Compared) -> tuple[Doubles, Doubles]:
        """Of each member: what each of MEASURES adds to the standardised sum, counted from its usual value, float64 of
        shape (members, measures), and what is subtracted because all members score high on this lot, of shape
        (members,). A measure that does not apply adds 0."""
        known = self.background
        means, widths = np.array(known.means)[:, None], np.array(known.widths)[:, None]
        parts = np.array(WEIGHTS)[:, None] * np.nan_to_num((self.by_member(compared) - means) / widths)
        centre, within = self._among(parts.sum(axis=0))
        apart = STANDING_OUT / (within + DAMPING * known.spread)
        return (parts * (1 / known.spread + apart)).T, np.full(self.members, -apart * centre)

    def _among(self, total: Doubles) -> tuple[float, float]:
        """The mean and the spread of the sum over the members with statements, and ALONE usual ones."""
        seen = total[self.speaking]
        count = len(seen) + ALONE
        centre = float(seen.sum()) / count
        squares = float(((seen - centre) ** 2).sum()) + ALONE * self.background.within**2
        return centre, math.sqrt(squares / count)

    def best_statement(self, compared: Compared, measure: str, member: int) -> int | None:
        """The position of the statement that gave a member's value of a measure; None where it does not apply, or where
        a lot that the member wanted gave it."""
        mine = np.flatnonzero(self._owner == member)
        values = compared.values[MEASURES.index(measure), mine]
        if not len(mine) or np.isnan(values).all() or self._is_by_liked(compared, measure, member, values):
            return None
        return int(mine[int(np.nanargmax(values))])

    def _is_by_liked(self, compared: Compared, measure: str, member: int, values: Floats) -> bool:
        """Whether a lot that the member wanted gave it its value, and no statement did."""
        if member not in self._liked:
            return False
        return bool(self.by_member(compared)[MEASURES.index(measure), member] > np.nanmax(values) + 1e-6)

    def nearest_codes(self, lot: LotText, offered: Sequence[Cpv]) -> tuple[Cpv, Cpv] | tuple[None, None]:
        """The most similar pair of the lot's code and an offered one, the exact one first; none where no two share
        LEAST_DIGITS digits."""
        similar = self.background.code_similarity
        pairs = [(similar(required, own), required == own, required, own) for required in lot.codes for own in offered]
        best = max(pairs, key=lambda pair: pair[:2], default=None)
        return (best[2], best[3]) if best is not None and best[0] > 0 else (None, None)

    def shared_terms(self, passages: Sequence[str], codes: Sequence[Cpv], language: str) -> Floats:
        """BM25 of each passage, then of each code's label, in one of the four languages, with the statements' own words
        in it, without the labels of their codes: float32 of shape (passages and codes, statements of the language)."""
        stems = [*(stems_of(text, language) for text in passages), *(label_stems(code, language) for code in codes)]
        index = self._own_words(language)
        if index is None or not stems:
            return np.zeros((len(stems), len(self._rows.get(language, ()))), np.float32)
        return np.stack([index.score(found) for found in stems])

    def _own_words(self, language: str) -> TermIndex | None:
        if language not in self._index:
            return None
        if language not in self._own:
            known = self.background.terms[language]
            stems = [stems_of(self.statements[i].text.value, language) for i in self._rows[language].tolist()]
            self._own[language] = TermIndex(stems, language, known.lots, known.counts, known.length)
        return self._own[language]

    def row_in_language(self, statement: int, language: str) -> int:
        """The position of a statement among those of its language, as in shared_terms."""
        return int(np.searchsorted(self._rows[language], statement))


def vectors_of(relevance: Relevance, lot: LotText, vectors: Vectors) -> LotVectors:
    """The vectors of a lot for Relevance.compare. Raises VectorsRefused."""
    found = vectors.stack(lot.texts(relevance.languages))
    count = len(lot.codes)
    parts = {x: found[1 + n * count : 1 + (n + 1) * count] for n, x in enumerate(relevance.languages)}
    return LotVectors(found[0], parts)


def unit(vectors: Floats) -> Floats:
    """The rows at length 1, float32 of the shape of `vectors` (rows, dimension), zeros left as they are."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9), np.float32)
