"""Results computed for all members at once equal those computed for each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.consortium.explain import best_allowed_alone, coverage_of
from matching.consortium.proposals import Problem, pool_of
from matching.eligibility import MatchingContext, refuse, refuse_each
from matching.engine import match_lots, texts_to_encode
from matching.similarity.scales import CodeTable, cpv_similarity
from matching.similarity.statement_index import StatementPool
from tests.support.matching_world import NOON, competence, lot, member, vectors_of
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.notices import OpenLot

codes = st.from_regex(r"(30|31|45|48)[0-2]{0,6}", fullmatch=True).map(lambda stem: Cpv(stem.ljust(8, "0")))
MEMBERS = (
    member("a", competence("Serveurs", "48820000"), competence("Onduleurs", "31154000")),
    member("b", reach=(Nuts("BE3"),), languages=("nl",)),
    member("c", competence("Réseau", "32420000"), certificates=("ETA",), reach=(Nuts("FRE11"),)),
)


@given(codes, st.lists(codes, min_size=1, max_size=20))
def test_a_table_of_codes_compares_as_each_pair_does(required: Cpv, offered: list[Cpv]) -> None:
    expected = np.array([cpv_similarity(required, code) for code in offered], np.float32)
    assert CodeTable(offered).similarity(required).tolist() == expected.tolist()


def closing(days: int) -> OpenLot:
    return lot("Serveurs", closes=NOON + timedelta(days=days), nuts=["BE323"])


LOTS = {
    "open to all": lot("Serveurs"),
    "closed": closing(-1),
    "too soon": closing(1),
    "in one place": closing(30),
    "in one language": replace(closing(30), lot=replace(closing(30).lot, tender_languages=("NLD",))),
    "reserved": replace(closing(30), lot=replace(closing(30).lot, reserved=True)),
}


@pytest.mark.parametrize("name", LOTS)
def test_all_are_refused_as_each_is(name: str) -> None:
    terms = MatchingContext(NOON, notice_days=3)
    assert refuse_each(LOTS[name], MEMBERS, terms) == [refuse(LOTS[name], firm, terms) for firm in MEMBERS]


def test_the_first_best_statement_of_each_member_is_found() -> None:
    pool = StatementPool(MEMBERS)
    values = np.array([[0.2, 0.7, 0.7], [0.5, 0.5, 0.0]], np.float32)
    assert pool.first_by_member(values, pool.by_member(values)).tolist() == [[1, 3, 2], [0, 3, 2]]


@settings(deadline=None)
@given(st.lists(st.integers(0, 10), min_size=12, max_size=12), st.lists(st.booleans(), min_size=3, max_size=3))
def test_the_best_alone_is_the_best_of_each_alone(tenths: list[int], eligible: list[bool]) -> None:
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    affinity = (np.array(tenths).reshape(4, 3) / 10).astype(np.float32)
    problem = Problem(pool_of(MEMBERS), weights, affinity, eligible=np.array(eligible))
    each = [coverage_of(problem, (j,)) for j in range(3) if eligible[j]]
    assert best_allowed_alone(problem) == max(each, default=0.0)


def test_vectors_are_loaded_some_lots_at_a_time_with_the_same_results() -> None:
    lots = [lot(f"Fourniture de serveurs, phase {n}", cpv=["48820000"], uid=f"u{n:02d}") for n in range(40)]
    vectors = vectors_of(texts_to_encode(lots, MEMBERS))
    batch_sizes: list[int] = []

    def find(digests: Sequence[str]) -> dict[str, bytes]:
        batch_sizes.append(len(digests))
        return {digest: vectors[digest] for digest in digests}

    found = list(match_lots(lots, MEMBERS, (), find, as_of=NOON))
    assert found == list(match_lots(lots, MEMBERS, (), vectors, as_of=NOON))
    assert max(batch_sizes) < len(vectors)
