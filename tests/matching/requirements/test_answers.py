"""Met, not met, unknown: how members meet a lot's requirements."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.requirements.compliance import answer, answer_together, is_binding
from tests.support.matching_world import member
from warehouse.codes.classifications import Cpv
from warehouse.model.notices import Money, Reference
from warehouse.model.requirements import ComplianceStatus, Requirement, RequirementKind, RequirementSource, Rule

MET, NOT_MET, UNKNOWN = ComplianceStatus.MET, ComplianceStatus.NOT_MET, ComplianceStatus.UNKNOWN
NETWORKS = (Cpv("32420000"),)


def requirement(kind: RequirementKind, rule: Rule = Rule.ANY, **value: object) -> Requirement:
    return Requirement(kind, rule, "La phrase.", RequirementSource.SELECTION, **value)  # pyright: ignore[reportArgumentType]


def euros(amount: int) -> Money:
    return Money(Decimal(amount), "EUR")


TURNOVER = requirement(RequirementKind.TURNOVER, Rule.SUM, money=euros(500_000))
ISO = requirement(RequirementKind.CERTIFICATE, name="ISO 27001")


@pytest.mark.parametrize(
    ("required", "changes", "standing"),
    [
        (TURNOVER, {"turnover": euros(500_000)}, MET),
        (TURNOVER, {"turnover": euros(499_999)}, NOT_MET),
        (TURNOVER, {"turnover": None}, UNKNOWN),
        (TURNOVER, {"turnover": Money(Decimal(900_000), "CHF")}, UNKNOWN),
        (replace(TURNOVER, years=3), {"turnover": euros(200_000)}, MET),
        (replace(TURNOVER, money=None), {"turnover": euros(10**9)}, UNKNOWN),
        (ISO, {"certificates": ("ISO/IEC 27001:2022",)}, MET),
        (ISO, {"certificates": ("ISO 9001",)}, NOT_MET),
        (ISO, {"certificates": ()}, UNKNOWN),
        (replace(ISO, name=""), {"certificates": ("ISO 27001",)}, UNKNOWN),
        (requirement(RequirementKind.LANGUAGE, name="nl"), {"languages": ("fr", "nl")}, MET),
        (requirement(RequirementKind.LANGUAGE, name="nl"), {"languages": ("fr",)}, NOT_MET),
        (requirement(RequirementKind.LANGUAGE, name="fr/nl"), {"languages": ("fr",)}, MET),
        (requirement(RequirementKind.LANGUAGE, name="nl", level="C1"), {"languages": ("nl",)}, UNKNOWN),
        (requirement(RequirementKind.STAFF, number=8), {"headcount": 5}, NOT_MET),
        (requirement(RequirementKind.STAFF, number=3), {"headcount": 5}, UNKNOWN),
        (requirement(RequirementKind.STAFF), {"headcount": 5}, UNKNOWN),
        (requirement(RequirementKind.REFERENCE, number=3), {}, UNKNOWN),
    ],
)
def test_a_member_is_answered_by_what_it_has_stated(
    required: Requirement, changes: dict[str, object], standing: ComplianceStatus
) -> None:
    answered = answer(required, member(**changes))  # pyright: ignore[reportArgumentType]
    assert answered.standing == standing
    assert answered.because


@given(st.sampled_from(list(RequirementKind)), st.none() | st.integers(1, 9))
def test_a_member_that_has_stated_nothing_never_meets_more_than_its_languages(
    kind: RequirementKind, number: int | None
) -> None:
    required = requirement(kind, name="ISO 27001" if kind == RequirementKind.CERTIFICATE else "", number=number)
    assert answer(required, member(languages=(), headcount=0)).standing != MET


def test_awards_under_a_like_code_are_references_and_their_absence_is_unknown() -> None:
    firm = member()

    def award(code: str, number: str = firm.company_number) -> Reference:
        return Reference(number, f"n-{code}", "LOT-0001", (), (Cpv(code),), (), None, None, ())

    required = requirement(RequirementKind.REFERENCE, number=2)
    two = (award("32421000"), award("32424000"))
    assert answer(required, firm, two, NETWORKS).standing == MET
    assert answer(required, firm, two[:1], NETWORKS).standing == UNKNOWN
    assert answer(required, firm, (award("32421000"), award("90910000")), NETWORKS).standing == UNKNOWN
    assert answer(required, firm, (award("32421000", "BE0999000999"),) * 2, NETWORKS).standing == UNKNOWN


@pytest.mark.parametrize(("rule", "standing"), [(Rule.ANY, MET), (Rule.PERFORMER, MET), (Rule.ALL, NOT_MET)])
def test_the_rule_decides_for_several(rule: Rule, standing: ComplianceStatus) -> None:
    required = replace(ISO, rule=rule)
    firms = [
        member("has", certificates=("ISO 27001",)),
        member("silent"),
        member("has-another", certificates=("VCA",)),
    ]
    answered = answer_together(required, firms, [answer(required, firm) for firm in firms])
    assert answered.standing == standing


def test_all_must_have_it_and_one_silent_member_leaves_it_unknown() -> None:
    required = replace(ISO, rule=Rule.ALL)
    firms = [member("has", certificates=("ISO 27001",)), member("silent")]
    assert answer_together(required, firms, [answer(required, firm) for firm in firms]).standing == UNKNOWN


@pytest.mark.parametrize(
    ("turnovers", "standing"),
    [((300_000, 200_000), MET), ((300_000, 199_999), NOT_MET), ((300_000, None), UNKNOWN), ((500_000, None), MET)],
)
def test_turnovers_add_up_and_an_unknown_one_is_neither_zero_nor_enough(
    turnovers: tuple[int | None, ...], standing: ComplianceStatus
) -> None:
    firms = [member(f"f{at}", turnover=None if t is None else euros(t)) for at, t in enumerate(turnovers)]
    assert answer_together(TURNOVER, firms, [answer(TURNOVER, firm) for firm in firms]).standing == standing


def test_only_what_is_hard_and_has_a_value_binds() -> None:
    assert is_binding(ISO)
    assert not is_binding(replace(ISO, is_hard=False))
    assert not is_binding(replace(ISO, name=""))
    assert not is_binding(replace(ISO, source=RequirementSource.FIELD))
