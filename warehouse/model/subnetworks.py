"""Which sub-networks of the cluster (grappes) a lot belongs to, worked out from who fits it.

A grappe is data, a word the members carry; no table says which calls are its. So a lot is taken to be of the grappes of
the firms that fit it best: what a data-centre firm does best is a matter of the data-centre grappe.
"""

from __future__ import annotations

from collections.abc import Mapping

from warehouse.model.match_results import MatchResult
from warehouse.model.members import Member

_NEARLY = 0.8
"""A firm that reaches four fifths of the best fit speaks for its grappes too."""


def grappes_of(match_result: MatchResult, members: Mapping[str, Member]) -> tuple[str, ...]:
    """The grappes of a judged lot, those of the best fit first; of the first coalition's members where nobody fits."""
    best = max((match.score for match in match_result.matches), default=0.0)
    able = [m.member for m in sorted(match_result.matches, key=lambda m: -m.score) if m.score >= best * _NEARLY]
    if not able and match_result.consortia:
        able = list(min(match_result.consortia, key=lambda c: c.rank).members)
    return tuple(
        dict.fromkeys(grappe for member_id in able if member_id in members for grappe in members[member_id].grappes)
    )
