"""`pib facets`: what one lot requires, of what weight, in which words, and how the members meet its requirements."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal

from rich import box
from rich.console import Console
from rich.table import Table

from matching.needs.meaning import facets_by_words
from matching.requirements.compliance import answer
from matching.requirements.extraction import requirements_of
from matching.requirements.ict import Ict, ict_of
from pipelines.config.workspace import Workspace
from warehouse.model.match_results import Facet
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot, Reference, in_language
from warehouse.model.requirements import ComplianceStatus, Requirement, RequirementKind, Rule

_RULES = {Rule.ANY: "one of them", Rule.ALL: "each", Rule.PERFORMER: "who performs", Rule.SUM: "added up"}


def show_facets(workspace: Workspace, written: str, *, as_json: bool) -> None:
    """Prints what is bought, the ICT in it, and what is required of tenderers. Raises NotInWarehouse."""
    with workspace.reading() as store:
        lot = store.load_lot(written)
        members = store.load_members()
        references = store.load_references(tuple(member.company_number for member in members))
    facets, ict, required = facets_by_words(lot), ict_of(lot), requirements_of(lot)
    if as_json:
        content = {"lot": lot.uid, "facets": _plain(facets), "ict": asdict(ict), "requirements": _plain(required)}
        sys.stdout.write(json.dumps(content, ensure_ascii=False, default=_written) + "\n")
        return
    console = Console()
    title = in_language(lot.lot.titles or lot.notice.titles, *lot.notice.languages)
    console.print(f"{lot.uid}\n{title.value if title else '(no title)'}", highlight=False, markup=False)
    console.print(_facets(facets))
    console.print(_ict(ict))
    console.print(_requirements(required, lot, members, references))


def _plain(values: Sequence[Facet] | Sequence[Requirement]) -> list[dict[str, object]]:
    return [asdict(value) for value in values]


def _written(value: object) -> str:
    """A decimal as written. Raises TypeError for what JSON cannot represent."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, title_justify="left", box=box.SIMPLE_HEAD)


def _facets(facets: Sequence[Facet]) -> Table:
    table = _table("What is bought", "weight", "kind", "in the words of the notice")
    for facet in facets:
        words = f"{facet.code} {facet.text}" if facet.code else facet.text
        table.add_row(f"{facet.weight:.3f}", facet.kind, words)
    return table


def _ict(ict: Ict) -> Table:
    title = {"main": "An ICT lot", "part": "ICT in a lot of something else", "none": "No ICT"}[ict.standing]
    table = _table(title, "theme", "named by")
    for part in ict.parts:
        table.add_row(part.theme, f"{part.code} {part.text}" if part.code else part.text)
    return table


def _requirements(
    required: Sequence[Requirement], lot: OpenLot, members: Sequence[Member], references: Sequence[Reference]
) -> Table:
    title = f"What is required of tenderers; members: met/not met/unknown of {len(members)}"
    table = _table(title, "weight", "required", "of", "members", "in the words of the notice")
    for requirement in required:
        standings = Counter(answer(requirement, member, references, lot.lot.cpv).standing for member in members)
        counted = "/".join(str(standings[standing]) for standing in ComplianceStatus)
        hard = "" if requirement.is_hard else " (if any)"
        table.add_row(
            f"{requirement.weight:.3f}",
            _describe(requirement) + hard,
            _RULES[requirement.rule],
            counted,
            requirement.sentence,
        )
    return table


def _describe(requirement: Requirement) -> str:
    """The kind with its value: "turnover 500,000 EUR over 3 years", "reference, at least 3"."""
    if requirement.money:
        over = f" over {requirement.years} years" if requirement.years > 1 else " a year"
        return f"{requirement.kind} {requirement.money.amount:,f} {requirement.money.currency}{over}"
    if requirement.name:
        return f"{requirement.kind} {requirement.name}{' ' + requirement.level if requirement.level else ''}"
    if requirement.number is not None and requirement.kind != RequirementKind.TURNOVER:
        return f"{requirement.kind}, at least {requirement.number}"
    return requirement.kind
