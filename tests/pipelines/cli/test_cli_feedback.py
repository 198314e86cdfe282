"""`pib feedback`: an answer is kept for a member and a lot that are known, and refused for others."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.cli.main import main
from tests.support.matching_world import member
from tests.support.stores import open_both, workspace_at
from warehouse.model.feedback import Answer
from warehouse.model.notices import Form, Lot, Notice, Publication, Text


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one member and one lot."""
    publication = Publication("eu_ted", "12-2026", datetime(2026, 11, 2, tzinfo=UTC).date())
    notice = Notice("n", 1, Form.COMPETITION, publication, procedure="p", lots=(Lot("LOT-0001", (Text("Serveurs"),)),))
    with open_both(workspace_at(tmp_path)) as store:
        store.set_as_of(datetime(2026, 11, 20, 9, tzinfo=UTC))
        store.save_notices([notice])
        store.save_members([member("aquila")])
    return tmp_path


def exit_code(data: Path, *words: str) -> int:
    """Runs the command in this process; its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["feedback", *words, "--data", str(data)])
    return int(ended.value.code or 0)


def test_an_answer_is_kept_under_the_lot_s_whole_name(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(data, "aquila", "12-2026", "too-far", "--words", "au-delà de Namur") == 0
    assert "aquila on p:LOT-0001: too-far" in capsys.readouterr().out
    with workspace_at(data).reading() as store:
        (kept,) = store.load_feedback("aquila")
    assert (kept.lot_uid, kept.answer, kept.words, kept.via) == (
        "p:LOT-0001",
        Answer.TOO_FAR,
        "au-delà de Namur",
        "pib",
    )


@pytest.mark.parametrize(("who", "which"), [("nobody", "12-2026"), ("aquila", "99-2026")])
def test_a_member_or_a_lot_that_is_not_known_is_refused(
    who: str, which: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(data, who, which, "relevant") == 1
    assert capsys.readouterr().err.startswith("pib: no ")


def test_an_answer_that_is_none_is_wrong_usage(data: Path) -> None:
    assert exit_code(data, "aquila", "12-2026", "perhaps") == 2
