"""`pib identity`: why notices of several portals are taken as one purchase, and the correction where they are not."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipelines.cli.options import AsJson, day_of, with_facts
from pipelines.config.workspace import Workspace
from pipelines.config.write_lock import writes_facts
from warehouse.linkage.procedures import Merge, Procedure

_KINDS = {
    "changed-notice": "one notice names the other",
    "notice": "versions of one notice",
    "workspace": "documents in the same publication workspace",
    "consultation": "documents of the same consultation",
    "score": "alike",
}

app = typer.Typer(help="One purchase at several portals.", no_args_is_help=True)


@app.command()
@with_facts
def show(
    workspace: Workspace,
    lot: Annotated[str, typer.Argument(help="A lot, a purchase, a notice, or a publication number.")],
    as_json: AsJson = False,
) -> None:
    """Where a purchase was published, and why its notices are taken as one."""
    show_procedure(workspace, lot, as_json=as_json)


@app.command()
@with_facts
def undo(
    workspace: Workspace,
    procedure: Annotated[str, typer.Argument(help="A procedure as stated, as `pib identity show` lists them.")],
) -> None:
    """Take a procedure out of the purchase it was joined to; no night joins them again."""
    separate_procedure(workspace, procedure, day_of(None))


def show_procedure(workspace: Workspace, name: str, *, as_json: bool) -> None:
    """The purchase, its publications, and the evidence of every merge. Raises NotInWarehouse."""
    with workspace.reading_facts() as store:
        procedure = store.load_procedure(name)
    if as_json:
        sys.stdout.write(json.dumps(asdict(procedure), ensure_ascii=False, default=str) + "\n")
        return
    console = Console()
    console.print(f"purchase {procedure.uid}", highlight=False, markup=False)
    table = Table("portal", "number", "published", "page")
    for page in procedure.publications:
        table.add_row(page.source, page.number, str(page.day or ""), page.url or "")
    console.print(table)
    for line in _reasons(procedure):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _reasons(procedure: Procedure) -> Iterator[str]:
    if len(procedure.stated) == 1:
        yield "Every notice states this procedure (BT-04), or there is one notice only."
    for merge in procedure.merges:
        yield from _explain(merge)


def _explain(merge: Merge) -> Iterator[str]:
    yield f"{merge.first} = {merge.second}: {_KINDS[merge.kind]}, {merge.score:.3f}, found {merge.night}"
    yield f"    compared: {merge.first_notice} with {merge.second_notice}"
    for seen in merge.evidence:
        points = f"{seen.points:+.1f} " if merge.kind == "score" else ""
        yield f"    {points}{seen.kind}: {seen.seen}"


@writes_facts("pib identity undo")
def separate_procedure(workspace: Workspace, procedure: str, today: date) -> None:
    """Takes it out permanently, and prints from what. Raises NotInWarehouse."""
    with workspace.open_facts() as store:
        before = store.separate(procedure, today)
        store.publish_copy(workspace.facts_copy)
    others = ", ".join(stated for stated in before.stated if stated != procedure)
    sys.stdout.write(f"{procedure} is no longer one purchase with {others}; no night joins them again\n")
