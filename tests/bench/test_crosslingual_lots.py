"""The bench of real lots beside what is said in other languages: what is asked, and what must not be learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.crosslingual.lots import fold_of, learn, offer_labels, offer_titles, read_lots, run_lots
from bench.crosslingual.texts import LANGUAGES, read_labels
from bench.crosslingual.vector_cache import CachedVectors
from matching.encoder.embedding import load_model
from warehouse.codes.cpv_labels import shipped_labels


def test_a_real_lot_asks_in_one_language_and_without_codes(shared: Path) -> None:
    queries = read_lots(shared / "notices")
    assert {one.language for one in queries} == set(LANGUAGES)
    assert all(facet.code is None for one in queries for facet in one.facets)
    assert len({(one.language, one.facets[0].text) for one in queries}) == len(queries)
    spoken = [facet.language for one in queries for facet in one.facets if facet.language != one.language]
    assert not spoken


def test_nothing_is_learned_from_the_classes_asked_about() -> None:
    kept = sum(fold_of(code.code) != 2 for code in shipped_labels())
    assert learn(2).profiles(["serveurs"], "fr").shape == (1, kept)
    assert kept < learn(None).profiles(["serveurs"], "fr").shape[1] == len(shipped_labels())


@pytest.mark.parametrize("digits", [4, 8])
def test_lots_are_held_against_what_is_said_in_other_languages(
    shared: Path, small_model: Path, tmp_path: Path, digits: int
) -> None:
    model = CachedVectors(load_model(str(small_model), tmp_path / "home"), None)
    queries = [one for one in read_lots(shared / "notices") if one.code.startswith(("45", "72", "48"))][:60]
    labels = read_labels(shared / "codelists").by_code()
    offered = offer_labels(queries, labels) if digits == 8 else offer_titles(queries)
    told = run_lots(queries, offered, digits, model)
    assert told["n"] > 3
    assert told["more"] == pytest.approx(told["hybrid"] - told["nights"])
    assert 0 < told["nights"] < 1
    assert np.isfinite(told["more_se"])
