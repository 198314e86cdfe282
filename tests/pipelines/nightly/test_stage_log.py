"""The log of the stages: start, end, what a person must act on, as JSON for machines, and nothing about anyone."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace
from pipelines.errors import BadSettings, NoMembers
from pipelines.nightly.stages import run_exports
from pipelines.stage_log import ROOMS, logged_stage, start_logging

NIGHT = date(2026, 11, 20)


@dataclass(frozen=True)
class Done:
    lots: int
    name: str


@pytest.fixture(autouse=True)
def _quiet_afterwards() -> Iterator[None]:
    yield
    for room in ROOMS:
        logging.getLogger(room).handlers = []
        logging.getLogger(room).setLevel(logging.NOTSET)
    stages = logging.getLogger("pipelines.stage_log")
    stages.handlers, stages.propagate = [], True


@logged_stage(lambda done: [f"look at {done.lots} lots"])
def run_something(workspace: Workspace, night: date) -> Done:
    return Done(3, "Somebody")


@logged_stage()
def run_failing(workspace: Workspace, night: date) -> Done:
    raise NoMembers("somebody@firm.example")


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_stage_logs_its_start_its_end_and_what_a_person_must_do(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging({"PIB_LOG": "json"})
    assert run_something(Workspace(Settings()), NIGHT).lots == 3
    started, action, ended = lines_of(capsys)
    assert [line["message"] for line in (started, action, ended)] == ["stage started", "action needed", "stage ended"]
    assert {line["night"] for line in (started, action, ended)} == {"2026-11-20"}
    assert (action["level"], action["action"]) == ("WARNING", "look at 3 lots")
    assert (ended["stage"], ended["lots"]) == ("something", 3)
    assert "Somebody" not in str((started, action, ended))


def test_a_failed_stage_is_logged_by_class_without_its_words_and_raised(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging({"PIB_LOG": "json"})
    with pytest.raises(NoMembers):
        run_failing(Workspace(Settings()), NIGHT)
    *_, failed = lines_of(capsys)
    assert (failed["message"], failed["level"], failed["error"]) == ("stage failed", "ERROR", "NoMembers")
    assert "somebody" not in str(failed)


def test_nothing_is_logged_where_no_form_is_named_whatever_enables_loggers_again(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    start_logging({})
    logging.getLogger("pipelines.stage_log").disabled = False  # as Dagster's configuration of logging does
    run_something(Workspace(Settings()), NIGHT)
    assert (capsys.readouterr().err, caplog.records) == ("", [])


def test_the_text_form_is_one_line_a_record(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging({"PIB_LOG": "text"})
    run_something(Workspace(Settings()), NIGHT)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert "stage ended stage=something night=2026-11-20 lots=3" in lines[-1]


def test_without_pib_log_a_command_logs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging({})
    run_something(Workspace(Settings()), NIGHT)
    assert capsys.readouterr().err == ""


def test_another_form_is_refused() -> None:
    with pytest.raises(BadSettings, match="PIB_LOG 'xml' is none of text, json"):
        start_logging({"PIB_LOG": "xml"})


def test_no_logger_of_interest_or_of_its_pages_is_shown() -> None:
    assert not {"interest", "portal"} & set(ROOMS)


def test_a_real_stage_is_logged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start_logging({"PIB_LOG": "json"})
    run_exports(Workspace(Settings(data=tmp_path)), NIGHT)
    assert [line["stage"] for line in lines_of(capsys)] == ["exports", "exports"]
