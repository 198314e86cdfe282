"""Results of matching, as they are stored and read: reasons, matches, refusals, facets, consortia.

Matching makes these values, the warehouse stores them, digests and exports read them; so their shape is in the lowest
of those rooms. Every number is accompanied by its explanation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LEAST_COVERAGE = 0.5
"""Coverage below which no consortium is proposed to its members, whatever their threshold of fit."""


class ReasonKind(StrEnum):
    """What raises or lowers the score of a member for a lot."""

    WORDS = "words"  # lexical: the same terms
    MEANING = "meaning"  # dense: the same thing in other words or another language
    CPV = "cpv"
    PLACE = "place"
    REFERENCE = "reference"  # an award the member won, or its buyer
    SIZE = "size"  # the lot's value against what the member usually wins; at best 0
    BASE = "base"  # the points that every eligible member begins with


class RefusalKind(StrEnum):
    """A hard condition that failed."""

    CLOSED = "closed"
    TOO_SOON = "too-soon"
    OUT_OF_REACH = "out-of-reach"
    LANGUAGE = "language"
    NO_SIMILARITY = "no-likeness"
    RESERVED = "reserved"


@dataclass(frozen=True, slots=True)
class Reason:
    """One pair that was compared: `points` of the score, the lot's text (`asked`) and the member's text (`offered`)."""

    kind: ReasonKind
    points: float
    asked: str
    offered: str


@dataclass(frozen=True, slots=True)
class Match:
    """A member fits a lot: `score` in [0, 1] is the sum of the points of its reasons."""

    lot_uid: str
    member: str
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A member was not proposed for a lot, and the value that decided it ("closes in 3 days", "NL")."""

    lot_uid: str
    member: str
    kind: RefusalKind
    detail: str


class FacetKind(StrEnum):
    """The kind of a facet."""

    TITLE = "title"
    CPV = "cpv"
    SENTENCE = "sentence"
    CRITERION = "criterion"


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing a lot requires. `weight` in (0, 1]; the weights of a lot sum to 1. `text` is the source's own sentence
    or the CPV's label, `code` the CPV where there is one; `need` is the short form of a title or a sentence, in the
    source's words (None for codes)."""

    kind: FacetKind
    text: str
    weight: float
    language: str | None = None
    code: str | None = None
    need: str | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """Contribution of one member of a consortium: the facets (indices into the lot's facets) it covers best, what is
    lost without it (`indispensable` = F(S) - F(S minus it)), its Shapley share, and the facets that only it covers."""

    member: str
    covers: tuple[int, ...]
    only: tuple[int, ...]
    indispensable: float
    shapley: float
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Joint:
    """Two members won together: the notice (Notice.uid) and lot that record it; `notice` is "" where they declared
    themselves that they answer the lot together."""

    members: tuple[str, str]
    notice: str
    lot: str


@dataclass(frozen=True, slots=True)
class Held:
    """A condition that only one member of a consortium meets, in the notice's words."""

    member: str
    condition: str


@dataclass(frozen=True, slots=True)
class Remarks:
    """Facts about a consortium that are not part of its coverage.

    `bound_by` is the constraint that decided ("turnover", "lead", "size", "conflicts", or a condition's sentence),
    `bound_gain` the coverage that setting it aside would give. `alone_lacks` is what the best single member is not
    shown to meet, and why it cannot answer alone; `unverified` what no member of the consortium is shown to meet,
    because nothing is known; `silent_turnover` the members whose turnover is not known and counts for nothing. `stages`
    are those of the value chain that it covers, `countries` (NUTS) those its members are in: two or more make it
    cross-border. `lots` names every lot of a proposal for a whole procedure, empty for one lot.
    """

    bound_by: str | None = None
    bound_gain: float = 0.0
    alone_lacks: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    silent_turnover: tuple[str, ...] = ()
    holds: tuple[Held, ...] = ()
    stages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    joint: tuple[Joint, ...] = ()
    lots: tuple[str, ...] = ()

    @property
    def is_cross_border(self) -> bool:
        """Whether its members are in two countries or more."""
        return len(self.countries) > 1


class GroupReasonKind(StrEnum):
    """What is out of reach of each member of a group alone."""

    TURNOVER = "turnover"
    CERTIFICATES = "certificates"
    NEED = "need"
    LOTS = "lots"


@dataclass(frozen=True, slots=True)
class GroupReason:
    """Why members answer together: the requirement (a turnover, a need in the notice's words or its CPV `code`; "" for
    certificates and lots, which `brings` names one by one) and which member contributes what of it."""

    kind: GroupReasonKind
    asked: str
    brings: tuple[Held, ...]
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Consortium:
    """Members proposed together for a lot, at most five. `value` is the objective F(S), `coverage` in [0, 1] its part
    without costs; `uncovered` are facet indices; `binding` names the constraint that decided; `why_not_alone` is the
    best single member's coverage and what it leaves open; `gap` is 0 when the optimum is proved; `flags` are
    competition-law cautions ("self-sufficient", "majority-of-able"); `reasons` are what each member lacks alone;
    `partner_only` are members refused alone for the language of the tender."""

    lot_uid: str
    rank: int
    value: float
    coverage: float
    roles: tuple[Role, ...]
    uncovered: tuple[int, ...]
    best_alone: str
    best_alone_coverage: float
    binding: str | None
    gap: float
    flags: tuple[str, ...] = ()
    remarks: Remarks = Remarks()
    reasons: tuple[GroupReason, ...] = ()
    partner_only: tuple[str, ...] = ()

    @property
    def members(self) -> tuple[str, ...]:
        """Their ids, in the order of their shares."""
        return tuple(r.member for r in self.roles)


@dataclass(frozen=True, slots=True)
class PastGroup:
    """Members who won a purchase of that kind together before: the second list, beside the consortia, never added into
    their coverage.

    `notice` (Notice.uid), `lot` and `title` name the most similar purchase they won in one party, `similarity` in
    [0, 1] to the lot. `purchases` is how many they won together, `others` how many firms outside the cluster were in
    that party. `is_same_buyer` where the buyer is the lot's. `partner_only` are members refused for the language of the
    tender or for size alone: they can be partners and cannot answer by themselves.
    """

    members: tuple[str, ...]
    similarity: float
    notice: str
    lot: str
    title: str
    purchases: int = 1
    others: int = 0
    is_same_buyer: bool = False
    partner_only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchResult:
    """All results for one lot in one night. `no_consortium` is why no coalition at all is allowed, None where some are,
    whether or not one is worth proposing. `past_groups` are members who joined for such purchases before, the most
    similar purchase first."""

    lot_uid: str
    facets: tuple[Facet, ...]
    matches: tuple[Match, ...]
    refusals: tuple[Refusal, ...]
    consortia: tuple[Consortium, ...]
    no_consortium: str | None = None
    past_groups: tuple[PastGroup, ...] = ()
