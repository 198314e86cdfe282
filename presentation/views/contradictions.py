"""Checks that nothing in a card contradicts a fact beside it, from the facts themselves and not from what was written.

Matching's own checker (matching/reason_checks.py) checks each reason against the lot and the member; here a card is
checked as a whole: its reasons, what weakens it, its group, its sentences. Used by tests over whole nights, and by
bench.letter_reasons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from presentation.digest_model import ConsortiumSummary, Digest, Item, Lowering, MatchExplanation, Section, count_days
from presentation.languages import shorten_language
from presentation.sanitize import clean_text
from warehouse.codes.classifications import Cpv
from warehouse.model.match_results import GroupReasonKind, ReasonKind
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot, stated_value

_CLOSING_DAYS = 7
_COMFORTABLE_DAYS = 14
_FAMILY_DIGITS = 3


def find_contradictions(digest: Digest, members: Mapping[str, Member]) -> list[str]:
    """One line for each contradiction in a letter; empty when there is none. `members` are the firms by id."""
    return [
        f"{digest.member.id} {item.lead.uid}: {fault}"
        for item in digest.items
        for fault in _faults(item, digest.member, digest.as_of, members)
    ]


def _faults(item: Item, reader: Member, as_of: datetime, members: Mapping[str, Member]) -> Iterator[str]:
    yield from _faults_of_time(item, as_of)
    yield from _faults_of_sentences(item)
    if item.why:
        yield from _faults_of_reasons(item.why, item.lead, reader)
        yield from _faults_of_lowerings(item.why, item.lead, reader, as_of)
    if item.coalition:
        yield from _faults_of_group(item.coalition, members)
        if item.why:
            yield from _faults_between(item.why, item.coalition)


def _faults_of_time(item: Item, as_of: datetime) -> Iterator[str]:
    if item.award or item.is_withdrawn or item.deadline is None:
        return
    days = count_days(as_of, item.deadline.at)
    if item.section is Section.CLOSING and not 0 <= days <= _CLOSING_DAYS:
        yield f"stands under what closes within a week, and {days} days are left"
    if item.section is Section.NEW and days <= _CLOSING_DAYS:
        yield f"stands under what is new, and {days} days are left"


def _faults_of_sentences(item: Item) -> Iterator[str]:
    """The sentences are the notice's own, whole or cut."""
    texts = (*item.lead.lot.descriptions, *item.lead.notice.descriptions, *item.lead.notice.titles)
    written = " ".join(_squeeze(text.value) for text in texts)
    for sentence in item.sentences:
        if _squeeze(sentence.value.rstrip("…")) not in written:
            yield f"the notice does not say {sentence.value[:60]!r}"


def _squeeze(text: str) -> str:
    return re.sub(r"\W+", "", clean_text(text)).casefold()


def _faults_of_reasons(why: MatchExplanation, lot: OpenLot, reader: Member) -> Iterator[str]:
    codes = {code.code for code in (lot.lot.cpv or lot.notice.cpv)}
    places = lot.lot.nuts or lot.notice.nuts
    kinds = [reason.kind for reason in why.reasons]
    if len(kinds) > 2 or ReasonKind.PLACE in kinds[:-1]:
        yield "more than two reasons, or a place before another one"
    if len({reason.offered.value for reason in why.reasons}) < len(kinds):
        yield "one text of the member is given as a reason twice"
    for reason in why.reasons:
        if reason.kind is ReasonKind.WORDS and not _share_language(
            reason.requirement.language, reason.offered.language
        ):
            yield f"the same words in {reason.requirement.language} and {reason.offered.language}"
        if reason.kind is ReasonKind.CPV and reason.code not in codes:
            yield f"the notice does not name the code {reason.code}"
        if reason.kind is ReasonKind.PLACE and reason.is_buyers_address is bool(places):
            yield "a place of the notice is called the buyer's, or the buyer's the notice's"
    if any(reason.kind is ReasonKind.PLACE for reason in why.reasons) and Lowering.PLACE in why.lowered_by:
        named = next(reason for reason in why.reasons if reason.kind is ReasonKind.PLACE)
        if named.requirement.value[:2] == reader.nuts.country:
            yield "the place speaks for it, and its country against it"


def _share_language(one: str | None, other: str | None) -> bool:
    return shorten_language(one) == shorten_language(other)


def _faults_of_lowerings(why: MatchExplanation, lot: OpenLot, reader: Member, as_of: datetime) -> Iterator[str]:
    lowered, deadline = set(why.lowered_by), lot.lot.deadline
    if Lowering.TIME in lowered and deadline and count_days(as_of, deadline.at) >= _COMFORTABLE_DAYS:
        yield "little time is said to be left"
    value = stated_value(lot.lot, lot.notice)
    if Lowering.SIZE in lowered and not (value and reader.turnover and reader.turnover.amount < value.money.amount):
        yield f"the estimate is said to exceed the turnover, beside {value} and {reader.turnover}"
    if Lowering.TURNOVER in lowered and reader.turnover:
        yield "a turnover is said to be unknown that is known"
    accepted = {shorten_language(language) for language in lot.lot.tender_languages}
    if Lowering.LANGUAGE in lowered and (not accepted or reader.languages[0] in accepted):
        yield f"the language {reader.languages[0]} is said not to be accepted, beside {accepted}"
    own = [code for competence in reader.competences for code in competence.cpv]
    named = any(code.common(mine) >= _FAMILY_DIGITS for code in lot.lot.cpv or lot.notice.cpv for mine in own)
    if Lowering.CPV in lowered and (named or any(reason.kind is ReasonKind.CPV for reason in why.reasons)):
        yield "no code is said to name it, and one does"
    places = lot.lot.nuts or lot.notice.nuts
    if Lowering.PLACE in lowered and any(place.country == reader.nuts.country for place in places):
        yield "it is said to be in another country, and a place is in the reader's"


def _faults_of_group(group: ConsortiumSummary, members: Mapping[str, Member]) -> Iterator[str]:
    if group.best_alone_coverage > group.coverage + 1e-9:
        yield "one firm alone covers more than all together"
    brought = {facet.text for partner in group.partners for facet in (*partner.brings, *partner.shares)}
    if missing := brought & {facet.text for facet in group.uncovered}:
        yield f"is brought by a firm and missing: {sorted(missing)[0][:60]!r}"
    held = [thing for reason in group.reasons if reason.kind is GroupReasonKind.CERTIFICATES for thing in reason.brings]
    for thing in held:
        if thing.member in members and not members[thing.member].certificates:
            yield f"{thing.member} is said to hold {thing.condition!r}, and states no certificate"
        if thing.condition in group.remarks.unverified:
            yield f"{thing.condition!r} is held by {thing.member}, and to be verified"
    yield from _faults_of_turnover(group, [members[p.member] for p in group.partners if p.member in members])


def _faults_of_turnover(group: ConsortiumSummary, firms: Sequence[Member]) -> Iterator[str]:
    for reason in group.reasons:
        if reason.kind is GroupReasonKind.TURNOVER:
            amount, currency = Decimal(reason.asked.split()[0]), reason.asked.split()[1]
            known = [firm.turnover.amount for firm in firms if firm.turnover and firm.turnover.currency == currency]
            if max(known, default=Decimal(0)) >= amount or sum(known) < amount:
                yield f"a turnover of {reason.asked} is said to be met together only, beside {known}"


def _faults_between(why: MatchExplanation, group: ConsortiumSummary) -> Iterator[str]:
    """Between the reader's reasons and what other firms are said to bring alone."""
    own = {Cpv.read(reason.code).code for reason in why.reasons if reason.code and reason.code == reason.offered.value}
    for partner in group.partners:
        for facet in () if partner.is_reader else partner.brings:
            if facet.code and Cpv.read(facet.code).code in own:
                yield f"{facet.code} is the reader's own code, and only {partner.name} is said to bring it"
