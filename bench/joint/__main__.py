"""Who joins for a call, against awards that several firms won in one party: `python -m bench.joint --data FOLDER`.

Joint awards of two to five winners, each known from another award, are queried one by one: what is known is every
other purchase, in `strict` of other consultations only. Three groups are proposed by each method:

past          as in nights: groups that won such a purchase together (matching/consortium/past_groups.py)
past_by_fit   pairs that won anything together, by the lower fit of the two
nearest       the winners of the most similar joint purchases, whatever their fit
two_by_fit    the two members that fit best, then the first and third, then the second and third
product       the consortia that nights propose by coverage

`exact` is the share where the true group is among the three, `f1` that of the first proposed against the true one.
`separation` is how well "a group is worth it" separates joint awards from awards of one firm: the area under the ROC
curve of the share of joint ones among similar past purchases (`past`) and of whether a consortium is proposed
(`product`). Standard errors come from drawing consultations anew. The fit's weights are the shipped ones, learned on
awards of the same years: `two_by_fit` and `past_by_fit` gain by that. No vectors: words replace meaning. About 15
minutes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.joint.awards import Won, firms_of, kept_apart, known_joint, known_single, read_purchases
from matching.consortium.past_groups import PastGroups
from matching.engine import match_lots
from matching.errors import AwardsUnreadable
from matching.fit.metrics import Draws
from warehouse.model.match_results import MatchResult

Doubles = NDArray[np.float64]
Group = frozenset[str]

METHODS = ("past", "past_by_fit", "nearest", "two_by_fit", "product")
SHOWN = 3
SINGLES = 200
AT_ONCE = 25
"""Awards of one firm queried at once, all their consultations kept apart: of 2,000 consultations few are missed."""
BEFORE = datetime(2010, 1, 1, tzinfo=UTC)
"""Before every deadline, so that no lot is closed."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What each method proposed for one award, best first, and the two signs that a group is worth it."""

    won: Won
    groups: Mapping[str, Sequence[Group]]
    joint_share: float
    is_proposed: bool


def propose(awards: Sequence[Won], known: Sequence[Won]) -> list[Proposed]:
    """The proposals of every method for these awards, of which `known` holds none."""
    members, references = firms_of(known)
    past = PastGroups(members, references)
    pairs = _pairs_of(known)
    match_results = match_lots([won.lot for won in awards], members, references, None, as_of=BEFORE)
    return [
        _propose_for(won, match_result, past, pairs) for won, match_result in zip(awards, match_results, strict=True)
    ]


def _propose_for(won: Won, match_result: MatchResult, past: PastGroups, pairs: Iterable[Group]) -> Proposed:
    fit = {match.member: match.score for match in match_result.matches}
    best = [match.member for match in match_result.matches[:SHOWN]]
    lowest = {pair: min(fit.get(member, 0.0) for member in pair) for pair in pairs}
    groups = {
        "past": [frozenset(found.members) for found in past.find(won.lot, fit=fit)],
        "past_by_fit": sorted(
            (pair for pair, score in lowest.items() if score), key=lambda pair: (-lowest[pair], sorted(pair))
        )[:SHOWN],
        "nearest": [frozenset(award.members) for award in past.nearest_joint(won.lot, show=SHOWN)],
        "two_by_fit": [frozenset(pair) for pair in combinations(best, 2)],
        "product": [frozenset(consortium.members) for consortium in match_result.consortia[:SHOWN]],
    }
    return Proposed(won, groups, past.joint_share(won.lot), bool(match_result.consortia))


def _pairs_of(known: Iterable[Won]) -> tuple[Group, ...]:
    return tuple({frozenset(pair) for won in known if won.is_joint for pair in combinations(won.firms, 2)})


def propose_joint(purchases: Sequence[Won], *, is_strict: bool) -> list[Proposed]:
    """Proposals for every joint award, in `strict` one consultation at a time, else one award at a time."""
    together: dict[str, list[Won]] = {}
    for won in known_joint(purchases, is_strict=is_strict):
        together.setdefault(won.procedure if is_strict else won.lot.uid, []).append(won)
    return [
        proposed
        for awards in together.values()
        for proposed in propose(awards, kept_apart(purchases, awards, is_strict=is_strict))
    ]


def propose_single(purchases: Sequence[Won]) -> list[Proposed]:
    """Proposals for SINGLES drawn awards of one firm, AT_ONCE at a time, of other consultations."""
    single = known_single(purchases)
    drawn = np.random.default_rng(0).permutation(len(single))[:SINGLES]
    coming = iter([single[at] for at in drawn])
    found: list[Proposed] = []
    while awards := list(islice(coming, AT_ONCE)):
        found += propose(awards, kept_apart(purchases, awards, is_strict=True))
    return found


def measure(proposed: Sequence[Proposed]) -> dict[str, object]:
    """Per method the share of awards with proposals, with the exact group among three, and the F1 of the first."""
    if not proposed:
        return {"n": 0}
    draws = Draws([proposal.won.procedure for proposal in proposed])
    figures: dict[str, object] = {
        "n": len(proposed),
        "procedures": len({proposal.won.procedure for proposal in proposed}),
    }
    for method in METHODS:
        groups = [proposal.groups[method] for proposal in proposed]
        true = [frozenset(proposal.won.firms) for proposal in proposed]
        exact = np.array([t in shown for shown, t in zip(groups, true, strict=True)], np.float64)
        f1 = np.array([_f1(shown[0], t) if shown else 0.0 for shown, t in zip(groups, true, strict=True)])
        figures[method] = {
            "proposed": sum(bool(shown) for shown in groups),
            "exact": float(exact.mean()),
            "exact_se": float(draws.means(exact).std()),
            "f1": float(f1.mean()),
            "f1_se": float(draws.means(f1).std()),
        }
    return figures


def _f1(shown: Group, true: Group) -> float:
    return 2 * len(shown & true) / (len(shown) + len(true))


def separate(joint: Sequence[Proposed], single: Sequence[Proposed]) -> dict[str, object]:
    """The area under the ROC curve of each sign that a group is worth it, joint awards against awards of one firm."""
    if not joint or not single:
        return {"n_joint": len(joint), "n_single": len(single)}
    figures: dict[str, object] = {"n_joint": len(joint), "n_single": len(single)}
    both = [*joint, *single]
    is_joint = np.array([True] * len(joint) + [False] * len(single))
    for name, sign in (
        ("past", np.array([proposal.joint_share for proposal in both])),
        ("product", np.array([float(proposal.is_proposed) for proposal in both])),
    ):
        figures[name] = {
            "auc": area_under_curve(sign, is_joint),
            "auc_se": _area_error(sign, is_joint, [proposal.won.procedure for proposal in both]),
            "joint_mean": float(sign[is_joint].mean()),
            "single_mean": float(sign[~is_joint].mean()),
        }
    return figures


def area_under_curve(score: Doubles, is_true: NDArray[np.bool_]) -> float:
    """The probability that a true case scores above a false one, equals counted half (Mann and Whitney 1947).

    `score` is float64 and `is_true` bool, both of shape (cases,).
    """
    apart = score[is_true][:, None] - score[~is_true][None, :]
    return float((apart > 0).mean() + (apart == 0).mean() / 2)


def _area_error(score: Doubles, is_true: NDArray[np.bool_], groups: Sequence[str], *, times: int = 500) -> float:
    """Standard error by drawing consultations anew with replacement."""
    generator = np.random.default_rng(0)
    rows = [np.flatnonzero(np.array(groups) == group) for group in dict.fromkeys(groups)]
    found: list[float] = []
    for _ in range(times):
        drawn = np.concatenate([rows[at] for at in generator.integers(0, len(rows), len(rows))])
        if is_true[drawn].any() and not is_true[drawn].all():
            found.append(area_under_curve(score[drawn], is_true[drawn]))
    return float(np.std(found))


def page(figures: Mapping[str, Mapping[str, object]]) -> str:
    """The figures as lines of text."""
    lines: list[str] = []
    for name, found in figures.items():
        lines.append(
            f"{name}: " + ", ".join(f"{key} {value}" for key, value in found.items() if isinstance(value, int))
        )
        for method, values in found.items():
            if isinstance(values, dict):
                cells = (
                    f"{key} {value:.3f}" if isinstance(value, float) else f"{key} {value}"
                    for key, value in values.items()
                )
                lines.append(f"  {method:12} " + "  ".join(cells))
    return "\n".join(lines)


def run(argv: Sequence[str] | None = None) -> int:
    """The command; 2 when the folder cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m bench.joint", description="Who joins, by past awards.")
    parser.add_argument("--data", type=Path, required=True, help="folder with notices.csv and awards.csv")
    parser.add_argument("--notices", type=Path, help="folder of notices, whose results are read as awards too")
    parser.add_argument("--strict-only", action="store_true", help="leave out what other lots of a consultation tell")
    parser.add_argument("--json", action="store_true", help="figures as one object")
    given = parser.parse_args(argv)
    try:
        purchases = read_purchases(given.data, given.notices)
    except AwardsUnreadable as error:
        print(error, file=sys.stderr)
        return 2
    strict = propose_joint(purchases, is_strict=True)
    figures = {"strict": measure(strict), "separation": separate(strict, propose_single(purchases))}
    if not given.strict_only:
        known = propose_joint(purchases, is_strict=False)
        figures["any_award"] = measure(known)
        for origin in ("decp", "notices"):
            figures[f"any_award_{origin}"] = measure([proposal for proposal in known if proposal.won.origin == origin])
    print(json.dumps(figures, indent=1) if given.json else page(figures))
    return 0


if __name__ == "__main__":
    sys.exit(run())
