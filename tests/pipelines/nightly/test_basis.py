"""A night matched again computes nothing with unchanged inputs, and everything once something changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from matching.encoder.embedding import digest_of, load_model
from matching.engine import texts_to_encode
from matching.errors import VectorsRefused
from matching.fit.weights import shipped_fit
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace
from pipelines.nightly.input_fingerprint import files_in, fingerprint_of
from pipelines.nightly.stages import run_lots, run_matches, run_vectors
from tests.support.matching_world import NOON, competence, lot, member
from tests.support.stores import open_store, passing_store
from warehouse.model.match_results import MatchResult

LOTS = [lot("Serveurs", uid="a"), lot("Réseau", uid="b")]
MEMBERS = (member("m", competence("Serveurs", "48820000")),)
FIT = shipped_fit()


def test_the_same_facts_have_one_basis() -> None:
    again = [lot("Serveurs", uid="a"), lot("Réseau", uid="b")]
    assert fingerprint_of(FIT, "e5", NOON, LOTS, MEMBERS) == fingerprint_of(FIT, "e5", NOON, again, MEMBERS)


@pytest.mark.parametrize(
    "other",
    [
        fingerprint_of(replace(FIT, base=FIT.base + 1e-9), "e5", NOON, LOTS, MEMBERS),
        fingerprint_of(replace(FIT, weights=FIT.weights + 1e-9), "e5", NOON, LOTS, MEMBERS),
        fingerprint_of(FIT, "e6", NOON, LOTS, MEMBERS),
        fingerprint_of(FIT, "e5", NOON + timedelta(days=1), LOTS, MEMBERS),
        fingerprint_of(FIT, "e5", NOON, [replace(LOTS[0], uid="c"), LOTS[1]], MEMBERS),
        fingerprint_of(FIT, "e5", NOON, LOTS, (replace(MEMBERS[0], headcount=6),)),
        fingerprint_of(FIT, "e5", NOON, [], [*LOTS, *MEMBERS]),
    ],
    ids=["base", "weights", "model", "moment", "lot", "member", "place"],
)
def test_whatever_changes_changes_the_basis(other: str) -> None:
    assert other != fingerprint_of(FIT, "e5", NOON, LOTS, MEMBERS)


def test_match_results_kept_without_a_basis_forget_the_one_before() -> None:
    with passing_store() as store:
        store.save_match_results(NOON.date(), [MatchResult("a", (), (), (), ())], "digest")
        assert store.load_input_fingerprint(NOON.date()) == "digest"
        store.save_match_results(NOON.date(), [MatchResult("a", (), (), (), ())])
        assert store.load_input_fingerprint(NOON.date()) is None


def test_a_night_whose_match_results_hold_loads_no_vector_and_one_with_another_member_does(
    small_model: Path, tmp_path: Path
) -> None:
    workspace, night = (
        Workspace(Settings(data=tmp_path / "data", model=str(small_model))),
        date(2026, 11, 15),
    )
    open_lot = lot("Serveurs", cpv=["48820000"], closes=NOON + timedelta(days=30))
    with open_store(workspace.warehouse) as store:
        store.save_members(MEMBERS)
        store.save_notices([replace(open_lot.notice, lots=(open_lot.lot,))])
    run_lots(workspace, night)
    run_vectors(workspace, night)
    first = run_matches(workspace, night)
    model = load_model(workspace.settings.model, workspace.models).id
    with open_store(workspace.warehouse) as store:
        store.delete_vectors(model, map(digest_of, texts_to_encode([open_lot], MEMBERS)))
    assert run_matches(workspace, night) == first
    with open_store(workspace.warehouse) as store:
        store.save_members([replace(MEMBERS[0], headcount=9)])
    with pytest.raises(VectorsRefused):
        run_matches(workspace, night)


def test_the_code_is_that_of_every_folder_and_not_of_what_was_compiled(tmp_path: Path) -> None:
    for name in ("a.py", "fit/b.py", "fit/weights.toml", "fit/__pycache__/b.pyc", "__pycache__/a.pyc"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.touch()
    assert [entry.name for entry in files_in(tmp_path)] == ["a.py", "b.py", "weights.toml"]
