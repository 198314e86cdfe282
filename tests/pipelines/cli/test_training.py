"""Training end to end on invented purchases: from a folder or from kept notices to weights, a page and a next night."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matching.errors import AwardsUnreadable, TooFewAwards
from matching.fit.awards.award_dataset import TEST, Bought, past_of_notices, read_past
from matching.fit.cross_validation import LEAST_WINNERS, Study, study_fit
from matching.fit.metrics import measure_calibration, measure_ranking
from matching.fit.report import write_page
from matching.fit.training_set import (
    FirmEvidence,
    MeasuredLot,
    describe_firms,
    draw_examples,
    learn_past_codes,
    measure_lots,
)
from pipelines.cli.main import main
from tests.support.commands.nights import write_settings
from tests.support.notices.awards_folder import write_awards
from tests.support.stores import workspace_at
from warehouse.model.notices import Award, Form, Lot, Notice, Organisation, Publication, TenderingParty, Text

TRADES = (
    ("Couverture en ardoise", "45261210"),
    ("Logiciel de paie", "48450000"),
    ("Réseau de fibre optique", "32420000"),
    ("Curage de fossés", "90640000"),
)
DEPARTMENTS = ("59", "31", "69")


def write_folder(folder: Path, count: int = 240, **columns: str) -> Path:
    """Invented purchases: in each department each trade has two firms of its own, which win in turn."""
    rows: list[dict[str, str]] = []
    pairs: list[dict[str, str]] = []
    for n in range(count):
        trade, place, turn = n % 4, n // 4 % 3, n // 12 % 2
        title, cpv = TRADES[trade]
        row = {"notice_id": f"N{n}", "title": f"{title} rue {n}", "cpv": cpv, "department": DEPARTMENTS[place]}
        row |= {"buyer_siren": f"2{place}000000{turn}", "amount_eur": str(20_000 + 100 * n), "fold": str(n // 24 % 5)}
        rows.append(row | {name: value for name, value in columns.items() if name in row})
        pairs.append({"notice_id": f"N{n}", "firm_id": f"9990{trade}{place}00{turn}"})
    return write_awards(folder, rows, pairs)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bought, ...]:
    return read_past(write_folder(tmp_path_factory.mktemp("awards")))


@pytest.fixture(scope="module")
def folds(past: tuple[Bought, ...]) -> dict[str, list[MeasuredLot]]:
    return {
        fold: list(measure_lots([b for b in past if b.fold != fold], [b for b in past if b.fold == fold], None))
        for fold in "01234"
    }


@pytest.fixture(scope="module")
def study(folds: dict[str, list[MeasuredLot]]) -> Study:
    return study_fit(folds)


def test_the_whole_is_never_worse_than_its_parts(study: Study) -> None:
    assert study.ndcg.mean >= max(part.alone.mean for part in study.parts.values())


def test_what_decides_is_what_is_missed(study: Study) -> None:
    assert study.parts["buyer"].lost.mean > 3 * study.parts["buyer"].lost.error
    assert study.ndcg.mean > 0.8


def test_every_purchase_is_predicted_from_a_past_without_it(
    past: tuple[Bought, ...], folds: dict[str, list[MeasuredLot]]
) -> None:
    assert sum(map(len, folds.values())) == len(past)
    members, references = describe_firms([b for b in past if b.fold != "0"])
    statements = {c.text for m in members for c in m.competences} | {r.titles[0].value for r in references}
    assert not statements & {b.lot.lot.titles[0].value for b in past if b.fold == "0"}


def test_half_of_the_firms_are_described_by_competences(past: tuple[Bought, ...]) -> None:
    members, references = describe_firms(past, FirmEvidence.MIXED)
    referred = {r.company_number for r in references}
    assert {bool(m.competences) for m in members} == {True, False}
    assert all(m.competences or m.company_number in referred for m in members)
    assert not any(m.competences for m in describe_firms(past, FirmEvidence.RECORDS)[0])
    assert all(m.competences for m in describe_firms(past, FirmEvidence.WORDS)[0])


def test_a_winner_and_the_others_of_a_lot_count_the_same(folds: dict[str, list[MeasuredLot]]) -> None:
    drawn = draw_examples(folds["0"])
    assert drawn.counts[drawn.won].sum() == pytest.approx(drawn.counts[~drawn.won].sum())


def test_too_few_awards_teach_nothing_and_are_reported(folds: dict[str, list[MeasuredLot]]) -> None:
    with pytest.raises(TooFewAwards, match=f"{LEAST_WINNERS} are needed"):
        study_fit({fold: queried[:3] for fold, queried in folds.items()})


def test_a_page_shows_its_pictures_and_escapes_what_was_typed(
    study: Study, past: tuple[Bought, ...], tmp_path: Path
) -> None:
    write_page(tmp_path / "page.html", study, study.fit(learn_past_codes(past), "<script>of</script>"))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("<svg") == page.count("</svg>") == 3
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


@pytest.mark.parametrize("column", ["cpv", "department", "buyer_siren", "amount_eur"])
def test_an_empty_or_odd_column_teaches_nothing_and_spoils_nothing(column: str, tmp_path: Path) -> None:
    for value in ("", "junk", "-1"):
        past = read_past(write_folder(tmp_path, 72, **{column: value}))
        assert len(list(measure_lots(past[:48], past[48:], None))) == 24


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AwardsUnreadable, match="no such file"):
        read_past(tmp_path)
    (tmp_path / "notices.csv").write_text("notice_id;title\n", encoding="utf-8")
    (tmp_path / "awards.csv").write_text("notice_id,firm_id\nN1,1\n", encoding="utf-8")
    with pytest.raises(AwardsUnreadable, match="no column notice_id, title"):
        read_past(tmp_path)


def test_what_a_folder_sets_apart_is_not_learned_from(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, 24)
    lines = (folder / "notices.csv").read_text(encoding="utf-8").splitlines()
    column = ["split", *("test" if n > 15 else "train" for n in range(24))]
    split = [f"{line.rsplit(',', 1)[0]},{word}" for line, word in zip(lines, column, strict=True)]
    (folder / "notices.csv").write_text("\n".join(split), encoding="utf-8")
    past = read_past(folder)
    assert sum(bought.fold == TEST for bought in past) == 8
    assert len({bought.fold for bought in past} - {TEST}) > 1


def test_kept_results_are_purchases_with_their_winners() -> None:
    party = TenderingParty("T1", (Organisation("ORG-2", (), "0999.000.112", "BEL"), Organisation("ORG-3", (), "junk")))
    notice = Notice(
        "r", 1, Form.RESULT, Publication("eu_ted", "1-2026", None), procedure="p", titles=(Text("Serveurs", "FRA"),),
        lots=(Lot("LOT-0001", ()),), awards=(Award("LOT-0001", "selec-w", (party,)), Award("LOT-0002", "clos-nw")),
    )  # fmt: skip
    (bought,) = past_of_notices([notice, replace(notice, form=Form.COMPETITION)])
    assert (bought.winners, bought.group, bought.lot.uid) == (("BE0999000112",), "p", "p:LOT-0001")
    assert bought.lot.lot.titles == notice.titles


def test_a_perfect_prophet_has_no_error_and_a_coin_has_a_quarter() -> None:
    found = np.arange(200) % 2 == 0
    groups = list(range(200))
    sure = measure_calibration(found.astype(float), found, np.ones(200), groups)
    coin = measure_calibration(np.full(200, 0.5), found, np.ones(200), groups)
    boast = measure_calibration(np.full(200, 0.9), found, np.ones(200), groups)
    assert (sure.ece, sure.brier) == (0, 0)
    assert (coin.ece, coin.brier) == (0, 0.25)
    assert boast.ece == pytest.approx(0.4)
    assert sum(bin_.pairs for bin_ in boast.bins) == 200


def test_a_ranking_is_worth_what_its_first_ten_hold() -> None:
    won = np.array([[False, True, False], [True, False, False]])
    found = measure_ranking(np.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]]), won)
    assert found.ndcg.tolist() == pytest.approx([1 / np.log2(3), 1])
    assert found.rank.tolist() == [0.5, 1]


def test_pib_learns_weights_that_the_status_names(
    small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "awards").mkdir()
    awards = write_folder(tmp_path / "awards")
    folder = write_settings(tmp_path / "house", small_model)
    monkeypatch.chdir(folder)
    trained = run_json(capsys, "train", "--awards", str(awards), "--report", str(tmp_path / "page.html"), "--json")
    assert (folder / "data/clusters/default/fit_weights.toml").is_file()
    assert (tmp_path / "page.html").is_file()
    assert 0 <= trained["calibration"]["ece"] < 0.5
    with workspace_at(folder / "data").open_cluster() as store:
        store.set_as_of(datetime(2026, 11, 20, 9, tzinfo=UTC))
    assert run_json(capsys, "status", "--json")["fit"].startswith(trained["id"])


def run_json(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """What a command answers, run in this process."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert not ended.value.code
    return json.loads(capsys.readouterr().out)
