"""Histories of lots in any order of arrival: `python -m bench.lots --histories 10000`.

Each history is up to eight notices of one purchase over three lots. All are kept once in the order drawn, once shuffled
with half of them repeated, and the states are compared with one another and with the rules in memory.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from warehouse.lots.states import lot_states
from warehouse.model.notices import Award, Change, Deadline, DeadlineKind, Form, Lot, Notice, Publication, Text
from warehouse.store import Store

NIGHT = datetime(2026, 11, 20, 8, 45, tzinfo=UTC)
LOTS = ("LOT-0001", "LOT-0002", "LOT-0003")
CLOSINGS = (NIGHT + timedelta(days=9), NIGHT - timedelta(days=3), None)
TECHNIQUES: tuple[tuple[str, ...], ...] = ((), (), (), ("dps-nlist",), ("fa-w-rc",), ("fa-wo-rc",))


def draw_history(chance: random.Random, name: str) -> list[Notice]:
    """One to eight notices of the purchase `name`, each uid once."""
    found: dict[str, Notice] = {}
    for place in range(chance.randint(1, 8)):
        base = chance.choice(list(found.values())) if found and chance.random() < 0.5 else None
        notice = _draw(chance, name, place, base, [*found, "elsewhere-01"])
        found.setdefault(notice.uid, notice)
    return list(found.values())


def _draw(chance: random.Random, name: str, place: int, base: Notice | None, known: list[str]) -> Notice:
    is_result = chance.random() < 0.25 if base is None else base.form is Form.RESULT
    is_change = chance.random() < (0.8 if base else 0.3)
    return Notice(
        id=base.id if base else f"{name}-n{place}",
        version=base.version + chance.randint(1, 2) if base else 1,
        form=Form.RESULT if is_result else Form.COMPETITION,
        publication=Publication("eu_ted", f"{name}-{place}", date(2026, 11, 1) + timedelta(chance.randint(0, 24))),
        schema=chance.choice(("eforms-sdk-1.13", "eforms-sdk-1.13", "boamp MAPA.initial")),
        procedure=name,
        titles=(Text("Invention", "FRA"),),
        lots=tuple(_draw_lot(chance, lot) for lot in _some(chance)),
        awards=tuple(_draw_award(chance) for _ in range(chance.randint(0, 2))) if is_result else (),
        changes=(_draw_change(chance, known),) if is_change else (),
        is_summary=chance.random() < 0.1,
    )


def _some(chance: random.Random) -> list[str]:
    return chance.sample(LOTS, chance.randint(0, 3))


def _draw_lot(chance: random.Random, lot: str) -> Lot:
    at = chance.choice(CLOSINGS)
    deadline = Deadline(at, DeadlineKind.TENDER, "+00:00") if at else None
    return Lot(lot, (Text(lot, "FRA"),), deadline=deadline, techniques=chance.choice(TECHNIQUES))


def _draw_award(chance: random.Random) -> Award:
    outcome = chance.choice(("selec-w", "clos-nw", "open-nw"))
    return Award(chance.choice(LOTS), outcome, terminates=chance.choice((None, None, True, False)))


def _draw_change(chance: random.Random, known: list[str]) -> Change:
    sections: tuple[str, ...] = chance.choice(((), (), ("RES-0001",), ("PROCEDURE",)))
    reason = chance.choice(("cancel", "cor-buy"))
    return Change(chance.choice(known), reason, lots=tuple(_some(chance)), sections=sections)


def find_states(notices: list[Notice]) -> dict[str, str]:
    """The state of each lot by its uid, in the view."""
    with Store.open(Path(":memory:")) as store:
        store.set_as_of(NIGHT)
        store.save_notices(notices)
        return dict(store._con.execute("select lot_uid, state from newest_lot").fetchall())


def main() -> None:
    """Draws, saves twice, compares, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    histories = {f"p{n}": draw_history(chance, f"p{n}") for n in range(options.histories)}
    notices = [notice for history in histories.values() for notice in history]
    first = find_states(notices)
    again = [*notices, *chance.sample(notices, len(notices) // 2)]
    chance.shuffle(again)
    second = find_states(again)
    states = {
        f"{name}:LOT-{int(key):04d}": state.value
        for name, history in histories.items()
        for key, state in lot_states(history, NIGHT).items()
    }
    print(f"{len(histories)} histories, {len(notices)} notices, {len(first)} lots")
    print(f"another state in another order: {_differing(first, second)}")
    print(f"another state by the rules in memory: {_differing(first, states)}")
    for state, count in Counter(first.values()).most_common():
        print(f"  {state:22} {count}")


def _differing(one: dict[str, str], other: dict[str, str]) -> int:
    return sum(one.get(uid) != other.get(uid) for uid in one.keys() | other.keys())


if __name__ == "__main__":
    main()
