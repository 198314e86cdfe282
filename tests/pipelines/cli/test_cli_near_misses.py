"""`pib why MEMBER`: the lots nearest below its threshold, in eighty columns."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipelines.cli.lots.near_misses import show_near_misses
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace
from pipelines.nightly.stages import run_lots, run_matches, run_publish, run_vectors
from tests.support.matching_world import NOON, competence, lot, member
from tests.support.stores import open_both
from warehouse.errors import NotInWarehouse
from warehouse.model.members import Preferences

CERTAIN = Preferences(threshold=1.0)
NIGHT = date(2026, 11, 16)
SERVERS = lot(
    "Serveurs et sites",
    "Fourniture de serveurs et de baies de stockage pour la commune.",
    cpv=["48820000", "72413000"],
    closes=NOON + timedelta(days=30),
)


@pytest.fixture(scope="module")
def workspace(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A night over one lot, for two firms that want only what is certain."""
    settings = Settings(data=tmp_path_factory.mktemp("near") / "data", model=str(small_model))
    workspace = Workspace(settings)
    with open_both(workspace) as store:
        store.save_members([
            member("serveurs", competence("Fourniture de serveurs", "48820000"), preferences=CERTAIN),
            member("muet"),
        ])  # fmt: skip
        store.save_notices([replace(SERVERS.notice, lots=(replace(SERVERS.lot, id="LOT-0001"),))])
    run_lots(workspace, NIGHT)
    run_vectors(workspace, NIGHT)
    run_publish(workspace, NIGHT)
    run_matches(workspace, NIGHT)
    return workspace


def test_the_lot_its_score_and_the_missing_code_fit_eighty_columns(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    show_near_misses(workspace, None, "serveurs", as_json=False)
    output = capsys.readouterr().out
    assert "nearest below 1.00, the threshold of serveurs" in output
    assert "with 72413000" in output
    assert "48820000" not in output
    assert max(map(len, output.splitlines())) <= 80


def test_a_machine_reads_the_same_alone_on_stdout(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    show_near_misses(workspace, NIGHT, "serveurs", as_json=True)
    found = json.loads(capsys.readouterr().out)
    (miss,) = found["lots"]
    assert (found["member"], [addition["cpv"] for addition in miss["additions"]]) == ("serveurs", ["72413000"])
    assert miss["additions"][0]["score"] > miss["score"]


def test_a_member_that_nothing_came_near_is_stated(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    show_near_misses(workspace, NIGHT, "muet", as_json=False)
    assert "no lot came near its profile" in capsys.readouterr().out


def test_an_unknown_member_is_a_sentence(workspace: Workspace) -> None:
    with pytest.raises(NotInWarehouse, match="knows no member 'nobody'"):
        show_near_misses(workspace, NIGHT, "nobody", as_json=False)
