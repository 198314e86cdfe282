"""Only lots whose inputs changed are matched, and the stored results are those of matching all lots again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

import pytest

from matching.encoder.embedding import load_model
from matching.engine import match_lots
from matching.fit.model import Fit
from matching.fit.weights import shipped_fit, write_fit
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace, as_of
from pipelines.nightly.matching_inputs import files_in, fingerprint_of, load_matching_inputs
from pipelines.nightly.stages import MatchCounts, run_matches, run_publish, run_vectors
from tests.support.matching_world import competence, lot, member
from tests.support.stores import open_cluster, open_facts
from warehouse.model.feedback import Answer, Feedback
from warehouse.model.match_results import MatchResult
from warehouse.model.members import Member
from warehouse.model.notices import Award, Buyer, Form, Notice, Organisation, Publication, TenderingParty
from warehouse.store import Store

FIRST = date(2026, 11, 16)
TITLES = ("Serveurs et stockage", "Réseau de fibre", "Gestion de logiciels", "Entretien de serveurs", "Nettoyage")
MEMBERS = (member("m", competence("Serveurs", "48820000")), member("k", competence("Réseau", "32400000")))
CODES = ("48820000", "32400000", "72000000", "50312000", "90910000")


@dataclass
class World:
    """A data folder, its day, and the notices and members of it."""

    workspace: Workspace
    night: date = FIRST
    notices: list[Notice] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)

    def save(self) -> None:
        with open_facts(self.workspace) as store:
            store.save_notices(self.notices)
            store.publish_copy(self.workspace.facts_copy)
        with open_cluster(self.workspace) as store:
            store.save_members(self.members)

    def run_night(self) -> MatchCounts:
        """Encodes and matches; the results are compared with those of matching every open lot."""
        self.night += timedelta(days=1)
        run_vectors(self.workspace, self.night)
        run_publish(self.workspace, self.night)
        counts = run_matches(self.workspace, self.night)
        with self.workspace.reading() as store:
            assert store.load_match_results(self.night) == match_all(self.workspace, store)
        return counts


def match_all(workspace: Workspace, store: Store) -> tuple[MatchResult, ...]:
    model = load_model(workspace.settings.model, workspace.models).id
    inputs = load_matching_inputs(workspace, store, model)
    moment, find = store.load_as_of(), partial(store.load_vectors, model)
    assert moment
    lots, given = store.load_open_lots(), (inputs.members, inputs.references, find)
    return tuple(match_lots(lots, *given, as_of=moment, fit=inputs.fit, feedback=inputs.feedback, model=model))


def a_notice(n: int, night: date) -> Notice:
    closes = datetime(night.year, night.month, night.day, 12, tzinfo=UTC) + timedelta(days=2 + n)
    made = lot(TITLES[n % 5], f"{TITLES[(n + 1) % 5]} pour {n} sites.", cpv=[CODES[n % 5]], closes=closes)
    publication = Publication("eu_ted", f"{n}-2026", night)
    return replace(made.notice, id=f"n{n}", procedure=f"p{n}", publication=publication, lots=(made.lot,))


def new_lot(world: World) -> None:
    world.notices.append(a_notice(len(world.notices), world.night))


def changed_lot(world: World) -> None:
    last = world.notices[-1]
    part = replace(last.lots[0], descriptions=last.lots[0].titles)
    world.notices.append(replace(last, version=last.version + 1, lots=(part,)))


def changed_buyer(world: World) -> None:
    last = world.notices[-1]
    buyer = Buyer(Organisation(f"ORG-{last.version}", ()))
    world.notices.append(replace(last, version=last.version + 1, buyers=(buyer,)))


def changed_member(world: World) -> None:
    world.members[0] = replace(world.members[0], competences=(*world.members[0].competences, competence("Réseau")))


def feedback(world: World) -> None:
    with world.workspace.open_cluster() as store:
        at = as_of(world.night) + timedelta(minutes=len(store.load_feedback()))
        answer = Feedback(world.members[0].id, "p0:LOT-0001", Answer.RELEVANT, at, via="portal")
        store.save_feedback(answer)


def weights(world: World) -> None:
    write_fit(replace(shipped_fit(), base=-1.0, id="other"), world.workspace.weights)


def award(world: World) -> None:
    """A member wins the first call: a reference more, and a lot less."""
    winner = Organisation("ORG-1", (), company_number=world.members[1].company_number)
    won = Award("LOT-0001", "selec-w", (TenderingParty("TPA-1", (winner,)),))
    publication = Publication("eu_ted", "award-2026", world.night)
    call = world.notices[0]
    world.notices.append(
        replace(call, id="r0", form=Form.RESULT, publication=publication, awards=(won,), lots=call.lots)
    )


def nothing(world: World) -> None:
    """The day goes by: lots close."""


EVENTS: tuple[Callable[[World], None], ...] = (
    new_lot, changed_lot, changed_buyer, changed_member, feedback, weights, award, nothing,
)  # fmt: skip


@pytest.fixture
def world(tmp_path: Path, small_model: Path) -> World:
    world = World(Workspace(Settings(data=tmp_path / "data", model=str(small_model))))
    world.members = list(MEMBERS)
    world.notices = [a_notice(n, FIRST) for n in range(3)]
    world.save()
    return world


@pytest.mark.parametrize("seed", [1, 2])
def test_stored_results_are_those_of_matching_all_lots(world: World, seed: int) -> None:
    """Three days on which everything happens once, in another order for each seed."""
    events = Random(seed).sample(EVENTS, len(EVENTS))
    world.run_night()
    for day in (events[:3], events[3:6], events[6:]):
        for event in day:
            event(world)
        world.save()
        world.run_night()


def new_in_next_night(world: World, *events: Callable[[World], None]) -> int:
    for event in events:
        event(world)
    world.save()
    return world.run_night().new


def test_a_night_matches_what_the_day_brought(world: World) -> None:
    assert [new_in_next_night(world), new_in_next_night(world), new_in_next_night(world, new_lot)] == [3, 0, 1]
    assert new_in_next_night(world, changed_member) == 2  # two of four are closed by now


def test_a_night_without_new_lots_loads_no_vector(world: World) -> None:
    first = world.run_night()
    for opened in (world.workspace.open_facts, world.workspace.open_cluster):
        with opened() as store:
            store._con.execute("delete from vector")
            if opened == world.workspace.open_facts:
                store.publish_copy(world.workspace.facts_copy)
    assert run_matches(world.workspace, world.night) == replace(first, new=0)
    assert count_vectors(world) == 0
    changed_member(world)
    world.save()
    assert run_matches(world.workspace, world.night).new == first.new
    assert count_vectors(world) > 0, "texts of lots too: the members came after those were encoded"


def count_vectors(world: World) -> int:
    with world.workspace.reading() as store:
        return store.counts(world.night).vectors


FIT = shipped_fit()


@pytest.mark.parametrize(
    "other",
    [
        (replace(FIT, base=FIT.base + 1e-9), "e5", MEMBERS, ()),
        (replace(FIT, weights=FIT.weights + 1e-9), "e5", MEMBERS, ()),
        (FIT, "e6", MEMBERS, ()),
        (FIT, "e5", (replace(MEMBERS[0], headcount=6), MEMBERS[1]), ()),
        (FIT, "e5", (), MEMBERS),
    ],
    ids=["base", "weights", "model", "member", "place"],
)
def test_whatever_changes_for_all_lots_changes_the_fingerprint(other: tuple[Fit, str, object, object]) -> None:
    assert fingerprint_of(*other) != fingerprint_of(FIT, "e5", MEMBERS, ())


def test_the_code_is_that_of_every_folder_and_not_of_what_was_compiled(tmp_path: Path) -> None:
    for name in ("a.py", "fit/b.py", "fit/weights.toml", "fit/__pycache__/b.pyc", "__pycache__/a.pyc"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.touch()
    assert [entry.name for entry in files_in(tmp_path)] == ["a.py", "b.py", "weights.toml"]
