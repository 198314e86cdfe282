"""Measures of a lot from a member's award history, for the members that won often enough: a record.

Each measure is on a scale where 0 is neutral. The measures of a member's own statements are in fit/features.py, the
weights of all in model.py. Who won the lot is not used here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.fit.awards.award_features import Traits, traits_of_award, traits_of_competence, traits_of_lot
from matching.fit.awards.award_sums import Awards
from matching.fit.awards.code_embeddings import CodeVectors
from matching.fit.awards.title_tokens import Lexicon, learn_spellings
from matching.similarity.scales import near_in_kilometres
from warehouse.codes.classifications import Nuts
from warehouse.model.match_results import ReasonKind
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot, Reference

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

RECORD_KINDS: Mapping[str, ReasonKind] = {
    "spelling": ReasonKind.REFERENCE,  # the closest award, in the letters of its title
    "profile": ReasonKind.WORDS,  # all titles and codes read as one text
    "trade-code": ReasonKind.CPV,  # the closest codes, as portfolios join them
    "trade-share": ReasonKind.CPV,  # the mean of all, as portfolios join words and codes
    "near": ReasonKind.PLACE,  # the mean nearness of awards
    "nearest-works": ReasonKind.PLACE,
    "farther": ReasonKind.PLACE,  # than the member usually goes
    "bought": ReasonKind.REFERENCE,  # by a buyer of the lot
    "usual": ReasonKind.SIZE,  # against the member's usual value, in its own spread
    "such": ReasonKind.SIZE,  # against the value of its awards in this trade
    "record": ReasonKind.BASE,
    "awards": ReasonKind.BASE,
    "buyers": ReasonKind.BASE,
    "narrow": ReasonKind.BASE,
}
"""Every measure of a record, and the reason it is shown as; BASE is what is true of the member for any lot. Chosen by
queries of folds 0, 1 and 2 of decp2019."""
RECORD_NAMES = tuple(RECORD_KINDS)

LEAST_AWARDS = 2
"""One award alone is a statement like any other; two are a record."""
_FAR_OFF = 0.24
"""Nearness where a place is not known: that of 400 km, about the median of two French departments."""
_APART, _MOST_APART = 0.6, 3.0
"""Decimal logarithms between two values: about the median, used for one that is not known, and the distance of the full
value."""
_UNUSUAL = 0.2
"""The measure of a value where it or the member's usual one is not known."""
_WIDTH = 0.3
"""Decimal logarithms: prevents members whose few awards happen to be worth the same from refusing all others."""


@dataclass(slots=True, eq=False)
class _Held:
    """Lots compared with every statement of every record, float32 of shape (lots, statements); `stems` of the first
    lot."""

    stems: tuple[str, ...]
    letters: Floats
    trade: Floats
    codes: Floats


class Records:
    """The awards, and the competences beside them, of every member with a record, prepared once for all lots. Rarity of
    words is learned from them; the trades come with the fit."""

    def __init__(self, members: Sequence[Member], references: Sequence[Reference], trades: CodeVectors) -> None:
        won: dict[str, list[Reference]] = {}
        for reference in sorted(references, key=lambda award: (award.notice, award.lot)):
            won.setdefault(reference.company_number, []).append(reference)
        mine = [won.get(member.company_number, ()) for member in members]
        self.members = np.array([j for j, awards in enumerate(mine) if len(awards) >= LEAST_AWARDS], np.int64)
        """The positions of the members that have a record."""
        self._count = len(members)
        self._trades = trades
        self._last: tuple[OpenLot, _Held] | None = None
        with_awards = [(members[j], mine[j]) for j in self.members.tolist()]
        self._spellings = learn_spellings(
            text.value for _, awards in with_awards for entry in awards for text in entry.titles
        )
        self._member_traits = [
            [
                *(traits_of_award(entry, self._spellings) for entry in awards),
                *(traits_of_competence(entry, self._spellings) for entry in member.competences),
            ]
            for member, awards in with_awards
        ]
        if with_awards:
            self._prepare([len(awards) for _, awards in with_awards])

    def _prepare(self, counts: Sequence[int]) -> None:
        all_traits = [award_traits for mine in self._member_traits for award_traits in mine]
        owner = np.repeat(np.arange(len(counts)), [len(mine) for mine in self._member_traits])
        self._all = Awards.of(np.arange(len(all_traits)), owner)
        self._rows = np.concatenate([start + np.arange(n) for start, n in zip(self._all.start, counts, strict=True)])
        self._won = Awards.of(np.arange(len(self._rows)), owner[self._rows])
        self._hold_words(all_traits)
        past = [all_traits[i] for i in self._rows.tolist()]
        self._places = {
            places: i for i, places in enumerate(dict.fromkeys(award_traits.places for award_traits in past))
        }
        self._place = np.array([self._places[award_traits.places] for award_traits in past], np.int64)
        self._near: dict[tuple[Nuts, ...], Floats] = {}
        self._served: dict[str, list[int]] = {}
        for i, award_traits in enumerate(past):
            for buyer in award_traits.buyers:
                self._served.setdefault(buyer, []).append(i)
        self._value = np.array([award_traits.value for award_traits in past], np.float64)
        self._own = self._of_members(past)
        self._usual, self._width = self._usual_values()

    def _hold_words(self, all_traits: Sequence[Traits]) -> None:
        runs, terms = [traits.letters for traits in all_traits], [traits.terms for traits in all_traits]
        wholes = [[term for i in self._all.lots_of(f).tolist() for term in terms[i]] for f in range(self._all.firms)]
        # Rarity counts members here, not awards: a term is distinctive when few of them have it.
        self._lexicon = Lexicon(wholes)
        self._by_profile = self._lexicon.hold_bm25(wholes, k1=1.5, b=0.6)
        self._by_letters = Lexicon(runs).hold_cosine(runs)
        self._by_terms = self._trades.stack_terms(terms).T.copy()
        self._by_codes = self._trades.stack([traits.codes for traits in all_traits]).T.copy()

    def measure(self, lots: Sequence[OpenLot]) -> Floats:
        """Every measure of RECORD_NAMES, float32 of shape (lots, members, measures), in [0, 1] but for SIZE and
        "farther", in [-1, 0]. Members without a record have 0 throughout."""
        out = np.zeros((len(lots), self._count, len(RECORD_NAMES)), np.float32)
        if not len(self.members) or not lots:
            return out
        lot_traits = [traits_of_lot(lot, self._spellings) for lot in lots]
        works = np.array([[traits.is_works] for traits in lot_traits], np.float32)
        held = self._hold(lot_traits)
        self._last = (lots[0], held) if len(lots) == 1 else None
        found = self._of_trades(lot_traits, held) | self._of_places(lot_traits, works)
        found |= self._of_values(lot_traits, held.trade)
        bought = np.zeros((len(lot_traits), len(self._rows)), np.float32)
        for row, traits in zip(bought, lot_traits, strict=True):
            row[[i for buyer in traits.buyers for i in self._served.get(buyer, ())]] = 1
        found["bought"] = self._won.most(bought)
        for name, own in self._own.items():
            found[name] = np.broadcast_to(own, (len(lots), len(own)))
        out[:, self.members] = np.stack([found[name] for name in RECORD_NAMES], axis=-1)
        return out

    def _hold(self, lot_traits: Sequence[Traits]) -> _Held:
        return _Held(
            lot_traits[0].stems,
            self._by_letters.similarity([traits.letters for traits in lot_traits]),
            np.clip(self._trades.stack_terms([traits.terms for traits in lot_traits]) @ self._by_terms, 0, 1),
            np.clip(self._trades.stack([traits.codes for traits in lot_traits]) @ self._by_codes, 0, 1),
        )

    def _of_trades(self, lot_traits: Sequence[Traits], held: _Held) -> dict[str, Floats]:
        every = self._all
        profile = self._by_profile.similarity([traits.terms for traits in lot_traits]) / np.float32(
            10 * self._lexicon.rarest
        )
        return {
            "spelling": np.clip(self._won.most(held.letters[:, self._rows]), 0, 1),
            "profile": np.clip(np.sqrt(profile), 0, 1),
            "trade-code": every.most(held.codes),
            "trade-share": every.mean(held.trade),
        }

    def _of_places(self, lot_traits: Sequence[Traits], works: Floats) -> dict[str, Floats]:
        """How near the member has won, and whether this is farther than it goes."""
        near = np.stack([self._nearness(traits.places) for traits in lot_traits])[:, self._place]
        mean = self._won.mean(near)
        farther = np.minimum(mean - self._own["narrow"], 0)
        return {"near": mean, "nearest-works": self._won.most(near) * works, "farther": farther}

    def _nearness(self, places: tuple[Nuts, ...]) -> Floats:
        """Of each place where there was an award; lots share their places."""
        if places not in self._near:
            found = [near_in_kilometres(places, won[0]) if won else None for won in self._places]
            self._near[places] = np.array([_FAR_OFF if near is None else near for near in found], np.float32)
        return self._near[places]

    def _of_values(self, lot_traits: Sequence[Traits], trade: Floats) -> dict[str, Floats]:
        value = np.array([[traits.value] for traits in lot_traits])
        away = np.log1p(((value - self._usual) / self._width) ** 2) / _MOST_APART
        apart = np.nan_to_num(np.abs(value - self._value), nan=_APART) / _MOST_APART
        closeness = -np.minimum(apart, 1).astype(np.float32)
        won = trade[:, self._rows]
        attention = np.exp(np.float32(6) * (won - self._won.most(won)[:, self._won.firm]))
        return {
            "usual": -np.clip(np.nan_to_num(away, nan=_UNUSUAL), 0, 1).astype(np.float32),
            "such": self._won.near(closeness, attention),
        }

    def _of_members(self, past: Sequence[Traits]) -> dict[str, Floats]:
        """What is true of each member for any lot: the logarithm of its awards and of its buyers (100 make 1), and how
        near its awards lie to one another."""
        table = np.stack([self._nearness(places) for places in self._places])
        narrow: list[float] = []
        buyers: list[int] = []
        for firm in range(self._won.firms):
            mine = self._won.lots_of(firm)
            pairs = table[self._place[mine][:, None], self._place[mine][None]]
            narrow.append(float((pairs.sum() - np.trace(pairs)) / (len(mine) * (len(mine) - 1))))
            buyers.append(max(1, len({buyer for i in mine.tolist() for buyer in past[i].buyers})))
        return {
            "record": np.ones(len(narrow), np.float32),
            "awards": (np.log10(self._won.count) / 2).astype(np.float32),
            "buyers": (np.log10(buyers) / 2).astype(np.float32),
            "narrow": np.array(narrow, np.float32),
        }

    def _usual_values(self) -> tuple[Doubles, Doubles]:
        """Mean and width of each member's values, nan for one that has none."""
        known = np.isfinite(self._value)
        firm, worth, width = self._won.firm[known], self._value[known], self._won.firms
        count = np.bincount(firm, minlength=width)
        mean = np.full(width, np.nan)
        np.divide(np.bincount(firm, worth, width), count, out=mean, where=count > 0)
        spread = np.bincount(firm, (worth - mean[firm]) ** 2, width) / np.maximum(count, 1)
        return mean, np.sqrt(spread + _WIDTH**2)

    def closest_award(self, lot: OpenLot, member: int) -> str | None:
        """The title of the member's award (its position, with a record) with the most similar letters to the lot; None
        where it has none of the lot's terms."""
        at = int(np.searchsorted(self.members, member))
        held = self._held_of(lot)
        mine = held.letters[0][self._all.lots_of(at)][: self._won.count[at]]
        award = self._member_traits[at][int(np.argmax(mine))]
        return award.text if set(award.stems) & set(held.stems) else None

    def _held_of(self, lot: OpenLot) -> _Held:
        """The comparison of the lot measured last, which is kept."""
        if self._last is None or self._last[0] is not lot:
            self._last = lot, self._hold([traits_of_lot(lot, self._spellings)])
        return self._last[1]
