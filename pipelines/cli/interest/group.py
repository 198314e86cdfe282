"""`pib interest kit` and `pib interest bid`: open steps of members who were introduced and decided to answer together.

Nothing sealed is opened here: the names are given on the command line, by those whose names they are.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interest.partners.competition_law import Bid, flag_competition_risks
from interest.partners.joint_bids import Bids, DeclaredBid
from pipelines.cli.options import with_workspace
from pipelines.config.workspace import ZONE, Workspace
from pipelines.errors import BadSettings
from pipelines.nightly.interest import directory_of
from portal.pages.bid_kit import ROLES, KitPartner, families_of_lot, make_kit
from portal.web.i18n import PagePhrases
from presentation.languages import LOCALES

if TYPE_CHECKING:
    from portal.pages.bid_kit import KitPartner
    from warehouse.model.members import Member

group = typer.Typer(no_args_is_help=True)

Lot = Annotated[str, typer.Argument(help="The lot's uid, or its beginning.")]
Members = Annotated[list[str], typer.Option("--member", help="A member's id; ID=lead, ID=partner say its role.")]


@group.command()
@with_workspace
def kit(
    workspace: Workspace,
    lot: Lot,
    member: Members,
    to: Annotated[Path, typer.Option(help="The folder to write the kit into.")] = Path("kit"),
    language: Annotated[str, typer.Option(help="fr | nl | en | de")] = "fr",
) -> None:
    """Write what a group needs to answer a lot together: files and a calendar planned back from the deadline."""

    if language not in LOCALES:
        raise typer.BadParameter("a language is fr, nl, en or de")
    _check_night(workspace)
    with workspace.reading() as store:
        found, members = store.load_lot(lot), {registered.id: registered for registered in store.load_members()}
    partners = [_partner(argument, members) for argument in member]
    directory, together = directory_of(members.values()), {partner.member for partner in partners}
    crowded = [
        family for family in families_of_lot(found) if flag_competition_risks(together, family, directory, set())
    ]
    files = make_kit(found, partners, PagePhrases(language), crowded, datetime.now(ZONE))
    to.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        (to / name).write_bytes(body)
    sys.stdout.write(f"{len(files)} files in {to}\n")


@group.command()
@with_workspace
def bid(
    workspace: Workspace,
    lot: Lot,
    member: Members,
    agreeing: Annotated[
        list[str] | None,
        typer.Option("--tell", help="A member who agrees that this counts as prior collaboration; none by default."),
    ] = None,
) -> None:
    """Declare a consortium under its members' names; refused when one is in another for the same lot."""

    _check_night(workspace)
    with workspace.reading() as store:
        uid, known = store.load_lot(lot).uid, {registered.id for registered in store.load_members()}
    members = frozenset(argument.partition("=")[0] for argument in member)
    if not members <= known:
        raise typer.BadParameter("the register does not list one of these members")
    declared = DeclaredBid(Bid(uid, members), frozenset(agreeing or ()))
    Bids(workspace.interest / "bids").declare(declared)
    argument = "shown as prior collaboration" if declared.is_disclosed else "not shown: not every member agreed to that"
    sys.stdout.write(f"declared; {argument}\n")


def _partner(argument: str, members: "dict[str, Member]") -> "KitPartner":

    uid, _, role = argument.partition("=")
    if uid not in members or (role and role not in ROLES):
        raise typer.BadParameter(
            f"{argument}: no member of the register, or a role that is not lead, partner or either"
        )
    (entry,) = directory_of([members[uid]]).entries
    return KitPartner(uid, members[uid].name, "", role, entry.families)


def _check_night(workspace: Workspace) -> None:
    """Raises BadSettings where no night has run."""
    if not workspace.store.is_file():
        raise BadSettings(f"{workspace.data} holds no night: name the folder with --data")
