"""Consortium problems from real lots and real award winners.

Lots are read from raw notices by the project's readers and split into facets by its matcher. Members are firms of the
French award data of 2018/19: the titles and CPV codes of what they won are their statements. Affinity of a CPV facet is
CPV similarity; of a text facet it is shared words (TF-IDF cosine over stems), CPV similarity of the lot, and the cosine
of hashed letter trigrams, which replaces the similarity of embeddings: small, continuous and hardly ever zero. Below
.15 it is 0. Turnovers are invented: a seeded log-normal of median 1.5 million euro, one in seven unknown.
"""

from __future__ import annotations

import csv
import math
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.consortium.proposals import Pool, Problem, solve
from matching.requirements.facets import facets_of
from matching.similarity.scales import cpv_similarity
from matching.text.bm25 import stems_of
from scrapers.read import read_path
from warehouse.codes.classifications import Cpv
from warehouse.model.match_results import Facet, FacetKind
from warehouse.model.notices import Form, Money, OpenLot

TAU = 0.15


@dataclass(frozen=True, slots=True)
class Firm:
    """A winner: its number, and the titles and CPV codes of what it won."""

    number: str
    titles: tuple[str, ...]
    codes: tuple[Cpv, ...]


def read_firms(folder: Path) -> list[Firm]:
    """All winners of the award data, those of most awards first."""
    with (folder / "notices.csv").open(encoding="utf-8", newline="") as file:
        notices = {row["notice_id"]: row for row in csv.DictReader(file)}
    won: dict[str, list[dict[str, str]]] = {}
    with (folder / "awards.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["notice_id"] in notices:
                won.setdefault(row["firm_id"], []).append(notices[row["notice_id"]])
    firms = (Firm(n, tuple(r["title"] for r in rows), tuple(Cpv(r["cpv"]) for r in rows)) for n, rows in won.items())
    return sorted(firms, key=lambda firm: (-len(firm.titles), firm.number))


def read_lots(folder: Path) -> Iterator[tuple[Facet, ...]]:
    """The facets of every distinct lot of the competition notices below a folder that has three facets or more."""
    seen: set[tuple[str, ...]] = set()
    for reading in read_path(folder):
        notice = reading.notice
        if notice is None or notice.form is not Form.COMPETITION:
            continue
        for lot in notice.lots:
            facets = facets_of(OpenLot(notice.lot_uid(lot), lot, replace(notice, lots=()), (notice.publication,)))
            words = tuple(sorted(facet.text for facet in facets))
            if len(facets) >= 3 and words not in seen:
                seen.add(words)
                yield facets


def trigrams_of(text: str) -> NDArray[np.float32]:
    """Letter trigrams hashed into 1,024 places, square roots of their counts, of length 1."""
    vector = np.zeros(1024, np.float32)
    letters = " ".join(text.lower().split()).encode()
    for at in range(len(letters) - 2):
        vector[zlib.crc32(letters[at : at + 3]) % 1024] += 1.0
    vector = np.sqrt(vector)
    return vector / max(1.0, float(np.sqrt(vector @ vector)))


class Statements:
    """The members' statements, ready to be compared: a vector of weighted stems and a CPV for each statement."""

    def __init__(self, firms: Sequence[Firm]) -> None:
        self.members = len(firms)
        self.owner = np.array([j for j, firm in enumerate(firms) for _ in firm.titles])
        self.codes = [code for firm in firms for code in firm.codes]
        self.letters = np.array([trigrams_of(title) for firm in firms for title in firm.titles], np.float32)
        stems = [Counter(stems_of(title, "fr")) for firm in firms for title in firm.titles]
        seen = Counter(stem for counts in stems for stem in counts)
        self.rarity = {stem: math.log(1 + len(stems) / count) for stem, count in seen.items()}
        self.postings: dict[str, tuple[list[int], list[float]]] = {}
        for place, counts in enumerate(stems):
            length = math.sqrt(sum((self.rarity[s]) ** 2 for s in counts)) or 1.0
            for stem in counts:
                places, weights = self.postings.setdefault(stem, ([], []))
                places.append(place)
                weights.append(self.rarity[stem] / length)

    def words(self, text: str, language: str) -> NDArray[np.float64]:
        """Cosine of a text with each statement, of shape (statements,)."""
        scores = np.zeros(len(self.owner))
        stems = set(stems_of(text, language))
        unseen = math.log(1 + len(self.owner))
        length = math.sqrt(sum(self.rarity.get(stem, unseen) ** 2 for stem in stems)) or 1.0
        for stem in stems & self.postings.keys():
            places, weights = self.postings[stem]
            scores[places] += self.rarity[stem] / length * np.array(weights)
        return scores

    def near(self, code: str) -> NDArray[np.float64]:
        """CPV similarity of a code with each statement's, of shape (statements,)."""
        query_code = Cpv(code)
        known = {offered: cpv_similarity(query_code, offered) for offered in set(self.codes)}
        return np.array([known[offered] for offered in self.codes])

    def nearest_similarity(self, facets: Sequence[Facet]) -> NDArray[np.float64]:
        """Similarity of each member's nearest award to the main CPV code, of shape (members,)."""
        main = next((facet.code for facet in facets if facet.code is not None), None)
        result = np.zeros(self.members)
        if main is not None:
            np.maximum.at(result, self.owner, self.near(main))
        return result

    def affinity(self, facets: Sequence[Facet]) -> NDArray[np.float32]:
        """Affinity of shape (facets, members)."""
        result = np.zeros((len(facets), self.members), np.float32)
        main = next((facet.code for facet in facets if facet.code is not None), None)
        about = np.zeros(len(self.owner)) if main is None else self.near(main)
        for row, facet in enumerate(facets):
            if facet.kind is FacetKind.CPV and facet.code is not None:
                scores = self.near(facet.code)
            else:
                shared = np.minimum(1.0, 1.5 * self.words(facet.text, facet.language or "fr"))
                scores = 0.4 * about + 0.3 * shared + 0.3 * (self.letters @ trigrams_of(facet.text))
            np.maximum.at(result[row], self.owner, scores.astype(np.float32))
        result[result < TAU] = 0.0
        return result


def draw_pool(firms: Sequence[Firm], seed: int) -> Pool:
    """The firms with turnovers drawn for them."""
    draw = np.random.default_rng(seed)
    euros = np.round(np.exp(draw.normal(math.log(1.5e6), 1.2, len(firms))), -3)
    unknown = draw.random(len(firms)) < 1 / 7
    turnovers = tuple(None if u else Money(Decimal(int(e)), "EUR") for e, u in zip(euros, unknown, strict=True))
    numbers = tuple(firm.number for firm in firms)
    return Pool(numbers, numbers, turnovers)


def with_turnover(problem: Problem) -> Problem:
    """The problem with a binding turnover: 1.25 times what its free optimum has (a million at least), within .9 of what
    the five largest have."""
    known = sorted((t.amount for t in problem.pool.turnovers if t is not None), reverse=True)
    best = solve(problem, top=1).found[0].members
    has = sum((t.amount for t in (problem.pool.turnovers[m] for m in best) if t is not None), Decimal(0))
    required = min(
        Decimal("1.25") * max(has, Decimal(1_000_000)), Decimal("0.9") * sum(known[: problem.size], Decimal(0))
    )
    return replace(problem, turnover=Money(required.quantize(Decimal("0.01")), "EUR"))


def sample_problems(
    notices: Path, awards: Path, *, members: Sequence[int], lots: int, seed: int
) -> dict[int, list[Problem]]:
    """Problems with the same lots for each number in `members`, by that number.

    `notices` is a folder of notices of which `lots` are drawn, `awards` the award data, `seed` that of the draw and of
    the turnovers. A cluster is of one trade: the members of a problem are the firms, of all 4,848, that won nearest to
    the lot's main CPV code.
    """
    draw = np.random.default_rng(seed)
    found = list(read_lots(notices))
    picked = [found[place] for place in sorted(draw.permutation(len(found))[:lots])]
    firms = read_firms(awards)
    pool, statements = draw_pool(firms, seed), Statements(firms)
    problems: dict[int, list[Problem]] = {count: [] for count in members}
    for facets in picked:
        affinity = statements.affinity(facets)
        nearest = np.argsort(-statements.nearest_similarity(facets), kind="stable")
        for count in members:
            chosen = np.sort(nearest[:count])
            few = Pool(*(tuple(values[j] for j in chosen) for values in (pool.members, pool.entities, pool.turnovers)))
            problems[count].append(Problem(few, np.array([f.weight for f in facets]), affinity[:, chosen]))
    return problems
