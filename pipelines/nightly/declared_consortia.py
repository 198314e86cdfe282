"""Consortia that members declared under their names, shown beside later proposals; no score depends on it.

Only groups all of whose members agreed are shown (interest/partners/joint_bids.py), never beside the lot they answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

from interest.partners.joint_bids import Bids
from pipelines.config.workspace import Workspace
from warehouse.model.match_results import Consortium, Joint, MatchResult


def load_declared(workspace: Workspace) -> tuple[Joint, ...]:
    """The pairs of members that answer a lot together and agreed that it is shown, by lot and members."""
    return tuple(
        Joint((first, second), "", bid.lot_uid)
        for bid in Bids(workspace.interest / "bids").disclosed()
        for first, second in combinations(sorted(bid.members), 2)
    )


def add_declared(match_result: MatchResult, declared: Iterable[Joint]) -> MatchResult:
    """The match result, each consortium with its members' declarations for other lots."""
    others = tuple(joint for joint in declared if joint.lot != match_result.lot_uid)
    if not others:
        return match_result
    return replace(match_result, consortia=tuple(_with(consortium, others) for consortium in match_result.consortia))


def _with(consortium: Consortium, declared: Iterable[Joint]) -> Consortium:
    members = {role.member for role in consortium.roles}
    met = tuple(joint for joint in declared if members.issuperset(joint.members))
    remarks = consortium.remarks
    return replace(consortium, remarks=replace(remarks, joint=(*remarks.joint, *met))) if met else consortium
