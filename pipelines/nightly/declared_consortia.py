"""Consortia that members declared under their names, shown beside later proposals; no score depends on it.

Only groups all of whose members agreed are shown (interest/partners/joint_bids.py), never beside the lot they answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

from interest.partners.joint_bids import Bids
from pipelines.config.workspace import House
from warehouse.model.match_results import Consortium, Joint, Verdict


def find_declared(house: House) -> tuple[Joint, ...]:
    """The pairs of members that answer a lot together and let it be told, by lot and members."""
    return tuple(
        Joint((one, other), "", bid.lot_uid)
        for bid in Bids(house.interest / "bids").told()
        for one, other in combinations(sorted(bid.members), 2)
    )


def beside(verdict: Verdict, declared: Iterable[Joint]) -> Verdict:
    """The verdict, each consortium with what its members declared for other lots."""
    others = tuple(joint for joint in declared if joint.lot != verdict.lot_uid)
    if not others:
        return verdict
    return replace(verdict, consortia=tuple(_with(consortium, others) for consortium in verdict.consortia))


def _with(consortium: Consortium, declared: Iterable[Joint]) -> Consortium:
    members = {role.member for role in consortium.roles}
    met = tuple(joint for joint in declared if members.issuperset(joint.members))
    remarks = consortium.remarks
    return replace(consortium, remarks=replace(remarks, joint=(*remarks.joint, *met))) if met else consortium
