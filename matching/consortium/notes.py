"""Facts beside a consortium's coverage: stages of the value chain, countries, awards won together, what stays to be
verified. None of it is ever added to coverage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

from matching.consortium.conditions import Conditions, unverified_of
from matching.members_file.cells import STAGES
from matching.similarity.statement_index import StatementPool
from warehouse.model.match_results import Consortium, Joint, Remarks, Role
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot, Reference


def remark(consortium: Consortium, conditions: Conditions, pool: StatementPool, lot: OpenLot) -> Remarks:
    """The remarks of a `consortium`, those of the solver kept.

    `conditions` are the lot's, `pool` holds its members and their awards, `lot` is the call.
    """
    known = {member.id: member for member in pool.members}
    members = [known[role.member] for role in consortium.roles]
    return replace(
        consortium.remarks,
        unverified=unverified_of(conditions, members, pool.references, lot),
        stages=stages_of(consortium.roles, members),
        countries=tuple(sorted({member.nuts.country for member in members})),
        joint=joint_awards(members, pool.references),
    )


def stages_of(roles: Iterable[Role], members: Sequence[Member]) -> tuple[str, ...]:
    """The stages of the value chain of the members' statements that cover the lot, in the chain's order."""
    competences = {member.id: member.competences for member in members}
    named_stages = {
        stage
        for role in roles
        for competence in competences[role.member]
        if competence.text in role.statements
        for stage in competence.stages
    }
    return tuple(stage for stage in STAGES if stage in named_stages)


def joint_awards(members: Sequence[Member], references: Iterable[Reference]) -> tuple[Joint, ...]:
    """The awards that two of the members won in one party, each once, by members and notice."""
    won: dict[str, set[tuple[str, str, str]]] = {}
    for reference in references:
        for partner in reference.partner_numbers:
            won.setdefault(reference.company_number, set()).add((partner, reference.notice, reference.lot))
    found = {
        Joint((first.id, second.id), notice, lot)
        for first, second in combinations(sorted(members, key=lambda member: member.id), 2)
        for mine, theirs in ((first, second), (second, first))
        for partner, notice, lot in won.get(mine.company_number, ())
        if partner == theirs.company_number
    }
    return tuple(sorted(found, key=lambda joint: (joint.members, joint.notice, joint.lot)))
