"""Measures of a member's awards: the roofer is nearer to the roof, whoever else is there; competences count beside."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.fit.awards.award_features import traits_of_award, worth_of
from matching.fit.awards.award_history import RECORD_NAMES, Records
from matching.fit.awards.code_embeddings import CodeVectors, learn_codes
from matching.fit.features import KINDS, Measures
from matching.relevance.lot_text import read_lot_text
from matching.requirements.facets import facets_of
from matching.similarity.statement_index import StatementPool
from tests.support.matching_world import competence, lot, member
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.match_results import ReasonKind
from warehouse.model.members import Member
from warehouse.model.notices import Buyer, Money, OpenLot, Organisation, Reference, Text

ROOFER, CODER, NEW = member("a-roofer"), member("b-coder"), member("c-new", competence("Toiture", "45261000"))


def won(who: Member, title: str, code: str, place: str, buyer: str, worth: int) -> Reference:
    titles = (Text(title, "FRA"),)
    nuts = (Nuts(place),) if place else ()
    value = Money(Decimal(worth), "EUR")
    return Reference(
        who.company_number, f"n-{title}", "LOT-0001", titles, (Cpv(code),), nuts, None, value, (), (buyer,)
    )


PAST = (
    won(ROOFER, "Toit en ardoise", "45261210", "BE32B", "BE0999000199", 40_000),
    won(ROOFER, "Couverture en zinc", "45261213", "BE323", "BE0999000298", 50_000),
    won(CODER, "Logiciel de paie", "48450000", "BE100", "BE0999000397", 900_000),
    won(CODER, "Logiciel de finances", "48440000", "BE211", "BE0999000397", 700_000),
    won(NEW, "Gouttières", "45261320", "BE32B", "BE0999000496", 30_000),
)


def a_lot(title: str = "Réfection du toit en ardoise", code: str = "45261210", place: str = "BE32B") -> OpenLot:
    found = lot(title, cpv=[code] if code else [], nuts=[place] if place else [])
    body = Organisation("ORG-1", (Text("Ville de Valmont", "FRA"),), "BE0999000199", "BEL")
    found = replace(found, notice=replace(found.notice, buyers=(Buyer(body),)))
    return replace(found, lot=replace(found.lot, estimate=Money(Decimal(45_000), "EUR")))


def trades() -> CodeVectors:
    """Learned from others: roofers win roofs and gutters, coders software."""
    bought = [
        (traits_of_award(award, {}).terms, [f"{award.company_number}-{n % 4}"]) for n in range(24) for award in PAST[:4]
    ]
    return learn_codes(bought)


def measured(
    *lots: OpenLot, past: tuple[Reference, ...] = PAST, members: tuple[Member, ...] = (ROOFER, CODER, NEW)
) -> np.ndarray:
    return Records(members, past, trades()).measure(lots)


def test_the_roofer_is_nearer_to_the_roof_in_every_kind_of_reason() -> None:
    found = measured(a_lot())
    for name in ("spelling", "profile", "trade-code", "trade-share", "near", "bought", "usual", "such"):
        roofer, coder = found[0, :2, RECORD_NAMES.index(name)]
        assert roofer > coder, name


def test_a_member_with_one_award_has_no_record() -> None:
    assert not measured(a_lot())[0, 2].any()
    assert measured(a_lot())[0, :2, RECORD_NAMES.index("record")].all()


def test_a_competence_speaks_for_a_member_with_a_record() -> None:
    skilled = replace(CODER, competences=(competence("Toit en ardoise", "45261210"),))
    before, after = (measured(a_lot(), members=(ROOFER, who, NEW))[0, 1] for who in (CODER, skilled))
    for name in ("profile", "trade-code", "trade-share"):
        assert after[RECORD_NAMES.index(name)] > before[RECORD_NAMES.index(name)], name
    for name in ("spelling", "near", "bought", "usual", "awards"):
        assert after[RECORD_NAMES.index(name)] == before[RECORD_NAMES.index(name)], name


def test_a_lot_is_measured_equally_alone_and_among_others() -> None:
    other = a_lot("Logiciel", "48000000", "")
    both = measured(a_lot(), other)
    assert measured(other)[0] == pytest.approx(both[1], abs=1e-6)


def test_the_order_of_awards_and_of_members_changes_nothing() -> None:
    there = measured(a_lot())[0]
    back = measured(a_lot(), past=PAST[::-1], members=(NEW, CODER, ROOFER))[0, ::-1]
    assert back == pytest.approx(there, abs=1e-6)


def test_what_is_unknown_of_a_lot_counts_equally_for_all() -> None:
    unknown = replace(a_lot("", "", ""), notice=lot().notice)
    found = measured(replace(unknown, lot=replace(unknown.lot, estimate=None)))[0, :2]
    for name in RECORD_NAMES:
        if KINDS[name] in {ReasonKind.WORDS, ReasonKind.CPV, ReasonKind.REFERENCE}:
            assert not found[:, RECORD_NAMES.index(name)].any(), name
    assert found[0, RECORD_NAMES.index("usual")] == found[1, RECORD_NAMES.index("usual")]


words = st.sampled_from(["", "Toit", "Logiciel de paie", "\ufffd", "l'école 12", "Dakwerken"])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(words, st.sampled_from(["45261210", "03000000"]), st.sampled_from(["", "BE1", "FR101", "XX"])),
        max_size=6,
    )
)
def test_every_measure_lies_on_its_scale(awards: list[tuple[str, str, str]]) -> None:
    past = tuple(won(ROOFER, f"{title}", code, place, "", 1 + n) for n, (title, code, place) in enumerate(awards))
    for traits in (a_lot(), a_lot("", "", "")):
        found = measured(traits, past=past)
        assert np.isfinite(found).all()
        assert (np.abs(found) <= 1.0 + 1e-6).all()
        for name, values in zip(RECORD_NAMES, np.moveaxis(found, -1, 0), strict=True):
            below = KINDS[name] is ReasonKind.SIZE or name == "farther"
            assert ((values <= 0) if below else (values >= 0)).all(), name


def test_who_has_a_record_and_no_competence_is_scored_by_it_alone() -> None:
    pool = StatementPool((ROOFER, CODER, NEW), PAST)
    traits = a_lot()
    found = Measures(pool, PAST, trades()).measure(
        traits, read_lot_text(traits), pool.compute_similarities(facets_of(traits))
    )
    stated = [i for i, name in enumerate(KINDS) if name not in {*RECORD_NAMES, "meaning-won"}]
    assert not found[:2, stated].any()
    assert found[:2, list(KINDS).index("record")].all()
    assert found[2, stated].any()
    assert not np.delete(found[2], stated).any()


def test_the_award_shown_is_the_closest_one() -> None:
    skilled = replace(ROOFER, competences=(competence("Réfection du toit en ardoise", "44112500"),))
    records = Records((skilled, CODER, NEW), PAST, trades())
    assert records.closest_award(a_lot(), 0) == "Toit en ardoise"
    assert records.closest_award(a_lot("Conférence annuelle"), 0) is None


def test_an_amount_is_read_in_euro_or_not_at_all() -> None:
    assert worth_of(Money(Decimal(1000), "EUR")) == 3
    assert np.isnan([worth_of(None), worth_of(Money(Decimal(1000), "PLN")), worth_of(Money(Decimal(0), "EUR"))]).all()
