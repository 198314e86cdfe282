"""Examples for the fit: firms asked about purchases that are kept apart from their past, as a night would ask.

Here belongs how past purchases become members, lots and examples. The model is fit.py's, the reading past.py's.

Half of the firms speak through their awards; the titles of the other half's stand in for competences, so that weights
hold for members with and without references. Only pairs that pass the cheap gate are examples, as at night.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.facets import facets_of
from matching.fit_codes import CodeVectors, learn_codes
from matching.fit_features import NAMES, Measures
from matching.fit_learning import Examples
from matching.gate import Gate
from matching.past import Bought
from matching.pool import StatementPool, Vectors, add_meaning, text_of
from matching.ranking_words import learn_spellings, stems, telling_words
from warehouse.cluster import Competence, Member
from warehouse.codes import Nuts
from warehouse.facts import Reference, Text

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

LEAST_AWARDS = 2
"""Of a firm in the past, or it is not asked about."""
OTHERS = 40
"""Firms drawn beside the winners of a lot."""
NOWHERE = Nuts("XX")


@dataclass(frozen=True, slots=True)
class Asked:
    """One purchase asked about: each firm's measures, float32 of shape (firms, measures), who passes the gate and who
    won, bool of shape (firms,)."""

    bought: Bought
    measures: Floats
    alike: Bools
    won: Bools


def texts_of(past: Sequence[Bought]) -> tuple[Text, ...]:
    """The texts whose vectors `ask_about` needs: titles as statements, and facets."""
    texts = dict.fromkeys(text for bought in past for text in bought.lot.lot.titles[:1])
    for bought in past:
        texts |= dict.fromkeys(text_of(facet) for facet in facets_of(bought.lot))
    return tuple(texts)


def ask_about(
    past: Sequence[Bought], asked: Sequence[Bought], vectors: Mapping[str, bytes] | None, *, mixed: bool = True
) -> Iterator[Asked]:
    """Asks every firm of the past about each purchase that one of them won. Without vectors, words stand for
    meaning."""
    members, references = seat_firms(past, mixed=mixed)
    pool = StatementPool(members, references)
    found = Vectors(vectors or {})
    spoken = found.stack(pool.texts()) if vectors is not None else None
    codes = learn_past_codes(past)
    gate = Gate(pool, codes)
    measures = Measures(pool, references, codes, has_meaning=vectors is not None)
    for bought in asked:
        won = np.array([member.id in bought.winners for member in pool.members], dtype=bool)
        if won.any():
            like = pool.liken(facets_of(bought.lot))
            alike = gate.passes(like)
            like = add_meaning(like, spoken, found) if spoken is not None else like
            yield Asked(bought, measures.measure(bought.lot, like), alike, won)


def learn_past_codes(past: Sequence[Bought]) -> CodeVectors:
    """Likenesses of codes and words from the portfolios of these purchases."""
    titles = [title.value for bought in past for title in bought.lot.lot.titles[:1]]
    spellings = learn_spellings(titles)
    words = [
        [stem for title in bought.lot.lot.titles[:1] for stem in stems(telling_words(title.value, spellings))]
        for bought in past
    ]
    return learn_codes([(bought.lot.lot.cpv, bought.winners) for bought in past], words)


def seat_firms(past: Sequence[Bought], *, mixed: bool = True) -> tuple[tuple[Member, ...], tuple[Reference, ...]]:
    """The firms that won at least LEAST_AWARDS of these, as members: with references, or (`mixed`) half of them with
    competences instead."""
    won: dict[str, list[Bought]] = {}
    for bought in past:
        for firm in bought.winners:
            won.setdefault(firm, []).append(bought)
    members: list[Member] = []
    references: list[Reference] = []
    for firm in sorted(firm for firm, mine in won.items() if len(mine) >= LEAST_AWARDS):
        awards = [bought.reference(firm) for bought in won[firm]]
        speaks = mixed and _draw(firm) % 2 == 0
        members.append(_member(firm, _home(awards), awards if speaks else ()))
        references += () if speaks else awards
    return tuple(members), tuple(references)


def _home(awards: Sequence[Reference]) -> Nuts:
    """Where it has won most often; the first by name among equals."""
    places = Counter(place for award in awards for place in award.nuts[:1])
    return min(places, key=lambda place: (-places[place], place.code)) if places else NOWHERE


def _member(firm: str, home: Nuts, said: Sequence[Reference]) -> Member:
    return Member(
        id=firm,
        company_number=firm,
        name=firm,
        email=f"{firm.lower()}@firm.example",
        languages=("fr",),
        nuts=home,
        headcount=1,
        turnover=None,
        certificates=(),
        grappes=(),
        competences=tuple(Competence(award.titles[0].value, "fr", award.cpv) for award in said if award.titles),
    )


def _draw(word: str) -> int:
    return int(hashlib.sha256(word.encode()).hexdigest()[:12], 16)


def draw_examples(seen: Sequence[Asked]) -> Examples:
    """Every winner that passes the gate, and of the others OTHERS a lot; each counts for those it was drawn for."""
    rows, won, counts = [np.zeros((0, len(NAMES)), np.float32)], [np.zeros(0, bool)], [np.zeros(0)]
    among = [np.zeros(0, np.int64)]
    for at, asked in enumerate(seen):
        winners, others = np.flatnonzero(asked.alike & asked.won), np.flatnonzero(asked.alike & ~asked.won)
        drawn = others
        if len(others) > OTHERS:
            drawn = np.random.default_rng(_draw(asked.bought.lot.uid)).choice(others, OTHERS, replace=False)
        if len(winners) and len(drawn):
            rows.append(asked.measures[np.concatenate([winners, drawn])])
            won.append(np.arange(len(winners) + len(drawn)) < len(winners))
            among.append(np.full(len(winners) + len(drawn), at))
            # Each lot's others count as much as its winners: a lot of a broad code is not many lots.
            counts.append(np.repeat([1.0, len(winners) / len(drawn)], [len(winners), len(drawn)]))
    return Examples(np.concatenate(rows), np.concatenate(won), np.concatenate(counts), np.concatenate(among))
