"""Data entered by persons, as plain files that any editor opens: written each night beside the stores.

Members and their competences, feedback, opt-outs, preferences, undone merges, letters without their bytes: none of it
can be fetched again from a publisher, and none of it should depend on a database file being whole. Nothing of interest
is written here.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from digests.delivery.outbox import Outbox
from digests.delivery.outbox_records import letter_records
from pipelines.config.workspace import Workspace
from portal.member_choices import Choices
from warehouse.atomic_files import write_whole
from warehouse.made_files import mark_made
from warehouse.store import Store


def write_letter_records(workspace: Workspace, outbox: Outbox) -> None:
    """Writes what was sent to whom, and of what, into the folder `member-records`: all of the outbox but the letters'
    bytes."""
    write_records(workspace.member_records, "letters", letter_records(outbox))


def write_fact_records(workspace: Workspace, store: Store) -> None:
    """Writes what persons decided about the facts: merges that were undone, as `undone_merges.jsonl`."""
    pairs = ({"first": first, "second": second} for first, second in store.load_separations())
    write_records(workspace.fact_records, "undone_merges", pairs)


def write_plain_files(workspace: Workspace, store: Store) -> None:
    """Writes the files into the folder `member-records` of the cluster, one JSON object a line, sorted."""
    choices = Choices(workspace.choices)
    rows: dict[str, Iterable[dict[str, Any]]] = {
        "members": ({"position": at, **asdict(member)} for at, member in enumerate(store.load_members())),
        "feedback": (asdict(feedback) for feedback in store.load_feedback()),
        "stopped": ({"member": member, "at": at.isoformat()} for member, at in choices.load_stopped().items()),
        "preferences": ({"member": member, **asdict(chosen)} for member, chosen in choices.load_preferences().items()),
    }
    for name, objects in rows.items():
        write_records(workspace.member_records, name, objects)
    if workspace.choices.is_file():
        mark_made(workspace.choices)


def write_records(folder: Path, name: str, objects: Iterable[dict[str, Any]]) -> None:
    """Writes one file of records, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = sorted(json.dumps(item, ensure_ascii=False, sort_keys=True, default=str) for item in objects)
    write_whole(folder / f"{name}.jsonl", "".join(f"{line}\n" for line in lines).encode())
