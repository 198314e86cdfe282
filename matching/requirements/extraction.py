"""What a lot requires of tenderers: fields first, then sentence by sentence, each requirement once with its weight.

Which words are read and how findings are merged. How a kind is recognised is in extractors.py, whether members meet it
in compliance.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from matching.requirements.clauses import Clause, clauses, own_number
from matching.requirements.extractors import FINDERS, ClauseContext, may_require
from matching.requirements.passages import Passage, PassagePlace, passages_of
from matching.text.language import language_of, two_letters
from matching.text.sentences import shorten
from warehouse.model.notices import OpenLot
from warehouse.model.requirements import Requirement, RequirementKind, RequirementSource, Rule

SHARES = {
    RequirementKind.REFERENCE: 0.30,
    RequirementKind.TURNOVER: 0.20,
    RequirementKind.CERTIFICATE: 0.20,
    RequirementKind.STAFF: 0.20,
    RequirementKind.LANGUAGE: 0.10,
}
"""Weight of each kind before kinds that a lot does not have are left out and the rest brought to 1."""

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
"""BT-809 (codes of SDK 1.13), BT-79 and BT-578 by what they require: a code is enough even where the words are not."""

_MOST = 40


def requirements_of(open_lot: OpenLot) -> tuple[Requirement, ...]:
    """Every requirement once: languages of the tender (BT-97), then in the order of the notice. The weights sum to 1
    (to rounding); a lot without requirements has none. What names other lots only is left out."""
    own = own_number(open_lot)
    found = [*_in_fields(open_lot)]
    for passage in passages_of(open_lot):
        if passage.place != PassagePlace.TITLE:
            found += _in_passage(passage, own)
    return _weighed(_settled(found)[:_MOST])


def _in_fields(open_lot: OpenLot) -> Iterator[Requirement]:
    codes = [two_letters(code) or code.lower() for code in open_lot.lot.tender_languages]
    if codes:
        yield Requirement(
            RequirementKind.LANGUAGE,
            Rule.ANY,
            "BT-97: " + ", ".join(codes),
            RequirementSource.FIELD,
            name="/".join(codes),
        )


def _in_passage(passage: Passage, own: int | None) -> list[Requirement]:
    language = language_of(passage.text) or None
    found = [
        requirement
        for clause in (clauses(passage, own) if may_require(passage) else ())
        for find in FINDERS
        for requirement in find(ClauseContext(clause, passage.place, language))
    ]
    coded = next((kind for start, kind in _CODES if (passage.code or "").startswith(start)), None)
    if coded and all(requirement.kind != coded for requirement in found):
        words = next(clauses(passage, None), Clause(passage.code or "")).text
        rule = Rule.SUM if coded == RequirementKind.TURNOVER else Rule.ANY
        name = "security clearance" if passage.code == "clearance" else ""
        found.append(Requirement(coded, rule, words, RequirementSource.FIELD, name=name, language=language))
    return found


def _settled(found: Iterable[Requirement]) -> list[Requirement]:
    """Each value of a kind once, hard where it is hard anywhere; nothing without a value beside one that has it."""
    settled: dict[tuple[str, str, str | None, bool], Requirement] = {}
    for found_requirement in found:
        key = (
            found_requirement.kind,
            found_requirement.value,
            found_requirement.level,
            found_requirement.source == RequirementSource.FIELD,
        )
        first = settled.get(key)
        settled[key] = (
            replace(first, is_hard=first.is_hard or found_requirement.is_hard) if first else found_requirement
        )
    valued = {kind for kind, value, *_ in settled if value}
    classes = any(value.startswith("agréation ") for _, value, *_ in settled)
    return [
        replace(found_requirement, sentence=shorten(found_requirement.sentence))
        for found_requirement in settled.values()
        if (found_requirement.value or found_requirement.kind not in valued)
        and not (classes and found_requirement.value == "agréation")
    ]


def _weighed(found: list[Requirement]) -> tuple[Requirement, ...]:
    """By the shares of the kinds; within a kind a requirement that is not hard has half the weight."""
    present = dict.fromkeys((found_requirement.kind for found_requirement in found), 0.0)
    for found_requirement in found:
        present[found_requirement.kind] += _part(found_requirement)
    whole = sum(SHARES[kind] for kind in present)
    return tuple(
        replace(
            found_requirement,
            weight=SHARES[found_requirement.kind] / whole * _part(found_requirement) / present[found_requirement.kind],
        )
        for found_requirement in found
    )


def _part(found_requirement: Requirement) -> float:
    return 1.0 if found_requirement.is_hard else 0.5
