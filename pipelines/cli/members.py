"""`pib members`: the members of the cluster."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from interest.competence_families import families_of
from matching.members_file.members import MembersFile, demo_members, read_members_file
from matching.members_file.template import members_template
from matching.relevance.code_suggestions import suggest_codes
from pipelines.config.workspace import ZONE, Workspace
from pipelines.config.write_lock import writes
from pipelines.errors import BadSettings, NoMembers
from pipelines.recovery.erasure import erase_everywhere
from portal.competence_families import TITLES
from presentation.link_register import LinkRegister
from warehouse.model.members import Member


@writes("pib members import")
def import_members(workspace: Workspace, file: Path | None) -> None:
    """Replaces the members by those of the file, or of the invented cluster when None. Raises MembersRefused."""
    read = read_members_file(file) if file else MembersFile(demo_members(), ())
    with workspace.open_cluster() as store:
        before = {member.id: member.email for member in store.load_members()}
        ended = _register_addresses(workspace, read.members, before)
        store.save_members(read.members)
    sys.stdout.write("".join(f"look at {warning}\n" for warning in read.warnings))
    sys.stdout.write(f"{len(read.members)} members are in {workspace.store}\n")
    if ended:
        sys.stdout.write(f"All links of {', '.join(ended)} were ended, because the address is another one now.\n")


def _register_addresses(workspace: Workspace, members: Sequence[Member], before: Mapping[str, str]) -> tuple[str, ...]:
    """Ends the links of members whose address changes, before the change is saved: a crash between the two ends links
    and never keeps them."""
    addresses = {member.id: member.email for member in members}
    register = LinkRegister(workspace.link_register)
    return register.register_addresses(addresses, before=before, at=datetime.now(ZONE))


def revoke_links(workspace: Workspace, member: str) -> None:
    """Ends every link of a member but those that stop its letters; letters written from now on hold new ones. A night
    that holds the warehouse is not waited for. Raises NoMembers for an id that nobody has."""
    register = LinkRegister(workspace.link_register)
    if member not in register.load() and not _is_member(workspace, member):
        raise NoMembers(f"there is no member {member!r}; `pib members list` shows their ids")
    register.revoke(member, at=datetime.now(ZONE))
    sys.stdout.write(
        f"All links of {member} were ended, those that stop its letters excepted. Its next letter holds new ones, and "
        "the portal mails one to its registered address on request.\n"
    )


def erase(workspace: Workspace, member: str) -> None:
    """Deletes all that is kept of a member, and names what is not reached. Raises DataFolderBusy and the errors of the
    stores; it can be repeated then."""
    erase_everywhere(workspace, member, at=datetime.now(ZONE))
    sys.stdout.write(
        f"Nothing of {member} is kept in {workspace.data} now but that it stopped its letters, where it did. Backups "
        "and delivered letters are not reached: delete them yourself, and leave it out of the next members file.\n"
    )


def _is_member(workspace: Workspace, member: str) -> bool:
    with workspace.reading() as store:
        return any(found.id == member for found in store.load_members())


def check_members(workspace: Workspace, file: Path) -> None:
    """Reads the file, prints what to check and what the file means, and imports nothing. Raises MembersRefused with
    every fault."""
    read = read_members_file(file)
    seen = f"{len(read.warnings)} places to look at" if read.warnings else "nothing wrong"
    sys.stdout.write(f"{file}: {len(read.members)} members, {seen}\n")
    sys.stdout.write("".join(f"  {warning}\n" for warning in read.warnings))
    sys.stdout.write("".join(f"{sentence}\n" for sentence in _meaning(workspace, read.members)))


def _meaning(workspace: Workspace, members: Sequence[Member]) -> Iterator[str]:
    """What matching can and cannot use of these firms, a sentence each."""
    if workspace.warehouse.is_file():
        with workspace.reading() as store:
            won = {reference.company_number for reference in store.load_references(m.company_number for m in members)}
        unknown = [member.id for member in members if member.company_number not in won]
        yield from _listed("Without a known award, so matched by their words alone", unknown)
    else:
        yield f"Known awards were not looked up: nothing is kept in {workspace.data} yet."
    uncoded = [m.id for m in members if not any(competence.cpv for competence in m.competences)]
    yield from _listed("Without a CPV code, so matched by the words of their competences alone", uncoded)
    yield from _suggestions([member for member in members if member.id in uncoded])
    fields: dict[str, list[str]] = {}
    for member in members:
        for family in families_of(cpv.code for competence in member.competences for cpv in competence.cpv):
            fields.setdefault(family, []).append(member.id)
    alone = [f"{firms[0]} ({TITLES[family]})" for family, firms in sorted(fields.items()) if len(firms) == 1]
    yield from _listed("Alone in a field, so recognised by who reads about it", alone)


def _suggestions(members: Sequence[Member]) -> Iterator[str]:
    """The codes that a firm without any might mean, for it to choose from."""
    for member in members[:_MOST_LISTED]:
        found = [code for c in member.competences for code in suggest_codes(c.text, c.language)]
        if found:
            codes = ", ".join(str(code) for code in dict.fromkeys(found))
            yield f"{member.id} may mean {codes}: choose and write them."


def _listed(what: str, firms: Sequence[str]) -> Iterator[str]:
    if firms:
        more = f" and {len(firms) - _MOST_LISTED} more" if len(firms) > _MOST_LISTED else ""
        yield f"{what}: {', '.join(firms[:_MOST_LISTED])}{more}."


_MOST_LISTED = 20


def write_template(file: Path) -> None:
    """Writes a workbook with the columns of a members file, one invented firm, and a sheet of help. Raises BadSettings
    for a file that is there already, or another ending."""
    if file.suffix.lower() != ".xlsx":
        raise BadSettings(f"{file}: a template is a workbook; name it members.xlsx")
    if file.exists():
        raise BadSettings(f"{file} is there already; name another file, so that nothing is overwritten")
    file.write_bytes(members_template())
    sys.stdout.write(f"{file}: fill it in, one row per firm, then pib members check {file}\n")


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
