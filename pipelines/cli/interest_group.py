"""`pib interest kit` and `pib interest bid`: what members who met and decided do openly, with their team.

Nothing sealed is opened here: the names are given on the command line, by those whose names they are.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.options import with_house
from pipelines.config.workspace import ZONE, House
from pipelines.errors import BadSettings

if TYPE_CHECKING:
    from portal.pages.bid_kit import Partner
    from warehouse.model.members import Member

group = typer.Typer(no_args_is_help=True)

Lot = Annotated[str, typer.Argument(help="The lot's uid, or its beginning.")]
Members = Annotated[list[str], typer.Option("--member", help="A member's id; ID=lead, ID=partner say its role.")]


@group.command()
@with_house
def kit(
    house: House,
    lot: Lot,
    member: Members,
    to: Annotated[Path, typer.Option(help="The folder to write the kit into.")] = Path("kit"),
    language: Annotated[str, typer.Option(help="fr | nl | en | de")] = "fr",
) -> None:
    """Write what a group needs to answer a lot together: files and a calendar planned back from the deadline."""
    from interest.partners.competition_law import flag_coalition
    from pipelines.nightly.interest import directory_of
    from portal.pages.bid_kit import families_asked, make_kit
    from portal.web.i18n import PagePhrases
    from presentation.languages import LOCALES

    if language not in LOCALES:
        raise typer.BadParameter("a language is fr, nl, en or de")
    _check_night(house)
    with house.reading() as store:
        found, members = store.find_lot(lot), {one.id: one for one in store.find_members()}
    partners = [_partner(said, members) for said in member]
    directory, together = directory_of(members.values()), {partner.member for partner in partners}
    crowded = [family for family in families_asked(found) if flag_coalition(together, family, directory, set())]
    files = make_kit(found, partners, PagePhrases(language), crowded, datetime.now(ZONE))
    to.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        (to / name).write_bytes(body)
    sys.stdout.write(f"{len(files)} files in {to}\n")


@group.command()
@with_house
def bid(
    house: House,
    lot: Lot,
    member: Members,
    tell: Annotated[
        list[str] | None,
        typer.Option("--tell", help="A member who agrees that this counts as prior collaboration; none by default."),
    ] = None,
) -> None:
    """Declare a consortium under its members' names; refused when one stands in another for the same lot."""
    from interest.partners.competition_law import Bid
    from interest.partners.joint_bids import Bids, Declared

    _check_night(house)
    with house.reading() as store:
        uid, known = store.find_lot(lot).uid, {one.id for one in store.find_members()}
    members = frozenset(said.partition("=")[0] for said in member)
    if not members <= known:
        raise typer.BadParameter("the register does not list one of these members")
    declared = Declared(Bid(uid, members), frozenset(tell or ()))
    Bids(house.interest / "bids").declare(declared)
    said = "told as prior collaboration" if declared.is_told else "told to nobody: not every member agreed to that"
    sys.stdout.write(f"declared; {said}\n")


def _partner(said: str, members: "dict[str, Member]") -> "Partner":
    from pipelines.nightly.interest import directory_of
    from portal.pages.bid_kit import ROLES, Partner

    uid, _, role = said.partition("=")
    if uid not in members or (role and role not in ROLES):
        raise typer.BadParameter(f"{said}: no member of the register, or a role that is not lead, partner or either")
    (entry,) = directory_of([members[uid]]).entries
    return Partner(uid, members[uid].name, "", role, entry.families)


def _check_night(house: House) -> None:
    """Raises BadSettings where no night has run."""
    if not house.reading_copy.is_file() and not house.warehouse.is_file():
        raise BadSettings(f"{house.data} holds no night: name the folder with --data")
