"""Consortia for whole procedures: members who could answer several lots of one purchase together.

The lots are those the night judged; here belongs only what joins them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from matching.consortium.formation import Posed, form, merge, pose
from matching.eligibility import Terms, refuse
from matching.needs.candidates import candidates_of
from matching.needs.meaning import keep_needs
from matching.requirements.facets import facets_of
from matching.similarity.statement_index import StatementPool, Vectors, add_meaning, narrow, text_of
from warehouse.model.match_results import Consortium, Facet, MatchResult
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot, Reference


@dataclass(frozen=True, slots=True)
class Whole:
    """A procedure of which several lots are in reach: its lots, what they ask for together (the weights of a lot's
    facets sum to 1 over the number of lots), the consortia that would answer them all (`remarks.lots` names them), and
    why none is allowed where none is."""

    procedure_uid: str
    lots: tuple[OpenLot, ...]
    facets: tuple[Facet, ...]
    consortia: tuple[Consortium, ...]
    infeasible: str | None


def form_for_procedures(
    lots: Iterable[OpenLot],
    match_results: Iterable[MatchResult],
    members: Sequence[Member],
    references: Sequence[Reference] = (),
    vectors: Mapping[str, bytes] | None = None,
    *,
    as_of: datetime,
    notice_days: int = 0,
) -> Iterator[Whole]:
    """A Whole for each procedure with two lots or more that somebody fits, in the order of their names. `verdicts` are
    the night's; `vectors` and `as_of` as in judge_lots. Raises VectorsRefused when a vector is missing."""
    fits = {v.lot_uid: {m.member: m.score for m in v.matches} for v in match_results if v.matches}
    pool, found = StatementPool(members, references), Vectors(vectors or {})
    spoken = None if vectors is None else found.stack(pool.texts())
    by_procedure: dict[str, list[OpenLot]] = {}
    for lot in lots:
        if lot.uid in fits:
            by_procedure.setdefault(lot.procedure_uid, []).append(lot)
    for procedure, its_lots in sorted(by_procedure.items()):
        posed: list[Posed] = []
        for lot in sorted(its_lots, key=lambda one: one.uid) if len(its_lots) > 1 else ():
            like = pool.liken(facets_of(lot))
            like = like if spoken is None else add_meaning(like, spoken, found)
            meanings = None if spoken is None else found.stack([text_of(facet) for facet in like.facets])
            like = narrow(like, keep_needs(like.facets, candidates_of(lot), meanings))
            admitted = [j for j, one in enumerate(pool.members) if not refuse(lot, one, Terms(as_of, notice_days))]
            if one := pose(lot, like, pool, admitted, fit=fits[lot.uid]):
                posed.append(one)
        if len(posed) > 1:
            yield _whole(procedure, posed, pool, fits)


def _whole(
    procedure: str, posed: Sequence[Posed], pool: StatementPool, fits: Mapping[str, Mapping[str, float]]
) -> Whole:
    """One procedure: a member's fit is its best over the lots."""
    fit: dict[str, float] = {}
    for one in posed:
        for member, score in fits[one.lot.uid].items():
            fit[member] = max(score, fit.get(member, 0.0))
    together = merge(posed)
    told = form(together, pool, fit, lots={one.lot.uid: fits[one.lot.uid] for one in posed})
    names = tuple(one.lot.uid for one in posed)
    consortia = tuple(
        replace(one, lot_uid=procedure, remarks=replace(one.remarks, lots=names)) for one in told.consortia
    )
    return Whole(procedure, tuple(one.lot for one in posed), together.facets, consortia, told.infeasible)
