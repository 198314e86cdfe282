"""Why a group and not one firm: the question once, then each reason."""

from __future__ import annotations

import pytest

from presentation.digest_model import ConsortiumSummary
from presentation.i18n import Phrases
from presentation.views.group_reasons import describe_group_reasons
from warehouse.model.match_results import GroupReason, GroupReasonKind, Held, Remarks

REASONS = (
    GroupReason(GroupReasonKind.TURNOVER, "5000000 EUR", ()),
    GroupReason(GroupReasonKind.CERTIFICATES, "", (Held("nuagera", "ISO 27001"),)),
    GroupReason(GroupReasonKind.NEED, "Onduleurs", (Held("froiduval", "Onduleurs"),)),
)


def summary(*reasons: GroupReason) -> ConsortiumSummary:
    return ConsortiumSummary(
        partners=(),
        coverage=0.8,
        best_alone="Nuagera",
        best_alone_is_reader=False,
        best_alone_coverage=0.5,
        uncovered=(),
        flags=(),
        remarks=Remarks(),
        reasons=reasons,
    )


@pytest.mark.parametrize(
    ("language", "question"),
    [("fr", "Pourquoi pas seul"), ("nl", "Waarom niet alleen"), ("de", "Warum nicht allein"), ("en", "Why not alone")],
)
def test_the_question_stands_once_before_all_reasons(language: str, question: str) -> None:
    written = describe_group_reasons(summary(*REASONS), Phrases(language))
    assert written.startswith(question)
    assert written.count(question) == 1
    assert all(thing in written for thing in ("5", "ISO 27001", "Onduleurs"))


def test_each_reason_alone_answers_the_question() -> None:
    for reason in REASONS:
        assert describe_group_reasons(summary(reason), Phrases("en")).startswith("Why not alone: no")
    assert describe_group_reasons(summary(), Phrases("en")) == ""
