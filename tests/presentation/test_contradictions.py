"""The checker of cards finds what contradicts a fact: each fault is put into a letter that has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from presentation.digest_model import Item, Lowering, Section, ShownReason
from presentation.views.contradictions import find_contradictions
from tests.support.letters.digest_examples import (
    MEMBERS,
    NIGHT,
    NUAGERA,
    compose,
    make_consortium,
    make_lot,
    make_match_result,
)
from warehouse.model.match_results import Facet, FacetKind, GroupReason, GroupReasonKind, Held, ReasonKind
from warehouse.model.notices import Text


def whole_item() -> Item:
    lot = make_lot("1", closes=NIGHT + timedelta(days=20))
    digest = compose((lot, make_match_result(lot, 0.8, make_consortium(lot))))
    assert digest
    return replace(digest.items[0], sentences=(Text("refroidissement et virtualisation de 120 baies", "FRA"),))


def faults_of(item: Item) -> list[str]:
    lot = make_lot("1", closes=NIGHT + timedelta(days=20))
    digest = compose((lot, make_match_result(lot)))
    assert digest
    return find_contradictions(replace(digest, items=(item,)), {**MEMBERS, "nuagera": NUAGERA})


def lowered(*things: Lowering) -> Callable[[Item], Item]:
    return lambda item: replace(item, why=replace(item.why, lowered_by=things))  # type: ignore[type-var]


def reasoned(*reasons: ShownReason) -> Callable[[Item], Item]:
    return lambda item: replace(item, why=replace(item.why, reasons=reasons))  # type: ignore[type-var]


def grouped(**changes: object) -> Callable[[Item], Item]:
    return lambda item: replace(item, coalition=replace(item.coalition, **changes))  # type: ignore[type-var, arg-type]


def shown(kind: ReasonKind, requirement: str, offered: str, code: str | None = None) -> ShownReason:
    return ShownReason(kind, Text(requirement, "FRA"), code, Text(offered, "NLD"))


def other_brings_own_code(item: Item) -> Item:
    assert item.coalition
    code = (Facet(FacetKind.CPV, "Services informatiques", 0.2, "fr", "72400000"),)
    partners = tuple(replace(p, brings=() if p.is_reader else code) for p in item.coalition.partners)
    own = shown(ReasonKind.CPV, "72400000", "72400000", "72400000")
    return reasoned(own)(replace(item, coalition=replace(item.coalition, partners=partners)))


def test_a_letter_without_faults_has_none() -> None:
    assert faults_of(whole_item()) == []


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lowered(Lowering.TIME), "little time"),
        (lowered(Lowering.PLACE), "another country"),
        (lowered(Lowering.CPV), "no code is said"),
        (lowered(Lowering.LANGUAGE), "the language fr"),
        (lowered(Lowering.SIZE), "exceed the turnover"),
        (lowered(Lowering.TURNOVER), "said to be unknown"),
        (reasoned(shown(ReasonKind.WORDS, "réseau", "netwerk")), "the same words in"),
        (reasoned(shown(ReasonKind.CPV, "48000000", "48000000", "48000000")), "does not name the code"),
        (reasoned(*[shown(ReasonKind.MEANING, "a", "x")] * 2), "twice"),
        (
            reasoned(shown(ReasonKind.PLACE, "BE32B", "BE32"), shown(ReasonKind.MEANING, "a", "x")),
            "a place before another",
        ),
        (
            reasoned(replace(shown(ReasonKind.PLACE, "BE32B", "BE32"), is_buyers_address=True)),
            "is called the buyer's",
        ),
        (grouped(best_alone_coverage=0.99), "covers more than all together"),
        (
            grouped(
                reasons=(GroupReason(GroupReasonKind.CERTIFICATES, "", (Held("froiduval", "ISO 27001"),)),),
            ),
            "states no certificate",
        ),
        (grouped(reasons=(GroupReason(GroupReasonKind.TURNOVER, "1000 EUR", ()),)), "met together only"),
        (other_brings_own_code, "is the reader's own code"),
        (lambda item: replace(item, sentences=(Text("Une grue de chantier", "FRA"),)), "does not say"),
        (lambda item: replace(item, section=Section.CLOSING), "20 days are left"),
    ],
)
def test_each_contradiction_is_found(spoil: Callable[[Item], Item], fault: str) -> None:
    assert {fault in found for found in faults_of(spoil(whole_item()))} == {True}
