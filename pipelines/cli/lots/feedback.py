"""`pib feedback`: a member's answer about a lot, given to the operator by telephone or in person."""

import sys
from datetime import datetime
from typing import Annotated

import typer

from pipelines.cli.options import with_workspace
from pipelines.config.workspace import ZONE, Workspace
from pipelines.config.write_lock import print_waiting, write_lock
from warehouse.errors import NotInWarehouse
from warehouse.model.feedback import Answer, Feedback


@with_workspace
def feedback(
    workspace: Workspace,
    member: Annotated[str, typer.Argument(help="The member's id.")],
    lot: Annotated[str, typer.Argument(help="A lot, or the beginning of its name or publication number.")],
    answer: Annotated[Answer, typer.Argument(help="The member's answer.")],
    words: Annotated[str | None, typer.Option(help="Its comment, in its own words.")] = None,
) -> None:
    """Save a member's answer about a lot; the next night ranks lots for that member by it, and for no other."""
    with workspace.reading() as store:
        if member not in {registered.id for registered in store.load_members()}:
            raise NotInWarehouse(f"no member {member!r}; `pib members list` shows their ids")
        found = store.load_lot(lot)
    with (
        write_lock(workspace.home, "pib feedback", on_wait=print_waiting),
        workspace.open_cluster() as store,
    ):
        new = store.save_feedback(Feedback(member, found.uid, answer, datetime.now(ZONE), "pib", words))
    sys.stdout.write(f"{member} on {found.uid}: {answer}{'' if new else ' (kept already)'}\n")
