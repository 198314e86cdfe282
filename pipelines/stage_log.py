"""The log of the stages: a line when each begins and ends, and one for everything a person must act on.

Lines go to standard error where PIB_LOG is "text" or "json", in a process of `pib` and in those of `pib dagster`. A
message is constant; values follow it. No line names a member or an address, and the stages of interest are not logged
at all.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from pipelines.config.workspace import Workspace
from pipelines.errors import BadSettings
from scrapers.source import Source

FORMS = ("text", "json")
ROOMS = ("warehouse", "scrapers", "matching", "digests", "pipelines")
"""Loggers that are shown. `interest` and `portal`, whose pages use it, are none of them."""

Given = ParamSpec("Given")
Result = TypeVar("Result")
log = logging.getLogger(__name__)


class _Lines(logging.Formatter):
    """A record as one line: JSON with the keys at, level, logger, message and the values, or text in that order."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        values: Mapping[str, object] = getattr(record, "values", {})
        shown = {"at": at, "level": record.levelname, "logger": record.name, "message": record.getMessage(), **values}
        if self._form == "json":
            return json.dumps(shown, ensure_ascii=False, default=str)
        stated = " ".join(f"{name}={value}" for name, value in values.items())
        return f"{at} {record.levelname} {record.name}: {record.getMessage()} {stated}".rstrip().replace("\n", " ")


def start_logging(environment: Mapping[str, str] = os.environ) -> None:
    """Shows the log of ROOMS on standard error, in the form PIB_LOG names; a second call replaces the first. Without
    PIB_LOG stages log nothing, and readers warn as Python does by itself. Raises BadSettings for another form."""
    form = environment.get("PIB_LOG", "")
    if form and form not in FORMS:
        raise BadSettings(f"PIB_LOG {form!r} is none of {', '.join(FORMS)}")
    # A handler that drops everything: Dagster's configuration of logging enables disabled loggers again, and a logger
    # without any handler writes bare messages of warnings.
    log.handlers, log.propagate = ([], True) if form else ([logging.NullHandler()], False)
    if not form:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(form))
    for room in ROOMS:
        logger = logging.getLogger(room)
        logger.handlers = [handler]
        logger.setLevel(logging.INFO)


def no_actions(_result: object) -> Iterable[str]:
    """No actions for a person."""
    return ()


def logged_stage(
    find_actions: Callable[[Any], Iterable[str]] = no_actions,
) -> Callable[[Callable[Concatenate[Workspace, Given], Result]], Callable[Concatenate[Workspace, Given], Result]]:
    """Logs the start and the end of a stage with its counts and seconds, its failure by class, and as warnings the
    sentences that `find_actions` takes from its result: what a person must act on, without any member's name."""

    def decorate(
        stage: Callable[Concatenate[Workspace, Given], Result],
    ) -> Callable[Concatenate[Workspace, Given], Result]:
        @wraps(stage)
        def run(workspace: Workspace, /, *given: Given.args, **named: Given.kwargs) -> Result:
            values = {"stage": stage.__name__.removeprefix("run_"), **_subject((*given, *named.values()))}
            log.info("stage started", extra={"values": values})
            began = time.monotonic()
            try:
                result = stage(workspace, *given, **named)
            except BaseException as error:
                log.error("stage failed", extra={"values": {**values, "error": type(error).__name__}})
                raise
            for action in find_actions(result):
                log.warning("action needed", extra={"values": {**values, "action": action}})
            seconds = round(time.monotonic() - began, 1)
            log.info("stage ended", extra={"values": {**values, **_counts(result), "seconds": seconds}})
            return result

        return run

    return decorate


def _subject(given: Iterable[object]) -> dict[str, str]:
    """What a stage works on: the night, and the source where it has one."""
    found: dict[str, str] = {}
    for value in given:
        if isinstance(value, Source):
            found["source"] = value.name
        elif isinstance(value, date):
            found["night"] = value.isoformat()
    return found


def _counts(result: Any) -> dict[str, int]:
    """The whole numbers among the fields of a stage's result."""
    if not is_dataclass(result):
        return {}
    found = {field.name: getattr(result, field.name) for field in fields(result)}
    return {name: value for name, value in found.items() if type(value) is int}
