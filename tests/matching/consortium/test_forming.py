"""A consortium is proposed where together is clearly more than anybody could answer alone, and says what stands beside
its coverage."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.consortium.conditions import Conditions, conditions_of, joined, lead_share_in
from matching.consortium.explain import best_allowed_alone
from matching.consortium.formation import ConsortiumProblem, is_worth_proposing, merge
from matching.consortium.notes import joint_awards
from matching.consortium.proposals import Pool, Problem, Row, solve
from matching.engine import match_lots, texts_to_encode
from tests.support.consortium_cases import try_all
from tests.support.matching_world import NOON, award, competence, lot, member, vectors_of
from warehouse.codes.classifications import Nuts
from warehouse.model.match_results import Consortium, Facet, FacetKind, Held, Joint, MatchResult, Remarks, Role
from warehouse.model.members import Member
from warehouse.model.notices import Criterion, Money, OpenLot, Text

calm = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def euros(amount: int | None) -> Money | None:
    return None if amount is None else Money(Decimal(amount), "EUR")


SERVERS = competence("Fourniture de serveurs et de baies de stockage", "48820000")
NETWORK = competence("Réseau de fibre optique et commutateurs", "32420000")
MEMBERS = (
    member("serveurs", SERVERS, turnover=euros(900_000), certificates=("ISO 9001",)),
    member("reseau", replace(NETWORK, stages=("operate", "design")), turnover=euros(800_000), certificates=("VCA",)),
)
WORDS = "Fourniture de serveurs et de baies de stockage. Réseau de fibre optique et commutateurs."


def lot_requiring(*criteria: str) -> OpenLot:
    """A lot for two, with these selection criteria."""
    called = lot("Serveurs et réseau", WORDS, cpv=["48820000", "32420000"], uid="deux")
    selection = tuple(Criterion("selection", "other", (Text(text, "FRA"),)) for text in criteria)
    return replace(called, lot=replace(called.lot, criteria=selection))


def match_one(open_lot: OpenLot, members: tuple[Member, ...] = MEMBERS) -> MatchResult:
    vectors = vectors_of(texts_to_encode([open_lot], members))
    (match_result,) = match_lots([open_lot], members, (), vectors, as_of=NOON)
    return match_result


def consortium(coverage: float, *covers: int, holds: tuple[Held, ...] = ()) -> Consortium:
    roles = tuple(Role(f"m{i}", tuple(range(n)), (), 0.1, 0.1, ()) for i, n in enumerate(covers))
    return Consortium("u", 1, coverage, coverage, roles, (), "m0", 0.5, None, 0.0, remarks=Remarks(holds=holds))


@pytest.mark.parametrize(
    ("proposed", "fit", "alone", "worth"),
    [
        (consortium(0.8, 3, 3), {"m0": 0.6, "m1": 0.4}, 0.5, True),
        (consortium(0.8, 3, 3), {"m0": 0.6, "m1": 0.4}, 0.78, False),
        (consortium(1.0, 3, 3), {"m0": 0.6, "m1": 0.4}, 0.7, True),
        (consortium(0.49, 3, 3), {"m0": 0.6, "m1": 0.4}, 0.39, False),
        (consortium(0.3, 3, 3), {"m0": 0.6, "m1": 0.4}, 0.1, False),
        (consortium(0.8, 3, 3), {"m0": 0.4, "m1": 0.4, "m9": 0.9}, 0.5, False),
        (consortium(0.8, 3, 1), {"m0": 0.6, "m1": 0.1}, 0.5, False),
        (consortium(0.8, 3, 0), {"m0": 0.6, "m1": 0.6}, 0.0, False),
        (consortium(0.8, 3, 0, holds=(Held("m1", "ISO"),)), {"m0": 0.6}, 0.5, True),
        (consortium(0.8, 3, 3), {"m0": 0.6}, 0.5, True),
        (consortium(0.8, 3, 3), {}, 0.5, False),
    ],
)
def test_a_consortium_is_reported_only_where_together_is_worth_more(
    proposed: Consortium, fit: dict[str, float], alone: float, worth: bool
) -> None:
    assert is_worth_proposing(proposed, fit, alone) == worth


def test_a_lot_for_two_is_proposed_to_both() -> None:
    (proposed,) = match_one(lot_requiring()).consortia
    assert sorted(proposed.members) == ["reseau", "serveurs"]


def test_the_stages_are_those_stated_in_the_order_of_the_chain() -> None:
    (proposed,) = match_one(lot_requiring()).consortia
    assert proposed.remarks.stages == ("design", "operate")


def test_members_of_two_countries_make_it_cross_border() -> None:
    (proposed,) = match_one(lot_requiring(), (MEMBERS[0], replace(MEMBERS[1], nuts=Nuts("FRE11")))).consortia
    assert proposed.remarks.countries == ("BE", "FR")
    assert proposed.remarks.is_cross_border


def test_a_turnover_nobody_has_alone_is_what_the_best_alone_lacks() -> None:
    (proposed,) = match_one(lot_requiring("Chiffre d'affaires annuel minimum de 1 500 000 EUR.")).consortia
    assert proposed.remarks.alone_lacks == ("turnover",)


def test_a_turnover_nobody_reaches_together_is_an_answer_with_its_reason() -> None:
    match_result = match_one(lot_requiring("Chiffre d'affaires annuel minimum de 9 000 000 EUR."))
    assert match_result.consortia == ()
    assert "1700000.00 of the 9000000 EUR" in (match_result.no_consortium or "")


def test_a_certificate_that_all_have_reported_and_nobody_holds_allows_no_consortium() -> None:
    match_result = match_one(lot_requiring("Le soumissionnaire doit être certifié ISO 27001."))
    assert match_result.consortia == ()
    assert "no member meets the condition" in (match_result.no_consortium or "")


def test_a_certificate_nobody_is_known_to_hold_stays_to_be_verified() -> None:
    silent = tuple(replace(firm, certificates=()) for firm in MEMBERS)
    (proposed,) = match_one(lot_requiring("Le soumissionnaire doit être certifié ISO 27001."), silent).consortia
    assert [
        unverified_sentence for unverified_sentence in proposed.remarks.unverified if "ISO 27001" in unverified_sentence
    ]


def test_who_alone_holds_a_certificate_is_named_with_it() -> None:
    holding = (MEMBERS[0], replace(MEMBERS[1], certificates=("ISO 27001",)))
    (proposed,) = match_one(lot_requiring("Le soumissionnaire doit être certifié ISO 27001."), holding).consortia
    assert [held.member for held in proposed.remarks.holds] == ["reseau"]
    assert proposed.remarks.unverified == ()


@pytest.mark.parametrize(
    ("sentence", "share"),
    [
        ("Chiffre d'affaires de 1 000 000 EUR, dont 60 % pour le mandataire.", Decimal("0.6")),
        ("Omzet van 1 000 000 EUR, waarvan 50% door de penhouder", Decimal("0.5")),
        ("Turnover of 1,000,000 EUR; the prices count for 60 %.", None),
        ("Le mandataire signe l'offre.", None),
    ],
)
def test_the_share_of_the_lead_is_read_where_it_is_the_leads(sentence: str, share: Decimal | None) -> None:
    assert lead_share_in(sentence) == share


def test_awards_won_in_one_party_are_named_and_neighbours_in_a_framework_are_not() -> None:
    one, other, third = MEMBERS[0], MEMBERS[1], member("tiers", company_number="BE0999000777")
    won = [
        replace(award(one.company_number, "Serveurs"), partner_numbers=(other.company_number,)),
        replace(award(other.company_number, "Serveurs"), partner_numbers=(one.company_number,)),
        award(third.company_number, "Serveurs"),
    ]
    assert joint_awards([one, other, third], won) == (Joint(("reseau", "serveurs"), "n-01", won[0].lot),)


def test_nobody_may_answer_alone_where_the_turnover_is_beyond_each() -> None:
    pool = Pool(("a", "b"), ("BE1", "BE2"), (euros(5), euros(6)))
    free = Problem(pool, np.ones(1), np.array([[0.9, 0.5]], np.float32))
    assert best_allowed_alone(free) == pytest.approx(0.9)
    assert best_allowed_alone(replace(free, turnover=euros(6))) == pytest.approx(0.5)
    assert best_allowed_alone(replace(free, turnover=euros(7))) == 0.0


@st.composite
def problems_of_lots(draw: st.DrawFn) -> list[ConsortiumProblem]:
    """One to three lots before one pool of six, each with its own turnover, row, bars and performers."""
    count = 6
    pool = Pool(
        tuple(f"m{j}" for j in range(count)),
        tuple(f"BE{j}" for j in range(count)),
        tuple(euros(draw(st.integers(0, 9))) for _ in range(count)),
    )
    problems: list[ConsortiumProblem] = []
    for _ in range(draw(st.integers(1, 3))):
        facets = draw(st.integers(1, 3))
        grid = st.sampled_from([0.0, 0.0, 0.25, 0.5, 1.0])
        covered = np.array([[draw(grid) for _ in range(count)] for _ in range(facets)], np.float32)
        row = Row(f"condition {draw(st.integers(0, 1))}", tuple(draw(st.sets(st.integers(0, 5), min_size=1))))
        turnover = euros(draw(st.sampled_from([None, 4, 12])))
        eligible = np.array([draw(st.integers(0, 4)) > 0 for _ in range(count)])
        conditions = Conditions(turnover, None, (row,), np.ones(count, np.bool_), (), ())
        problem = Problem(
            pool,
            np.full(facets, 1 / facets),
            covered,
            best_statement=np.zeros((facets, count), np.int64),
            turnover=turnover,
            rows=(row,),
            eligible=eligible,
        )
        problem_facets = tuple(Facet(FacetKind.SENTENCE, f"facet {i}", 1 / facets) for i in range(facets))
        problems.append(ConsortiumProblem(lot("Lot"), problem_facets, problem, conditions))
    return problems


@calm
@given(problems_of_lots())
def test_the_best_for_a_whole_procedure_is_that_of_trying_all(problems: list[ConsortiumProblem]) -> None:
    whole = merge(problems).problem
    found = [(c.members, round(c.value * 10**12)) for c in solve(whole, top=5).found]
    assert found == try_all(whole).best(top=5)


@calm
@given(problems_of_lots(), st.sets(st.integers(0, 5), min_size=1, max_size=5))
def test_a_whole_procedure_is_covered_as_its_lots_are_on_average(
    problems: list[ConsortiumProblem], members: set[int]
) -> None:
    whole, chosen = merge(problems).problem, sorted(members)
    parts = [
        part.problem.weights @ (part.problem.affinity * np.asarray(part.problem.eligible))[:, chosen].max(axis=1)
        for part in problems
    ]
    together = whole.weights @ whole.affinity[:, chosen].max(axis=1)
    assert together == pytest.approx(sum(parts) / len(parts))


def test_the_highest_turnover_of_a_procedure_is_required_once() -> None:
    low = Conditions(euros(4), None, (Row("a", (0,)),), np.ones(2, np.bool_), (), ())
    high = Conditions(euros(9), Decimal("0.5"), (Row("a", (0,)), Row("b", (1,))), np.array([True, False]), (), ())
    whole = joined([low, high], [0, 1])
    assert (whole.turnover, whole.lead_share) == (euros(9), Decimal("0.5"))
    assert [row.name for row in whole.rows] == ["a", "b"]
    assert whole.eligible.tolist() == [True, False]


def test_only_who_has_what_a_performer_must_have_may_cover_that_sentence() -> None:
    sentence = "L'entreprise chargée de l'exécution est certifiée ISO 27001."
    facets = (Facet(FacetKind.CRITERION, sentence, 1.0),)
    lacking, silent = replace(MEMBERS[0], id="a"), replace(MEMBERS[1], id="b", certificates=())
    lot_conditions = conditions_of(lot_requiring(sentence), facets, (lacking, silent))
    assert [(facet, may.tolist()) for facet, may in lot_conditions.performers] == [(0, [False, True])]


def test_a_lead_that_nobody_can_be_is_an_answer_with_its_reason() -> None:
    match_result = match_one(
        lot_requiring("Chiffre d'affaires annuel minimum de 1 500 000 EUR, dont 90 % pour le mandataire.")
    )
    assert match_result.consortia == ()
    assert "lead" in (match_result.no_consortium or "")
