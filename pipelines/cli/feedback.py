"""`pib feedback`: what a member says of a lot, told to the operator by telephone or at a table."""

import sys
from datetime import datetime
from typing import Annotated

import typer

from pipelines.cli.options import with_house
from pipelines.config.workspace import ZONE, House
from warehouse.errors import NotKept
from warehouse.model.feedback import Answer, Feedback
from warehouse.store import Store


@with_house
def feedback(
    house: House,
    member: Annotated[str, typer.Argument(help="The member's id.")],
    lot: Annotated[str, typer.Argument(help="A lot, or the beginning of its name or publication number.")],
    answer: Annotated[Answer, typer.Argument(help="What the member says of it.")],
    words: Annotated[str | None, typer.Option(help="What it adds, in its own words.")] = None,
) -> None:
    """Keep what a member says of a lot; the next night ranks for that member by it, and for nobody else."""
    with house.reading() as store:
        if member not in {one.id for one in store.find_members()}:
            raise NotKept(f"no member {member!r}; `pib members list` shows their ids")
        found = store.find_lot(lot)
    with Store.open(house.warehouse) as store:
        new = store.keep_feedback(Feedback(member, found.uid, answer, datetime.now(ZONE), "pib", words))
    sys.stdout.write(f"{member} on {found.uid}: {answer}{'' if new else ' (kept already)'}\n")
