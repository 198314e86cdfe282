"""The pair of texts behind each measure of a match: the lot's text and the member's text or award.

Which pair is shown, and as what. A pair is given only where it is true by itself: terms are shared within one language,
codes share LEAST_DIGITS digits or more, an award has a term of the lot or its buyer. A measure without such a pair is
no reason, and counts as part of the base.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from matching.eligibility import places_of
from matching.fit.awards.award_history import Records
from matching.relevance.background import MEASURES
from matching.relevance.comparison import Compared, Relevance
from matching.similarity.scales import near_in_kilometres, place_similarity
from matching.similarity.statement_index import Similarities, StatementPool
from matching.text.language import language_of
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.codes.company_numbers import read_company_number
from warehouse.model.match_results import FacetKind, ReasonKind
from warehouse.model.notices import OpenLot, Reference

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

LEAST_SHARED = 2.5
"""BM25 of a passage and a statement from which they have words in common: a term of one lot in ten, or two commoner."""
LEAST_MEANING = 0.15
"""Similarity of a passage and a statement from which they are shown as a pair. Of 17 pairs of notified members that a
reader's needs decide, it keeps all 11 true ones and 3 of 6 false ones; of 155 pairs of any member .82 and .63: true and
false pairs are not separable by it (area under the ROC curve .66), so letters say "seems close" (docs/letters.md)."""
_AWARD_PLACES = frozenset({"near", "nearest-works", "farther"})
_AWARD_WORDS = frozenset({"spelling", "profile"})
_AWARD_CODES = frozenset({"trade-code", "trade-share"})


@dataclass(frozen=True, slots=True)
class Pair:
    """The lot's text (`asked`) and the member's text or award (`offered`), and the kind of their similarity. A CPV
    code, whose label may be compared, is given as its eight digits: two codes of a lot may share a label."""

    kind: ReasonKind
    required: str
    offered: str


@dataclass(frozen=True, slots=True)
class MemberSources:
    """What pairs are taken from beside a lot: the statements of the pool, those that are compared (`compared_rows`,
    their positions in the pool), the records, and each member's awards."""

    pool: StatementPool
    relevance: Relevance
    compared_rows: Ints
    records: Records
    awards: Sequence[Sequence[Reference]]


@dataclass(slots=True, eq=False)
class LotPairs:
    """The pairs of one lot. `like` are the similarities of its facets, `compared` those of the lot as a whole."""

    sources: MemberSources
    lot: OpenLot
    like: Similarities
    compared: Compared
    _passages: dict[str, tuple[list[str], Floats]] = field(default_factory=dict[str, tuple[list[str], Floats]])

    def find(self, name: str, member: int) -> Pair | None:
        """The pair that gave a member (its position) its value of a measure; None where none is true by itself."""
        if name in MEASURES:
            return self._statement_pair(name, member)
        if name == "meaning-won":
            return self._meaning_pair(member)
        if name == "bought":
            return self._buyer_pair(member)
        if name in _AWARD_CODES:
            return self._code_pair(self._codes_of(member)) or self._award_pair(member)
        if name in _AWARD_WORDS:
            return self._award_pair(member)
        return self._place_pair(member, by_awards=name in _AWARD_PLACES)

    def _statement_pair(self, name: str, member: int) -> Pair | None:
        relevance = self.sources.relevance
        best = relevance.best_statement(self.compared, name, member)
        if best is None:
            return None
        statement = relevance.statements[best]
        is_award = statement.award is not None
        if name == "family":
            return self._code_pair(statement.cpv)
        if name == "terms":
            return self._term_pair(best) or self._statement_pair("family", member)
        if name == "label":
            code = self.compared.lot.codes[int(self.compared.labels[:, best].argmax())]
            kind = ReasonKind.REFERENCE if is_award else ReasonKind.MEANING
            return _pair(kind, code.code, statement.text.value)
        return self._nearest_passage(int(self.sources.compared_rows[best]))

    def _term_pair(self, statement: int) -> Pair | None:
        """The passage in the statement's language that shares most terms with it; else the code whose label does."""
        relevance = self.sources.relevance
        known = relevance.statements[statement]
        language = language_of(known.text)
        if language not in self._passages:
            facets = [f for f in self.like.facets if f.code is None and f.language == language]
            self._passages[language] = (
                [facet.text for facet in facets],
                relevance.shared_terms([facet.text for facet in facets], self.compared.lot.codes, language),
            )
        texts, scores = self._passages[language]
        column = scores[:, relevance.row_in_language(statement, language)]
        similarities, labels = column[: len(texts)], column[len(texts) :]
        is_award = known.award is not None
        if len(similarities) and similarities.max() >= LEAST_SHARED:
            kind = ReasonKind.REFERENCE if is_award else ReasonKind.WORDS
            return Pair(kind, texts[int(similarities.argmax())], known.text.value)
        if len(labels) and labels.max() >= LEAST_SHARED:
            code = self.compared.lot.codes[int(labels.argmax())]
            kind = ReasonKind.REFERENCE if is_award else ReasonKind.MEANING
            return _pair(kind, code.code, known.text.value)
        return None

    def _nearest_passage(self, column: int) -> Pair | None:
        rows = text_rows(self.like)
        nearest = self.like.meaning[rows, column]
        if not len(rows) or nearest.max() < LEAST_MEANING:
            return None
        statement = self.sources.pool.statements[column]
        kind = ReasonKind.REFERENCE if statement.award is not None else ReasonKind.MEANING
        return Pair(kind, self.like.facets[int(rows[int(nearest.argmax())])].text, statement.text.value)

    def _meaning_pair(self, member: int) -> Pair | None:
        span, rows = self.sources.pool.span(member), text_rows(self.like)
        if not len(rows) or span.stop == span.start:
            return None
        return self._nearest_passage(span.start + int(self.like.meaning[rows, span].max(axis=0).argmax()))

    def _codes_of(self, member: int) -> tuple[Cpv, ...]:
        span = self.sources.pool.span(member)
        return tuple(dict.fromkeys(code for s in self.sources.pool.statements[span] for code in s.cpv))

    def _code_pair(self, offered: Sequence[Cpv]) -> Pair | None:
        """The two most similar codes, an exact one first; None where they share a division at most."""
        required, own = self.sources.relevance.nearest_codes(self.compared.lot, offered)
        return Pair(ReasonKind.CPV, required.code, own.code) if required and own else None

    def _award_pair(self, member: int) -> Pair | None:
        """The award with the most similar letters to the lot, where it has one of its terms."""
        award = self.sources.records.closest_award(self.lot, member)
        rows = text_rows(self.like)
        if award is None or not len(rows):
            return None
        return _pair(ReasonKind.REFERENCE, self.like.facets[int(rows[0])].text, award)

    def _place_pair(self, member: int, *, by_awards: bool) -> Pair | None:
        """The lot's place and the nearest of the awards, or the member's home."""
        places, home = places_of(self.lot), self.sources.pool.members[member].nuts
        if not places:
            return None
        if not by_awards:
            nearest = place_similarity(places, home)[1]
            return _pair(ReasonKind.PLACE, nearest.code if nearest else "", home.code)
        won = dict.fromkeys(award.nuts[0] for award in self.sources.awards[member] if award.nuts)
        near = [(found, place) for place in won if (found := near_in_kilometres(places, place)) is not None]
        if not near:
            return None
        best = max(near, key=lambda pair: (pair[0], pair[1].code))[1]
        return Pair(ReasonKind.PLACE, _nearest_place(places, best).code, best.code)

    def _buyer_pair(self, member: int) -> Pair | None:
        bodies = [buyer.organisation for buyer in self.lot.notice.buyers]
        numbers = {read_company_number(body.company_number, body.country): body for body in bodies if body.names}
        for award in self.sources.awards[member]:
            for number in award.buyers:
                if number in numbers and award.titles:
                    return _pair(ReasonKind.REFERENCE, numbers[number].names[0].value, award.titles[0].value)
        return None


def _pair(kind: ReasonKind, required: str, offered: str) -> Pair | None:
    return Pair(kind, required, offered) if required and offered else None


def _nearest_place(places: Sequence[Nuts], won: Nuts) -> Nuts:
    return max(places, key=lambda place: (near_in_kilometres((place,), won) or 0.0, place.code))


def text_rows(like: Similarities) -> Ints:
    """Titles, sentences and criteria; for a lot that has none of them, the labels of its codes."""
    rows = np.array([i for i, f in enumerate(like.facets) if f.kind is not FacetKind.CPV], dtype=np.int64)
    if len(rows):
        return rows
    return np.array([i for i, f in enumerate(like.facets) if f.kind is FacetKind.CPV], dtype=np.int64)
