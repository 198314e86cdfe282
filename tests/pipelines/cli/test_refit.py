"""`pib train --model`: relevance learned for another encoder from lots with grades, and used by the next night."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from matching.errors import WeightsRefused
from matching.fit.weights import find_fit, shipped_fit
from matching.graded.quality import FIGURES, Quality
from matching.relevance.background import format_background, read_background
from pipelines.cli.main import main
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace
from pipelines.monitoring.status import describe_fit
from pipelines.nightly.refit import Refit, refit_summary
from tests.support.commands.nights import write_settings

LOTS = 14


@pytest.fixture(scope="module")
def graded(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first lots with members and the first without, their notices beside them in `notices`."""
    folder, source = tmp_path_factory.mktemp("graded"), shared / "relevance"
    with (source / "judgements.csv").open(encoding="utf-8-sig", newline="") as lines:
        judgements = list(csv.DictReader(lines))
    with (source / "lots.csv").open(encoding="utf-8-sig", newline="") as lines:
        lots = list(csv.DictReader(lines))
    wanted = {row["lot"] for row in judgements}
    kept = [row for row in lots if row["lot"] in wanted][: LOTS - 6] + [r for r in lots if r["kind"] == "not-ict"][:6]
    _write(folder / "lots.csv", kept)
    _write(folder / "judgements.csv", [row for row in judgements if row["lot"] in {lot["lot"] for lot in kept}])
    shutil.copy(source / "members.csv", folder / "members.csv")
    for row in kept:
        copied = folder / "notices" / row["file"]
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shared / "notices" / row["file"], copied)
    return folder


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def _run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as ended:
        main(["train", *words])
    assert not ended.value.code
    return capsys.readouterr().out


def test_another_encoder_is_learned_for_measured_and_used(
    graded: Path,
    small_model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_settings(tmp_path, small_model)
    other = shutil.copytree(small_model, tmp_path / "stronger")
    words = ("--model", str(other), "--graded", str(graded), "--notices", str(graded / "notices"))
    found = json.loads(_run(tmp_path, capsys, monkeypatch, *words, "--json"))
    assert found["before"]["model"] != found["after"]["model"]
    assert found["after"]["model"].startswith("stronger-")
    assert found["before"]["figures"] == pytest.approx(found["after"]["figures"])  # the same weights under two names
    assert 0 < found["after"]["figures"]["ndcg10"] <= 1

    path = tmp_path / "data/clusters/default/background.toml"
    learned = read_background(path.read_text(encoding="utf-8"))
    assert learned.model == found["after"]["model"]
    fit = find_fit(tmp_path / "none.toml", path, learned.model)
    assert fit.background is not None
    assert format_background(fit.background) == format_background(learned)
    assert fit.id != shipped_fit().id
    assert find_fit(tmp_path / "none.toml", path, found["before"]["model"]) is shipped_fit()
    assert (
        "is of another model than nights use"
        in describe_fit(Workspace(Settings(data=tmp_path / "data", model=str(small_model))))[0]
    )


def test_the_summary_names_what_changed_and_the_setting_that_is_missing(tmp_path: Path) -> None:
    before = Quality("small-1", 32, dict.fromkeys(FIGURES, 0.5), dict.fromkeys(FIGURES, 0.02), 0.28)
    after = Quality(
        "large-1", 768, {**dict.fromkeys(FIGURES, 0.6), "recall2": None}, dict.fromkeys(FIGURES, 0.02), 0.31
    )
    lines = refit_summary(Refit(before, after, tmp_path / "background.toml"), "hub/large").splitlines()
    assert lines[0] == "large-1: vectors of 768 numbers; before: small-1"
    assert [line.split()[1:3] for line in lines if line.startswith(("ap ", "recall2"))] == [
        ["0.500", "0.600"],
        ["0.500", "-"],
    ]
    assert lines[-1].endswith('count once pib.toml has model = "hub/large"')
    assert not refit_summary(Refit(after, after, tmp_path), "x").endswith('"x"')


def test_a_damaged_file_of_scales_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "background.toml"
    path.write_text("lots = 3\n", encoding="utf-8")
    with pytest.raises(WeightsRefused, match="damaged"):
        find_fit(tmp_path / "none.toml", path)


def test_an_encoder_without_its_lots_is_a_wrong_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["train", "--model", "any"])
    assert ended.value.code == 2
    assert "--graded" in capsys.readouterr().err
