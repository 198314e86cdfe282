"""With whom: from a verdict's consortia to the one coalition a member is told of. Nothing is optimised here."""

from __future__ import annotations

from collections.abc import Mapping

from presentation.digest_model import ConsortiumPartner, ConsortiumSummary
from presentation.errors import DigestRefused
from warehouse.model.match_results import Consortium, Facet, FacetKind, MatchResult, Role
from warehouse.model.members import Member

_MOST_BROUGHT = 3
_MOST_UNCOVERED = 4


def choose_consortium(match_result: MatchResult, member: Member) -> Consortium | None:
    """The smallest proposed consortium of at least two that the member belongs to, the best of that size."""
    shared = [c for c in match_result.consortia if len(c.roles) >= 2 and member.id in c.members]
    return min(shared, key=lambda c: (len(c.roles), c.rank), default=None)


def covers_more_together(consortium: Consortium) -> bool:
    """Whether nobody can answer alone: the consortium covers at least a tenth more than the best single firm, or that
    firm is not shown to meet what the lot requires."""
    return bool(consortium.remarks.alone_lacks) or consortium.coverage - consortium.best_alone_coverage >= 0.1


def summarise_consortium(
    consortium: Consortium, facets: tuple[Facet, ...], reader: Member, members: Mapping[str, Member]
) -> ConsortiumSummary:
    """The consortium in the reader's eyes, itself first. Raises DigestRefused when a partner is not in `members`."""
    partners = [_describe_partner(role, facets, reader, members) for role in consortium.roles]
    best = _find_member(consortium.best_alone, consortium.lot_uid, reader, members)
    return ConsortiumSummary(
        partners=tuple(sorted(partners, key=lambda p: not p.is_reader)),
        coverage=consortium.coverage,
        best_alone=best.name,
        best_alone_is_reader=best.id == reader.id,
        best_alone_coverage=consortium.best_alone_coverage,
        uncovered=_pick_facets(consortium.uncovered, facets, _MOST_UNCOVERED),
        flags=consortium.flags,
        remarks=consortium.remarks,
    )


def _describe_partner(
    role: Role, facets: tuple[Facet, ...], reader: Member, members: Mapping[str, Member]
) -> ConsortiumPartner:
    member = _find_member(role.member, "a consortium", reader, members)
    brings = _pick_facets(role.only, facets, _MOST_BROUGHT)
    return ConsortiumPartner(
        member=member.id,
        name=member.name,
        is_reader=member.id == reader.id,
        brings=brings,
        shares=() if brings else _pick_facets(role.covers, facets, _MOST_BROUGHT),
        abroad=member.nuts.country if member.nuts.country != reader.nuts.country else None,
    )


def _find_member(wanted: str, where: str, reader: Member, members: Mapping[str, Member]) -> Member:
    if wanted == reader.id:
        return reader
    if wanted not in members:
        raise DigestRefused(f"{where} names member {wanted!r}, whom the register does not hold; match again")
    return members[wanted]


def _pick_facets(indices: tuple[int, ...], facets: tuple[Facet, ...], most: int) -> tuple[Facet, ...]:
    """The heaviest first, each wording once. A title says what the whole is, so it stands for a part only where nothing
    else does; a federal notice has it in two to four languages, each a facet of its own."""
    heaviest = sorted((facets[i] for i in indices), key=lambda facet: -facet.weight)
    parts = [facet for facet in heaviest if facet.kind is not FacetKind.TITLE] or heaviest[:1]
    return tuple({facet.text: facet for facet in reversed(parts)}.values())[::-1][:most]
