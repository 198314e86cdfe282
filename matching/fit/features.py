"""What the fit measures of one lot and every member at once: likenesses, each with the pair behind it.

A member is heard in one of two voices: by its record, where it has one, or by what it says of itself and its awards;
by the louder, where it has both (Fit.hear). Here belong the measures of the second, on the scales of likeness.py, and
both as one; those of records are fit/records.py's, how all weigh model.py's. Nothing here knows what a member answered,
or who won the lot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.eligibility import places_of
from matching.fit.awards.award_features import buyers_of, worth_of
from matching.fit.awards.award_history import RECORD_KINDS, RECORD_NAMES, Records
from matching.fit.awards.code_embeddings import CodeVectors
from matching.similarity.scales import best_parts, near_in_kilometres, place_likeness
from matching.similarity.statement_index import Likenesses, StatementPool
from matching.text.language import language_of
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.codes.company_numbers import read_company_number
from warehouse.model.match_results import FacetKind, ReasonKind
from warehouse.model.notices import OpenLot, Reference, stated_value

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

SAID_KINDS: Mapping[str, ReasonKind] = {
    "words": ReasonKind.WORDS,
    "meaning": ReasonKind.MEANING,
    "codes": ReasonKind.CPV,
    "trade": ReasonKind.CPV,
    "focus": ReasonKind.CPV,
    "home": ReasonKind.PLACE,
    "reach": ReasonKind.PLACE,
    "award": ReasonKind.REFERENCE,
    "buyer": ReasonKind.REFERENCE,
    "size": ReasonKind.SIZE,
}
"""Every measure of what a member says, and the reason it is told as."""
KINDS: Mapping[str, ReasonKind] = {**SAID_KINDS, "meaning-won": ReasonKind.MEANING, **RECORD_KINDS}
"""Every measure; "meaning-won" is the meaning of a member with a record."""
NAMES = tuple(KINDS)
AT = {name: i for i, name in enumerate(NAMES)}
SAID = np.array([name in SAID_KINDS for name in KINDS])
"""Measures of the voice of what a member says; the others are those of its record."""
OWN = np.array([kind is ReasonKind.BASE for kind in KINDS.values()])
"""Measures of a member alone, whatever the lot: they may weigh below 0."""

PART = 0.34
"""A member is for a lot when it fits this part of it wholly; see likeness.best_parts."""
_USUAL_WIDTH = 0.3
"""Decimal logarithms: keeps firms whose few awards happen to be worth the same from refusing all others."""
_ONCE_WIDTH = 0.55
"""Of one value alone: the spread among a firm's awards (root of the mean square, folds 0 to 2 of decp2019)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The strongest thing asked and the thing offered behind a measure."""

    asked: str
    offered: str


@dataclass(frozen=True, slots=True)
class Past:
    """A member's past as numbers: where it won, for whom, and for how much (decimal logarithm of euro, its mean and
    width; None without a known value)."""

    places: tuple[Nuts, ...]
    buyers: Mapping[str, str]
    usual: tuple[float, float] | None


@dataclass(slots=True, eq=False)
class _Made:
    """What one lot's likenesses are turned into, each at first use."""

    like: Likenesses
    words: Floats | None = None
    alike: Floats | None = None
    award: Floats | None = None


class Measures:
    """The members as lots are measured against them. Without vectors (`has_meaning` False) words stand for meaning."""

    def __init__(
        self, pool: StatementPool, references: Sequence[Reference], codes: CodeVectors, *, has_meaning: bool = True
    ) -> None:
        self.pool = pool
        self._has_meaning = has_meaning
        self._codes = codes
        self.records = Records(pool.members, references, codes)
        self._silent = np.array([j for j in self.records.members.tolist() if not pool.members[j].competences], np.int64)
        awards: dict[str, list[Reference]] = {member.company_number: [] for member in pool.members}
        for reference in references:
            if reference.company_number in awards:
                awards[reference.company_number].append(reference)
        self._pasts = [_past_of(awards[member.company_number]) for member in pool.members]
        spoken = [language_of(statement.text) for statement in pool.statements]
        self._tongues = {language: at for at, language in enumerate(dict.fromkeys(spoken))}
        self._languages = np.array([self._tongues[language] for language in spoken], np.int64)
        self._made: _Made | None = None
        self._near: dict[tuple[Nuts, ...], Floats] = {}
        self._likened: dict[str, Floats] = {}
        self._served: dict[str, list[int]] = {}
        for j, past in enumerate(self._pasts):
            for buyer in past.buyers:
                self._served.setdefault(buyer, []).append(j)
        usual = [past.usual or (np.nan, np.nan) for past in self._pasts]
        self._usual, self._width = np.array(usual, np.float64).reshape(-1, 2).T
        self._turnover = np.array([worth_of(member.turnover) for member in pool.members], np.float64)
        self._awarded = np.flatnonzero([statement.award is not None for statement in pool.statements])
        self._spoken = codes.stack([statement.cpv for statement in pool.statements])

    def measure(self, lot: OpenLot, like: Likenesses, members: Sequence[int] | None = None) -> Floats:
        """Every measure of NAMES for each member, float32 of shape (members, measures), a voice it has not is all 0.
        They lie in [0, 1], but for "size" in [-1, 0]: 0 says that nothing speaks against it. What is unknown is 0, or
        for "reach" the same as "home"; see also Records.measure. Only the rows of `members` (positions; None: all) are
        to be read: what costs most is worked out for them alone."""
        who = slice(None) if members is None else np.array(members, np.int64)
        out = np.zeros((len(self.pool.members), len(NAMES)), np.float32)
        text, coded = text_rows(like), _rows(like, FacetKind.CPV)
        weights = np.array([facet.weight for facet in like.facets], np.float32)
        words = self._words(like)
        for name, values, rows in (
            ("words", words, text),
            ("meaning", like.meaning, text),
            ("codes", like.cpv, coded),
        ):
            if len(rows):
                out[who, AT[name]] = best_parts(self.pool.by_member(values[rows])[:, who], weights[rows], PART)
        if not self._has_meaning:
            out[:, AT["meaning"]] = out[:, AT["words"]]
        self._measure_trade(like, coded, who, out)
        if len(self._awarded) and len(like.facets):
            out[:, AT["award"]] = self._awards(like, text, coded, weights)
        self._measure_past(lot, out)
        self._measure_records(lot, out)
        return out

    def _measure_records(self, lot: OpenLot, out: Floats) -> None:
        """Who has a record is also heard by it; and by it alone, where it says nothing else."""
        mine = self.records.members
        if len(mine):
            out[mine, AT["meaning-won"]] = out[mine, AT["meaning"]]
            out[np.ix_(self._silent, SAID)] = 0
            out[:, AT[RECORD_NAMES[0]] :] = self.records.measure([lot])[0]

    def _words(self, like: Likenesses) -> Floats:
        """Shared words; between two languages words are silent, and meaning speaks in their place."""
        made = self._made_of(like)
        if made.words is None:
            asked = np.array([self._tongues.get(facet.language or "", -1) for facet in like.facets], np.int64)
            made.words = np.where(asked[:, None] == self._languages[None], like.words, like.meaning)
        return made.words

    def _measure_trade(self, like: Likenesses, coded: Ints, who: Ints | slice, out: Floats) -> None:
        if not len(coded) or not len(self._spoken):
            return
        alike = self._alike(like)[coded]
        weights = np.array([like.facets[i].weight for i in coded.tolist()], np.float32)
        out[who, AT["trade"]] = best_parts(self.pool.by_member(alike)[:, who], weights, PART)
        out[:, AT["focus"]] = self.pool.mean_by_member(weights @ alike / max(float(weights.sum()), 1e-9))

    def _alike(self, like: Likenesses) -> Floats:
        """Learned likeness of every facet with a code to every statement."""
        made = self._made_of(like)
        if made.alike is None:
            made.alike = np.zeros((len(like.facets), len(self._spoken)), np.float32)
            for row, facet in zip(made.alike, like.facets, strict=True):
                if facet.code:
                    row[:] = self._alike_of(facet.code)
        return made.alike

    def _alike_of(self, code: str) -> Floats:
        """Kept: a night asks for some hundred codes some thousand times."""
        if code not in self._likened:
            self._likened[code] = np.clip(self._spoken @ self._codes.stack([(Cpv(code),)])[0], 0, 1)
        return self._likened[code]

    def _made_of(self, like: Likenesses) -> _Made:
        """What is made of a lot's likenesses once, for the measures and for every pair told of it."""
        if self._made is None or self._made.like is not like:
            self._made = _Made(like)
        return self._made

    def _awards(self, like: Likenesses, text: Ints, coded: Ints, weights: Floats) -> Floats:
        """The one award of each member most like the lot, in words or meaning and in codes."""
        shape = len(self._awarded)
        worded, codes = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        if len(text):
            at = np.ix_(text, self._awarded)
            worded = best_parts(np.maximum(self._words(like)[at], like.meaning[at]), weights[text], PART)
        if len(coded):
            codes = best_parts(like.cpv[np.ix_(coded, self._awarded)], weights[coded], PART)
        whole = np.zeros((1, len(self.pool.statements)), np.float32)
        whole[0, self._awarded] = 0.6 * worded + 0.4 * codes
        return self.pool.by_member(whole)[0]

    def _measure_past(self, lot: OpenLot, out: Floats) -> None:
        out[:, [AT["home"], AT["reach"]]] = self._nearness(places_of(lot))
        for buyer in buyers_of(lot):
            out[self._served.get(buyer, ()), AT["buyer"]] = 1.0
        stated = stated_value(lot.lot, lot.notice)
        if np.isfinite(value := worth_of(stated.money if stated else None)):
            away = np.log1p(((value - self._usual) / self._width) ** 2) / 3
            above = np.maximum(0.0, value - self._turnover)
            out[:, AT["size"]] = -np.clip(np.nan_to_num(np.where(np.isnan(self._usual), above, away)), 0, 1)

    def _nearness(self, places: tuple[Nuts, ...]) -> Floats:
        """Home and reach of every member; lots share their places, so they are worked out once."""
        if places not in self._near:
            found = np.zeros((len(self.pool.members), 2), np.float32)
            for j, (member, past) in enumerate(zip(self.pool.members, self._pasts, strict=True)):
                home, _ = place_likeness(places, member.nuts)
                reach = [near for place in past.places if (near := near_in_kilometres(places, place)) is not None]
                found[j] = home, sum(reach) / len(reach) if reach else home
            self._near[places] = found
        return self._near[places]

    def pairs(self, name: str, lot: OpenLot, like: Likenesses, members: Sequence[int]) -> list[Pair]:
        """What is shown beside a measure of each of these members (positions)."""
        if KINDS[name] is ReasonKind.PLACE:
            return [self._place_pair(lot, member) for member in members]
        if name in {"buyer", "bought"}:
            return [self._buyer_pair(lot, member) for member in members]
        if KINDS[name] is ReasonKind.SIZE:
            return [Pair("", "")] * len(members)
        if name in RECORD_KINDS:
            rows = _rows(like, FacetKind.CPV) if KINDS[name] is ReasonKind.CPV else text_rows(like)
            asked = like.facets[int(rows[0])].text if len(rows) else ""
            return [Pair(asked, said) for said in self.records.closest(KINDS[name], lot, members)]
        spans = [self.pool.span(member) for member in members]
        columns = [np.arange(span.start, span.stop) for span in spans]
        values, rows = like.cpv, _rows(like, FacetKind.CPV)
        if name in {"trade", "focus"}:
            values = self._alike(like)
        elif name in {"words", "meaning", "meaning-won"}:
            values, rows = (self._words(like) if name == "words" else like.meaning), text_rows(like)
        elif name == "award":
            made = self._made_of(like)
            if made.award is None:
                made.award = np.maximum(np.maximum(like.words, like.meaning), like.cpv)
            values, rows = made.award, np.arange(len(like.facets))
            columns = [self._awarded[(self._awarded >= span.start) & (self._awarded < span.stop)] for span in spans]
        return self._strongest(like, values, rows, columns)

    def _place_pair(self, lot: OpenLot, member: int) -> Pair:
        home = self.pool.members[member].nuts
        _, place = place_likeness(places_of(lot), home)
        return Pair(place.code if place else "", home.code)

    def _buyer_pair(self, lot: OpenLot, member: int) -> Pair:
        bought = self._pasts[member].buyers
        number = next((number for number in buyers_of(lot) if number in bought), None)
        return Pair(_name_of_buyer(lot, number), bought[number]) if number else Pair("", "")

    def _strongest(self, like: Likenesses, values: Floats, rows: Ints, columns: Sequence[Ints]) -> list[Pair]:
        """The strongest pair among each member's columns, among equals the one that weighs most, then the first."""
        counts = np.array([len(mine) for mine in columns])
        told = [Pair("", "")] * len(columns)
        speaking = np.flatnonzero(counts)
        if not len(rows) or not len(speaking):
            return told
        every = np.concatenate(columns)
        weights = np.array([like.facets[i].weight for i in rows.tolist()], np.float32)
        seen = values[rows[:, None], every] * (1 + weights[:, None] / 100)
        best, starts = seen.max(0), (np.cumsum(counts) - counts)[speaking]
        is_best = best == np.repeat(np.maximum.reduceat(best, starts), counts[speaking])
        # Row by row: the first of the best stands in the first row that has one.
        order = np.where(is_best, seen.argmax(0) * len(every) + np.arange(len(every)), seen.size)
        for j, at in zip(speaking.tolist(), np.minimum.reduceat(order, starts).tolist(), strict=True):
            row, column = divmod(at, len(every))
            statement = self.pool.statements[int(every[column])]
            told[j] = Pair(like.facets[int(rows[row])].text, statement.text.value)
        return told


def _rows(like: Likenesses, *kinds: FacetKind) -> Ints:
    return np.array([i for i, facet in enumerate(like.facets) if facet.kind in kinds], dtype=np.int64)


def text_rows(like: Likenesses) -> Ints:
    """Titles, sentences and criteria; for a lot that has none of them, the labels of its codes."""
    rows = np.array([i for i, f in enumerate(like.facets) if f.kind is not FacetKind.CPV], dtype=np.int64)
    return rows if len(rows) else _rows(like, FacetKind.CPV)


def _past_of(awards: Sequence[Reference]) -> Past:
    worth = [value for award in awards if np.isfinite(value := worth_of(award.value))]
    width = float(np.hypot(np.std(worth), _USUAL_WIDTH if len(worth) > 1 else _ONCE_WIDTH)) if worth else 0.0
    titles = {buyer: a.titles[0].value if a.titles else "" for a in awards for buyer in a.buyers}
    places = tuple(place for award in awards for place in award.nuts[:1])
    return Past(places, titles, (float(np.mean(worth)), width) if worth else None)


def _name_of_buyer(lot: OpenLot, number: str) -> str:
    bodies = (buyer.organisation for buyer in lot.notice.buyers)
    named = (b for b in bodies if b.names and read_company_number(b.company_number, b.country) == number)
    return next((body.names[0].value for body in named), number)
