"""The files of deploy/ pass the validators of those who read them; their commands are commands of pib."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from pipelines.cli.main import app
from tests.support.paths import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_units_are_valid(tmp_path: Path) -> None:
    for unit in UNITS:  # whose programs are installed elsewhere
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text("utf-8"), flags=re.M)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    words = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if str(tmp_path) in line] == []


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose is not installed")
def test_the_compose_file_is_valid(tmp_path: Path) -> None:
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    (tmp_path / "deploy" / "secrets.env").touch()
    words = ["docker-compose", "--file", str(tmp_path / "deploy" / "compose.yaml"), "config", "--quiet"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_unit_starts_a_command_that_exists() -> None:
    known = set(getattr(get_command(app), "commands"))  # noqa: B009 - a group of Typer's own Click
    started = re.findall(r"^ExecStart=\S+/pib (\w+)", "\n".join(unit.read_text("utf-8") for unit in UNITS), flags=re.M)
    assert len(started) == len([unit for unit in UNITS if unit.suffix == ".service"])
    assert set(started) <= known


def test_every_timer_has_its_service() -> None:
    assert [unit.name for unit in UNITS if unit.suffix == ".timer" and not unit.with_suffix(".service").exists()] == []
