"""The release gate: looks, bands, the ledger, re-runs, late runs, old ledgers, crashes, exports and their schemas."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import jsonschema
import pyarrow.parquet as pq
import pytest

from interest.atomic_files import FIXED_TIME, sha256
from interest.competence_families import FAMILIES
from interest.crypto.sealed_store import SealedStore
from interest.errors import GateRefused
from interest.release.export import COLUMNS
from interest.release.release_gate import LEDGER
from tests.support.interest.interest_world import DEADLINE, LOOKS, LOT, MONDAY, OTHER, World, members_of


def test_before_the_first_look_nothing_is_released(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare_all(members_of(world.directory, "media"), "media")
    world.gate.run(LOOKS[0] - timedelta(days=1))
    assert set(world.cells().values()) == {("withheld", "")}


def test_a_look_states_a_band_and_the_families_of_a_k_anonymous_group(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare_all(members_of(world.directory, "media")[:5], "media")
    world.gate.run(LOOKS[0])
    assert world.cells()["ALL"] == ("stated", "5-9")
    assert {family for family, cell in world.cells().items() if cell[0] == "stated"} == {"ALL", "media"}
    assert len(world.cells()) == 1 + len(FAMILIES)


@pytest.mark.parametrize(("count", "expected"), [(4, ""), (5, "5-9"), (9, "5-9"), (10, "10-19"), (20, "20+"), (31, "")])
def test_the_band_of_a_total(tmp_path: Path, count: int, expected: str) -> None:
    world = World(tmp_path)
    world.declare_all(entry.member for entry in world.directory.entries[:count])
    world.gate.run(LOOKS[0])
    assert world.cells()["ALL"][1] == expected


def test_fewer_than_five_changes_repeat_the_old_state(tmp_path: Path) -> None:
    world = World(tmp_path)
    receipts = world.declare_all(entry.member for entry in world.directory.entries[20:25])
    world.gate.run(LOOKS[0])
    for receipt in receipts[:4]:
        world.vault.withdraw(receipt.code)
    world.gate.run(LOOKS[1])
    assert world.cells()["ALL"] == ("stated", "5-9")


def test_five_changes_are_published_at_the_second_look(tmp_path: Path) -> None:
    world = World(tmp_path)
    receipts = world.declare_all(entry.member for entry in world.directory.entries[20:25])
    world.gate.run(LOOKS[0])
    for receipt in receipts:
        world.vault.withdraw(receipt.code)
    world.gate.run(LOOKS[1])
    assert world.cells()["ALL"] == ("withheld", "")


def test_a_gate_run_late_looks_once_and_never_in_the_last_five_days(tmp_path: Path) -> None:
    late, too_late = World(tmp_path / "late"), World(tmp_path / "too-late")
    for world in (late, too_late):
        world.declare_all(entry.member for entry in world.directory.entries[20:25])
    late.gate.run(DEADLINE - timedelta(days=5))
    too_late.gate.run(DEADLINE - timedelta(days=4))
    assert late.cells()["ALL"] == ("stated", "5-9")
    assert too_late.cells()["ALL"] == ("withheld", "")


def test_after_the_deadline_a_lot_is_not_mentioned(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.gate.run(DEADLINE + timedelta(days=1))
    assert world.cells() == {}


def test_a_gate_run_twice_releases_the_same_bytes(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.gate.run(LOOKS[0])
    before = world.gate.released(LOOKS[0])
    world.declare_all(members_of(world.directory, "media")[:5], "media")
    world.gate.run(LOOKS[0])
    assert world.gate.released(LOOKS[0]) == before
    assert {name: world.export(name) for name in before} == before


def test_an_older_night_writes_again_what_it_released_and_leaves_the_newest_published(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.gate.run(MONDAY)
    world.gate.run(LOOKS[0])
    newest = {name: world.export(name) for name in world.gate.released(LOOKS[0])}
    world.gate.run(MONDAY)
    assert {name: world.export(name) for name in newest} == newest
    with pytest.raises(GateRefused):
        world.gate.run(MONDAY + timedelta(days=1))


def test_a_gate_on_an_old_ledger_refuses(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.gate.run(MONDAY)
    shutil.copytree(world.room.gate, tmp_path / "backup")
    world.gate.run(LOOKS[0])
    shutil.rmtree(world.room.gate)
    (tmp_path / "backup").rename(world.room.gate)
    with pytest.raises(GateRefused):
        world.gate.run(LOOKS[1])


def test_a_ledger_altered_in_one_line_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path)
    for night in (MONDAY, LOOKS[0]):
        world.gate.run(night)
    path = world.room.gate / "nights" / LOOKS[0].isoformat() / LEDGER
    path.write_bytes(path.read_bytes().replace(world.policy.policy_id.encode(), b"0" * 16, 1))
    with pytest.raises(GateRefused):
        world.gate.run(LOOKS[1])


def test_a_memory_of_another_night_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.gate.run(MONDAY)
    memory = world.room.gate / "nights" / MONDAY.isoformat() / "memory"
    memory.write_bytes(memory.read_bytes().replace(b'"head":"', b'"head":"0', 1))
    with pytest.raises(GateRefused):
        world.gate.run(LOOKS[0])


def test_the_ledger_has_one_chained_line_a_night_and_no_counts(tmp_path: Path) -> None:
    world = World(tmp_path)
    for night in (MONDAY, LOOKS[0], LOOKS[1]):
        world.gate.run(night)
    written = world.export(LEDGER).splitlines(keepends=True)
    lines = [json.loads(line) for line in written]
    assert [line["look"] for line in lines] == [night.isoformat() for night in (MONDAY, LOOKS[0], LOOKS[1])]
    assert [line["prev_hash"] for line in lines[1:]] == [sha256(line) for line in written[:-1]]
    assert {*lines[0]} == {"look", "policy_id", "export_sha256", "spent_root", "prev_hash"}


def test_a_declarer_finds_itself_in_the_night_and_a_withdrawn_one_does_not(tmp_path: Path) -> None:
    world = World(tmp_path)
    kept, gone = world.declare("m020"), world.declare("m021")
    world.vault.withdraw(gone.code)
    world.gate.run(MONDAY)
    assert world.vault.check(kept.code).counted
    assert not world.vault.check(gone.code).counted
    first = (world.room.public / "leaves.bin").read_bytes()
    world.gate.run(MONDAY + timedelta(days=1))
    second = (world.room.public / "leaves.bin").read_bytes()
    assert world.vault.check(kept.code).counted
    both = [{body[at : at + 32] for at in range(0, len(body), 32)} for body in (first, second)]
    assert len(first) == len(second)
    assert both[0].isdisjoint(both[1])


def test_leaves_that_the_ledger_does_not_state_count_nobody(tmp_path: Path) -> None:
    world = World(tmp_path)
    receipt = world.declare("m020")
    world.gate.run(MONDAY)
    path = world.room.public / "leaves.bin"
    kept = path.read_bytes()
    path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    assert not world.vault.check(receipt.code).counted


def test_every_export_fits_the_schema_shipped_with_it_and_its_sum(tmp_path: Path) -> None:
    world = World(tmp_path, LOT, OTHER)
    world.declare_all(members_of(world.directory, "media")[:5], "media")
    world.gate.run(LOOKS[0])
    for name in ("interest_aggregate", "need_cards", "introductions", "key_manifest"):
        schema = json.loads(world.export(f"schemas/{name}.schema.json"))
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(json.loads(world.export(f"{name}.json")), schema)
    jsonschema.validate(
        json.loads(world.export(LEDGER)), json.loads(world.export("schemas/release_ledger.schema.json"))
    )
    sums = dict(reversed(line.split("  ")) for line in world.export("SHA256SUMS").decode().splitlines())
    files = {p.relative_to(world.room.exports).as_posix() for p in world.room.exports.rglob("*") if p.is_file()}
    assert files == {*sums, "SHA256SUMS"}
    assert all(sha256(world.export(name)) == stated for name, stated in sums.items())


def test_the_three_forms_of_the_aggregate_hold_the_same(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare_all(members_of(world.directory, "media")[:5], "media")
    world.gate.run(LOOKS[0])
    rows = json.loads(world.export("interest_aggregate.json"))
    assert pq.read_table(world.room.exports / "interest_aggregate.parquet").to_pylist() == rows
    text = world.export("interest_aggregate.csv").decode().splitlines()
    assert text[0].split(",") == list(COLUMNS)
    assert text[1:] == [",".join(str(row[name]) for name in COLUMNS) for row in rows]


def test_what_no_living_key_opens_leaves_the_store_in_a_new_file(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare("m020")
    path = world.room.collector / "sealed.sqlite"
    inode, (row,) = path.stat().st_ino, SealedStore(world.room.collector).rows()
    world.gate.run(MONDAY)
    assert path.stat().st_ino != inode
    assert row.sealed[3000:3064] in path.read_bytes()
    (world.room.gate / "keys").rename(tmp_path / "gone")
    world.gate.run(MONDAY + timedelta(days=1))
    assert SealedStore(world.room.collector).rows() == ()
    assert row.sealed[3000:3064] not in path.read_bytes()


def test_every_file_of_the_gate_and_of_its_exports_has_one_date(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.gate.run(MONDAY)
    dated = {p.stat().st_mtime for p in tmp_path.rglob("*") if p.is_file()}
    assert dated == {FIXED_TIME}
