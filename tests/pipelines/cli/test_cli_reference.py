"""The command reference, and the version that the command line names."""

from __future__ import annotations

import tomllib
from importlib.metadata import version
from pathlib import Path

from typer.testing import CliRunner

from pipelines.cli.main import app
from pipelines.cli_reference import command_reference

ROOT = Path(__file__).resolve().parents[3]


def test_the_command_reference_is_what_the_commands_print() -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert page == command_reference(), "write it again: python -m pipelines.cli_reference > docs/commands.md"


def test_every_top_level_command_is_in_the_reference() -> None:
    reference = command_reference()
    assert [
        name for name in ("night", "members import", "export", "interest setup") if f"`pib {name}`" not in reference
    ] == []


def test_the_version_is_that_of_the_installed_project() -> None:
    assert CliRunner().invoke(app, ["--version"]).output == f"pib {version('pib')}\n"


def test_the_changelog_has_a_section_for_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"\n## {project['version']} (" in (ROOT / "CHANGELOG.md").read_text("utf-8")
