"""Output of `pib members` about a file before anything is imported."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from matching.members_file.members import read_members
from pipelines.cli.main import app, main
from presentation.link_register import LinkRegister

HEAD = "id;company_number;name;email;languages;nuts;headcount;competence_1;competence_1_cpv"
CLOUD = "nord;BE0999000310;Nord SRL;post@nord.example;fr;BE32B;7;Hébergement;72514000"
MUTE = "sud;BE0999000311;Sud SRL;post@sud.example;fr;BE32B;7;Conseils;"


def check(folder: Path, *rows: str) -> str:
    (folder / "members.csv").write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8")
    command = ["members", "check", str(folder / "members.csv"), "--data", str(folder / "data")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0
    return result.output


def test_a_check_ends_with_what_the_file_means(tmp_path: Path) -> None:
    output = check(tmp_path, CLOUD, MUTE)
    assert "2 members, nothing wrong" in output
    assert "Without a CPV code, so matched by the words of their competences alone: sud." in output
    assert "Alone in a field" in output
    assert "nord (" in output
    assert "Known awards were not looked up" in output
    assert not (tmp_path / "data").exists()


def test_a_check_lists_what_to_look_at(tmp_path: Path) -> None:
    output = check(tmp_path, CLOUD, MUTE.replace("post@sud", "post@nord"))
    assert "2 members, 1 places to look at" in output
    assert "line 3, column email: post@nord.example is already on line 2" in output


def test_firms_without_a_known_award_are_named_where_a_warehouse_is(tmp_path: Path) -> None:
    rows = [HEAD, CLOUD]
    (tmp_path / "members.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    data = ["--data", str(tmp_path / "data")]
    CliRunner().invoke(app, ["members", "import", str(tmp_path / "members.csv"), *data])
    assert "Without a known award, so matched by their words alone: nord." in check(tmp_path, CLOUD)


def test_a_template_is_written_once_and_read_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "members.xlsx"
    assert CliRunner().invoke(app, ["members", "template", str(path)]).exit_code == 0
    assert [member.id for member in read_members(path)] == ["atelier-nord"]
    with pytest.raises(SystemExit) as ended:
        main(["members", "template", str(path)])
    assert ended.value.code == 2
    assert "is there already" in capsys.readouterr().err


def import_file(folder: Path, *rows: str) -> str:
    (folder / "members.csv").write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8")
    command = ["members", "import", str(folder / "members.csv"), "--data", str(folder / "data")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    return result.output


def test_an_import_ends_the_links_of_who_has_another_address(tmp_path: Path) -> None:
    import_file(tmp_path, CLOUD, MUTE)
    register = LinkRegister(tmp_path / "data/clusters/default/link-register.json")
    assert register.epoch("sud") == register.epoch("nord") == ""
    output = import_file(tmp_path, CLOUD, MUTE.replace("post@sud", "new@sud"))
    assert "All links of sud were ended" in output
    assert (register.epoch("nord"), register.epoch("sud") != "") == ("", True)


def test_the_first_import_with_a_register_compares_with_the_warehouse(tmp_path: Path) -> None:
    import_file(tmp_path, CLOUD, MUTE)
    register = LinkRegister(tmp_path / "data/clusters/default/link-register.json")
    register.path.unlink()  # as after an update from a version without one
    import_file(tmp_path, CLOUD, MUTE.replace("post@sud", "new@sud"))
    assert (register.epoch("nord"), register.epoch("sud") != "") == ("", True)


def test_revoking_ends_links_and_refuses_who_is_no_member(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import_file(tmp_path, CLOUD)
    data = ["--data", str(tmp_path / "data")]
    assert "All links of nord were ended" in CliRunner().invoke(app, ["members", "revoke", "nord", *data]).output
    register = LinkRegister(tmp_path / "data/clusters/default/link-register.json")
    assert register.epoch("nord") != ""
    assert register.address_epoch("nord") == ""
    with pytest.raises(SystemExit) as ended:
        main(["members", "revoke", "nobody", *data])
    assert ended.value.code == 1
    assert "there is no member 'nobody'" in capsys.readouterr().err
