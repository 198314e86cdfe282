"""The bench of the fit: which folder it takes, how it reports gaps, and that it divides by consultation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bench.fit.__main__ import run
from bench.fit.awards import part_inner, part_outer, read_folder, set_task
from bench.fit.baselines import VARIANTS, Parts, fuse_ranks
from matching.fit.awards.award_dataset import read_past
from matching.fit.metrics import measure_ranking
from matching.fit.training_set import FirmEvidence, measure_lots
from tests.support.notices.awards_folder import write_awards

TRADES = {"roof": ("Couverture ardoise", "45261210", "59"), "soft": ("Logiciel de paie", "48450000", "31")}


def write_folder(folder: Path, **dropped: str) -> Path:
    """Sixty invented notices of two trades, won in turn by three firms each; `drop` names a column to leave out,
    `parting` the column that parts."""
    rows: list[dict[str, str]] = []
    pairs: list[dict[str, str]] = []
    for i in range(60):
        trade = list(TRADES)[i % 2]
        title, cpv, department = TRADES[trade]
        row = {"notice_id": f"N{i}", "title": f"{title} {i // 4}", "cpv": cpv, "department": department}
        row |= {"consultation": f"c{i // 2}", "buyer_siren": "", "amount_eur": str(1000 + i)}
        row |= (
            {"split": "test" if i >= 45 else "train"}
            if dropped.get("parting") == "split"
            else {"fold": str(i // 2 % 3)}
        )
        row.pop(dropped.get("drop", ""), None)
        rows.append(row)
        pairs.append({"notice_id": f"N{i}", "firm_id": f"{trade}-{i // 2 % 3}"})
    return write_awards(folder, rows, pairs)


@pytest.mark.parametrize("drop", ["cpv", "department", "consultation", "buyer_siren", "amount_eur"])
def test_a_folder_without_an_optional_column_is_ranked_and_the_gap_is_reported(
    drop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_folder(tmp_path, drop=drop, parting="split")
    assert run(["--data", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert f"column {drop} is absent" in found["missing"]
    assert {"ours", "rrf", "bm25", "n", "se"} <= set(found)


def test_a_folder_with_neither_fold_nor_split_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(write_folder(tmp_path, drop="fold"))]) == 2
    assert "no column fold or split" in capsys.readouterr().err


def test_a_missing_folder_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_inner_parts_never_cut_a_consultation_and_never_hold_a_tested_lot(tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path))
    train, tested = part_outer(folder, "1")
    for past, tested_part in part_inner(folder, train):
        assert not set(past) & set(tested)
        assert not set(tested_part) & set(tested)
        assert not set(folder.group[past]) & set(folder.group[tested_part])


def test_only_firms_with_two_past_awards_are_ranked(tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path))
    task = set_task(folder, np.arange(8), np.arange(8, 60))
    assert task is not None
    assert task.awards.firms == 2
    assert (task.awards.count >= 2).all()


def test_the_fit_and_its_rivals_rank_the_same_firms_for_the_same_lots(tmp_path: Path) -> None:
    where = write_folder(tmp_path, parting="split")
    folder, past = read_folder(where), read_past(where)
    train, tested = part_outer(folder, "test")
    task = set_task(folder, train, tested)
    assert task is not None
    queried = list(
        measure_lots([past[i] for i in train], [past[i] for i in task.queried], None, evidence=FirmEvidence.RECORDS)
    )
    assert np.array_equal(task.won, np.stack([task_lot.won for task_lot in queried]))


def test_a_winner_on_top_is_worth_one_and_at_the_third_rank_a_half() -> None:
    score = np.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]])
    won = np.array([[True, False, False], [False, False, True]])
    assert measure_ranking(score, won).ndcg == pytest.approx([1.0, 0.5])


def test_the_fit_beats_the_rank_fusion_by_fifteen_per_cent_on_a_fold_set_aside(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Fold 3 took no part in choosing the measures. About 20 s of one core.
    assert run(["--data", str(shared / "benchmarks" / "decp2019"), "--parts", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rrf"] > 0.40
    assert found["ours"] > 1.15 * found["rrf"]


def test_equals_share_the_mean_of_their_ranks() -> None:
    nothing = np.zeros((1, 4), np.float32)
    parts = Parts(np.array([[5, 1, 5, 0]], np.float32), nothing, nothing, nothing, nothing, nothing)
    found = fuse_ranks(parts, VARIANTS[0], 10)[0] - 2 / 12.5
    assert found == pytest.approx([1 / 11.5, 1 / 13, 1 / 11.5, 1 / 14])
