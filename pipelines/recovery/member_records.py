"""Reads back what people said from the plain files of the last night (pipelines/nightly/plain_files.py)."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from pipelines.config.workspace import ZONE, Workspace
from warehouse.model.feedback import Feedback
from warehouse.model.members import Member

T = TypeVar("T")


def read_records(folder: Path, name: str) -> list[dict[str, Any]] | None:
    """The lines of a file, None where it is not there or is not what a night wrote."""
    try:
        body = (folder / f"{name}.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in body.splitlines()]
    except (OSError, ValueError):
        return None


def written_at(folder: Path, name: str) -> str:
    """When a file was written, in words; for a file that is there."""
    moment = datetime.fromtimestamp((folder / f"{name}.jsonl").stat().st_mtime, ZONE)
    return f"{moment:%d %B %Y, %H:%M}"


def read_members(workspace: Workspace) -> tuple[Member, ...] | None:
    """The members in their order, None where they cannot be read."""
    lines = read_records(workspace.member_records, "members")
    if lines is None:
        return None
    return _values(Member, sorted(lines, key=lambda line: line.get("position", 0)))


def read_feedback(workspace: Workspace) -> tuple[Feedback, ...] | None:
    """The newest answer of each member about each lot, None where they cannot be read."""
    lines = read_records(workspace.member_records, "feedback")
    return None if lines is None else _values(Feedback, lines)


def read_undone_merges(workspace: Workspace) -> tuple[tuple[str, str], ...] | None:
    """The pairs of procedures that a person took apart, None where they cannot be read."""
    lines = read_records(workspace.fact_records, "undone_merges")
    return None if lines is None else tuple((str(line["first"]), str(line["second"])) for line in lines)


def _values(kind: type[T], lines: list[dict[str, Any]]) -> tuple[T, ...] | None:
    adapter = TypeAdapter(kind)
    try:
        return tuple(_read_each(adapter, lines))
    except ValidationError:
        return None


def _read_each(adapter: TypeAdapter[T], lines: list[dict[str, Any]]) -> Iterator[T]:
    for line in lines:
        yield adapter.validate_python({name: value for name, value in line.items() if name != "position"})
