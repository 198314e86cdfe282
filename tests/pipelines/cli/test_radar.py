"""The radar shows what no member could take alone, by lot and by whole procedure, in eighty columns."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from matching.consortium.procedures import form_for_procedures
from pipelines.cli.lots.radar import show_radar
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace
from pipelines.nightly.stages import run_lots, run_matches, run_publish, run_vectors
from tests.support.matching_world import NOON, competence, lot, member
from tests.support.stores import open_both
from warehouse.model.match_results import Match, MatchResult
from warehouse.model.notices import Money, Notice

NIGHT = date(2026, 11, 16)
MEMBERS = (
    member("serveurs", competence("Fourniture de serveurs et de baies de stockage", "48820000")),
    member("reseau", competence("Réseau de fibre optique et commutateurs", "32420000")),
    member("froid", competence("Climatisation de salles informatiques", "42512000"), turnover=Money(Decimal(9), "EUR")),
)
CLOSES = NOON + timedelta(days=30)
HALL = lot(
    "Serveurs et réseau",
    "Fourniture de serveurs et de baies de stockage. Réseau de fibre optique et commutateurs.",
    cpv=["48820000", "32420000"],
    closes=CLOSES,
    notice_title="Salle informatique communale " * 8,
)
COLD = lot("Climatisation de salles informatiques", cpv=["42512000"], closes=CLOSES)


def purchase() -> Notice:
    """One notice with both lots."""
    return replace(HALL.notice, lots=(replace(HALL.lot, id="LOT-0001"), replace(COLD.lot, id="LOT-0002")))


@pytest.fixture(scope="module")
def workspace(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A house whose night has judged that purchase."""
    folder = tmp_path_factory.mktemp("radar")
    settings = Settings(data=folder / "data", model=str(small_model))
    workspace = Workspace(settings)
    with open_both(workspace) as store:
        store.save_members(MEMBERS)
        store.save_notices([purchase()])
    run_lots(workspace, NIGHT)
    run_vectors(workspace, NIGHT)
    run_publish(workspace, NIGHT)
    run_matches(workspace, NIGHT)
    return workspace


def test_the_radar_names_the_call_its_deadline_and_its_members(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    show_radar(workspace, NIGHT, whole=False, as_json=False)
    output = capsys.readouterr().out
    assert "lots: 1\n" in output
    assert "closes 2026-12-16 13:00" in output
    assert "+ serveurs:" in output
    assert "+ reseau:" in output


@pytest.mark.parametrize("whole", [False, True])
def test_the_radar_fits_eighty_columns(workspace: Workspace, capsys: pytest.CaptureFixture[str], whole: bool) -> None:
    show_radar(workspace, NIGHT, whole=whole, as_json=False)
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 80


def test_a_whole_procedure_needs_those_who_answer_all_its_lots(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    show_radar(workspace, NIGHT, whole=True, as_json=True)
    (call,) = json.loads(capsys.readouterr().out)["calls"]
    assert call["lots"] == ["p:LOT-0001", "p:LOT-0002"] == call["consortium"]["remarks"]["lots"]
    assert sorted(role["member"] for role in call["consortium"]["roles"]) == ["froid", "reseau", "serveurs"]
    assert call["consortium"]["lot_uid"] == "p"


def test_a_procedure_of_one_lot_is_no_whole() -> None:
    fitting = MatchResult(HALL.uid, (), (Match(HALL.uid, "serveurs", 0.9, ()),), (), ())
    assert list(form_for_procedures([HALL], [fitting], MEMBERS, as_of=NOON)) == []


def test_a_lot_for_which_nothing_is_allowed_says_why(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    with workspace.open_cluster() as store:
        store.save_match_results(date(2026, 11, 15), [MatchResult("p:LOT-0002", (), (), (), (), "nobody holds it")])
    show_radar(workspace, date(2026, 11, 15), whole=False, as_json=False)
    assert "No consortium is allowed for p:LOT-0002: nobody holds it." in capsys.readouterr().out
