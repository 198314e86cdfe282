"""`pib members`: who the letters are for."""

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from matching.members_file.members import demo_members, read_members
from pipelines.config.workspace import Workspace
from warehouse.store import Store


def import_members(workspace: Workspace, file: Path | None) -> None:
    """Replaces the members by those of the file, or of the invented cluster when None. Raises MembersRefused."""
    found = read_members(file) if file else demo_members()
    workspace.data.mkdir(parents=True, exist_ok=True)
    with Store.open(workspace.warehouse) as store:
        store.save_members(found)
    sys.stdout.write(f"{len(found)} members are in {workspace.warehouse}\n")


def check_members(file: Path) -> None:
    """Reads the file and imports nothing. Raises MembersRefused with every fault."""
    sys.stdout.write(f"{file}: {len(read_members(file))} members, nothing wrong\n")


def list_members(workspace: Workspace, *, as_json: bool) -> None:
    """Id, name, place, size, turnover, competences."""
    with workspace.reading() as store:
        found = store.load_members()
    if as_json:
        for member in found:
            plain = {"id": member.id, "name": member.name, "nuts": str(member.nuts), "headcount": member.headcount}
            sys.stdout.write(json.dumps({**plain, "competences": [c.text for c in member.competences]}) + "\n")
        return
    table = Table("id", "name", "place", "people", "turnover", "competences", title=f"{len(found)} members")
    for member in found:
        turnover = f"{member.turnover.amount:,.0f} {member.turnover.currency}" if member.turnover else "unknown"
        competences = "; ".join(c.text for c in member.competences)
        table.add_row(member.id, member.name, str(member.nuts), str(member.headcount), turnover, competences)
    Console().print(table)
