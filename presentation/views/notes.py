"""The remarks on a consortium as sentences: the binding constraint, what one firm alone does not meet, what is
unverified, value-chain stages, borders, joint awards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from presentation.digest_model import ConsortiumSummary, JoinedAward
from presentation.i18n import Phrases, translatable, translatable_plural
from presentation.sanitize import clip_text
from warehouse.model.match_results import Remarks

_CONSTRAINTS = {
    "turnover": translatable("the turnover that is asked"),
    "lead": translatable("the part of the turnover that the lead must have"),
    "size": translatable("the number of firms, five at most"),
    "conflicts": translatable("members that may not stand together"),
}
"""The solver's names of its own constraints; other constraints are shown as the notice's text in quotation marks."""

_STAGES = {
    "design": translatable("design"),
    "build": translatable("construction"),
    "integrate": translatable("integration"),
    "host": translatable("hosting"),
    "operate": translatable("operation"),
    "train": translatable("training"),
}
"""The value-chain stages by their name in the members' file."""

_TOGETHER = translatable_plural(
    "{members} won together before: {n} award.", "{members} won together before: {n} awards."
)
_JOINED = translatable_plural(
    "{members}: {n} purchase won together, “{title}”.",
    "{members}: {n} purchases won together, the most similar “{title}”.",
)
_MOST = 3
_MOST_IN_A_LETTER = 1
_LEAST_GAIN = 0.005
"""Coverage below which a constraint costs "0 %": it is not named."""


def describe_remarks(coalition: ConsortiumSummary, phrases: Phrases) -> tuple[str, ...]:
    """The sentences, first those about conditions that a tender must meet."""
    remarks, names = coalition.remarks, {partner.member: partner.name for partner in coalition.partners}
    return (*_describe_conditions(coalition, names, phrases), *_describe_circumstances(remarks, names, phrases))


def describe_joined(joined: JoinedAward, phrases: Phrases) -> str:
    """A group that won such a purchase together, its members named."""
    names = phrases.join_list([clip_text(name, 60) for name in joined.names])
    title = clip_text(joined.title, 120)
    notified = [phrases.translate_plural(*_JOINED, joined.purchases, members=names, title=title)]
    if joined.is_same_buyer:
        notified.append(phrases.translate("It was for the same buyer."))
    if joined.partner_only:
        notified.append(describe_partners_only([clip_text(name, 60) for name in joined.partner_only], phrases))
    return " ".join(notified)


def describe_partners_only(names: list[str], phrases: Phrases) -> str:
    """Who can answer beside another firm and not alone."""
    members = phrases.join_list(names)
    return phrases.translate("As a partner only, because of the language of the tender: {members}.", members=members)


def describe_main_remarks(coalition: ConsortiumSummary, phrases: Phrases) -> tuple[str, ...]:
    """The remarks that decide whether to go on reading, for a letter: what one firm alone lacks where no other reason
    says so, who can be a partner only, what nobody is shown to meet, who won together before. The page has all."""
    remarks, names = coalition.remarks, {partner.member: partner.name for partner in coalition.partners}
    return (
        *([] if coalition.reasons else _describe_lacking(coalition, phrases)),
        *_describe_partner_only(coalition, names, phrases),
        *_describe_unverified(remarks, phrases),
        *_describe_won_together(remarks, names, phrases),
    )[:_MOST_IN_A_LETTER]


def _describe_conditions(coalition: ConsortiumSummary, names: Mapping[str, str], phrases: Phrases) -> Iterator[str]:
    remarks = coalition.remarks
    yield from _describe_lacking(coalition, phrases)
    named = {held for reason in coalition.reasons for held in reason.brings}
    holds = [held for held in remarks.holds if held not in named]
    for member in dict.fromkeys(held.member for held in holds):
        held = _list_things(
            (held_condition.condition for held_condition in holds if held_condition.member == member), phrases
        )
        yield phrases.translate("Only {member} is shown to meet: {things}.", member=_name(member, names), things=held)
    yield from _describe_partner_only(coalition, names, phrases)
    yield from _describe_unverified(remarks, phrases)
    if remarks.silent_turnover:
        yield phrases.translate(
            "Turnover not known to us, so counted as nothing: {members}.",
            members=_list_names(remarks.silent_turnover, names, phrases),
        )
    if remarks.bound_by and remarks.bound_gain >= _LEAST_GAIN:
        yield phrases.translate(
            "What decides this choice: {thing}. Without it, {share} more could be covered.",
            thing=_name_thing(remarks.bound_by, phrases),
            share=phrases.format_share(remarks.bound_gain),
        )


def _describe_lacking(coalition: ConsortiumSummary, phrases: Phrases) -> Iterator[str]:
    if not coalition.remarks.alone_lacks:
        return
    things = _list_things(coalition.remarks.alone_lacks, phrases)
    if coalition.best_alone_is_reader:
        yield phrases.translate("By yourself you are not shown to meet: {things}.", things=things)
    else:
        member = clip_text(coalition.best_alone, 60)
        yield phrases.translate("By itself {member} is not shown to meet: {things}.", member=member, things=things)


def _describe_partner_only(coalition: ConsortiumSummary, names: Mapping[str, str], phrases: Phrases) -> Iterator[str]:
    if coalition.partner_only:
        yield describe_partners_only([_name(member, names) for member in coalition.partner_only], phrases)


def _describe_unverified(remarks: Remarks, phrases: Phrases) -> Iterator[str]:
    if remarks.unverified:
        things = _list_things(remarks.unverified, phrases)
        yield phrases.translate("To be verified, for we know of nobody here who meets it: {things}.", things=things)


def _describe_circumstances(remarks: Remarks, names: Mapping[str, str], phrases: Phrases) -> Iterator[str]:
    if remarks.stages:
        stages = phrases.join_list(
            [phrases.translate(_STAGES[stage]) if stage in _STAGES else stage for stage in remarks.stages]
        )
        yield phrases.translate("Stages covered: {stages}.", stages=stages)
    if remarks.is_cross_border:
        countries = phrases.join_list([phrases.name_country(country) for country in remarks.countries])
        yield phrases.translate("Across a border: {countries}.", countries=countries)
    yield from _describe_won_together(remarks, names, phrases)
    for pair in dict.fromkeys(joint.members for joint in remarks.joint if not joint.notice):
        members = _list_names(pair, names, phrases)
        yield phrases.translate("{members} said that they answered another call together.", members=members)


def _describe_won_together(remarks: Remarks, names: Mapping[str, str], phrases: Phrases) -> Iterator[str]:
    won = [joint.members for joint in remarks.joint if joint.notice]
    for pair in dict.fromkeys(won):
        yield phrases.translate_plural(*_TOGETHER, won.count(pair), members=_list_names(pair, names, phrases))


def _list_things(things: Iterable[str], phrases: Phrases) -> str:
    return phrases.join_list([_name_thing(thing, phrases) for thing in list(things)[:_MOST]])


def _name_thing(thing: str, phrases: Phrases) -> str:
    return phrases.translate(_CONSTRAINTS[thing]) if thing in _CONSTRAINTS else f"“{clip_text(thing, 160).rstrip('.')}”"


def _list_names(members: Sequence[str], names: Mapping[str, str], phrases: Phrases) -> str:
    return phrases.join_list([_name(member, names) for member in members])


def _name(member: str, names: Mapping[str, str]) -> str:
    return clip_text(names.get(member, member), 60)
