"""The statements a lot is compared with: a member's competences, and the titles of its past awards.

Which statements and in which words. Similarity to a facet is in statement_index.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matching.text.language import language_of
from warehouse.codes.classifications import Cpv
from warehouse.model.members import Member
from warehouse.model.notices import Reference, Text, in_language


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a member: a competence in its own words, or the title of an award (`award` is its notice)."""

    member: str
    text: Text
    cpv: tuple[Cpv, ...]
    award: str | None = None


def statements_of(members: Sequence[Member], references: Iterable[Reference] = ()) -> tuple[Statement, ...]:
    """Every statement of every member, in one order whatever that of the inputs: by member id, competences as written,
    then awards by notice and lot. An award under a number that is no member's is left out."""
    awards: dict[str, list[Reference]] = {}
    for reference in references:
        awards.setdefault(reference.company_number, []).append(reference)
    statements: list[Statement] = []
    for member in sorted(members, key=lambda m: m.id):
        statements += [Statement(member.id, Text(c.text, c.language), c.cpv) for c in member.competences]
        for award in sorted(awards.get(member.company_number, ()), key=lambda r: (r.notice, r.lot)):
            title = in_language(award.titles, *(x for x in ("FRA", "NLD", "ENG", "DEU")))
            if title is not None:
                statements.append(Statement(member.id, Text(title.value, language_of(title)), award.cpv, award.notice))
    return tuple(statements)
