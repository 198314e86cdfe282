"""`pib interest client`: blind mode from a member's, or a partner cluster's, own machine. It needs no data folder of
the cluster: a folder of its own, the addresses of issuer and collector, and the published exports."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interest.partners.partner_search import Identity, OfferReference, open_envelopes, post_card, post_offer, read_cards
from interest.partners.partner_search import accept as consent
from interest.policy import read_policy
from interest.roles.client import Client
from matching.members_file.members import read_members
from pipelines.nightly.interest import directory_of

if TYPE_CHECKING:
    from interest.competence_families import Directory, DirectoryEntry
    from interest.roles.client import Client

client = typer.Typer(help="A member's own client (blind mode).", no_args_is_help=True)

ClientFolder = Annotated[Path, typer.Option(help="The client's own folder; whoever has it is the member.")]
MemberId = Annotated[str, typer.Option("--member", help="The member it acts for, sent to the issuer alone.")]
Issuer = Annotated[str, typer.Option(help="The issuer's address.")]
Collector = Annotated[str, typer.Option(help="The collector's address.")]
Families = Annotated[list[str], typer.Option("--family", help="One to three of the 14; repeat the option.")]
Role = Annotated[str, typer.Option(help="lead | partner | either")]
Members = Annotated[Path, typer.Option(exists=True, help="The cluster's directory: its members file.")]
Exports = Annotated[Path, typer.Option(exists=True, help="The folder of exports of interest.")]


@client.command()
def enrol(folder: ClientFolder, member: MemberId) -> None:
    """Make the client's key; give what is printed to the operator, who runs `pib interest enrol`."""
    sys.stdout.write(_client(folder, member).enrol() + "\n")


@client.command()
def tokens(folder: ClientFolder, member: MemberId, issuer: Issuer) -> None:
    """Request a token for every lot of the manifest, so that the requests reveal nothing. Run it every night."""
    _client(folder, member, issuer).fetch_tokens()
    sys.stdout.write("A token lies ready for every lot. Declare later, not now, and best from elsewhere.\n")


@client.command()
def declare(
    folder: ClientFolder, member: MemberId, issuer: Issuer, collector: Collector, lot: str, family: Families, role: Role
) -> None:
    """Declare interest in a lot; prints the receipt's code."""
    sys.stdout.write(_client(folder, member, issuer, collector).declare(lot, family, role).code + "\n")


@client.command()
def change(
    folder: ClientFolder, member: MemberId, issuer: Issuer, collector: Collector, lot: str, family: Families, role: Role
) -> None:
    """Replace the content of the declaration on a lot."""
    _client(folder, member, issuer, collector).change(lot, family, role)
    sys.stdout.write("changed\n")


@client.command()
def withdraw(folder: ClientFolder, member: MemberId, issuer: Issuer, collector: Collector, lot: str) -> None:
    """Withdraw from a lot permanently: its token stays spent."""
    _client(folder, member, issuer, collector).withdraw(lot)
    sys.stdout.write("withdrawn\n")


@client.command()
def check(folder: ClientFolder, member: MemberId, issuer: Issuer, collector: Collector, lot: str) -> None:
    """Whether the declaration on a lot is stored."""
    kept = _client(folder, member, issuer, collector).is_kept(lot)
    sys.stdout.write("kept\n" if kept else "not kept\n")


@client.command()
def card(
    folder: ClientFolder,
    member: MemberId,
    issuer: Issuer,
    collector: Collector,
    members: Members,
    lot: str,
    wanted: Annotated[str, typer.Option("--wanted", help="The family looked for.")],
) -> None:
    """Request a family of competence for a declared lot."""

    client_of_member = _client(folder, member, issuer, collector)
    directory = _directory(members)
    entry = _entry(directory, member)
    post_card(
        client_of_member.mailbox,
        client_of_member.receipt(lot),
        client_of_member.keys(lot),
        entry,
        directory,
        wanted,
        _min_group_size(),
    )
    sys.stdout.write("posted; it is shown from the next night on\n")


@client.command()
def offer(
    folder: ClientFolder,
    member: MemberId,
    issuer: Issuer,
    collector: Collector,
    members: Members,
    exports: Exports,
    card_id: str,
) -> None:
    """Answer a card of need_cards.json, on a lot that was declared."""

    client_of_member = _client(folder, member, issuer, collector)
    shown = {card.card_id: card for card in read_cards((exports / "need_cards.json").read_bytes())}
    if card_id not in shown:
        raise typer.BadParameter("there is no such card in need_cards.json")
    found = shown[card_id]
    directory = _directory(members)
    entry = _entry(directory, member)
    receipt = client_of_member.receipt(found.lot_uid)
    sys.stdout.write(
        post_offer(
            client_of_member.mailbox,
            receipt,
            client_of_member.keys(found.lot_uid),
            entry,
            directory,
            found,
            _min_group_size(),
        )
        + "\n"
    )


@client.command()
def inbox(folder: ClientFolder, member: MemberId, exports: Exports, lot: str) -> None:
    """Open what the last night brought for the declaration on a lot."""

    receipt = _client(folder, member).receipt(lot)
    for brought in open_envelopes(receipt, (exports / "introductions.json").read_bytes()):
        who = brought.identity
        seen = f"{who.name} <{who.contact}>" if who else f"{brought.preview.place or '-'} {brought.preview.size or '-'}"
        sys.stdout.write(f"{brought.card_id}  {brought.offer_id}  {brought.reply_pk}  {seen}\n")


@client.command()
def accept(
    folder: ClientFolder,
    member: MemberId,
    issuer: Issuer,
    collector: Collector,
    lot: str,
    card_id: str,
    offer_id: str,
    reply_pk: Annotated[str, typer.Argument(help="The other side's key: of the inbox, or of the card.")],
    name: Annotated[str, typer.Option(help="The firm's name, for the other side alone.")],
    contact: Annotated[str, typer.Option(help="Whom to write to.")],
    note: Annotated[Path, typer.Option(exists=True, help="Why not alone: sealed to you, filed before any contact.")],
) -> None:
    """Consent to an introduction; both names are released in the same night, or none."""

    client_of_member = _client(folder, member, issuer, collector)
    offered, who = OfferReference(card_id, offer_id, reply_pk), Identity(member, name, contact)
    consent(
        client_of_member.mailbox,
        client_of_member.receipt(lot),
        client_of_member.keys(lot),
        offered,
        who,
        note.read_text(encoding="utf-8"),
    )
    sys.stdout.write("filed\n")


def _client(folder: Path, member: str, issuer: str = "", collector: str = "") -> "Client":

    return Client(folder, member, issuer.rstrip("/"), collector.rstrip("/"))


def _directory(members: Path) -> "Directory":

    return directory_of(read_members(members))


def _entry(directory: "Directory", member: str) -> "DirectoryEntry":
    if member not in directory.by_member:
        raise typer.BadParameter("the directory does not list this member")
    return directory.by_member[member]


def _min_group_size() -> int:

    return read_policy().crowd
