"""`pib facets`: what an operator sees of a lot, in 80 columns or as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from matching.members_file.members import demo_members
from pipelines.cli.main import main
from tests.support.matching_world import lot
from tests.support.stores import open_both, workspace_at
from warehouse.model.notices import Publication

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A warehouse that holds one open lot: a hospital with a network in it."""
    open_lot = lot(
        "Construction d'un hôpital de jour",
        "Le gros œuvre compte trois niveaux. Chaque étage reçoit le câblage structuré.",
        cpv=["45215100"],
        closes=NOON + timedelta(days=30),
        criteria=["Chiffre d'affaires annuel minimum de 750 000 EUR.", "Certificat ISO 9001 exigé."],
    )
    kept = open_lot.notice
    notice = type(kept)(
        id="6b4c7a0e-2f5d-4b1e-9a55-0d6a1c2b3e4f",
        version=1,
        form=kept.form,
        publication=Publication("eu_ted", "990001-2026", NOON.date()),
        lots=(open_lot.lot,),
    )
    with open_both(workspace_at(tmp_path)) as store:
        store.set_as_of(NOON)
        store.save_notices([notice])
        store.save_members(demo_members())
    return tmp_path


def test_a_lot_is_reported_in_80_columns_with_its_ict_and_how_members_stand(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        main(["facets", "6b4c7a0e", "--data", str(data)])
    output = capsys.readouterr().out
    assert not ended.value.code
    assert max(len(line) for line in output.splitlines()) <= 80
    assert "ICT in a lot of something else" in output
    assert "turnover 750,000" in output
    assert "ISO 9001" in output


def test_the_same_for_a_machine(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["facets", "6b4c7a0e", "--data", str(data), "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert answer["ict"]["standing"] == "part"
    assert [requirement["kind"] for requirement in answer["requirements"]] == ["turnover", "certificate"]
    assert answer["requirements"][0]["money"] == {"amount": "750000", "currency": "EUR"}
    assert abs(sum(requirement["weight"] for requirement in answer["requirements"]) - 1) < 1e-9


def test_a_lot_nobody_knows_is_one_sentence(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["facets", "no-such-lot", "--data", str(data)])
    assert ended.value.code == 1
    assert "no-such-lot" in capsys.readouterr().err
