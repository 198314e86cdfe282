"""The life of a lot: any order of arrival gives the same state, repeating changes nothing, and the view agrees with the
rules of warehouse/lots/states.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.stores import passing_store
from warehouse.codes.classifications import Cpv
from warehouse.lots.effects import in_turn
from warehouse.lots.states import LotState, lot_states
from warehouse.model.notices import Award, Change, Deadline, DeadlineKind, Form, Lot, Notice, Publication, Text
from warehouse.store import Store

NIGHT = datetime(2026, 11, 20, 8, 45, tzinfo=UTC)
FIRST = date(2026, 11, 1)
LOTS = ("LOT-0001", "LOT-0002", "LOT-0003")
History = list[Notice]


@pytest.fixture(scope="module")
def opened() -> Iterator[Store]:
    with passing_store() as store:
        yield store


def empty(store: Store) -> Store:
    for table in ("notice", "publication", "lot", "buyer", "award", "tendering_party", "change", "night"):
        store._con.execute(f"delete from {table}")  # noqa: S608  our own tables
    store.set_as_of(NIGHT)
    return store


@pytest.fixture
def store(opened: Store) -> Store:
    return empty(opened)


lots = st.lists(st.sampled_from(LOTS), unique=True, max_size=3).map(tuple)
techniques = st.sampled_from(((), (), (), ("dps-nlist",), ("fa-w-rc",), ("fa-wo-rc",)))
closings = st.sampled_from((NIGHT + timedelta(days=9), NIGHT - timedelta(days=3), None))
outcomes = st.sampled_from(("selec-w", "clos-nw", "open-nw"))
awards = st.builds(Award, st.sampled_from(LOTS), outcomes, terminates=st.sampled_from((None, None, True, False)))


@st.composite
def a_lot(draw: st.DrawFn, name: str) -> Lot:
    at = draw(closings)
    deadline = Deadline(at, DeadlineKind.TENDER, "+00:00") if at else None
    return Lot(name, (Text(name, "ENG"),), cpv=(Cpv("72000000"),), deadline=deadline, techniques=draw(techniques))


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Up to eight notices of one purchase over three lots: calls, results, changes of either, in versions."""
    found: dict[str, Notice] = {}
    for place in range(draw(st.integers(1, 8))):
        earlier = sorted(found)
        base = found[draw(st.sampled_from(earlier))] if earlier and draw(st.booleans()) else None
        notice = draw(_notice(place, base, earlier))
        found.setdefault(notice.uid, notice)
    return list(found.values())


@st.composite
def _notice(draw: st.DrawFn, place: int, base: Notice | None, earlier: list[str]) -> Notice:
    is_result = draw(st.integers(0, 3)) == 0 if base is None else base.form is Form.RESULT
    named = (*earlier, "elsewhere-01")
    change = st.builds(
        Change,
        st.sampled_from(named),
        st.sampled_from(("cancel", "cor-buy")),
        lots=lots,
        sections=st.sampled_from(((), (), ("RES-0001",), ("PROCEDURE",))),
    )
    changes = draw(st.lists(change, min_size=base is not None and draw(st.booleans()), max_size=1))
    return Notice(
        id=base.id if base else f"n{place}",
        version=base.version + draw(st.integers(1, 2)) if base else 1,
        form=Form.RESULT if is_result else Form.COMPETITION,
        publication=Publication("eu_ted", f"{place}", FIRST + timedelta(days=draw(st.integers(0, 24)))),
        schema=draw(st.sampled_from(("eforms-sdk-1.13", "eforms-sdk-1.13", "boamp MAPA.initial"))),
        procedure="purchase",
        titles=(Text("A network of sensors", "ENG"),),
        lots=tuple(draw(a_lot(name)) for name in draw(lots)),
        awards=tuple(draw(st.lists(awards, max_size=2))) if is_result else (),
        changes=tuple(changes),
        is_summary=draw(st.integers(0, 7)) == 0,
    )


def apart(batch: Sequence[History]) -> list[Notice]:
    """Histories kept side by side: each its own purchase, numbers and names."""
    return [_moved(notice, f"h{at}-") for at, history in enumerate(batch) for notice in history]


def _moved(notice: Notice, prefix: str) -> Notice:
    changes = tuple(replace(change, notice=f"{prefix}{change.notice}") for change in notice.changes)
    publication = replace(notice.publication, number=f"{prefix}{notice.publication.number}")
    return replace(notice, id=f"{prefix}{notice.id}", procedure=f"{prefix}p", publication=publication, changes=changes)


def states(store: Store) -> dict[str, str]:
    return dict(store._con.execute("select lot_uid, state from newest_lot order by lot_uid").fetchall())


SOME = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
BATCH = st.lists(histories(), min_size=1, max_size=40)


@SOME
@given(BATCH, st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_states(opened: Store, batch: list[History], chance: Random):
    notices = apart(batch)
    empty(opened).save_notices(notices)
    before = states(opened)
    again = [*notices, *chance.sample(notices, len(notices) // 2)]
    chance.shuffle(again)
    empty(opened).save_notices(again)
    assert states(opened) == before


@SOME
@given(BATCH)
def test_the_view_agrees_with_the_rules(opened: Store, batch: list[History]):
    empty(opened).save_notices(apart(batch))
    found = states(opened)
    for at, history in enumerate(batch):
        moved = apart([[]] * at + [history])
        stated = {f"h{at}-p:LOT-{int(key):04d}": state for key, state in lot_states(moved, NIGHT).items()}
        own = {uid: state for uid, state in found.items() if uid.startswith(f"h{at}-p:")}
        assert own == stated, history


@given(histories(), st.randoms(use_true_random=False))
def test_the_rules_know_no_order_of_arrival(history: History, chance: Random):
    again = [*history, *history]
    chance.shuffle(again)
    assert lot_states(again, NIGHT) == lot_states(history, NIGHT)


@given(histories())
def test_versions_take_effect_by_number(history: History):
    seen: dict[str, int] = {}
    for notice in in_turn(history):
        assert notice.version > seen.get(notice.id, 0)
        seen[notice.id] = notice.version


@SOME
@given(BATCH)
def test_keeping_twice_is_keeping_once(opened: Store, batch: list[History]):
    notices = apart(batch)
    kept = empty(opened).save_notices(notices)
    before = states(opened)
    assert kept.new == len(notices)
    assert opened.save_notices(notices).new == 0
    assert states(opened) == before


def call(*names: str, version: int = 1, day: int = 1, changes: tuple[Change, ...] = (), **more: object) -> Notice:
    """A call of some lots that close nine days after the night."""
    kept: dict[str, object] = {"techniques": more.pop("techniques", ())}
    deadline = Deadline(NIGHT + timedelta(days=9), DeadlineKind.TENDER, "+00:00")
    notice = Notice(
        id="call",
        version=version,
        form=Form.COMPETITION,
        publication=Publication("eu_ted", f"c{version}", FIRST + timedelta(days=day)),
        schema="eforms-sdk-1.13",
        procedure="purchase",
        titles=(Text("Sensors", "ENG"),),
        lots=tuple(Lot(name, (Text(name, "ENG"),), deadline=deadline, **kept) for name in names),  # type: ignore[arg-type]
        changes=changes,
    )
    return replace(notice, **more)  # pyright: ignore[reportArgumentType]


def result(
    *decided: Award, version: int = 1, day: int = 10, changes: tuple[Change, ...] = (), **more: object
) -> Notice:
    notice = call(*{award.lot for award in decided}, version=version, day=day, changes=changes, id="result", **more)
    publication = Publication("eu_ted", f"r{version}", FIRST + timedelta(days=day))
    return replace(notice, form=Form.RESULT, awards=decided, publication=publication)


def cancel(of: str, *named: str, sections: tuple[str, ...] = ()) -> tuple[Change, ...]:
    return (Change(of, "cancel", lots=named, sections=sections),)


WON, UNWON = Award("LOT-0001", "selec-w"), Award("LOT-0001", "clos-nw")
ONE, BOTH = LOTS[:1], LOTS[:2]

LIVES: list[tuple[str, list[Notice], tuple[str, ...]]] = [
    ("a call is open", [call(*BOTH)], ("open", "open")),
    ("a result closes its lot alone", [call(*BOTH), result(WON)], ("awarded", "open")),
    ("a lot without winner is closed", [call(*ONE), result(UNWON)], ("without-winner",)),
    (
        "a result whose newest version has another outcome is replaced as a whole",
        [call(*BOTH), result(WON), result(Award("LOT-0002", "selec-w"), version=2, day=12)],
        ("open", "awarded"),
    ),
    (
        "a newer version counts though it was published on an earlier day",
        [call(*ONE), result(UNWON, version=2, day=9), result(WON, day=11)],
        ("without-winner",),
    ),
    (
        "a cancelled result closes nothing",
        [call(*ONE), result(WON), result(WON, version=2, day=12, changes=cancel("result-01"))],
        ("open",),
    ),
    (
        "a result cancelled for one lot still closes the other",
        [
            call(*BOTH),
            result(
                WON,
                Award("LOT-0002", "selec-w"),
                version=2,
                day=12,
                changes=cancel("result-01", "LOT-0002"),
            ),
        ],
        ("awarded", "open"),
    ),
    (
        "a cancellation of a result's section is none of the call",
        [call(*ONE), call(*ONE, version=2, day=5, changes=cancel("call-01", sections=("RES-0001",)))],
        ("open",),
    ),
    ("a cancelled call", [call(*BOTH), call(*BOTH, version=2, day=5, changes=cancel("call-01"))], ("cancelled",) * 2),
    (
        "a withdrawn lot",
        [call(*BOTH), call(*BOTH, version=2, day=5, changes=cancel("call-01", "LOT-0002"))],
        ("open", "withdrawn"),
    ),
    (
        "a withdrawn lot stays so through a change that names no lot",
        [
            call(*BOTH),
            call(*BOTH, version=2, day=5, changes=cancel("call-01", "LOT-0002")),
            call(*BOTH, version=3, day=6, changes=(Change("call-02", "cor-buy"),)),
        ],
        ("open", "withdrawn"),
    ),
    (
        "a withdrawn lot comes back when it is named",
        [
            call(*BOTH),
            call(*BOTH, version=2, day=5, changes=cancel("call-01", "LOT-0002")),
            call(*BOTH, version=3, day=6, changes=(Change("call-02", "cor-buy", lots=("LOT-0002",)),)),
        ],
        ("open", "reopened"),
    ),
    (
        "a cancelled call opened again by its next version, of the same day",
        [
            call(*BOTH),
            call(*BOTH, version=2, day=5, changes=cancel("call-01")),
            call(*BOTH, version=3, day=5, changes=(Change("call-02", "cor-esen"),)),
        ],
        ("reopened", "reopened"),
    ),
    (
        "of a cancelled call only the lot named is opened again",
        [
            call(*BOTH),
            call(*BOTH, version=2, day=5, changes=cancel("call-01")),
            call(*BOTH, version=3, day=6, changes=(Change("call-02", "cor-buy", lots=("LOT-0001",)),)),
        ],
        ("reopened", "cancelled"),
    ),
    (
        "an award stands when another lot is corrected",
        [
            call(*BOTH),
            result(WON),
            call(*BOTH, version=2, day=12, changes=(Change("call-01", "cor-buy", lots=("LOT-0002",)),)),
        ],
        ("awarded", "open"),
    ),
    ("a lot left out by the next version", [call(*BOTH), call(*ONE, version=2, day=5)], ("open", "superseded")),
    (
        "a dynamic purchasing system is open after a contract",
        [call(*ONE, techniques=("dps-nlist",)), result(WON)],
        ("open",),
    ),
    (
        "a dynamic purchasing system is open after a contract without winner, and where it says that it goes on",
        [call(*ONE, techniques=("dps-list",)), result(replace(UNWON, terminates=False))],
        ("open",),
    ),
    (
        "a dynamic purchasing system is closed when it is terminated",
        [call(*ONE, techniques=("dps-nlist",)), result(replace(WON, terminates=True))],
        ("terminated",),
    ),
    (
        "termination is told lot by lot",
        [
            call(*BOTH, techniques=("dps-nlist",)),
            result(replace(WON, terminates=True), Award("LOT-0002", "selec-w")),
        ],
        ("terminated", "open"),
    ),
    (
        "a system that only its result calls one",
        [call(*ONE), result(WON, techniques=("dps-nlist",))],
        ("open",),
    ),
    ("a qualification system is not closed by a result", [call(*ONE, notice_type="qu-sy"), result(WON)], ("open",)),
    (
        "a framework with reopened competition is not closed before its own deadline",
        [call(*ONE, techniques=("fa-w-rc",)), result(WON)],
        ("open",),
    ),
    ("a framework without", [call(*ONE, techniques=("fa-wo-rc",)), result(WON)], ("awarded",)),
]


@pytest.mark.parametrize(("notices", "stated"), [life[1:] for life in LIVES], ids=[life[0] for life in LIVES])
def test_the_state_of_a_lot(store: Store, notices: list[Notice], stated: tuple[str, ...]):
    store.save_notices(notices)
    assert tuple(states(store).values()) == stated
    assert tuple(sorted(lot_states(notices, NIGHT).items())) == tuple(
        (str(at), LotState(state)) for at, state in enumerate(stated, 1)
    )


def test_a_national_correction_of_a_result_is_no_call(store: Store):
    decided = replace(result(WON), schema="boamp MAPA.attribution", procedure=None)
    correction = replace(
        call(*ONE, day=12, changes=(Change("r1"),), id="correction"),
        schema="boamp MAPA.rectificatif",
        procedure=None,
        publication=Publication("fr_boamp", "26-3", FIRST + timedelta(days=12)),
    )
    store.save_notices([decided, correction])
    assert states(store) == {}


def test_a_call_without_deadline_says_so(store: Store):
    bare = call(*ONE)
    store.save_notices([replace(bare, lots=(replace(bare.lots[0], deadline=None),))])
    assert states(store) == {"purchase:LOT-0001": "open-without-deadline"}
