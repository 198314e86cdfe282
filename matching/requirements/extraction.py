"""What a lot asks of whoever tenders: fields first, then sentence by sentence, each thing once with its weight.

Here belongs which words are read and what is left of what was found. How a kind is recognised is
asked/finding.py's, how members stand before it answers.py's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from matching.requirements.clauses import Clause, clauses, own_number
from matching.requirements.extractors import FINDERS, Asked, may_ask
from matching.requirements.passages import Passage, Place, passages_of
from matching.text.language import language_of, two_letters
from matching.text.sentences import shorten
from warehouse.model.notices import OpenLot
from warehouse.model.requirements import Requirement, RequirementKind, Rule, Source

SHARES = {
    RequirementKind.REFERENCE: 0.30,
    RequirementKind.TURNOVER: 0.20,
    RequirementKind.CERTIFICATE: 0.20,
    RequirementKind.STAFF: 0.20,
    RequirementKind.LANGUAGE: 0.10,
}
"""What each kind weighs before kinds that a lot does not ask are left out and the rest brought to 1."""

_CODES = (
    ("slc-stand-to-", RequirementKind.TURNOVER),
    ("slc-abil-ref-", RequirementKind.REFERENCE),
    ("slc-abil-staff-", RequirementKind.STAFF),
    ("slc-sche-qu-cert", RequirementKind.CERTIFICATE),
    ("slc-sche-env-cert", RequirementKind.CERTIFICATE),
    ("slc-abil-qual-inst", RequirementKind.CERTIFICATE),
    ("curricula-", RequirementKind.STAFF),
    ("clearance", RequirementKind.CERTIFICATE),
)
"""BT-809 (codes of SDK 1.13), BT-79 and BT-578 by what they ask for: a code says it even where the words do not."""

_MOST = 40


def requirements_of(open_lot: OpenLot) -> tuple[Requirement, ...]:
    """Everything asked, each thing once: languages of the tender (BT-97), then in the order of the notice. The weights
    sum to 1 (to rounding); a lot that asks nothing has none. What names other lots only is left out."""
    own = own_number(open_lot)
    found = [*_in_fields(open_lot)]
    for passage in passages_of(open_lot):
        if passage.place != Place.TITLE:
            found += _in_passage(passage, own)
    return _weighed(_settled(found)[:_MOST])


def _in_fields(open_lot: OpenLot) -> Iterator[Requirement]:
    codes = [two_letters(code) or code.lower() for code in open_lot.lot.tender_languages]
    if codes:
        yield Requirement(
            RequirementKind.LANGUAGE, Rule.ANY, "BT-97: " + ", ".join(codes), Source.FIELD, name="/".join(codes)
        )


def _in_passage(passage: Passage, own: int | None) -> list[Requirement]:
    language = language_of(passage.text) or None
    found = [
        requirement
        for clause in (clauses(passage, own) if may_ask(passage) else ())
        for find in FINDERS
        for requirement in find(Asked(clause, passage.place, language))
    ]
    coded = next((kind for start, kind in _CODES if (passage.code or "").startswith(start)), None)
    if coded and all(requirement.kind != coded for requirement in found):
        words = next(clauses(passage, None), Clause(passage.code or "")).text
        rule = Rule.SUM if coded == RequirementKind.TURNOVER else Rule.ANY
        name = "security clearance" if passage.code == "clearance" else ""
        found.append(Requirement(coded, rule, words, Source.FIELD, name=name, language=language))
    return found


def _settled(found: Iterable[Requirement]) -> list[Requirement]:
    """Each value of a kind once, hard where it is hard anywhere; nothing without a value beside one that has it."""
    told: dict[tuple[str, str, str | None, bool], Requirement] = {}
    for one in found:
        key = (one.kind, one.value, one.level, one.source == Source.FIELD)
        first = told.get(key)
        told[key] = replace(first, is_hard=first.is_hard or one.is_hard) if first else one
    valued = {kind for kind, value, *_ in told if value}
    classes = any(value.startswith("agréation ") for _, value, *_ in told)
    return [
        replace(one, sentence=shorten(one.sentence))
        for one in told.values()
        if (one.value or one.kind not in valued) and not (classes and one.value == "agréation")
    ]


def _weighed(found: list[Requirement]) -> tuple[Requirement, ...]:
    """By the shares of the kinds; within a kind what may be left out weighs half."""
    present = dict.fromkeys((one.kind for one in found), 0.0)
    for one in found:
        present[one.kind] += _part(one)
    whole = sum(SHARES[kind] for kind in present)
    return tuple(replace(one, weight=SHARES[one.kind] / whole * _part(one) / present[one.kind]) for one in found)


def _part(one: Requirement) -> float:
    return 1.0 if one.is_hard else 0.5
