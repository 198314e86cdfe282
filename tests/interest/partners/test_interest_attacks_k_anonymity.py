"""Attacks by readers of the exports, named as in the design: 1 to 7, 9, 18. Each fails when its defence is switched
off: `python -m bench.interest.mutations` switches them off one by one.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bench.interest.__main__ import simulate
from interest.atomic_files import FIXED_TIME
from interest.competence_families import FAMILIES, Directory, DirectoryEntry
from interest.crypto.messages import Card, Preview, seal_message
from interest.crypto.receipts import Receipt, Side, public_hex, row_of
from interest.crypto.sealed_store import SealedStore
from interest.partners.k_anonymity import assign_previews
from interest.partners.partner_inbox import read_cards
from interest.partners.partner_search import CARD, post_card
from interest.policy import read_policy
from interest.release.release_rules import NOTHING, Memory, State, decide, differing
from tests.support.interest.interest_world import LOOKS, LOT, MONDAY, World, make_directory, members_of

POLICY = read_policy()


def joined(directory: Directory, wanted: str, preview: Preview) -> list[DirectoryEntry]:
    """Whom a reader finds who joins a card with the directory on everything the card shows."""
    outside = [entry for entry in directory.entries if wanted not in entry.families]
    return [e for e in outside if e.place.startswith(preview.place) and preview.size in ("", e.size)]


def test_attack_01_linkage_every_exported_row_fits_nobody_or_five(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.directory = replace_place(world.directory, "m059", "LU999")
    for entry in world.directory.entries[::6]:
        wanted = min(set(FAMILIES) - entry.families - {"geography"})
        receipt = world.declare(entry.member)
        post_card(world.box, receipt, world.keys(), entry, world.directory, [wanted], world.policy.crowd)
    alone = world.declare("m059")
    post_too_fine_a_card(world, alone, world.directory.by_member["m059"])
    world.gate.run(LOOKS[0])
    cards = read_cards(world.export("need_cards.json"))
    assert len(cards) == 10
    assert min(len(joined(world.directory, card.families_wanted[0], card.preview)) for card in cards) >= 5
    stated = [family for family, (state, _) in world.cells().items() if state == "stated" and family != "ALL"]
    assert all(len(world.directory.within(family)) >= 8 for family in stated)


def replace_place(directory: Directory, member: str, place: str) -> Directory:
    return Directory(tuple(replace(e, place=place) if e.member == member else e for e in directory.entries))


def post_too_fine_a_card(world: World, receipt: Receipt, entry: DirectoryEntry) -> None:
    """A client of the attacker's own making shows all of its preview."""
    reply_pk = public_hex(receipt.reply_key("f" * 32, Side.ASKER))
    wanted = min(set(FAMILIES) - entry.families)
    card = Card(LOT, row_of(receipt.claim).hex(), "f" * 32, (wanted,), Preview(entry.place[:4], entry.size), reply_pk)
    sealed = seal_message(bytes.fromhex(world.keys().sealing_pk), card)
    assert world.box.follow(receipt.claim, CARD[0], sealed, replace=True)


entries = st.lists(
    st.tuples(st.sampled_from(["BE323", "BE332", "BE310", "FRE11", "LU000"]), st.sampled_from(["1-9", "10-49", "50+"])),
    max_size=40,
)


@given(entries)
@settings(max_examples=100)
def test_attack_01_linkage_even_by_how_much_a_preview_was_coarsened(drawn: list[tuple[str, str]]) -> None:
    population = [DirectoryEntry(f"m{n}", frozenset({"power"}), place, size) for n, (place, size) in enumerate(drawn)]
    shown = assign_previews(population, POLICY.crowd)
    assert set(shown) in (set(), {entry.member for entry in population})
    assert min(Counter(shown.values()).values(), default=5) >= 5


@pytest.mark.parametrize(("size", "expected"), [(7, "withheld"), (8, "stated")])
def test_attack_02_rare_competence_is_withheld(tmp_path: Path, size: int, expected: str) -> None:
    rare = Directory(
        tuple(
            DirectoryEntry(f"m{n:03d}", frozenset({"geography"} if n < size else {"power"}), "BE323", "1-9")
            for n in range(40)
        )
    )
    world = World(tmp_path, directory=rare)
    world.declare_all([*members_of(rare, "geography")[:3], "m030", "m031", "m032"])
    world.gate.run(LOOKS[0])
    assert world.cells()["geography"] == (expected, "")


def test_attack_03_homogeneity_a_whole_family_that_declares_is_not_stated(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare_all(members_of(world.directory, "media"), "media")
    world.gate.run(LOOKS[0])
    assert world.cells()["ALL"] == ("stated", "10-19")
    assert world.cells()["media"] == ("withheld", "")


class Differencing(RuleBasedStateMachine):
    """Members declare, change, withdraw, join and leave; the gate looks, again and again. The machine keeps books of
    its own: each state a reader saw, with the declarations that stood when it appeared."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = make_directory(40)
        self.people: dict[str, tuple[str, ...]] = {}
        self.memory: Memory = NOTHING
        self.seen: list[tuple[State, Mapping[str, tuple[str, ...]]]] = [(State(), {})]

    @rule(who=st.integers(0, 11), many=st.sampled_from((1, 5, 6)), which=st.integers(0, 1), then=st.booleans())
    def declare(self, who: int, many: int, which: int, then: bool) -> None:
        for entry in self.directory.entries[who : who + many]:
            self.people[entry.member] = (sorted(entry.families)[which % len(entry.families)],)
        if then:
            self.look()

    @rule(who=st.integers(0, 11), many=st.sampled_from((1, 5, 6)), then=st.booleans())
    def withdraw(self, who: int, many: int, then: bool) -> None:
        for entry in self.directory.entries[who : who + many]:
            self.people.pop(entry.member, None)
        if then:
            self.look()

    @rule()
    def join(self) -> None:
        self.directory = make_directory(len(self.directory.entries) + 1)

    @precondition(lambda self: len(self.directory.entries) > 30)
    @rule()
    def leave(self) -> None:
        *left, gone = self.directory.entries
        self.directory = Directory(tuple(left))
        self.people.pop(gone.member, None)

    @rule()
    def look(self) -> None:
        looks, directory = self.memory.looks + 1, self.directory
        sizes, members = directory.sizes, len(directory.entries)
        before = self.memory
        self.memory = decide(before, self.people, looks, sizes=sizes, directory=members, policy=POLICY)
        assert self.memory == decide(before, self.people, looks, sizes=sizes, directory=members, policy=POLICY)
        if self.memory.state != self.seen[-1][0]:
            self.seen.append((self.memory.state, dict(self.people)))

    @invariant()
    def any_two_published_states_are_equal_or_five_members_apart(self) -> None:
        newest, people = self.seen[-1]
        assert all(newest == published or differing(people, before) >= 5 for published, before in self.seen[:-1])


class TestAttack04Differencing(Differencing.TestCase):  # type: ignore[name-defined,misc]
    settings = settings(max_examples=80, stateful_step_count=25)


def test_attack_05_averaging_twenty_reruns_are_byte_identical(tmp_path: Path) -> None:
    world = World(tmp_path / "room")
    receipts = world.declare_all(members_of(world.directory, "media")[:5], "media")
    post_card(world.box, receipts[0], world.keys(), world.directory.by_member["m004"], world.directory, ["power"], 5)
    world.gate.run(MONDAY)
    shutil.copytree(world.room.gate, tmp_path / "gate before")
    released: set[str] = set()
    for run in range(20):
        shutil.rmtree(world.room.gate)
        shutil.copytree(tmp_path / "gate before", world.room.gate)
        if run:
            (world.room.exports / "release_ledger.jsonl").unlink()
        world.gate.run(LOOKS[0])
        released.add(repr(sorted(world.gate.released(LOOKS[0]).items())))
    world.declare_all(members_of(world.directory, "cloud")[:5], "cloud")
    world.gate.run(LOOKS[0])
    released.add(repr(sorted(world.gate.released(LOOKS[0]).items())))
    assert len(released) == 1


def test_attack_06_timing_the_order_and_hour_of_arrival_leave_no_trace(tmp_path: Path) -> None:
    world = World(tmp_path / "one")
    world.gate.run(MONDAY)
    receipts = world.declare_all(members_of(world.directory, "media")[:6], "media")
    post_card(world.box, receipts[0], world.keys(), world.directory.by_member["m004"], world.directory, ["power"], 5)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    other = World.__new__(World)
    other.__dict__.update({**world.__dict__, "room": type(world.room)(tmp_path / "two")})
    store = SealedStore(other.room.collector)
    rows = store.rows()
    store.rewrite(lambda _: False)
    for row in reversed(rows):
        store.spend(row)
    for room_world in (world, other):
        room_world.gate.run(LOOKS[0])
    assert everything(tmp_path / "one") == everything(tmp_path / "two")
    assert {p.stat().st_mtime for p in tmp_path.rglob("*") if p.is_file()} == {FIXED_TIME}


def everything(folder: Path) -> dict[str, bytes]:
    """All that lies in a folder but what is encrypted with chance."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "memory")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


OTHERS = (0, 4, 9, 22)
"""How many of other families stand in the colluders' worlds."""


def colluders_worlds() -> Iterator[tuple[tuple[object, ...], bool, bool]]:
    """Two colluders of a family of eight try everything, at both looks, the second choice after the first answer. What
    they see with what they did, and whether the target stood in the lot at each look."""
    sizes = {**dict.fromkeys(FAMILIES, 40), "media": 8}
    wide = [family for family in FAMILIES if family != "media"]

    def look(memory: Memory, looks: int, *groups: tuple[str, int, int]) -> Memory:
        people = {
            f"{name}{n}": ("media" if name != "o" else wide[n % len(wide)],)
            for name, a, b in groups
            for n in range(a, b)
        }
        return decide(memory, people, looks, sizes=sizes, directory=100, policy=POLICY)

    stays = [(a, b, c) for a, b, c in product(range(6), repeat=3) if a + b + c <= 5]
    for first, target, others, (stay, leave, come) in product(range(3), (False, True), OTHERS, stays):
        one = look(NOTHING, 1, ("c", 0, first), ("t", 0, target), ("o", 0, others), ("h", 0, stay + leave))
        honest = (("h", 0, stay), ("h", stay + leave, stay + leave + come))
        for then, target_then, others_then in product(range(3), (False, True), OTHERS):
            two = look(one, 2, ("c", 0, then), ("t", 0, target_then), ("o", 0, others_then), *honest)
            yield (first, one.state, then, two.state), target, target_then


def test_attack_07_two_adaptive_colluders_are_never_sure_of_anybody() -> None:
    at_first: defaultdict[object, set[bool]] = defaultdict(set)
    at_second: defaultdict[object, set[bool]] = defaultdict(set)
    for seen, target, target_then in colluders_worlds():
        at_first[seen].add(target)
        at_second[seen].add(target_then)
    assert len({seen[1] for seen in at_first}) > 2  # type: ignore[index]
    assert {frozenset(could) for could in (*at_first.values(), *at_second.values())} == {frozenset({True, False})}


def test_attack_07_one_who_comes_and_goes_forces_no_look(tmp_path: Path) -> None:
    world = World(tmp_path)
    receipts = world.declare_all(entry.member for entry in world.directory.entries[20:25])
    world.gate.run(LOOKS[0])
    before = world.cells()
    for _ in range(6):
        world.vault.withdraw(world.declare("m000").code)
    world.declare("m000", "geography")
    for receipt in receipts[:2]:
        world.vault.withdraw(receipt.code)
    world.gate.run(LOOKS[1])
    assert world.cells() == before


def test_attack_09_zero_and_four_look_the_same(tmp_path: Path) -> None:
    world = World(tmp_path / "zero")
    world.gate.run(MONDAY)
    shutil.copytree(tmp_path / "zero", tmp_path / "four")
    four = World.__new__(World)
    four.__dict__.update({**world.__dict__, "room": type(world.room)(tmp_path / "four")})
    for member in members_of(world.directory, "media")[:4]:
        type(world.vault)(four.room, world.directory).declare(member, LOT, ("media",), "lead", today=MONDAY)
    for room_world in (world, four):
        room_world.gate.run(LOOKS[0])
    names = [name for name in world.gate.released(LOOKS[0]) if name not in ("release_ledger.jsonl", "SHA256SUMS")]
    assert {name: four.export(name) for name in names} == {name: world.export(name) for name in names}
    for name in ("release_ledger.jsonl", "SHA256SUMS"):
        assert len(four.export(name)) == len(world.export(name))
    lines = [json.loads(room_world.export("release_ledger.jsonl").splitlines()[-1]) for room_world in (world, four)]
    assert lines[0]["export_sha256"] == lines[1]["export_sha256"]


def test_attack_18_the_simulators_budget_holds() -> None:
    outcome = simulate(POLICY, worlds=700, seed=18)
    assert outcome.detected <= 0.20
    assert outcome.unsafe_cells == 0
    assert outcome.released > 0.25
