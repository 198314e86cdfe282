"""Responses of `pib` to wrong usage: one sentence, and an exit code with a meaning."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from pipelines.cli.main import main
from pipelines.config.settings import BadSettings, Settings, read_settings
from pipelines.config.workspace import Workspace, as_of
from tests.support.commands.nights import pib, write_settings
from tests.support.held_folder import held_folder
from tests.support.paths import RECORDINGS
from tests.support.stores import open_facts, workspace_at


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


def test_an_unknown_portal_is_wrong_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, error = run(capsys, "night", "--portals", "mars", "--data", str(tmp_path))
    assert code == 2
    assert "mars" in error
    assert "embedded" in error


def test_a_night_that_has_not_come_is_wrong_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, error = run(capsys, "night", "--on", "2999-01-01", "--data", str(tmp_path))
    assert code == 2
    assert "2999-01-01" in error


def test_a_day_that_is_none_is_wrong_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, error = run(capsys, "night", "--on", "31/12/2025", "--data", str(tmp_path))
    assert code == 2
    assert "31/12/2025" in error


def test_a_replay_of_no_folder_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, error = run(capsys, "night", "--portals", "replay:nowhere")
    assert code == 2
    assert "nowhere" in error


def test_a_live_night_without_members_says_how_to_import_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, error = run(capsys, "night", "--portals", "live", "--data", str(tmp_path))
    assert code == 1
    assert "pib members import" in error


def test_a_file_that_is_no_warehouse_is_one_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    workspace = workspace_at(tmp_path)
    open_facts(workspace).close()
    workspace.home.mkdir(parents=True)
    workspace.store.write_bytes(b"this is no warehouse")
    code, _, error = run(capsys, "members", "list", "--data", str(tmp_path))
    assert code == 1
    assert len(error.strip().splitlines()) == 1


def test_a_wrong_member_row_is_named_and_nothing_is_imported(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run(capsys, "members", "import", "--demo", "--data", str(tmp_path))
    rows = ["id;company_number;name;email;languages;nuts;headcount", "a;BE0999000201;A;a@a.example;fr;BE32B;many"]
    (tmp_path / "members.csv").write_text("\n".join(rows), encoding="utf-8")
    code, _, error = run(capsys, "members", "import", str(tmp_path / "members.csv"), "--data", str(tmp_path))
    assert code == 1
    assert "line 2, column headcount" in error
    _, listed, _ = run(capsys, "members", "list", "--json", "--data", str(tmp_path))
    assert len(listed.splitlines()) == 24


@pytest.mark.parametrize(
    "words", [("status",), ("match", "x"), ("why", "m", "x"), ("export",), ("members", "list"), ("radar",)]
)
def test_looking_before_the_first_night_says_so_and_makes_no_file(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, error = run(capsys, *words, "--data", str(tmp_path / "none"))
    assert code == 1
    assert "pib night" in error
    assert not (tmp_path / "none").exists()


def test_two_nights_at_once_on_one_folder_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with held_folder(workspace_at(tmp_path).facts, "pib rebuild") as holder:
        code, _, error = run(capsys, "night", "--data", str(tmp_path))
    assert code == 1
    assert f"pib rebuild (process {holder.pid}, since" in error


def test_a_missing_model_is_one_sentence(tmp_path: Path) -> None:
    done = pib(write_settings(tmp_path, tmp_path / "no-model"), "night", "--on", "2026-11-20", "--days", "1", "--json")
    assert done.returncode == 1, done.stderr
    failures = json.loads(done.stdout)["failures"]
    assert len(failures) == 1
    assert "no-model" in failures[0]
    assert "\n" not in failures[0]


def test_read_prints_one_line_per_notice_and_names_what_it_sets_aside(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good = next((RECORDINGS / "eforms").glob("*.xml"))
    (tmp_path / "good.xml").write_bytes(good.read_bytes())
    (tmp_path / "bad.xml").write_bytes(b"<ContractNotice")
    code, out, error = run(capsys, "read", str(tmp_path))
    assert code == 0
    assert len([json.loads(line) for line in out.splitlines()]) == 1
    assert "bad.xml" in error


def test_a_misspelt_setting_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "pib.toml").write_text('portal = "live"\n', encoding="utf-8")
    with pytest.raises(BadSettings, match="'portal' is not a setting"):
        read_settings(tmp_path / "pib.toml")


def test_the_password_comes_from_the_environment_only(tmp_path: Path) -> None:
    (tmp_path / "pib.toml").write_text('[smtp]\nhost = "smtp.example"\npassword = "x"\n', encoding="utf-8")
    with pytest.raises(BadSettings, match="password"):
        read_settings(tmp_path / "pib.toml")
    (tmp_path / "pib.toml").write_text('[smtp]\nhost = "smtp.example"\n', encoding="utf-8")
    settings = read_settings(tmp_path / "pib.toml", {"PIB_SMTP_PASSWORD": "from outside"})
    assert settings.smtp
    assert settings.smtp.password == "from outside"  # noqa: S105
    assert "from outside" not in repr(settings)


def test_live_and_demonstration_data_lie_apart() -> None:
    assert Workspace(Settings(portals="live")).data != Workspace(Settings(portals="embedded")).data


def test_the_moment_of_a_night_is_ten_in_brussels_on_both_sides_of_the_clock_change() -> None:
    assert as_of(date(2026, 10, 24)).isoformat() == "2026-10-24T10:00:00+02:00"
    assert as_of(date(2026, 10, 25)).isoformat() == "2026-10-25T10:00:00+01:00"
