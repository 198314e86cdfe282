"""The entry point of this room: from open lots, members and vectors to match results.

The order of matching: facets, eligibility rules, similarities without vectors, meaning, fit, consortia. No file, no
clock and no model is read; equal inputs give equal results in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from matching.consortium.formation import form_consortia
from matching.consortium.past_groups import PastGroups, Roles
from matching.eligibility import MatchingContext, refuse_each
from matching.encoder.embedding import digest_of
from matching.fit.features import Measures
from matching.fit.feedback_examples import add_liked_lots, measure_feedback
from matching.fit.member_offsets import FeedbackExample, learn_offset
from matching.fit.model import Fit, Personal, match_members, parts_of_each, probability
from matching.fit.weights import shipped_fit
from matching.needs.candidates import candidates_of
from matching.needs.meaning import keep_needs
from matching.prefilter import is_near_in_terms, is_similar, passes_prefilter
from matching.relevance.background import shipped_background
from matching.relevance.comparison import Relevance, vectors_of
from matching.relevance.lot_text import LotText, read_lot_text
from matching.requirements.facets import facets_of
from matching.similarity.statement_index import Similarities, StatementPool, Vectors, add_meanings, narrow, text_of
from matching.text.language import language_of
from warehouse.model.feedback import Answer
from warehouse.model.match_results import Match, MatchResult, Refusal, RefusalKind
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot, Reference, Text

FLOOR = 0.005
"""A match below is not stored, unless it is among the lot's FIRST: a sixth of the usual chance that a reader wants a
pair notified. Above, all are stored, so that `pib why` and rankings include what lies below the threshold."""
FIRST = 10
"""Matches of a lot that are stored whatever their score."""
CHUNK = 128
"""Lots whose vectors are requested at once: 40 MB of similarities at seven facets a lot and 4,000 statements."""

Find = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Finds the vectors of these digests."""


@dataclass(frozen=True, slots=True, eq=False)
class _Bench:
    """Data that are the same for every lot of a night."""

    pool: StatementPool
    measures: Measures
    fit: Fit
    personal: Mapping[int, Personal]
    terms: MatchingContext
    vectors: Vectors
    statement_vectors: NDArray[np.float32] | None
    past: PastGroups
    is_centred: bool

    def with_meaning(self, seen: Sequence[_Seen]) -> list[_Seen]:
        """The lots with the meaning of the open ones, where there are vectors, and of their facets those that hold a
        need."""
        open_ones = [lot_input for lot_input in seen if lot_input.is_open]
        if self.statement_vectors is None or not open_ones:
            return [self._with_needs(lot_input, lot_input.like) for lot_input in seen]
        measured = iter(add_meanings([lot_input.like for lot_input in open_ones], self.statement_vectors, self.vectors))
        return [
            self._with_needs(lot_input, next(measured) if lot_input.is_open else lot_input.like) for lot_input in seen
        ]

    def _with_needs(self, seen: _Seen, like: Similarities) -> _Seen:
        is_compared = self.statement_vectors is not None and self.is_centred and seen.is_open
        vectors = self.vectors.stack([text_of(facet) for facet in like.facets]) if is_compared else None
        return replace(seen, like=narrow(like, keep_needs(like.facets, candidates_of(seen.lot), vectors)))


def texts_to_encode(
    lots: Iterable[OpenLot],
    members: Sequence[Member],
    references: Sequence[Reference] = (),
    feedback: Sequence[FeedbackExample] = (),
) -> tuple[Text, ...]:
    """The distinct texts whose vectors `match_lots` needs: every statement, the facets of the `lots` that pass the
    prefilter for at least one of the `members`, and those of the lots that members gave feedback on.

    `references` are awards under the members' company numbers, whose titles are statements too; `feedback` are the
    members' answers.
    """
    pool = StatementPool(members, references)
    relevance = Relevance(pool.statements, pool.owner, len(pool.members), shipped_background())
    texts = {digest_of(text): text for text in pool.texts()}
    languages = sorted({language for s in pool.statements if (language := language_of(s.text))})
    for lot in lots:
        facets, whole = facets_of(lot), read_lot_text(lot)
        if pool.statements and passes_prefilter(whole, facets, pool, relevance):
            texts |= {digest_of(text): text for text in (*map(text_of, facets), *whole.texts(languages))}
    for example in feedback:
        every = (*map(text_of, facets_of(example.lot)), *read_lot_text(example.lot).texts(languages))
        texts |= {digest_of(text): text for text in every}
    return tuple(texts[digest] for digest in sorted(texts))


def match_lots(
    lots: Iterable[OpenLot],
    members: Sequence[Member],
    references: Sequence[Reference] = (),
    vectors: Mapping[str, bytes] | Find | None = None,
    *,
    as_of: datetime,
    notice_days: int = 0,
    fit: Fit | None = None,
    feedback: Sequence[FeedbackExample] = (),
    model: str | None = None,
) -> Iterator[MatchResult]:
    """A match result per lot, in the order of the lots.

    Args:
        lots: open lots.
        members: of the cluster, in any order.
        references: awards under the members' company numbers.
        vectors: float32 blobs by digest of text, of one model, or a function that finds those of some digests (called
            for the members' first, then for those of CHUNK lots at a time); None to compare only words and codes.
        as_of: the instant of matching, with its zone.
        notice_days: days a member needs at least to answer, 0 for any.
        fit: the weights; None for the shipped ones.
        feedback: the members' answers; each changes the fit of its own member only.
        model: the id of the vectors' model; None for the background's own.

    Raises VectorsRefused when a vector is missing or of another length than the others.
    """
    pool = StatementPool(members, references)
    find = vectors if callable(vectors) else partial(_among, vectors or {})
    languages = sorted({language for s in pool.statements if (language := language_of(s.text))})
    facet_texts = [
        text
        for lot_input in feedback
        for text in (*map(text_of, facets_of(lot_input.lot)), *read_lot_text(lot_input.lot).texts(languages))
    ]
    found = Vectors({} if vectors is None else find([digest_of(text) for text in (*pool.texts(), *facet_texts)]))
    statement_vectors = None if vectors is None else found.stack(pool.texts())
    fit = fit or shipped_fit()
    known = fit.background or shipped_background()
    is_centred = model is None or model == known.model
    measures = Measures(
        pool, references, fit.codes, statement_vectors=statement_vectors, background=known, is_centred=is_centred
    )
    past = PastGroups(pool.members, references)
    bench = _Bench(
        pool, measures, fit, {}, MatchingContext(as_of, notice_days), found, statement_vectors, past, is_centred
    )
    bench = replace(bench, personal=_offsets(bench, feedback))
    add_liked_lots(feedback, measures, found, statement_vectors)
    coming = iter(lots)
    while chunk := list(islice(coming, CHUNK)):
        seen = [_look(lot, bench) for lot in chunk]
        if vectors is not None:
            open_ones = [lot_input for lot_input in seen if lot_input.is_open]
            digests = {digest_of(text_of(facet)): None for lot_input in open_ones for facet in lot_input.like.facets}
            digests |= {digest_of(text): None for lot_input in open_ones for text in lot_input.whole.texts(languages)}
            found.take(find(tuple(digests)))
        for lot_input in bench.with_meaning(seen):
            yield _match_lot(lot_input, bench)


def _offsets(bench: _Bench, feedback: Sequence[FeedbackExample]) -> dict[int, Personal]:
    """The offset of each member that gave feedback, by its position."""
    answers: dict[int, list[tuple[Answer, NDArray[np.float32]]]] = {}
    for member, answer, measures in measure_feedback(feedback, bench.measures, bench.vectors, bench.statement_vectors):
        answers.setdefault(member, []).append((answer, bench.fit.select_features(measures[None])[0]))
    offsets = {member: learn_offset(bench.fit, mine) for member, mine in answers.items()}
    return {member: offset for member, offset in offsets.items() if offset is not None}


def _among(vectors: Mapping[str, bytes], digests: Iterable[str]) -> Mapping[str, bytes]:  # noqa: ARG001
    return vectors


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A lot after the eligibility rules: who is refused and why, who is not, and which of those has anything in common
    with it."""

    lot: OpenLot
    whole: LotText
    like: Similarities
    refused: list[Refusal | None]
    admitted: list[int]
    similar: list[bool]
    is_open: bool
    """Whether it is scored: some member may answer it, and it names ICT or something that a member states."""


def _look(lot: OpenLot, bench: _Bench) -> _Seen:
    pool = bench.pool
    like = pool.compute_similarities(facets_of(lot))
    refused = refuse_each(lot, pool.members, bench.terms)
    admitted = [j for j, refusal in enumerate(refused) if refusal is None and pool.statements]
    whole, similar = read_lot_text(lot), is_similar(like, pool).tolist()
    is_near = any(whole.ict) or any(similar[j] for j in admitted) or is_near_in_terms(whole, bench.measures.relevance)
    return _Seen(lot, whole, like, refused, admitted, similar, bool(admitted) and is_near)


def _match_lot(seen: _Seen, bench: _Bench) -> MatchResult:
    lot, fit, like = seen.lot, bench.fit, seen.like
    if not seen.is_open:
        return MatchResult(lot.uid, like.facets, (), _refusals(seen, bench, seen.similar), ())
    vectors = (
        vectors_of(bench.measures.relevance, seen.whole, bench.vectors) if bench.statement_vectors is not None else None
    )
    measured = fit.select_features(bench.measures.measure(lot, seen.whole, like, vectors))
    bases, parts = parts_of_each(fit, measured, bench.personal)
    chances = probability(bases, parts)
    kept = _kept(chances, [j for j in seen.admitted if bench.pool.states_something(j)])
    matches = match_members(bench.measures, lot, like, bases, parts, kept)
    roles = _roles(seen, bench)
    beside = [j for j, member in enumerate(bench.pool.members) if member.id in roles.partner_only]
    stating = [j for j in (*seen.admitted, *beside) if bench.pool.states_something(j)]
    fit_of = {bench.pool.members[j].id: float(chances[j]) for j in stating if chances[j] >= FLOOR}
    formed = form_consortia(lot, like, bench.pool, seen.admitted, fit_of if matches else {}, partner_only=beside)
    fits = set(kept)
    is_close = [is_like or j in fits for j, is_like in enumerate(seen.similar)]
    return MatchResult(
        lot.uid,
        like.facets,
        _ranked(matches),
        _refusals(seen, bench, is_close),
        formed.consortia,
        no_consortium=formed.infeasible,
        past_groups=bench.past.find(lot, roles=roles, fit=fit_of),
    )


def _kept(probabilities: NDArray[np.float64], admitted: Sequence[int]) -> list[int]:
    """The admitted members whose match is stored, in their order."""
    best = set(sorted(admitted, key=lambda j: (-probabilities[j], j))[:FIRST])
    return [j for j in admitted if j in best or probabilities[j] >= FLOOR]


def _refusals(seen: _Seen, bench: _Bench, similar: Sequence[bool]) -> tuple[Refusal, ...]:
    """Who is refused by a rule, and who has nothing in common with the lot."""
    codes = ", ".join(facet.code for facet in seen.like.facets if facet.code)
    return tuple(
        refusal or Refusal(seen.lot.uid, member.id, RefusalKind.NO_SIMILARITY, codes)
        for member, refusal, is_like in zip(bench.pool.members, seen.refused, similar, strict=True)
        if refusal or not is_like
    )


def _roles(seen: _Seen, bench: _Bench) -> Roles:
    """Members that may answer, and those that may only beside another: they do not write the language of the tender."""
    admitted = frozenset(bench.pool.members[j].id for j in seen.admitted)
    refused = {refusal.member for refusal in seen.refused if refusal and refusal.kind is RefusalKind.LANGUAGE}
    return Roles(admitted, frozenset(refused))


def _ranked(matches: Iterable[Match]) -> tuple[Match, ...]:
    """The best first, equals by id."""
    return tuple(sorted(matches, key=lambda m: (-m.score, m.member)))
