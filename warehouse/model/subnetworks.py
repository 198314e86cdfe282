"""Which sub-networks of the cluster (grappes) a lot belongs to, derived from the members that fit it.

A grappe is data, a word the members carry; no table assigns calls to grappes. So a lot is assigned the grappes of the
members that fit it best.
"""

from __future__ import annotations

from collections.abc import Mapping

from warehouse.model.match_results import MatchResult
from warehouse.model.members import Member

_NEARLY = 0.8
"""The grappes of a member count from four fifths of the best fit on."""


def grappes_of(match_result: MatchResult, members: Mapping[str, Member]) -> tuple[str, ...]:
    """The grappes of a matched lot, those of the best fit first; where no member fits, of the first coalition's
    members."""
    best = max((match.score for match in match_result.matches), default=0.0)
    able = [m.member for m in sorted(match_result.matches, key=lambda m: -m.score) if m.score >= best * _NEARLY]
    if not able and match_result.consortia:
        able = list(min(match_result.consortia, key=lambda c: c.rank).members)
    return tuple(
        dict.fromkeys(grappe for member_id in able if member_id in members for grappe in members[member_id].grappes)
    )
