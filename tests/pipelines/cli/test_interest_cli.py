"""`pib interest`: the operator's commands, and the client's against roles that answer over loopback."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from interest.competence_families import FAMILIES
from interest.crypto.sealed_store import SealedStore
from interest.roles.vault import Vault
from pipelines.cli.main import app, main
from pipelines.config.workspace import ZONE, Workspace
from pipelines.nightly.interest import directory_of, room_of, run_interest_gate, run_interest_keys
from tests.support.interest.interest_services import Served, served
from tests.support.interest.interest_workspace import NIGHT, night_workspace
from tests.support.letters.digest_examples import MEMBERS
from tests.support.stores import workspace_at

__all__ = ["served"]
LOT = "eu_ted:900001-2026/LOT-0001"


def pib(*words: str) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """After one declaration and one night of the gate."""
    workspace = night_workspace(tmp_path_factory.mktemp("cli"))
    vault = Vault(room_of(workspace), directory_of(MEMBERS.values()))
    (lot,) = json.loads((room_of(workspace).public / "windows.json").read_bytes())
    vault.declare("nuagera", lot[0], vault.choices("nuagera"), "lead", today=NIGHT)
    pib("interest", "ceremony", "--on", NIGHT.isoformat(), "--data", str(workspace.data))
    pib("interest", "gate", "--on", NIGHT.isoformat(), "--data", str(workspace.data))
    return workspace


def test_status_tells_what_is_public_and_no_count_of_declarations(workspace: Workspace) -> None:
    status = json.loads(pib("interest", "status", "--json", "--data", str(workspace.data)))
    assert status["set_up"] is True
    assert status["lots_declarable"] == 1
    assert status["last_night"] == NIGHT.isoformat()
    names = {"set_up", "mode", "policy", "lots_declarable", "manifest", "last_night", "waits", "ledger"}
    assert status.keys() == names
    assert status["waits"] is None


def test_a_night_goes_to_a_partner_and_is_imported_there(workspace: Workspace, tmp_path: Path) -> None:
    sent = tmp_path / "sent.json"
    words = ("--data", str(workspace.data), "--as", "wallonia", "--to", str(sent))
    key = pib("interest", "export", "--for", "north", *words).strip().rpartition(" ")[2]
    there = str(tmp_path / "north")
    pib("interest", "setup", "--data", there)
    pib("interest", "import", str(sent), "--from", "wallonia", "--key", key, "--as", "north", "--data", there)
    assert (
        workspace_at(tmp_path / "north").interest / "public" / "partners" / "wallonia" / "need_cards.json"
    ).is_file()


def test_a_wrong_partners_key_is_one_sentence_and_exit_1(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = tmp_path / "sent.json"
    pib("interest", "export", "--for", "north", "--data", str(workspace.data), "--to", str(sent))
    words = ("import", str(sent), "--from", "pib", "--key", "00" * 32, "--as", "north", "--data", str(workspace.data))
    with pytest.raises(SystemExit) as ended:
        main(["interest", *words])
    assert ended.value.code == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_an_erasure_request_empties_the_store_and_says_the_same_for_a_stranger(workspace: Workspace) -> None:
    assert len(SealedStore(room_of(workspace).collector).rows()) == 1
    outputs = {pib("interest", "erase", member, "--data", str(workspace.data)) for member in ("nobody", "nuagera")}
    assert len(outputs) == 1
    assert SealedStore(room_of(workspace).collector).rows() == ()


def test_a_night_that_has_not_come_destroys_nothing(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    keys = sorted((room_of(workspace).gate / "keys").iterdir())
    for command in ("purge", "ceremony", "gate"):
        with pytest.raises(SystemExit) as ended:
            main(["interest", command, "--on", "2999-01-01", "--data", str(workspace.data)])
        assert ended.value.code == 2
    assert "has not come" in capsys.readouterr().err
    assert sorted((room_of(workspace).gate / "keys").iterdir()) == keys != []


def test_a_backfill_of_an_older_night_changes_nothing(workspace: Workspace) -> None:
    before = {path: path.read_bytes() for path in workspace.interest.rglob("*") if path.is_file()}
    run_interest_keys(workspace, NIGHT - timedelta(days=3))
    run_interest_gate(workspace, NIGHT - timedelta(days=3))
    assert {path: path.read_bytes() for path in workspace.interest.rglob("*") if path.is_file()} == before


def test_the_day_is_confirmed_by_naming_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(tmp_path / "house")
    pib("interest", "setup", "--data", data)
    today = datetime.now(ZONE).date()
    assert f"{today} is confirmed" in pib("interest", "confirm-day", today.isoformat(), "--data", data)
    with pytest.raises(SystemExit) as ended:
        main(["interest", "confirm-day", "2999-01-01", "--data", data])
    assert ended.value.code == 1
    assert "nothing was confirmed" in capsys.readouterr().err


def test_a_room_that_is_not_set_up_says_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["interest", "gate", "--data", str(tmp_path)])
    assert "pib interest setup" in capsys.readouterr().err


def test_a_client_enrols_fetches_tokens_and_declares(served: Served, tmp_path: Path) -> None:
    own = ("--folder", str(tmp_path / "own"), "--member", "m020")
    roles = ("--issuer", served.issuer, "--collector", served.collector)
    key = pib("interest", "client", "enrol", *own).strip()
    data = served.room.folder.parent / "house"
    data.mkdir()
    (data / "interest").symlink_to(served.room.folder)
    pib("interest", "setup", "--mode", "blind", "--data", str(data))
    pib("interest", "enrol", "m020", key, "--data", str(data))
    pib("interest", "client", "tokens", *own, "--issuer", served.issuer)
    assert len(pib("interest", "client", "declare", *own, *roles, LOT, "--family", "power", "--role", "lead")) == 31
    assert pib("interest", "client", "check", *own, *roles, LOT) == "kept\n"
    pib("interest", "client", "change", *own, *roles, LOT, "--family", "cloud", "--role", "either")
    pib("interest", "client", "withdraw", *own, *roles, LOT)
    assert pib("interest", "client", "check", *own, *roles, LOT) == "not kept\n"
    assert {"power", "cloud"} < FAMILIES.keys()
