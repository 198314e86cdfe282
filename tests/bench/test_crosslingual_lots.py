"""The bench of real lots and texts in other languages: the queries, and what must not be learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.crosslingual.lots import fold_of, learn, offer_labels, offer_titles, read_lots, run_lots
from bench.crosslingual.texts import LANGUAGES, read_labels
from bench.crosslingual.vector_cache import CachedVectors
from matching.encoder.embedding import load_model
from warehouse.codes.cpv_labels import shipped_labels


def test_a_real_lot_queries_in_one_language_and_without_codes(shared: Path) -> None:
    queries = read_lots(shared / "notices")
    assert {query.language for query in queries} == set(LANGUAGES)
    assert all(facet.code is None for query in queries for facet in query.facets)
    assert len({(query.language, query.facets[0].text) for query in queries}) == len(queries)
    other_languages = [
        facet.language for query in queries for facet in query.facets if facet.language != query.language
    ]
    assert not other_languages


def test_nothing_is_learned_from_the_queried_classes() -> None:
    kept = sum(fold_of(code.code) != 2 for code in shipped_labels())
    assert learn(2).profiles(["serveurs"], "fr").shape == (1, kept)
    assert kept < learn(None).profiles(["serveurs"], "fr").shape[1] == len(shipped_labels())


@pytest.mark.parametrize("digits", [4, 8])
def test_lots_are_compared_with_statements_in_other_languages(
    shared: Path, small_model: Path, tmp_path: Path, digits: int
) -> None:
    model = CachedVectors(load_model(str(small_model), tmp_path / "home"), None)
    queries = [query for query in read_lots(shared / "notices") if query.code.startswith(("45", "72", "48"))][:60]
    labels = read_labels(shared / "codelists").by_code()
    offered = offer_labels(queries, labels) if digits == 8 else offer_titles(queries)
    figures = run_lots(queries, offered, digits, model)
    assert figures["n"] > 3
    assert figures["more"] == pytest.approx(figures["hybrid"] - figures["nights"])
    assert 0 < figures["nights"] < 1
    assert np.isfinite(figures["more_se"])
