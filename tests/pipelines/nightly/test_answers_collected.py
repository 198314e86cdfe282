"""Members' feedback at the portal is collected by the next night, once, as values of the warehouse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.nightly.feedback import save_portal_feedback
from portal.member_choices import Choices, IssuedForm, LotFeedback, Objection, Opinion
from tests.support.stores import open_store
from warehouse.model.feedback import Answer

AT = datetime(2026, 11, 19, 10, tzinfo=UTC)


def save_answer(choices: Choices, opinion: Opinion, objection: Objection | None = None, *, minutes: int = 0) -> None:
    at = AT + timedelta(minutes=minutes)
    lot_feedback = LotFeedback("atelier", "lot-1", opinion, objection, at)
    choices.save_feedback(lot_feedback, IssuedForm(f"form-{minutes}", at + timedelta(hours=1)))


@pytest.mark.parametrize("objection", Objection)
def test_every_objection_has_its_answer(tmp_path: Path, objection: Objection) -> None:
    choices = Choices(tmp_path / "choices.sqlite")
    save_answer(choices, Opinion.NOT_RELEVANT, objection)
    with open_store(tmp_path / "warehouse.duckdb") as store:
        save_portal_feedback(store, choices)
        (kept,) = store.load_feedback()
    assert (kept.answer.name, kept.via, kept.at) == (objection.name, "portal", AT)


def test_an_answer_is_collected_once(tmp_path: Path) -> None:
    choices = Choices(tmp_path / "choices.sqlite")
    save_answer(choices, Opinion.RELEVANT)
    with open_store(tmp_path / "warehouse.duckdb") as store:
        assert [save_portal_feedback(store, choices), save_portal_feedback(store, choices)] == [1, 0]


def test_later_withdraws_the_earlier_answer(tmp_path: Path) -> None:
    choices = Choices(tmp_path / "choices.sqlite")
    with open_store(tmp_path / "warehouse.duckdb") as store:
        save_answer(choices, Opinion.NOT_RELEVANT)
        save_portal_feedback(store, choices)
        assert [answer.answer for answer in store.load_feedback()] == [Answer.NOT_RELEVANT]
        save_answer(choices, Opinion.LATER, minutes=5)
        save_portal_feedback(store, choices)
        assert store.load_feedback() == ()
