"""The measures of the fit, of one lot and every member at once: similarities, each with the pair behind it.

A member has one of two feature sets: its award record, where it has one, or its statements and its awards; where it has
both, the one that adds more is used (Fit.select_features). The measures of the second, on the scales of
similarity/scales.py, and both as one; those of records are in awards/award_history.py, the weights of all in model.py.
Members' feedback and the winners of the lot are not used here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.eligibility import places_of
from matching.fit.awards.award_features import worth_of
from matching.fit.awards.award_history import RECORD_KINDS, RECORD_NAMES, Records
from matching.fit.awards.code_embeddings import CodeVectors
from matching.fit.pairs import LotPairs, MemberSources, text_rows
from matching.relevance.background import MEASURES, Background, shipped_background
from matching.relevance.comparison import Compared, LotVectors, Relevance
from matching.relevance.lot_text import LotText
from matching.similarity.scales import best_parts, place_similarity
from matching.similarity.statement_index import Similarities, StatementPool
from matching.text.language import language_of
from warehouse.codes.classifications import Nuts
from warehouse.model.match_results import ReasonKind
from warehouse.model.notices import OpenLot, Reference, stated_value

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

STATED_KINDS: Mapping[str, ReasonKind] = {
    "terms": ReasonKind.WORDS,
    "family": ReasonKind.CPV,
    "sense": ReasonKind.MEANING,
    "label": ReasonKind.MEANING,
    "home": ReasonKind.PLACE,  # its weight is 0 until a member answers "too far"
    "size": ReasonKind.SIZE,  # and this one's until it answers "too big"
    "crowd": ReasonKind.BASE,  # how high all members score on the lot
    "ict": ReasonKind.BASE,
}
"""Every measure of a member's statements, and the reason it is shown as. The first four are background.MEASURES."""
KINDS: Mapping[str, ReasonKind] = {**STATED_KINDS, "meaning-won": ReasonKind.MEANING, **RECORD_KINDS}
"""Every measure; "meaning-won" is the meaning of a member with a record."""
NAMES = tuple(KINDS)
AT = {name: i for i, name in enumerate(NAMES)}
STATED = np.array([name in STATED_KINDS for name in KINDS])
"""Measures of the feature set of statements; the others are those of the award record."""
OWN = np.array([kind is ReasonKind.BASE for kind in KINDS.values()])
"""Measures of a member alone, whatever the lot: their weights may be below 0."""

FULL = 4.0
"""Of the standardised sum: what a measure at its full value adds; feedback changes it in this unit."""
PART = 0.34
"""A lot counts as a member's when the member fits this part of it wholly; see scales.best_parts."""
_USUAL_WIDTH = 0.3
"""Decimal logarithms: prevents firms whose few awards happen to be worth the same from refusing all others."""
_ONCE_WIDTH = 0.55
"""Of one value alone: the spread among a firm's awards (root of the mean square, folds 0 to 2 of decp2019)."""


@dataclass(frozen=True, slots=True)
class Past:
    """For how much a member has won: decimal logarithm of euro, its mean and width; None without a known value."""

    usual: tuple[float, float] | None


@dataclass(slots=True, eq=False)
class _Made:
    """Values derived from one lot's similarities, each at first use."""

    like: Similarities
    words: Floats | None = None
    compared: Compared | None = None


class Measures:
    """The members as lots are compared with them. `statement_vectors` are the vectors of the pool's statements, float32
    of shape (statements, dimension); without (None) words alone are compared. `is_centred`: whether they are of the
    model that the background's means belong to."""

    def __init__(
        self,
        pool: StatementPool,
        references: Sequence[Reference],
        codes: CodeVectors,
        *,
        statement_vectors: Floats | None = None,
        background: Background | None = None,
        is_centred: bool = True,
    ) -> None:
        self.pool = pool
        self._has_meaning = statement_vectors is not None
        self._codes = codes
        self.records = Records(pool.members, references, codes)
        recorded = set(self.records.members.tolist())
        known = background or shipped_background()
        self._compared_rows = np.array(
            [i for i, s in enumerate(pool.statements) if s.award is None or int(pool.owner[i]) not in recorded],
            np.int64,
        )
        self.relevance = Relevance(
            [pool.statements[i] for i in self._compared_rows.tolist()],
            pool.owner[self._compared_rows],
            len(pool.members),
            known,
            statement_vectors[self._compared_rows] if statement_vectors is not None else None,
            is_centred=is_centred,
        )
        awards: dict[str, list[Reference]] = {member.company_number: [] for member in pool.members}
        for reference in references:
            if reference.company_number in awards:
                awards[reference.company_number].append(reference)
        won = [awards[member.company_number] for member in pool.members]
        self._sources = MemberSources(pool, self.relevance, self._compared_rows, self.records, won)
        self._pasts = [_past_of(awards_of_member) for awards_of_member in won]
        languages_of_statements = [language_of(statement.text) for statement in pool.statements]
        self._tongues = {language: at for at, language in enumerate(dict.fromkeys(languages_of_statements))}
        self._languages = np.array([self._tongues[language] for language in languages_of_statements], np.int64)
        self._made: _Made | None = None
        self._near: dict[tuple[Nuts, ...], Floats] = {}
        usual = [past.usual or (np.nan, np.nan) for past in self._pasts]
        self._usual, self._width = np.array(usual, np.float64).reshape(-1, 2).T
        self._turnover = np.array([worth_of(member.turnover) for member in pool.members], np.float64)

    def measure(self, lot: OpenLot, text: LotText, like: Similarities, vectors: LotVectors | None = None) -> Floats:
        """Every measure of NAMES for each member, float32 of shape (members, measures); a feature set that a member
        does not have is all 0.

        `text` is the `lot` as a whole and `vectors` are its vectors, None without; `like` are the similarities of its
        facets to all statements. See Relevance.measure and Records.measure; "size" lies in [-1, 0], "home" in [0, 1];
        "ict" is in log-odds.
        """
        out = np.zeros((len(self.pool.members), len(NAMES)), np.float32)
        self._measure_relevance(text, like, vectors, out)
        self._measure_past(lot, out)
        silent = np.setdiff1d(np.arange(len(out)), self.relevance.speaking)
        out[np.ix_(silent, STATED)] = 0
        self._measure_records(lot, like, out)
        return out

    def _measure_relevance(self, text: LotText, like: Similarities, vectors: LotVectors | None, out: Floats) -> None:
        made = self._made_of(like)
        made.compared = self.relevance.compare(text, vectors)
        parts, smoothed = self.relevance.measure(made.compared)
        out[:, [AT[name] for name in MEASURES]] = parts / FULL
        out[:, AT["crowd"]] = smoothed
        out[:, AT["ict"]] = np.dot(made.compared.lot.ict, self.relevance.background.ict)

    def _measure_records(self, lot: OpenLot, like: Similarities, out: Floats) -> None:
        """Members with a record are measured by it too."""
        mine = self.records.members
        if not len(mine):
            return
        rows = text_rows(like)
        if len(rows):
            weights = np.array([like.facets[i].weight for i in rows.tolist()], np.float32)
            values = like.meaning if self._has_meaning else self._words(like)
            out[mine, AT["meaning-won"]] = best_parts(self.pool.by_member(values[rows])[:, mine], weights, PART)
        out[:, AT[RECORD_NAMES[0]] :] = self.records.measure([lot])[0]

    def _words(self, like: Similarities) -> Floats:
        """Shared words; between two languages no words are compared, and meaning is used in their place."""
        made = self._made_of(like)
        if made.words is None:
            facet_languages = np.array([self._tongues.get(facet.language or "", -1) for facet in like.facets], np.int64)
            made.words = np.where(facet_languages[:, None] == self._languages[None], like.words, like.meaning)
        return made.words

    def _made_of(self, like: Similarities) -> _Made:
        """What is derived from a lot's similarities once, for the measures and for every pair shown of it."""
        if self._made is None or self._made.like is not like:
            self._made = _Made(like)
        return self._made

    def _measure_past(self, lot: OpenLot, out: Floats) -> None:
        out[:, AT["home"]] = self._nearness(places_of(lot))
        stated = stated_value(lot.lot, lot.notice)
        if np.isfinite(value := worth_of(stated.money if stated else None)):
            away = np.log1p(((value - self._usual) / self._width) ** 2) / 3
            above = np.maximum(0.0, value - self._turnover)
            out[:, AT["size"]] = -np.clip(np.nan_to_num(np.where(np.isnan(self._usual), above, away)), 0, 1)

    def _nearness(self, places: tuple[Nuts, ...]) -> Floats:
        """Nearness of every member's home; lots share their places, so it is computed once."""
        if places not in self._near:
            near = [place_similarity(places, member.nuts)[0] for member in self.pool.members]
            self._near[places] = np.array(near, np.float32)
        return self._near[places]

    def lot_pairs(self, lot: OpenLot, like: Similarities) -> LotPairs:
        """The pairs behind the measures of the lot that was measured last. Raises ValueError for another."""
        made = self._made_of(like)
        if made.compared is None:
            raise ValueError(f"{lot.uid} is not the lot that was measured last; measure it first")
        return LotPairs(self._sources, lot, like, made.compared)


def _past_of(awards: Sequence[Reference]) -> Past:
    worth = [value for award in awards if np.isfinite(value := worth_of(award.value))]
    width = float(np.hypot(np.std(worth), _USUAL_WIDTH if len(worth) > 1 else _ONCE_WIDTH)) if worth else 0.0
    return Past((float(np.mean(worth)), width) if worth else None)
