"""Composes the digest of one member and edition: which procedures, in which section and order, up to a maximum.

Pure functions without text, markup, store or clock: lots, match results and earlier notifications give a Digest or
None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby

from digests.composing.candidates import (
    DigestCandidate,
    is_closing,
    select_awarded,
    select_candidates,
    select_withdrawn,
)
from digests.composing.change_fingerprint import group_notified, moved_deadline
from digests.composing.editions import name_edition, name_heartbeat
from presentation.digest_model import AwardedLot, ConsortiumSummary, Digest, Item, NotifiedLot, Section
from presentation.lot_changes import corrections_of_lot
from presentation.views.consortium_summary import covers_more_together, describe_past_groups, summarise_consortium
from presentation.views.match_explanation import explain_match
from presentation.views.needs import sentences_in
from warehouse.model.changes import Difference
from warehouse.model.match_results import MatchResult
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot

_READING_ORDER = {section: place for place, section in enumerate(Section)}
_PRIORITY = {Section.CLOSING: 0, Section.CHANGED: 1, Section.NEW: 2, Section.COALITION: 2, Section.AWARDED: 3}
"""The priority of a section when the maximum cuts the digest. New lots and consortia share a priority and alternate, so
that many new lots do not displace the only consortium."""


def compose_digest(
    member: Member,
    lots: Mapping[str, OpenLot],
    match_results: Iterable[MatchResult],
    *,
    as_of: datetime,
    members: Mapping[str, Member],
    notified: Iterable[NotifiedLot] = (),
    missing_sources: tuple[str, ...] = (),
    withdrawn: Iterable[OpenLot] = (),
    awarded: Iterable[AwardedLot] = (),
    differences: Mapping[str, tuple[Difference, ...]] | None = None,
) -> Digest | None:
    """The digest of `member` for the edition that contains `as_of`; None when it would have no items.

    Args:
        member: the reader.
        lots: the open lots by uid.
        match_results: of the night.
        as_of: the night's zone-aware moment.
        members: all members by id.
        notified: the member's earlier notifications from the outbox, oldest first.
        missing_sources: titles of the sources that failed this night.
        withdrawn: lots that were cancelled; only those the member was notified of are used.
        awarded: lots that were awarded; only those the member was notified of are used.
        differences: by lot uid, the facts that changed since the member was notified.

    Raises DigestRefused when a match result names a member that is not in `members`.
    """
    known = group_notified(notified)
    candidates = [
        *select_candidates(member, lots, match_results, known, as_of, {**members, member.id: member}),
        *select_withdrawn(withdrawn, known),
        *select_awarded(awarded, known),
    ]
    purchases = _group_purchases(candidates)
    kept = _select_most(purchases, most_items(member))
    if not kept:
        return None
    return Digest(
        member=member,
        edition=name_edition(member.preferences.frequency, as_of),
        as_of=as_of,
        items=tuple(_compose_item(purchase, member, members, as_of, differences or {}) for purchase in kept),
        left_out=len(purchases) - len(kept),
        missing_sources=missing_sources,
        notified=tuple(_notified_lot(candidate, as_of) for purchase in kept for candidate in purchase),
        looked_at=len(lots),
    )


def compose_heartbeat(
    member: Member, looked_at: int, *, as_of: datetime, missing_sources: tuple[str, ...] = ()
) -> Digest:
    """A digest without items.

    Args:
        member: the reader.
        looked_at: open lots that were considered.
        as_of: the night's zone-aware moment.
        missing_sources: titles of the sources that failed this night.
    """
    return Digest(member, name_heartbeat(as_of), as_of, (), 0, missing_sources, (), looked_at=looked_at)


def most_items(member: Member) -> int:
    """The member's maximum of items, at most twenty because Gmail clips messages at 102 KB."""
    return min(member.preferences.maximum, 20)


def _group_purchases(candidates: list[DigestCandidate]) -> list[tuple[DigestCandidate, ...]]:
    """One group of candidates per procedure, which becomes one item. The candidate of the first section in reading
    order leads, the strongest among equals. Awarded lots are grouped alone, because each has its own winner."""

    def purchase(candidate: DigestCandidate) -> tuple[str, str]:
        return candidate.lot.procedure_uid, candidate.lot.uid if candidate.award else ""

    def urgency(candidate: DigestCandidate) -> tuple[int, float, str]:
        return _READING_ORDER[candidate.section], -candidate.strength, candidate.lot.uid

    once = {(candidate.lot.uid, candidate.award is None): candidate for candidate in candidates}.values()
    ordered = sorted(once, key=lambda candidate: (purchase(candidate), urgency(candidate)))
    return [tuple(group) for _, group in groupby(ordered, key=purchase)]


def _select_most(purchases: list[tuple[DigestCandidate, ...]], maximum: int) -> list[tuple[DigestCandidate, ...]]:
    """At most `maximum` groups in reading order: by deadline in CLOSING and CHANGED, by descending strength
    elsewhere."""
    ranked: list[tuple[int, int, int, tuple[DigestCandidate, ...]]] = []
    for section, place in _READING_ORDER.items():
        own = sorted((p for p in purchases if p[0].section is section), key=_order_in_section)
        ranked += [(_PRIORITY[section], turn, place, purchase) for turn, purchase in enumerate(own)]
    kept = sorted(ranked, key=lambda rank: rank[:3])[:maximum]
    return [purchase for *_, purchase in sorted(kept, key=lambda rank: (rank[2], rank[1]))]


def _order_in_section(purchase: tuple[DigestCandidate, ...]) -> tuple[float, str]:
    lead = purchase[0]
    if lead.section in (Section.CLOSING, Section.CHANGED):
        deadline = lead.lot.lot.deadline
        return (deadline.at.timestamp() if deadline else float("inf")), lead.lot.uid
    return -lead.strength, lead.lot.uid


def _compose_item(
    purchase: tuple[DigestCandidate, ...],
    member: Member,
    members: Mapping[str, Member],
    as_of: datetime,
    differences: Mapping[str, tuple[Difference, ...]],
) -> Item:
    lead = purchase[0]
    is_followed = lead.award is None and not lead.is_withdrawn
    return Item(
        section=lead.section,
        lots=tuple(candidate.lot for candidate in purchase),
        why=explain_match(lead.match, lead.facets, lead.lot, member, as_of) if lead.match else None,
        coalition=_summarise_consortium(lead, member, members),
        is_new=not lead.earlier,
        moved_from=moved_deadline(lead.lot, lead.earlier) if is_followed else None,
        corrections=corrections_of_lot(lead.lot) if lead.section is Section.CHANGED else (),
        differences=_collect_differences(purchase, differences) if lead.section is Section.CHANGED else (),
        is_withdrawn=lead.is_withdrawn,
        award=lead.award,
        grappes=lead.grappes,
        joined=describe_past_groups(lead.match_result, member, members) if is_followed else (),
        sentences=sentences_in(lead.lot, lead.facets, member.languages) if is_followed else (),
    )


def _collect_differences(
    purchase: tuple[DigestCandidate, ...], differences: Mapping[str, tuple[Difference, ...]]
) -> tuple[Difference, ...]:
    """The changed facts of the lots of one item, without duplicates, those of the leading lot first."""
    changed = (candidate for candidate in purchase if candidate.section is Section.CHANGED)
    return tuple(dict.fromkeys(found for candidate in changed for found in differences.get(candidate.lot.uid, ())))


def _summarise_consortium(
    lead: DigestCandidate, member: Member, members: Mapping[str, Member]
) -> ConsortiumSummary | None:
    if lead.consortium is None or not covers_more_together(lead.consortium):
        return None
    return summarise_consortium(lead.consortium, lead.facets, member, members)


def _notified_lot(candidate: DigestCandidate, as_of: datetime) -> NotifiedLot:
    deadline = candidate.lot.lot.deadline
    return NotifiedLot(
        lot_uid=candidate.lot.uid,
        section=candidate.section,
        fingerprint=candidate.fingerprint,
        deadline=deadline.at if deadline else None,
        closing=is_closing(candidate.lot, as_of),
    )
