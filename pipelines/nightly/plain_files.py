"""Data entered by persons, as plain files that any editor opens: written each night beside the stores.

Members and their competences, feedback, opt-outs, preferences, undone merges: none of it can be fetched again from a
publisher, and none of it should depend on a database file being whole. Nothing of interest is written here.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines.config.workspace import Workspace
from portal.member_choices import Choices
from warehouse.atomic_files import write_whole
from warehouse.store import Store


def write_plain_files(workspace: Workspace, store: Store) -> None:
    """Writes the files into the folder `member-records` of the data folder, one JSON object a line, sorted."""
    choices = Choices(workspace.choices)
    rows: dict[str, Iterable[dict[str, Any]]] = {
        "members": (asdict(member) for member in store.load_members()),
        "feedback": (asdict(feedback) for feedback in store.load_feedback()),
        "undone_merges": ({"first": first, "second": second} for first, second in store.load_separations()),
        "stopped": ({"member": member, "at": at.isoformat()} for member, at in choices.load_stopped().items()),
        "preferences": ({"member": member, **asdict(chosen)} for member, chosen in choices.load_preferences().items()),
    }
    workspace.member_records.mkdir(parents=True, exist_ok=True)
    for name, objects in rows.items():
        _write(workspace.member_records / f"{name}.jsonl", objects)


def _write(path: Path, objects: Iterable[dict[str, Any]]) -> None:
    lines = sorted(json.dumps(item, ensure_ascii=False, sort_keys=True, default=str) for item in objects)
    write_whole(path, "".join(f"{line}\n" for line in lines).encode())
