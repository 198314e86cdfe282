"""Consortia for whole procedures: members who could answer several lots of one purchase together.

The lots are those the night matched; here they are joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from matching.consortium.formation import ConsortiumProblem, build_problem, form, merge
from matching.eligibility import MatchingContext, refuse
from matching.needs.candidates import candidates_of
from matching.needs.meaning import keep_needs
from matching.requirements.facets import facets_of
from matching.similarity.statement_index import StatementPool, Vectors, add_meaning, narrow, text_of
from warehouse.model.match_results import Consortium, Facet, MatchResult
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot, Reference


@dataclass(frozen=True, slots=True)
class Whole:
    """A procedure of which several lots are in reach: its lots, their facets together (the weights of a lot's facets
    sum to 1 over the number of lots), the consortia that would answer them all (`remarks.lots` names them), and why
    none is allowed where none is."""

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
    """A Whole for each procedure with two or more of the `lots` that some member fits, in the order of their names.

    `match_results` are the night's; `members`, `references`, `vectors`, `as_of` and `notice_days` as in match_lots.
    Raises VectorsRefused when a vector is missing.
    """
    fits = {v.lot_uid: {m.member: m.score for m in v.matches} for v in match_results if v.matches}
    pool, found = StatementPool(members, references), Vectors(vectors or {})
    statement_vectors = None if vectors is None else found.stack(pool.texts())
    by_procedure: dict[str, list[OpenLot]] = {}
    for lot in lots:
        if lot.uid in fits:
            by_procedure.setdefault(lot.procedure_uid, []).append(lot)
    for procedure, its_lots in sorted(by_procedure.items()):
        lot_problems: list[ConsortiumProblem] = []
        for lot in sorted(its_lots, key=lambda lot_problem: lot_problem.uid) if len(its_lots) > 1 else ():
            like = pool.compute_similarities(facets_of(lot))
            like = like if statement_vectors is None else add_meaning(like, statement_vectors, found)
            meanings = None if statement_vectors is None else found.stack([text_of(facet) for facet in like.facets])
            like = narrow(like, keep_needs(like.facets, candidates_of(lot), meanings))
            admitted = [
                j
                for j, lot_problem in enumerate(pool.members)
                if not refuse(lot, lot_problem, MatchingContext(as_of, notice_days))
            ]
            if lot_problem := build_problem(lot, like, pool, admitted, fit=fits[lot.uid]):
                lot_problems.append(lot_problem)
        if len(lot_problems) > 1:
            yield _whole(procedure, lot_problems, pool, fits)


def _whole(
    procedure: str,
    lot_problems: Sequence[ConsortiumProblem],
    pool: StatementPool,
    fits: Mapping[str, Mapping[str, float]],
) -> Whole:
    """One procedure: a member's fit is its best over the lots."""
    fit: dict[str, float] = {}
    for part in lot_problems:
        for member, score in fits[part.lot.uid].items():
            fit[member] = max(score, fit.get(member, 0.0))
    together = merge(lot_problems)
    proposal = form(together, pool, fit, lots={part.lot.uid: fits[part.lot.uid] for part in lot_problems})
    names = tuple(part.lot.uid for part in lot_problems)
    consortia = tuple(
        replace(part, lot_uid=procedure, remarks=replace(part.remarks, lots=names)) for part in proposal.consortia
    )
    return Whole(procedure, tuple(part.lot for part in lot_problems), together.facets, consortia, proposal.infeasible)
