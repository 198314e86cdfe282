"""Members who joined for such purchases before: groups that won in one party, by the similarity of what they won.

Coverage is not used here, and nothing of this is added to coverage (formation.py): the two lists answer two questions,
who covers the lot together, and who has joined for such calls. On 64 real joint awards coverage named the true
group in none, while firms that joined before joined again in .41 (docs on matching, "Consortia").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from matching.fit.awards.title_tokens import Lexicon, learn_spellings, stems, telling_words
from matching.text.language import language_of
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.match_results import PastGroup
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot, Reference, Text

Floats = NDArray[np.float64]

CODE, TITLE, BUYER, PLACE = 0.5, 0.25, 0.125, 0.125
"""Parts of the similarity of two purchases; they sum to 1. Chosen among 7 sets of weights on joint awards of 2018/19
(bench.joint), where all sets with the four parts named the true group equally often."""
FIT = 0.25
"""What the mean fit of a group's members adds to the similarity when groups are ordered."""
PART = 0.15
"""What a pair of a larger party counts less than a whole party: from .05 to .3 the true group is among the three first
for .40 to .42 of 96 joint awards that another award is known for, without it for .27, because the pairs of one party
of four take all three places."""
LEAST_SIMILARITY = 0.25
"""Purchases less similar are of another kind: a shared CPV division and nothing else stays below."""
MOST_MEMBERS = 5
"""A party of more firms is a list of suppliers, no group that joins for a call."""
NEAREST = 20
"""Past purchases among which the share of joint ones is taken."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase that members won: its words, codes, places and buyers, who of the members won it in one party (ids in
    their order), and how many firms outside the cluster were in that party."""

    notice: str
    lot: str
    title: str
    words: tuple[str, ...]
    cpv: tuple[Cpv, ...]
    nuts: tuple[Nuts, ...]
    buyers: frozenset[str]
    members: tuple[str, ...]
    others: int

    @property
    def is_joint(self) -> bool:
        """Whether more than one firm won it, members or not."""
        return len(self.members) + self.others > 1


@dataclass(frozen=True, slots=True)
class Roles:
    """Members that may take part in a lot: `admitted` by themselves, `partner_only` only beside one that is admitted
    (refused for the language of the tender or for size alone)."""

    admitted: AbstractSet[str]
    partner_only: AbstractSet[str] = frozenset()

    def allows(self, group: Iterable[str]) -> bool:
        """Whether all may take part and one of them may lead."""
        members = set(group)
        return members <= self.admitted | self.partner_only and bool(members & self.admitted)


class PastGroups:
    """The purchases that a cluster's members won, prepared once for all lots of a night."""

    def __init__(self, members: Sequence[Member], references: Iterable[Reference]) -> None:
        self._apart = _conflicts_of(members)
        known = tuple(references)
        self._spellings = learn_spellings({title.value for known_award in known for title in known_award.titles})
        self._purchases = _purchases_of(members, known, self._spellings)
        lexicon = Lexicon([known_award.words for known_award in self._purchases])
        self._titles = lexicon.hold_cosine([known_award.words for known_award in self._purchases])

    def find(
        self,
        lot: OpenLot,
        *,
        roles: Roles | None = None,
        fit: Mapping[str, float] | None = None,
        show: int = 3,
        without: AbstractSet[str] = frozenset(),
    ) -> tuple[PastGroup, ...]:
        """Up to `show` groups of two to MOST_MEMBERS members that won such a purchase together, the best first: whole
        parties, and behind them pairs of larger ones.

        `roles` excludes groups that may not answer (None: all may), `fit` holds the members' scores for the lot in [0,
        1]; `without` are notices (Notice.uid) left out, for measuring.
        """
        similarity = self.similarities(lot)
        buyers = _buyers_of(lot)
        found: dict[tuple[str, ...], list[tuple[float, int]]] = {}
        for at, purchase in enumerate(self._purchases):
            if similarity[at] >= LEAST_SIMILARITY and purchase.notice not in without:
                for group in self._groups_in(purchase):
                    found.setdefault(group, []).append((float(similarity[at]), at))
        scores = fit or {}
        groups = [group for group in found if roles is None or roles.allows(group)]
        ordered = sorted(groups, key=lambda group: (-self._order(found[group], group, scores), len(group), group))
        return tuple(self._write(group, found[group], buyers, roles) for group in ordered[:show])

    def similarities(self, lot: OpenLot) -> Floats:
        """How similar each past purchase is to the lot, float64 of shape (purchases,) in [0, 1]: codes, title, buyer,
        place."""
        if not self._purchases:
            return np.zeros(0)
        titles = self._titles.similarity([_words_of(lot.lot.titles or lot.notice.titles, self._spellings)])[0]
        cpv, places, buyers = lot.lot.cpv or lot.notice.cpv, lot.lot.nuts or lot.notice.nuts, _buyers_of(lot)
        beside = [
            CODE * code_similarity(cpv, past_purchase.cpv)
            + BUYER * bool(buyers & past_purchase.buyers)
            + PLACE
            * any(mine.within(theirs) or theirs.within(mine) for mine in places for theirs in past_purchase.nuts)
            for past_purchase in self._purchases
        ]
        return np.asarray(beside, np.float64) + TITLE * titles

    def joint_share(self, lot: OpenLot, *, without: AbstractSet[str] = frozenset()) -> float:
        """The part of the NEAREST past purchases of that kind and buyer that were won jointly, each counted by its
        similarity, in [0, 1]; 0 where none is of that kind."""
        similarity = self.similarities(lot)
        kept = [at for at, past_purchase in enumerate(self._purchases) if past_purchase.notice not in without]
        nearest = sorted(kept, key=lambda at: -similarity[at])[:NEAREST]
        whole = sum(float(similarity[at]) for at in nearest)
        joint = sum(float(similarity[at]) for at in nearest if self._purchases[at].is_joint)
        return joint / whole if whole else 0.0

    def nearest_joint(self, lot: OpenLot, *, show: int = 3) -> tuple[Purchase, ...]:
        """The `show` most similar purchases that two members or more won together, the most similar first."""
        similarity = self.similarities(lot)
        joint = [
            at for at, past_purchase in enumerate(self._purchases) if 2 <= len(past_purchase.members) <= MOST_MEMBERS
        ]
        return tuple(self._purchases[at] for at in sorted(joint, key=lambda at: -similarity[at])[:show])

    def _order(self, found: Sequence[tuple[float, int]], group: Sequence[str], fit: Mapping[str, float]) -> float:
        """The most similar purchase of a group, PART less where it was a part of the party, and FIT of its mean fit."""
        mean = sum(fit.get(member, 0.0) for member in group) / len(group)
        similar = (value - PART * (len(group) < len(self._purchases[at].members)) for value, at in found)
        return max(similar) + FIT * mean

    def _groups_in(self, purchase: Purchase) -> list[tuple[str, ...]]:
        members = purchase.members
        if not 2 <= len(members) <= MOST_MEMBERS:
            return []
        pairs = list(combinations(members, 2)) if len(members) > 2 else []
        return [group for group in (members, *pairs) if not _is_apart(group, self._apart)]

    def _write(
        self,
        group: tuple[str, ...],
        found: Sequence[tuple[float, int]],
        buyers: AbstractSet[str],
        roles: Roles | None,
    ) -> PastGroup:
        similarity, at = max(found, key=lambda past_purchase: (past_purchase[0], -past_purchase[1]))
        nearest = self._purchases[at]
        partner_only = roles.partner_only - roles.admitted if roles else frozenset[str]()
        return PastGroup(
            members=group,
            similarity=min(1.0, similarity),
            notice=nearest.notice,
            lot=nearest.lot,
            title=nearest.title,
            purchases=sum(set(group) <= set(past_purchase.members) for past_purchase in self._purchases),
            others=nearest.others + len(nearest.members) - len(group),
            is_same_buyer=bool(buyers & nearest.buyers),
            partner_only=tuple(member for member in group if member in partner_only),
        )


def code_similarity(required: Sequence[Cpv], bought: Sequence[Cpv]) -> float:
    """2 x common digits / digits of both, trailing zeros left out, of the most similar pair of codes, in [0, 1]; less
    than two common digits are none."""
    return max(
        (
            2 * shared / (len(mine.stem) + len(theirs.stem))
            for mine in required
            for theirs in bought
            if (shared := mine.common(theirs)) >= 2
        ),
        default=0.0,
    )


def _purchases_of(
    members: Sequence[Member], references: Iterable[Reference], spellings: Mapping[str, str]
) -> tuple[Purchase, ...]:
    """Each purchase and winning party once, in the order of notices, lots and parties."""
    by_number = {
        member.company_number: member.id
        for member in sorted(members, key=lambda past_purchase: past_purchase.id, reverse=True)
    }
    found: dict[tuple[str, str, tuple[str, ...]], Purchase] = {}
    for reference in references:
        party = {reference.company_number, *reference.partner_numbers}
        ids = tuple(sorted({by_number[number] for number in party if number in by_number}))
        if ids and (reference.notice, reference.lot, ids) not in found:
            found[reference.notice, reference.lot, ids] = _purchase_of(
                reference, ids, _words_of(reference.titles, spellings), len(party - by_number.keys())
            )
    return tuple(found[key] for key in sorted(found))


def _purchase_of(reference: Reference, members: tuple[str, ...], words: Sequence[str], strangers: int) -> Purchase:
    """One purchase; `strangers` are the firms of the party whose numbers are no member's, those without a number are
    counted by their names."""
    unnumbered = max(0, len(reference.partners) - len(reference.partner_numbers))
    return Purchase(
        notice=reference.notice,
        lot=reference.lot,
        title=reference.titles[-1].value if reference.titles else "",
        words=tuple(words),
        cpv=reference.cpv,
        nuts=reference.nuts,
        buyers=frozenset(reference.buyers),
        members=members,
        others=strangers + unnumbered,
    )


def _words_of(titles: Iterable[Text], spellings: Mapping[str, str]) -> list[str]:
    """The stems of titles with their language before each, so that words are compared within one language."""
    found: list[str] = []
    for title in titles:
        language = language_of(title)
        found += [f"{language}:{stem}" for stem in stems(telling_words(title.value, spellings, language), language)]
    return found


def _buyers_of(lot: OpenLot) -> frozenset[str]:
    numbers = (buyer.organisation.company_number for buyer in lot.notice.buyers)
    return frozenset(number for number in numbers if number)


def _conflicts_of(members: Sequence[Member]) -> frozenset[frozenset[str]]:
    """Pairs of members (ids) that never bid together."""
    by_name = {name: member.id for member in members for name in (member.company_number, member.id)}
    return frozenset(
        frozenset((member.id, by_name[name])) for member in members for name in member.conflicts if name in by_name
    )


def _is_apart(group: Sequence[str], apart: AbstractSet[frozenset[str]]) -> bool:
    return any(frozenset(pair) in apart for pair in combinations(group, 2))
