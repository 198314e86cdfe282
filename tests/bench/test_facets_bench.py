"""The labelled lots and the arithmetic of agreement."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bench.facets import KINDS, KINDS_BY_LABEL, Labelled, f1, find_lot, measure, read_labels
from bench.facets_draw import draw_key


def test_a_hundred_lots_are_labelled_half_of_them_held_out() -> None:
    halves = Counter(
        label.half for label in read_labels() if label.kinds == KINDS_BY_LABEL["all"] and label.half != "final"
    )
    assert halves == {"design": 51, "held-out": 49}


def test_every_label_is_of_a_kind_that_was_requested() -> None:
    assert all(kind in label.kinds for label in read_labels() for kind, _ in label.items)


def test_each_set_stands_in_the_order_of_the_draw() -> None:
    for kinds, halves in (("all", {"design", "held-out"}), ("not language", {"later"}), ("ict", {"awarded"})):
        files = [label.file for label in read_labels() if label.half in halves and label.kinds == KINDS_BY_LABEL[kinds]]
        assert files == sorted(files, key=draw_key)


def test_what_was_drawn_later_had_not_been_read_for_the_same_kind() -> None:
    read = Counter((label.file, label.lot, kind) for label in read_labels() for kind in label.kinds)
    assert set(read.values()) == {1}


def test_a_labelled_lot_is_found_in_its_notice(shared: Path) -> None:
    for labelled in read_labels()[:3]:
        assert find_lot(shared / "notices", labelled).lot.id == labelled.lot
    with pytest.raises(LookupError, match="LOT-9999"):
        find_lot(shared / "notices", replace(read_labels()[0], lot="LOT-9999"))


def test_a_right_kind_with_a_wrong_value_is_a_miss_and_a_false_alarm() -> None:
    from_labels, extracted = (
        frozenset({("reference", "3"), ("reference", "1")}),
        frozenset({("reference", "3"), ("reference", "2")}),
    )
    assert f1([(from_labels, extracted)]) == (0.5, 0.5, 0.5)
    assert f1([(from_labels, frozenset())]) == (1.0, 0.0, 0.0)
    assert f1([(frozenset(), frozenset())])[2] == 1.0


def test_a_perfect_extractor_scores_one_and_a_mute_one_nothing() -> None:
    lots = [Labelled("held-out", "fr", str(n), "1", KINDS, frozenset({("staff", str(n))})) for n in range(6)]
    perfect = measure("held-out", {lot: lot.items for lot in lots})
    mute = measure("held-out", {lot: frozenset() for lot in lots})
    assert {score.f1 for score in perfect} == {1.0}
    assert next(score for score in mute if score.kind == "staff").f1 == 0.0
    assert all(score.low <= score.f1 <= score.high for score in (*perfect, *mute))
