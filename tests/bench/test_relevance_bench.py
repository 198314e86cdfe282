"""The bench of judged lots: its folder is read or refused, and it scores as the nights do."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from bench.relevance.__main__ import run
from bench.relevance.covering import Needs, figures_of_covering, measure_kept, read_needs
from bench.relevance.figures import GradedPairs, choose_threshold, measure_all, measure_ap, measure_gain, measure_ndcg
from bench.relevance.folder import Unusable, read_folder
from bench.relevance.scoring import MOMENT, score_texts
from matching.engine import match_lots, texts_to_encode
from matching.relevance.background import shipped_background
from matching.relevance.lot_text import read_lot_text
from matching.similarity.statement_index import StatementPool
from tests.support.matching_world import competence, lot, member, vectors_of
from warehouse.model.match_results import Facet, FacetKind, MatchResult

MEMBERS = (
    member("serveurs", competence("Fourniture et maintenance de serveurs", "48820000")),
    member("toile", competence("Création de sites internet pour communes", "72413000")),
    member("cloud", competence("Managed cloud hosting and backup", language="en")),
    member("muet"),
)


def test_a_score_of_the_bench_is_that_of_the_engine() -> None:
    lots = [
        lot("Serveurs de la commune", "Fourniture de serveurs et de baies.", cpv=["48820000"], uid="a:1"),
        lot("Site internet", "Refonte du site de la ville.", cpv=["72413000", "72415000"], uid="a:2"),
    ]
    pool = StatementPool(MEMBERS)
    texts = [read_lot_text(bench_lot) for bench_lot in lots]
    needed = {*texts_to_encode(lots, MEMBERS), *(t for text in texts for t in text.texts(("fr", "en")))}
    kept = vectors_of(needed)
    found = score_texts(texts, pool, kept, shipped_background())
    column = {known.id: j for j, known in enumerate(pool.members)}
    for row, match_result in zip(found, match_lots(lots, MEMBERS, (), kept, as_of=MOMENT), strict=True):
        assert {match.member for match in match_result.matches} == {"serveurs", "toile", "cloud"}
        for match in match_result.matches:
            # Points are whole numbers of 2 ** -20, measures are float32.
            assert match.score == pytest.approx(row[column[match.member]], abs=1e-5)


def test_ndcg_is_one_for_the_true_order_and_nothing_where_nobody_is_relevant() -> None:
    grades = np.array([[2, 1, 0], [0, 0, 0]])
    assert measure_ndcg(np.array([[0.9, 0.5, 0.1], [0.9, 0.5, 0.1]]), grades)[0] == pytest.approx(1)
    assert np.isnan(measure_ndcg(np.zeros((2, 3)), grades)[1])


def test_average_precision_counts_the_right_pairs_above_each() -> None:
    scores = np.array([[0.9, 0.8], [0.7, 0.1]])
    relevant = np.array([[True, False], [True, False]])
    assert measure_ap(scores, relevant) == pytest.approx((1 + 2 / 3) / 2)


def test_precision_recall_and_false_pairs_come_from_what_is_notified() -> None:
    graded = GradedPairs(np.array([[2, 0], [0, 1]]), np.array([False, True]), ("a", "b"))
    scores = np.array([[0.9, 0.1], [0.8, 0.2]])
    found = measure_all(scores, scores >= 0.5, graded)
    assert (found["precision"], found["recall"], found["recall2"]) == (0.5, 0.5, 1.0)
    assert found["false_per_100_not_ict"] == 100


def test_a_score_gains_nothing_over_itself() -> None:
    graded = GradedPairs(np.array([[2, 0], [0, 1]]), np.array([False, True]), ("a", "b"))
    scores = np.array([[0.9, 0.1], [0.8, 0.2]])
    assert measure_gain(scores, scores, graded) == {"ndcg10": 0, "ndcg10_se": 0, "ap": 0, "ap_se": 0}


def test_the_threshold_chosen_is_the_lowest_that_is_precise_enough() -> None:
    graded = GradedPairs(np.array([[1, 0, 0]]), np.array([False]), ("a",))
    scores = np.array([[0.5, 0.3, 0.2]])
    assert choose_threshold(scores, graded, 0.5) == 0.21
    assert choose_threshold(np.zeros((1, 3)), graded, 0.9) == 1.0


@pytest.fixture
def folder(shared: Path, tmp_path: Path) -> Path:
    for name in ("members.csv", "lots.csv", "judgements.csv"):
        shutil.copy(shared / "relevance" / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "before", "after", "message"),
    [
        ("lots.csv", "215548-2024:LOT-0001,ict", "215548-2024:LOT-0099,ict", "lot 215548-2024:LOT-0099 is not in"),
        ("lots.csv", "lot,kind", "lots,kind", "no column 'lot'"),
        ("judgements.csv", "215548-2024:LOT-0001,caplan,1", "215548-2024:LOT-0001,caplan,7", "write 0, 1 or 2"),
        ("judgements.csv", ",caplan,1", ",nobody,1", "member 'nobody' is not in members.csv"),
    ],
)
def test_a_folder_that_contradicts_itself_is_refused_with_the_place(
    shared: Path, folder: Path, file: str, before: str, after: str, message: str
) -> None:
    text = (folder / file).read_text(encoding="utf-8-sig")
    assert before in text
    (folder / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(Unusable, match=message):
        read_folder(folder, shared / "notices")


def test_needs_that_name_what_the_folder_does_not_know_are_refused(shared: Path, folder: Path) -> None:
    known = read_folder(folder, shared / "notices")
    assert read_needs(folder, known) is None
    (folder / "needs.csv").write_text("lot,source,members\nnone:1,Serveurs,\n", encoding="utf-8")
    with pytest.raises(Unusable, match=r"needs.csv names 'none:1'"):
        read_needs(folder, known)


NEEDS = Needs(
    np.array([0, 0, 1]),
    ("deux serveurs", "leur maintenance", "un site"),
    np.array([[True, False], [False, True], [True, False]]),
    ((0, "Les offres sont à remettre en double exemplaire"),),
)


def test_a_piece_is_kept_where_a_facet_holds_it_and_refused_pieces_count_against() -> None:
    sentence = Facet(FacetKind.SENTENCE, "Fourniture de Deux  serveurs et de licences.", 1.0)
    refused = Facet(FacetKind.SENTENCE, "Les offres sont à remettre en double exemplaire.", 1.0)
    code = Facet(FacetKind.CPV, "leur maintenance", 1.0, code="72413000")
    results = {0: MatchResult("a", (sentence, refused, code), (), (), ()), 1: MatchResult("b", (), (), (), ())}
    found = measure_kept(NEEDS, results)
    assert found["needs_f1"] == pytest.approx(2 * 1 / (2 * 1 + 1 + 2))
    assert found["all"] == pytest.approx(2 * 3 / (2 * 3 + 1))


def test_covering_is_measured_beside_the_fit_for_the_lot_alone() -> None:
    probability = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    found = figures_of_covering(NEEDS, probability, np.array([[0.6, 0.1], [0.5, 0.2]]))
    assert found["cover_ap"] == 1.0
    assert found["cover_ap_se"] == 0.0
    assert found["by_fit"] < 1.0


def test_a_folder_without_files_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(tmp_path / "models")
    assert run(["--data", str(tmp_path), "--notices", str(tmp_path), "--models", model]) == 2
    assert "members.csv" in capsys.readouterr().err
