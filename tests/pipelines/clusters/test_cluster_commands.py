"""`pib cluster`, the choice of a cluster, and its own settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.cli.main import main
from pipelines.config.clusters import crawled_countries, of_cluster
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace
from pipelines.errors import BadSettings
from pipelines.nightly.source_selection import watched_lots
from tests.support.matching_world import lot
from tests.support.stores import open_cluster, workspace_at


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(words)
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


@pytest.fixture
def data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """An installation of two clusters."""
    for name in ("north", "south"):
        assert run(capsys, "cluster", "add", name, "--data", str(tmp_path))[0] == 0
        open_cluster(of_cluster(workspace_at(tmp_path), name)).close()
    return tmp_path


def test_a_cluster_is_named_where_there_are_several(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, error = run(capsys, "members", "list", "--data", str(data))
    assert (code, "north, south" in error, "--cluster" in error) == (1, True, True)
    assert run(capsys, "members", "import", "--demo", "--data", str(data), "--cluster", "north")[0] == 0
    found = json.loads(run(capsys, "cluster", "list", "--json", "--data", str(data))[1])
    assert [(cluster["name"], cluster["members"]) for cluster in found] == [("north", 24), ("south", 0)]


def test_the_environment_names_the_cluster_too(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIB_CLUSTER", "west")
    code, _, error = run(capsys, "members", "list", "--data", str(data))
    assert (code, "no cluster is called 'west' (known: north, south)" in error) == (1, True)


def test_a_cluster_is_erased_alone_and_only_when_its_name_is_typed_again(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "cluster", "remove", "north", "--again", "south", "--data", str(data))[0] == 2
    assert (data / "clusters" / "north").is_dir()
    assert run(capsys, "cluster", "remove", "north", "--again", "north", "--data", str(data))[0] == 0
    assert [path.name for path in (data / "clusters").iterdir()] == ["south"]
    assert (data / "facts" / "warehouse.duckdb").is_file()


@pytest.mark.parametrize("name", ["North", "../north", "", "a" * 40])
def test_a_name_that_is_no_folder_of_its_own_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run(capsys, "cluster", "add", name, "--data", str(tmp_path))[0] == 2


def write_settings(data: Path, name: str, text: str) -> Workspace:
    folder = data / "clusters" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pib.toml").write_text(text, encoding="utf-8")
    return Workspace(Settings(data=data))


def test_a_cluster_has_its_own_settings_over_those_of_the_installation(tmp_path: Path) -> None:
    installation = write_settings(tmp_path, "north", 'countries = ["NLD"]\nsender = "n@cluster.example"\n')
    write_settings(tmp_path, "south", "")
    north, south = (of_cluster(installation, name).settings for name in ("north", "south"))
    assert (north.countries, north.sender, north.reply_to) == (("NLD",), "n@cluster.example", south.reply_to)
    assert (south.countries, south.sender) == (installation.settings.countries, installation.settings.sender)
    assert set(crawled_countries(installation)) == {"NLD", *installation.settings.countries}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('portals = "live"', "'portals' holds for all clusters"),
        ('sendr = "x@cluster.example"', "'sendr' is not a setting"),
        ('sender = "nobody"', "is no mail address"),
        ('sources = ["xx_none"]', "sources: no source is called xx_none"),
        ('[smtp]\nhost = "mail.example"\nuser = "pib"', "PIB_SMTP_PASSWORD_NORTH_EAST is not set"),
    ],
)
def test_a_wrong_setting_of_a_cluster_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    installation = write_settings(tmp_path, "north-east", text)
    with pytest.raises(BadSettings, match=sentence):
        of_cluster(installation, "north-east", {"PIB_SMTP_PASSWORD": "of another"})


def test_a_cluster_is_shown_what_it_watches_of_what_all_do() -> None:
    ted = lot("Serveurs")
    settings = Settings(countries=("BEL",), sources=("fr_boamp",))
    assert watched_lots(settings, ("BEL",), [ted]) == []
    assert watched_lots(settings.changed(sources=("eu_ted",)), ("BEL", "NLD"), [ted]) == [ted]
