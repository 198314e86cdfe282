"""The cluster's members from the operator's file, checked as a whole: either every row is right, or nothing is used.

How a row becomes a member, and what must hold between rows. The formats of the file are in table.py, the
single cells in cells.py and company_number.py.

**xlsx or CSV**, for a spreadsheet: one row per member, the first row names the columns; a CSV is separated by comma,
semicolon or tab and saved as UTF-8. Several codes in a cell are separated by blanks, commas, semicolons or bars. `pib
members template FILE.xlsx` writes an empty one.

| column | holds |
|---|---|
| id | short name for good, lower case: atelier-nord |
| company_number | country and number: BE0999000112 (dots, blanks, TVA, BTW, SIREN are allowed) |
| name, email | the firm and the one address its digest goes to |
| languages | fr nl en de, the digest's first |
| nuts | where the firm is: BE32B |
| headcount | people, a whole number |
| turnover | a year's, in euro: 450000; empty when unknown |
| certificates | separated by semicolons or bars: ISO 27001 ; VCA |
| grappes | data-centre cloud |
| reach | NUTS codes where it works; empty for everywhere |
| conflicts | ids of members it never bids with |
| frequency, threshold, maximum, only_grappes | its digest: weekly, 0.28, 7, all when empty |
| channel, quiet_days, heartbeat | mail, text or feed; weekdays: saturday sunday; yes for a line when a week was empty |
| competence_1 | one thing it can do, in its own words, as to a buyer |
| competence_1_language | the language of these words; empty for the member's first |
| competence_1_cpv | its CPV codes: 72514000 72253000-3 |
| competence_1_stages | some of design build integrate host operate train |
| competence_2 ... competence_99 | and so on |

Only id to headcount are compulsory columns.

**TOML**: `[[member]]` tables with the same keys, lists as lists; `[[member.competence]]` with text, language, cpv,
stages; `[member.preferences]` with frequency, threshold, maximum, only_grappes, channel, quiet_days, heartbeat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from matching.errors import MembersRefused
from matching.members_file.cells import (
    read_channel,
    read_count,
    read_cpv,
    read_each,
    read_email,
    read_frequency,
    read_grappe,
    read_language,
    read_nuts,
    read_slug,
    read_stage,
    read_threshold,
    read_turnover,
    read_weekday,
    read_words,
    read_yes,
    warn_of_check_digits,
)
from matching.members_file.company_number import read_company_number
from matching.members_file.table import MemberRow, read_rows
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.codes.cpv_labels import label
from warehouse.errors import BadFact
from warehouse.model.members import Competence, Frequency, Member, Preferences, Weekday
from warehouse.sheets.cells import Cell, Fault


@dataclass(frozen=True, slots=True)
class MembersFile:
    """The members of a file, in its order, and what a person should check though the file can be used."""

    members: tuple[Member, ...]
    warnings: tuple[Fault, ...]


def read_members(path: Path) -> tuple[Member, ...]:
    """The members of a .csv, .xlsx or .toml file, in its order. Raises MembersRefused with every fault of the file, by
    line and column, and then nothing of it is to be used."""
    return read_members_file(path).members


def read_members_file(path: Path) -> MembersFile:
    """As read_members, with the warnings. Raises MembersRefused."""
    faults: list[Fault] = []
    rows = read_rows(path, faults)
    members = [_read_member(row, faults) for row in rows]
    if not rows and not faults:
        faults.append(Fault(1, "-", "holds no member; write at least one"))
    _check_together(rows, members, faults)
    ordered = sorted(dict.fromkeys(faults), key=lambda fault: fault.line)
    if _count(faults):
        raise MembersRefused(path, tuple(fault for fault in ordered if not fault.is_warning))
    return MembersFile(tuple(member for member in members if member is not None), tuple(ordered))


def _count(faults: list[Fault]) -> int:
    """How many of them forbid to use the file."""
    return sum(not fault.is_warning for fault in faults)


def demo_members() -> tuple[Member, ...]:
    """The invented cluster of 24 firms for a demonstration; none of them exists."""
    with resources.as_file(resources.files("matching.members_file.demo") / "members.toml") as path:
        return read_members(path)


def _read_member(row: MemberRow, faults: list[Fault]) -> Member | None:
    before = _count(faults)
    languages = _read_languages(row.cell("languages"), faults)
    known = {
        "id": read_slug(row.cell("id"), faults),
        "company_number": read_company_number(row.cell("company_number"), faults, row.cell("nuts").text[:2].upper()),
        "name": read_words(row.cell("name"), faults),
        "email": read_email(row.cell("email"), faults),
    }
    nuts = _read_place(row.cell("nuts"), faults)
    headcount = read_count(row.cell("headcount"), faults, least=1, most=100_000)
    turnover = read_turnover(row.cell("turnover"), faults)
    grappes = read_each(row.cell("grappes"), faults, read_grappe)
    reach = read_each(row.cell("reach"), faults, read_nuts)
    competences = [_read_competence(cells, languages, faults) for cells in row.competences]
    preferences = _read_preferences(row, faults)
    if _count(faults) > before or nuts is None or headcount is None:
        return None
    return Member(
        id=known["id"] or "",
        company_number=known["company_number"] or "",
        name=known["name"] or "",
        email=known["email"] or "",
        languages=languages,
        nuts=nuts,
        headcount=headcount,
        turnover=turnover,
        certificates=tuple(dict.fromkeys(row.cell("certificates").parts(r"[;|]+"))),
        grappes=grappes,
        competences=tuple(c for c in competences if c is not None),
        reach=reach,
        conflicts=tuple(dict.fromkeys(row.cell("conflicts").parts())),
        preferences=preferences,
    )


def _read_languages(cell: Cell, faults: list[Fault]) -> tuple[str, ...]:
    if cell.is_empty:
        faults.append(cell.fault("is empty; write fr, nl, en or de, the digest's language first"))
        return ()
    read = [read_language(Cell(cell.line, cell.column, part), faults) for part in cell.parts()]
    return tuple(dict.fromkeys(language for language in read if language))


def _read_place(cell: Cell, faults: list[Fault]) -> Nuts | None:
    try:
        return read_nuts(cell.text)
    except BadFact as error:
        faults.append(
            cell.fault(f"{error}; write the firm's own, as BE32B" if cell.text else "is empty; write a NUTS code")
        )
        return None


def _read_competence(cells: Mapping[str, Cell], languages: tuple[str, ...], faults: list[Fault]) -> Competence | None:
    first = next(iter(cells.values()))
    text = read_words(cells.get("text", first), faults)
    written = cells.get("language", first)
    if "language" in cells and not written.is_empty:
        language = read_language(written, faults)
    else:
        language = languages[0] if languages else None
    cpv = _read_codes(cells.get("cpv", Cell(first.line, first.column)), faults)
    stages = read_each(cells.get("stages", Cell(first.line, first.column)), faults, read_stage)
    return Competence(text, language, cpv, stages) if text and language else None


def _read_codes(cell: Cell, faults: list[Fault]) -> tuple[Cpv, ...]:
    codes = read_each(cell, faults, read_cpv)
    warn_of_check_digits(cell, faults)
    unknown = (code for code in codes if label(code, "en") is None)
    faults += [cell.warning(f"CPV {code} is of a division that does not exist; look the code up") for code in unknown]
    return codes


def _read_preferences(row: MemberRow, faults: list[Fault]) -> Preferences:
    """The written preferences, and the default (warehouse/model/members.py) for each cell left empty."""
    frequency, threshold, maximum = row.cell("frequency"), row.cell("threshold"), row.cell("maximum")
    usual = Preferences()
    wished: Frequency | None = usual.frequency if frequency.is_empty else read_frequency(frequency, faults)
    least = usual.threshold if threshold.is_empty else read_threshold(threshold, faults)
    most = usual.maximum if maximum.is_empty else read_count(maximum, faults, least=1, most=100)
    grappes = read_each(row.cell("only_grappes"), faults, read_grappe)
    channel = usual.channel if row.cell("channel").is_empty else read_channel(row.cell("channel"), faults)
    quiet = read_each(row.cell("quiet_days"), faults, read_weekday)
    heartbeat = usual.heartbeat if row.cell("heartbeat").is_empty else read_yes(row.cell("heartbeat"), faults)
    if wished is None or least is None or most is None or channel is None or heartbeat is None:
        return usual  # a fault was added: the row is not used
    if len(quiet) == len(Weekday):
        faults.append(row.cell("quiet_days").fault("names every day of the week; leave one, or choose channel feed"))
    return Preferences(wished, least, most, grappes, channel, quiet, heartbeat)


def _check_together(rows: list[MemberRow], members: list[Member | None], faults: list[Fault]) -> None:
    for column, what in (("id", "id"), ("company_number", "company number")):
        first: dict[str, int] = {}
        for row in rows:
            cell = row.cell(column)
            country = row.cell("nuts").text[:2].upper()
            written = read_company_number(cell, [], country) if column == "company_number" else read_slug(cell, [])
            if written in first:
                faults.append(cell.fault(f"{what} {written} is already on line {first[written]}; each firm once"))
            elif written:
                first[written] = cell.line
    _warn_of_shared_addresses(rows, faults)
    known = {row.cell("id").text for row in rows}
    for row, member in zip(rows, members, strict=True):
        for other in row.cell("conflicts").parts():
            if other not in known or (member and other == member.id):
                seen = "is the firm itself" if other in known else "is no member's id"
                faults.append(row.cell("conflicts").fault(f"{other!r} {seen}; write ids of other members of this file"))


def _warn_of_shared_addresses(rows: list[MemberRow], faults: list[Fault]) -> None:
    first: dict[str, int] = {}
    for row in rows:
        cell = row.cell("email")
        if cell.text.lower() in first:
            sentence = f"{cell.text} is already on line {first[cell.text.lower()]}; both letters will go there"
            faults.append(cell.warning(sentence))
        elif cell.text:
            first[cell.text.lower()] = cell.line
