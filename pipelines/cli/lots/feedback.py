"""`pib feedback`: what a member says of a lot, told to the operator by telephone or at a table."""

import sys
from datetime import datetime
from typing import Annotated

import typer

from pipelines.cli.options import with_workspace
from pipelines.config.workspace import ZONE, Workspace
from pipelines.config.write_lock import print_waiting, write_lock
from warehouse.errors import NotInWarehouse
from warehouse.model.feedback import Answer, Feedback
from warehouse.store import Store


@with_workspace
def feedback(
    workspace: Workspace,
    member: Annotated[str, typer.Argument(help="The member's id.")],
    lot: Annotated[str, typer.Argument(help="A lot, or the beginning of its name or publication number.")],
    answer: Annotated[Answer, typer.Argument(help="What the member says of it.")],
    words: Annotated[str | None, typer.Option(help="What it adds, in its own words.")] = None,
) -> None:
    """Keep what a member says of a lot; the next night ranks for that member by it, and for nobody else."""
    with workspace.reading() as store:
        if member not in {registered.id for registered in store.load_members()}:
            raise NotInWarehouse(f"no member {member!r}; `pib members list` shows their ids")
        found = store.load_lot(lot)
    with (
        write_lock(workspace.data, "pib feedback", on_wait=print_waiting),
        Store.open(workspace.warehouse) as store,
    ):
        new = store.save_feedback(Feedback(member, found.uid, answer, datetime.now(ZONE), "pib", words))
    sys.stdout.write(f"{member} on {found.uid}: {answer}{'' if new else ' (kept already)'}\n")
