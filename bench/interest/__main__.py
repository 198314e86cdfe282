"""How much readers of the exports find out: `python -m bench.interest [--json] [--tune OUT]`.

A world is a lot and those it interests: who declares what, when, and who withdraws. The strong reader knows everything
of everybody but one, the target; it detects the target when the exports of the world with it and of the world without
it differ anywhere. A cell is unsafe when a family is stated of which fewer than 8 are in the directory, fewer than 3 or
more than half declared: counted here from the world, not by the gate. `released` is the share of lots with three
interested or more whose total was ever told.

The gate's own rules are simulated (interest.release.release_rules), next to what others publish: exact counts every
night, and counts withheld under five every night. `--members` takes the operator's file; `--tune` tries policies on
it, keeps the one that releases most within the budget (strong reader at most 20 %, no unsafe cell), and writes it as a
policy file. Half of the worlds choose the policy, the other half judge it.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from random import Random

from interest.competence_families import FAMILIES, Directory, DirectoryEntry
from interest.policy import SHIPPED, Policy, read_policy
from interest.release.release_rules import NOTHING, People, State, decide

BUDGET = 0.20
MEMBERS = 180
OPENED = date(2026, 1, 5)
INTERESTED = 5.0


@dataclass(frozen=True, slots=True)
class Person:
    """What one does about a lot: the families it declares, the days it comes and goes."""

    families: tuple[str, ...]
    comes: int
    goes: int


@dataclass(frozen=True, slots=True)
class World:
    """A lot: its days, those it interests, and the one the reader is after."""

    days: int
    people: Mapping[str, Person]
    target: str

    def on(self, day: int, without: str = "") -> People:
        """The declarations of a day, in the world without that of one person."""
        return {
            name: person.families
            for name, person in self.people.items()
            if person.comes <= day < person.goes and name != without
        }


@dataclass(frozen=True, slots=True)
class SimulationOutcome:
    """What was found in some worlds. `detected` and `released` are shares, each with a 95 % interval's half width."""

    policy_id: str
    worlds: int
    detected: float
    detected_within: float
    unsafe_cells: int
    stated_cells: int
    released: float
    released_within: float


def make_directory(seed: int = 0) -> Directory:
    """An invented cluster of 180: families from common to rare, one to three a member, most firms small."""
    random = Random(seed)
    codes = list(FAMILIES)
    weights = [1 / (1 + 0.35 * rank) for rank in range(len(codes))]
    entries: list[DirectoryEntry] = []
    for n in range(MEMBERS):
        families = frozenset(random.choices(codes, weights, k=random.choice((1, 2, 2, 3))))
        place = random.choice(("BE323", "BE332", "BE310", "BE352", "BE341", "BE100", "FRE11", "LU000"))
        entries.append(DirectoryEntry(f"m{n:03d}", families, place, random.choice(("1-9", "1-9", "1-9", "10-49"))))
    return Directory(tuple(entries))


def make_world(directory: Directory, random: Random) -> World:
    """A lot with one to three core families, that interests INTERESTED members on average, mostly of those families;
    one in ten withdraws. The target is one of them."""
    core = set(random.sample(list(FAMILIES), random.choice((1, 2, 3))))
    able = [e for e in directory.entries if e.families & core] or list(directory.entries)
    others = [e for e in directory.entries if e.families and e not in able]
    days = random.randint(12, 52)
    count = max(1, min(len(able), _overdispersed(random, INTERESTED)))
    chosen = random.sample(able, count)
    if others and random.random() < 0.3:
        chosen.append(random.choice(others))
    people = {e.member: _person(e, core, days, random) for e in chosen if e.families}
    return World(days, people, random.choice(sorted(people)))


def _overdispersed(random: Random, mean: float) -> int:
    """A negative binomial of shape 2: some lots interest nearly nobody, some many."""
    rate = random.gammavariate(2, mean / 2)
    limit, count, product_ = math.exp(-rate), 0, random.random()
    while product_ > limit:
        count, product_ = count + 1, product_ * random.random()
    return count


def _person(entry: DirectoryEntry, core: set[str], days: int, random: Random) -> Person:
    wanted = sorted(entry.families & core) or sorted(entry.families)
    families = tuple(sorted(random.sample(wanted, min(len(wanted), random.choice((1, 1, 2))))))
    comes = min(random.randrange(days), random.randrange(days))
    goes = random.randrange(comes + 1, days + 1) if random.random() < 0.1 else days + 1
    return Person(families, comes, goes)


Reader = Callable[[World, Directory, str], object]
"""What a reader sees of a world in which one member, "" for none, did not declare."""


def gate_reader(policy: Policy) -> Callable[[World, Directory, str], tuple[State, ...]]:
    """What the release gate publishes to a reader of every export."""

    def seen(world: World, directory: Directory, without: str) -> tuple[State, ...]:
        memory, states_seen = NOTHING, []
        for look, day in enumerate(policy.look_days(OPENED, OPENED + timedelta(days=world.days)), start=1):
            people = world.on((day - OPENED).days, without)
            sizes, members = directory.sizes, len(directory.entries)
            memory = decide(memory, people, look, sizes=sizes, directory=members, policy=policy)
            states_seen.append(memory.state)
        return tuple(states_seen)

    return seen


def exact_reader(world: World, _: Directory, without: str) -> object:
    """Exact counts every night."""
    return tuple(len(world.on(day, without)) for day in range(world.days))


def suppressed_reader(world: World, _: Directory, without: str) -> object:
    """Counts every night, withheld under five."""
    counts = (len(world.on(day, without)) for day in range(world.days))
    return tuple(count if count >= 5 else None for count in counts)


def simulate(policy: Policy, *, worlds: int, seed: int, directory: Directory | None = None) -> SimulationOutcome:
    """The result of a `policy` of the release gate in so many `worlds`. Equal seeds give equal worlds, whatever the
    policy.

    `seed` is that of the draw; `directory` is the cluster's, None for an invented one.
    """
    directory, random = directory or make_directory(), Random(seed)
    seen = gate_reader(policy)
    detected, released, wide = 0, 0, 0
    unsafe, stated = 0, 0
    for _ in range(worlds):
        world = make_world(directory, random)
        states = seen(world, directory, "")
        states_seen = gate_states(policy, world, directory, states)
        detected += states != seen(world, directory, world.target)
        unsafe += sum(not is_safe for _, is_safe in states_seen)
        stated += len(states_seen)
        if len(world.people) >= 3:
            wide += 1
            released += any(state.band for state in states)
    return SimulationOutcome(
        policy.policy_id, worlds, detected / worlds, _within(detected, worlds), unsafe, stated,
        released / max(wide, 1), _within(released, max(wide, 1)),
    )  # fmt: skip


def gate_states(
    policy: Policy, world: World, directory: Directory, states: tuple[State, ...]
) -> list[tuple[str, bool]]:
    """Each family newly stated at a look, and whether the world makes that safe: counted independently of the release
    gate.

    `policy` gives the days of the looks; `world` is the lot with its declarations, `directory` the cluster's, `states`
    what the release gate published at each look.
    """
    found: list[tuple[str, bool]] = []
    before: State = State()
    days = policy.look_days(OPENED, OPENED + timedelta(days=world.days))
    for day, state in zip(days, states, strict=True):
        if state != before:
            people = world.on((day - OPENED).days).values()
            for family in state.stated:
                count = sum(family in families for families in people)
                members = sum(family in entry.families for entry in directory.entries)
                found.append((family, members >= 8 and count >= 3 and count <= members - count))
        before = state
    return found


def detection(reader: Reader, *, worlds: int, seed: int, directory: Directory | None = None) -> float:
    """The share of worlds in which another way of publishing, the `reader`, reveals the target.

    `worlds` are drawn with `seed`; `directory` is the cluster's, None for an invented one.
    """
    directory, random = directory or make_directory(), Random(seed)
    drawn = (make_world(directory, random) for _ in range(worlds))
    return sum(reader(world, directory, "") != reader(world, directory, world.target) for world in drawn) / worlds


def _within(hits: int, of: int) -> float:
    share = hits / of
    return 1.96 * math.sqrt(share * (1 - share) / of)


def candidates(policy: Policy) -> Iterator[Policy]:
    """The policies tried."""
    looks = (("1/3", "2/3"), ("1/2",), ("2/3",), ("1/2", "3/4"), ("2/5", "4/5"))
    for look, first, change, family in product(looks, (5, 6, 8), (5, 6, 8), (3, 4)):
        yield replace(policy, looks=look, bands=(first, 10, 20), change_least=change, family_least=family)


def tune(policy: Policy, directory: Directory, *, worlds: int, seed: int) -> Policy:
    """The policy that releases most within the budget, the interval's upper end counted; fewer detections decide
    between equals.

    `policy` is the one varied, `directory` the cluster's; each is simulated in so many `worlds`, drawn with `seed`.
    """
    tried = ((p, simulate(p, worlds=worlds, seed=seed, directory=directory)) for p in candidates(policy))
    fit = [(p, o) for p, o in tried if o.detected + o.detected_within <= BUDGET and not o.unsafe_cells]
    if not fit:
        raise SystemExit("no policy keeps within the budget on this directory: switch totals off (bands = [])")
    return max(fit, key=lambda candidate: (candidate[1].released, -candidate[1].detected))[0]


def written(policy: Policy) -> str:
    """A policy as the file that interest reads."""
    lines = SHIPPED.read_text(encoding="utf-8").splitlines(keepends=True)
    values = asdict(policy)
    for i, line in enumerate(lines):
        name = line.partition(" = ")[0]
        if name in values:
            value = values[name] if isinstance(values[name], int) else list(values[name])
            lines[i] = f"{f'{name} = {json.dumps(value)}':<27}#{line.partition('#')[2]}"
    return "".join(lines)


def _directory(path: Path | None) -> Directory:
    if path is None:
        return make_directory()
    from matching.members_file.members import read_members
    from pipelines.nightly.interest import directory_of

    return directory_of(read_members(path))


def main() -> int:
    """Prints the outcome; 1 when the budget is broken."""
    parser = argparse.ArgumentParser(prog="python -m bench.interest", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worlds", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--members", type=Path)
    parser.add_argument("--policy", type=Path, default=SHIPPED)
    parser.add_argument("--tune", type=Path, metavar="OUT")
    arguments = parser.parse_args()
    policy, directory = read_policy(arguments.policy), _directory(arguments.members)
    if arguments.tune:
        policy = tune(policy, directory, worlds=max(arguments.worlds // 5, 500), seed=arguments.seed + 1)
        arguments.tune.write_text(written(policy), encoding="utf-8")
        policy = read_policy(arguments.tune)
    outcome = simulate(policy, worlds=arguments.worlds, seed=arguments.seed, directory=directory)
    others = {
        "exact counts every night": detection(exact_reader, worlds=2_000, seed=arguments.seed, directory=directory),
        "counts under 5 withheld, every night": detection(
            suppressed_reader, worlds=2_000, seed=arguments.seed, directory=directory
        ),
    }
    is_within = outcome.detected <= BUDGET and outcome.unsafe_cells == 0
    if arguments.json:
        print(json.dumps({**asdict(outcome), "others_detected": others, "is_within_budget": is_within}))
    else:
        _print(outcome, others, len(directory.entries))
    return 0 if is_within else 1


def _print(outcome: SimulationOutcome, others: Mapping[str, float], members: int) -> None:
    print(f"{outcome.worlds} worlds, {members} members, policy {outcome.policy_id}")
    print(f"strong reader detects the target  {outcome.detected:6.1%} ± {outcome.detected_within:.1%} of worlds")
    print(f"unsafe family cells               {outcome.unsafe_cells:6d} of {outcome.stated_cells} stated")
    print(f"total told, of lots with >= 3     {outcome.released:6.1%} ± {outcome.released_within:.1%}")
    for name, share in others.items():
        print(f"for comparison, {name}: detected in {share:.1%}")


if __name__ == "__main__":
    sys.exit(main())
