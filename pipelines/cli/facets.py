"""`pib facets`: what one lot asks for, of what weight, in which words, and how the members stand before it."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal

from rich import box
from rich.console import Console
from rich.table import Table

from matching.requirements.compliance import answer
from matching.requirements.extraction import requirements_of
from matching.requirements.facets import facets_of
from matching.requirements.ict import Ict, ict_of
from pipelines.config.workspace import House
from warehouse.model.match_results import Facet
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot, Reference, in_language
from warehouse.model.requirements import Requirement, RequirementKind, Rule, Standing

_RULES = {Rule.ANY: "one of them", Rule.ALL: "each", Rule.PERFORMER: "who performs", Rule.SUM: "added up"}


def show_facets(house: House, written: str, *, as_json: bool) -> None:
    """What is bought, what ICT is in it, what is asked of tenderers. Raises NotKept."""
    with house.reading() as store:
        lot = store.find_lot(written)
        members = store.find_members()
        references = store.find_references(tuple(member.company_number for member in members))
    facets, ict, asked = facets_of(lot), ict_of(lot), requirements_of(lot)
    if as_json:
        told = {"lot": lot.uid, "facets": _plain(facets), "ict": asdict(ict), "requirements": _plain(asked)}
        sys.stdout.write(json.dumps(told, ensure_ascii=False, default=_written) + "\n")
        return
    console = Console()
    title = in_language(lot.lot.titles or lot.notice.titles, *lot.notice.languages)
    console.print(f"{lot.uid}\n{title.value if title else '(no title)'}", highlight=False, markup=False)
    console.print(_facets(facets))
    console.print(_ict(ict))
    console.print(_requirements(asked, lot, members, references))


def _plain(values: Sequence[Facet] | Sequence[Requirement]) -> list[dict[str, object]]:
    return [asdict(value) for value in values]


def _written(value: object) -> str:
    """A decimal as written. Raises TypeError for what JSON cannot say."""
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
    asked: Sequence[Requirement], lot: OpenLot, members: Sequence[Member], references: Sequence[Reference]
) -> Table:
    title = f"What is asked of tenderers; members: met/not met/unknown of {len(members)}"
    table = _table(title, "weight", "asked", "of", "members", "in the words of the notice")
    for one in asked:
        standings = Counter(answer(one, member, references, lot.lot.cpv).standing for member in members)
        counted = "/".join(str(standings[standing]) for standing in Standing)
        hard = "" if one.is_hard else " (if any)"
        table.add_row(f"{one.weight:.3f}", _said(one) + hard, _RULES[one.rule], counted, one.sentence)
    return table


def _said(one: Requirement) -> str:
    """The kind with its value: "turnover 500,000 EUR over 3 years", "reference, at least 3"."""
    if one.money:
        over = f" over {one.years} years" if one.years > 1 else " a year"
        return f"{one.kind} {one.money.amount:,f} {one.money.currency}{over}"
    if one.name:
        return f"{one.kind} {one.name}{' ' + one.level if one.level else ''}"
    if one.number is not None and one.kind != RequirementKind.TURNOVER:
        return f"{one.kind}, at least {one.number}"
    return one.kind
