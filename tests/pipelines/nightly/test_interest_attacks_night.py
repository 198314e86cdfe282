"""Attacks on the night as a whole, named as in the design: 8 and 15. Each fails when its defence is switched off:
`python -m bench.interest.mutations` switches them off one by one.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from dagster import DagsterInstance, materialize

from interest.crypto.key_manifest import Chain
from interest.crypto.receipts import Receipt
from interest.crypto.release_ledger import read_ledger
from interest.crypto.sealed_store import SealedRow, SealedStore
from interest.errors import DayUnconfirmed
from interest.roles.vault import Vault
from pipelines.assets.cluster import cluster_assets
from pipelines.config.settings import Settings
from pipelines.config.workspace import DEFAULT_CLUSTER, Workspace
from pipelines.nightly.interest import (
    CLOCK_CHECK,
    confirm_today,
    directory_of,
    find_interest_needs,
    purge,
    room_of,
    run_interest_gate,
)
from presentation.signed_links import load_or_create_secret
from tests.support.interest.interest_workspace import NIGHT, night_workspace
from tests.support.interest.interest_world import trust_days
from tests.support.letters.digest_examples import MEMBERS

ASSETS = cluster_assets(DEFAULT_CLUSTER)[2:]
"""What follows the matches: letters, exports, interest."""


class RecordingHandler(logging.Handler):
    """Every log line, as it would be written, but those of the making of Dagster's own tables."""

    def __init__(self) -> None:
        super().__init__(level=0)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(("alembic", "asyncio")):
            self.lines.append(record.getMessage())


@contextmanager
def recorded_lines() -> Iterator[list[str]]:
    ear, root = RecordingHandler(), logging.getLogger()
    level = root.level
    root.addHandler(ear)
    root.setLevel(0)
    yield ear.lines
    root.removeHandler(ear)
    root.setLevel(level)


def run_night(workspace: Workspace, home: Path) -> list[str]:
    """The letters, the exports and interest's night by Dagster; every log line and every event it keeps."""
    home.mkdir()
    with recorded_lines() as lines, DagsterInstance.local_temp(str(home)) as instance:
        result = materialize(
            ASSETS,
            partition_key=NIGHT.isoformat(),
            resources={"workspace": workspace},
            instance=instance,
            raise_on_error=True,
        )
        events = [f"{e.event_type_value} {e.step_key} {e.message}" for e in result.all_events]
        events += [repr(e.materialization.metadata) for e in result.get_asset_materialization_events()]
    return [
        re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9.]+m?s\b|pid: [0-9]+|[Ll]ock [0-9]+|/\S+", "", line)
        for line in lines + events
    ]


def outside_interest(workspace: Workspace) -> dict[str, bytes]:
    """Whatever anybody else reads: letters, exports, verdicts."""
    kept = {"interest", "cluster.duckdb", "published.duckdb", "published.facts.duckdb", "outbox.sqlite"}
    kept |= {"night.lock.holder"}
    files = (path for path in workspace.home.rglob("*") if path.is_file())
    relative = ((path.relative_to(workspace.home), path) for path in files)
    read = {str(name): path.read_bytes() for name, path in relative if name.parts[0] not in kept}
    with workspace.reading() as store:
        read["verdicts"] = repr(store.load_match_results(NIGHT)).encode()
        read["lots"] = repr(store.load_open_lots()).encode()
    letters = [json.loads(line) for line in read.pop("member-records/letters.jsonl").splitlines()]
    same = ("member", "edition", "address", "message_id", "subject", "sha256", "items", "state", "notified")
    read["letters"] = repr([[letter[name] for name in same] for letter in letters]).encode()  # the rest is of the clock
    return {re.sub(r"new/\S+", "new/letter", name): body for name, body in read.items()}


class TwoNights(NamedTuple):
    """The same night twice, in one of which a member declared; what each logged; the declarer's receipt and row."""

    silent: Workspace
    declared: Workspace
    log_lines: tuple[list[str], list[str]]
    receipt: Receipt
    row: SealedRow


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> TwoNights:
    folder = tmp_path_factory.mktemp("nights")
    silent = night_workspace(folder / "silent")
    load_or_create_secret(silent.link_secret)  # one cluster: both nights sign their links with the same secret
    shutil.copytree(silent.data, folder / "declared" / "data")
    declared = Workspace(Settings(data=folder / "declared" / "data"))
    vault = Vault(room_of(declared), directory_of(MEMBERS.values()))
    (lot,) = [keys.lot_uid for keys in Chain(room_of(declared).public / "manifests").last().lots]
    receipt = vault.declare("nuagera", lot, vault.choices("nuagera"), "lead", today=NIGHT)
    (row,) = SealedStore(room_of(declared).collector).rows()
    log_lines = run_night(silent, folder / "silent" / "dagster"), run_night(declared, folder / "declared" / "dagster")
    return TwoNights(silent, declared, log_lines, receipt, row)


def test_attack_08_non_interference_flip_one_declaration_and_everybody_else_reads_the_same(
    two_nights: TwoNights,
) -> None:
    silent, declared = two_nights.silent, two_nights.declared
    assert outside_interest(silent) == outside_interest(declared)
    assert any("letter" in name for name in outside_interest(silent))
    assert two_nights.log_lines[0] == two_nights.log_lines[1]
    assert len(two_nights.log_lines[0]) > 20
    cells = [
        (room_of(data_folder).exports / "interest_aggregate.csv").read_bytes() for data_folder in (silent, declared)
    ]
    assert cells[0] == cells[1]


def test_attack_21_a_night_that_the_clock_jumped_to_is_held_and_says_so(tmp_path: Path) -> None:
    workspace, later = night_workspace(tmp_path), NIGHT + timedelta(days=5)
    run_interest_gate(workspace, NIGHT)
    room = room_of(workspace)
    kept = [path for path in room.folder.rglob("*") if path.is_file() and path.name != "trusted_day.json"]
    before = {path: path.read_bytes() for path in kept}
    with DagsterInstance.ephemeral() as instance:
        result = materialize(
            ASSETS[2:],
            partition_key=later.isoformat(),
            resources={"workspace": workspace},
            instance=instance,
            raise_on_error=True,
        )
    (check,) = [check for check in result.get_asset_check_evaluations() if check.check_name == CLOCK_CHECK]
    assert not check.passed
    assert find_interest_needs(workspace) == (check.description,)
    assert [line.look for line in read_ledger((room.exports / "release_ledger.jsonl").read_bytes())] == ["2026-11-20"]
    assert {path: path.read_bytes() for path in before if path.is_file()} == before
    year_ahead = NIGHT + timedelta(days=365)
    with pytest.raises(DayUnconfirmed):
        purge(workspace, year_ahead)
    confirm_today(workspace, year_ahead, year_ahead)
    assert find_interest_needs(workspace) == ()
    purge(workspace, year_ahead)
    assert list(room.gate.glob("keys/*")) == []


def files_holding(folder: Path, *needles: bytes) -> list[str]:
    """The files under a folder that hold one of some strings."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in files if any(needle in path.read_bytes() for needle in needles)]


def test_attack_15_erasure_a_canary_is_in_no_file_after_purge(two_nights: TwoNights) -> None:
    workspace, receipt, row = two_nights.declared, two_nights.receipt, two_nights.row
    folder, room = workspace.data.parent, room_of(workspace)
    keys = [path.read_bytes() for path in room.folder.glob("*/keys/*") if path.suffix != ".der"]
    never = (receipt.code.encode(), receipt.secret, receipt.secret.hex().encode(), receipt.claim)
    stored = (row.slot, row.row, row.sealed[100:164], row.sealed[3000:3064])
    assert files_holding(folder, *stored) == ["sealed.sqlite"]
    assert files_holding(folder, *never, row.slot.hex().encode()) == []
    assert len(files_holding(folder, *keys)) == 3
    over = max(lot.not_after for lot in Chain(room.public / "manifests").last().lots)
    trust_days(room, over)
    purge(workspace, over)
    assert files_holding(folder, *never, *stored, *keys, row.slot.hex().encode()) == []
    assert SealedStore(room.collector).rows() == ()
