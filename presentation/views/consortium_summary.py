"""The choice of the consortium to show to a member, and its summary from that member's point of view."""

from __future__ import annotations

from collections.abc import Mapping

from presentation.digest_model import ConsortiumPartner, ConsortiumSummary, JoinedAward
from presentation.errors import DigestRefused
from warehouse.model.match_results import Consortium, Facet, FacetKind, MatchResult, PastGroup, Role
from warehouse.model.members import Member

_MOST_BROUGHT = 3
_MOST_UNCOVERED = 4


def choose_consortium(match_result: MatchResult, member: Member) -> Consortium | None:
    """The best-ranked of the smallest consortia of at least two members that contain the member; None when none
    does."""
    shared = [c for c in match_result.consortia if len(c.roles) >= 2 and member.id in c.members]
    return min(shared, key=lambda c: (len(c.roles), c.rank), default=None)


def covers_more_together(consortium: Consortium) -> bool:
    """Whether no member can answer alone: a need or a requirement is out of reach of each member, or the best single
    firm is not shown to meet what the lot requires. A difference of coverage alone is no reason."""
    return bool(consortium.reasons or consortium.remarks.alone_lacks)


def summarise_consortium(
    consortium: Consortium, facets: tuple[Facet, ...], reader: Member, members: Mapping[str, Member]
) -> ConsortiumSummary:
    """The summary of a consortium for one of its members, listed first.

    Args:
        consortium: a proposal that contains the reader.
        facets: of the lot, indexed by the consortium's roles.
        reader: the member the summary is for.
        members: by member id.

    Raises DigestRefused when a partner is not in `members`.
    """
    partners = [_describe_partner(role, facets, reader, members) for role in consortium.roles]
    best = _member_by_id(consortium.best_alone, consortium.lot_uid, reader, members)
    return ConsortiumSummary(
        partners=tuple(sorted(partners, key=lambda p: not p.is_reader)),
        coverage=consortium.coverage,
        best_alone=best.name,
        best_alone_is_reader=best.id == reader.id,
        best_alone_coverage=consortium.best_alone_coverage,
        uncovered=_pick_facets(_still_uncovered(consortium, facets), facets, _MOST_UNCOVERED),
        flags=consortium.flags,
        remarks=consortium.remarks,
        reasons=consortium.reasons,
        partner_only=consortium.partner_only,
    )


def describe_past_groups(
    match_result: MatchResult | None, reader: Member, members: Mapping[str, Member]
) -> tuple[JoinedAward, ...]:
    """The past groups of a lot that the reader belongs to, in their order. A group of which a member has left the
    register is left out."""
    known = {**members, reader.id: reader}
    own = [group for group in match_result.past_groups if reader.id in group.members] if match_result else []
    return tuple(_describe_past_group(group, reader, known) for group in own if known.keys() >= set(group.members))


def _describe_past_group(group: PastGroup, reader: Member, members: Mapping[str, Member]) -> JoinedAward:
    ordered = sorted(group.members, key=lambda member_id: member_id != reader.id)
    return JoinedAward(
        names=tuple(members[member_id].name for member_id in ordered),
        title=group.title,
        purchases=group.purchases,
        is_same_buyer=group.is_same_buyer,
        partner_only=tuple(members[member_id].name for member_id in group.partner_only),
    )


def _describe_partner(
    role: Role, facets: tuple[Facet, ...], reader: Member, members: Mapping[str, Member]
) -> ConsortiumPartner:
    member = _member_by_id(role.member, "a consortium", reader, members)
    brings = _pick_facets(_work_in(role.only, facets), facets, _MOST_BROUGHT)
    return ConsortiumPartner(
        member=member.id,
        name=member.name,
        is_reader=member.id == reader.id,
        brings=brings,
        shares=() if brings else _pick_facets(_work_in(role.covers, facets), facets, _MOST_BROUGHT),
        abroad=member.nuts.country if member.nuts.country != reader.nuts.country else None,
    )


def _work_in(indices: tuple[int, ...], facets: tuple[Facet, ...]) -> tuple[int, ...]:
    """Those that are work, supplies or services: a selection criterion is a condition, and no member's work."""
    return tuple(at for at in indices if facets[at].kind is not FacetKind.CRITERION)


def _still_uncovered(consortium: Consortium, facets: tuple[Facet, ...]) -> tuple[int, ...]:
    """The facets that no member covers, without criteria of which a member is shown to meet a part: they are shown part
    by part."""
    met = {held.condition for held in consortium.remarks.holds}
    met |= {held.condition for reason in consortium.reasons for held in reason.brings}

    def is_shown(facet: Facet) -> bool:
        names = (name.split()[-1] for name in met if name)
        return facet.kind is FacetKind.CRITERION and any(name in facet.text for name in names)

    return tuple(at for at in consortium.uncovered if not is_shown(facets[at]))


def _member_by_id(wanted: str, where: str, reader: Member, members: Mapping[str, Member]) -> Member:
    if wanted == reader.id:
        return reader
    if wanted not in members:
        raise DigestRefused(f"{where} names member {wanted!r}, whom the register does not hold; match again")
    return members[wanted]


def _pick_facets(indices: tuple[int, ...], facets: tuple[Facet, ...], most: int) -> tuple[Facet, ...]:
    """At most `most` facets, by descending weight, each text once. Titles describe the whole lot and are shown only
    when there is no other facet; Belgian federal notices have a title facet for each of two to four languages."""
    heaviest = sorted((facets[i] for i in indices), key=lambda facet: -facet.weight)
    parts = [facet for facet in heaviest if facet.kind is not FacetKind.TITLE] or heaviest[:1]
    return tuple({facet.text: facet for facet in reversed(parts)}.values())[::-1][:most]
