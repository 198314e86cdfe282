"""Drills of recovery, each on a data folder of its own, in nights of the local portal.

    python -m bench.recovery drill              a backup, a destroyed data folder, a restore, and the next night
    python -m bench.recovery kills --times 30   SIGKILL at random moments of nights; the last one runs to its end
    python -m bench.recovery scheduled          `pib dagster`, its worker killed, then all of it; what becomes of runs

Each prints what it compared as JSON and ends with 1 where something differs. `--model DIR` names an embedding model;
`--folder DIR` where to work (a temporary folder without).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from digests.delivery.outbox import Outbox
from interest.crypto.messages import DeclaredRole
from interest.roles.vault import Vault
from pipelines.config.settings import Settings
from pipelines.config.workspace import ZONE, Workspace
from pipelines.nightly.interest import gate_of, room_of
from portal.member_choices import Choices
from presentation.signed_links import PortalLinks, Purpose, load_or_create_secret
from warehouse.model.feedback import Answer, Feedback

NIGHT = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 18, tzinfo=ZONE)


def start_pib(folder: Path, *words: str) -> subprocess.Popen[str]:
    """`pib` in a folder with a pib.toml, in a session of its own."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-m", "pipelines.cli.main", *words]
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run_pib(folder: Path, *words: str) -> str:
    """What `pib` writes. Raises RuntimeError when it ends with anything but 0 or 3."""
    with start_pib(folder, *words) as process:
        output, _ = process.communicate()
    if process.returncode not in (0, 3):
        raise RuntimeError(f"pib {' '.join(words)} ended with {process.returncode}: {output[-2000:]}")
    return output


def prepare(folder: Path, model: Path | None) -> Workspace:
    """A data folder to be, and a secret of known bytes, so that two folders write the same letters."""
    folder.mkdir(parents=True)
    lines = [f"data = {json.dumps(str(folder / 'data'))}", *([f"model = {json.dumps(str(model))}"] if model else [])]
    (folder / "pib.toml").write_text("\n".join(lines), encoding="utf-8")
    workspace = Workspace(Settings(data=folder / "data"))
    workspace.home.mkdir(parents=True)
    workspace.link_secret.touch(0o600)
    workspace.link_secret.write_bytes(bytes(range(32)))
    return workspace


def facts_of(workspace: Workspace) -> dict[str, Any]:
    """What a night left: facts, conclusions, exports and letters, as digests and counts."""
    with workspace.reading() as store:
        night = store.load_last_night() or NIGHT
        notices = sorted(notice.uid for notice in store.load_notices())
        results = sorted(repr(result) for result in store.load_match_results(night))
    exports = {path.name: digest(path.read_bytes()) for path in sorted(workspace.exports.glob("*.csv"))}
    letters = {path.name: digest(path.read_bytes()) for path in sorted((workspace.maildir / "new").glob("*"))}
    return {
        "notices": digest("\n".join(notices).encode()),
        "results": digest("\n".join(results).encode()),
        "exports": exports,
        "letters": letters,
    }


def digest(body: bytes) -> str:
    """The first 16 hexadecimal digits of a SHA-256."""
    return hashlib.sha256(body).hexdigest()[:16]


def people_of(workspace: Workspace, code: str) -> dict[str, Any]:
    """What people said and were sent, and whether a declaration still stands under its code."""
    choices = Choices(workspace.choices)
    links = PortalLinks("https://pib.example", load_or_create_secret(workspace.link_secret))
    with workspace.reading() as store, Outbox.open(workspace.outbox) as outbox:
        members = store.load_members()
        standing = Vault(room_of(workspace), gate_of(workspace).directory).check(code)
        return {
            "members": digest(repr(members).encode()),
            "feedback": digest(repr(store.load_feedback()).encode()),
            "separations": store.load_separations(),
            "lots": digest(repr(sorted(lot.uid for lot in store.load_open_lots())).encode()),
            "stopped": sorted(choices.load_stopped()),
            "sent": sorted((s.member, s.edition, str(s.state)) for s in outbox.load_letter_statuses()),
            "notified": digest(repr([outbox.load_notified(member.id) for member in members]).encode()),
            "link": links.token(Purpose.PREFERENCES, members[0].id, on=NIGHT),
            "declared": standing.kept,
        }


def drill(folder: Path, model: Path | None, _: argparse.Namespace) -> Iterator[tuple[str, object, object]]:
    """A name, what was before and what is after, for each thing that is compared."""
    workspace = prepare(folder, model)
    run_pib(folder, "interest", "setup")
    run_pib(folder, "night", "--on", NIGHT.isoformat(), "--json")
    code = state_wishes(workspace)
    before = people_of(workspace, code)
    letters = notified_twice(workspace)
    run_pib(folder, "backup", str(folder / "kept"), "--interest", str(folder / "keys"))
    shutil.rmtree(workspace.data)
    run_pib(folder, "restore", str(folder / "kept"), "--interest", str(folder / "keys"))
    after = people_of(workspace, code)
    yield from ((name, before[name], after[name]) for name in before)
    stopped = set(before["stopped"])
    run_pib(folder, "night", "--on", (NIGHT + timedelta(days=7)).isoformat(), "--json")
    yield "lots notified twice with the same facts", letters, notified_twice(workspace)
    with Outbox.open(workspace.outbox) as outbox:
        later = [s for s in outbox.load_letter_statuses() if (s.member, s.edition, str(s.state)) not in before["sent"]]
    yield "letters of the next night to who stopped", 0, sum(s.member in stopped for s in later)
    yield "letters of the next night, at least one", True, bool(later)


def state_wishes(workspace: Workspace) -> str:
    """Opt-outs, feedback, an undone merge and a declaration of interest; returns the declaration's code."""
    with workspace.open_facts() as facts:
        facts.save_separations([("one", "two")], NIGHT)
        facts.publish_copy(workspace.facts_copy)
    with workspace.open_cluster() as store:
        members, lots = store.load_members(), store.load_open_lots()
        store.save_feedback(Feedback(members[1].id, lots[0].uid, Answer.RELEVANT, AT, "pib", "oui"))
    for member in members[:2]:
        Choices(workspace.choices).stop(member.id, at=AT)
    vault = Vault(room_of(workspace), gate_of(workspace).directory)
    for member in members:
        for lot in lots:
            families = vault.choices(member.id)
            if families and vault.is_open(lot.uid, today=NIGHT):
                return vault.declare(member.id, lot.uid, families[:1], DeclaredRole.EITHER, today=NIGHT).code
    raise RuntimeError("no lot of the night can be declared")


def notified_twice(workspace: Workspace) -> int:
    """How often a member was notified of a lot with the same facts more than once, but for the reminder before its
    deadline."""
    with closing(sqlite3.connect(workspace.outbox)) as outbox:
        query = "select count(*) from (select 1 from told group by member, lot_uid, facts, closing having count(*) > 1)"
        return int(outbox.execute(query).fetchone()[0])


def kills(folder: Path, model: Path | None, options: argparse.Namespace) -> Iterator[tuple[str, object, object]]:
    """Two folders: a night unharmed, and one killed so many times before it may end. A moment is drawn from the length
    of the last night that ended by itself: one that takes up what was done before is shorter than the first."""
    unharmed, harmed = prepare(folder / "unharmed", model), prepare(folder / "harmed", model)
    words = ("night", "--on", NIGHT.isoformat(), "--days", "2", "--json")
    begun = time.monotonic()
    run_pib(folder / "unharmed", *words)
    longest = time.monotonic() - begun
    moments = random.Random(options.seed)
    killed = 0
    while killed < options.times:
        begun = time.monotonic()
        with start_pib(folder / "harmed", *words) as night:
            with suppress(subprocess.TimeoutExpired):
                night.wait(moments.uniform(0.1, longest))
                longest = time.monotonic() - begun  # it ended before the moment came
                continue
            os.killpg(night.pid, signal.SIGKILL)
            killed += 1
    run_pib(folder / "harmed", *words)
    before, after = facts_of(unharmed), facts_of(harmed)
    yield from ((name, before[name], after[name]) for name in before)
    yield "kills", options.times, killed


def scheduled(folder: Path, model: Path | None, _: argparse.Namespace) -> Iterator[tuple[str, object, object]]:
    """A run that the orchestrator launched: its process killed, then the whole orchestrator."""
    workspace = prepare(folder, model)
    run_pib(folder, "members", "import", "--demo")
    port = free_ports()
    with orchestrator(folder, port) as process:
        first = launch(folder, workspace)
        kill_worker(workspace, first)
        yield "a killed run is ended within 60 s", True, wait_for(lambda: state_of(workspace, first) == "FAILURE", 60)
        yield "it is run again", True, wait_for(lambda: retry_of(workspace, first) is not None, 120)
        second = retry_of(workspace, first) or ""
        wait_for(lambda: has_begun(workspace, second), 180)
        kill_all(process)
    yield "the run of a killed orchestrator still counts as going on", "STARTED", state_of(workspace, second)
    with orchestrator(folder, port):
        ended = wait_for(lambda: state_of(workspace, second) in ("FAILURE", "SUCCESS"), 60)
        yield "after a new start the killed run is ended", True, ended
        third = launch(folder, workspace)
        yield "the next run is not blocked", True, wait_for(lambda: has_begun(workspace, third), 300)
        yield "and succeeds", True, wait_for(lambda: state_of(workspace, third) in ("SUCCESS", "FAILURE"), 1200)
        yield "state of the next run", "SUCCESS", state_of(workspace, third)


def free_ports() -> int:
    """A port that is free, as is the one after it."""
    while True:
        with socket.socket() as one, socket.socket() as two, suppress(OSError):
            one.bind(("127.0.0.1", 0))
            two.bind(("127.0.0.1", one.getsockname()[1] + 1))
            return int(one.getsockname()[1])


@contextmanager
def orchestrator(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """`pib dagster`, stopped at the end by its own process id."""
    with start_pib(folder, "dagster", "--port", str(port), "--config", str(folder / "pib.toml")) as process:
        try:
            if not wait_for(lambda: answers(port), 180):
                raise RuntimeError("the webserver does not answer")
            yield process
        finally:
            process.terminate()
            process.communicate()


def kill_all(process: subprocess.Popen[str]) -> None:
    """SIGKILL to a process and all it started, theirs too, as when the machine loses its power."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    doomed = [process.pid]
    for pid in doomed:
        doomed += [child for child, parent in parents.items() if parent == pid]
    for pid in doomed:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def launch(folder: Path, workspace: Workspace) -> str:
    """Queues a night as the schedule does; returns its run id."""
    home = workspace.dagster.resolve()
    tags = json.dumps({"dagster/partition": NIGHT.isoformat()})
    words = ["job", "launch", "-w", str(home / "workspace.yaml"), "-l", "pib", "-j", "night", "--tags", tags]
    known = set(runs_of(workspace))
    environment = {**os.environ, "DAGSTER_HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run([sys.executable, "-m", "dagster", *words], cwd=folder, env=environment, check=True)
    (run_id,) = set(runs_of(workspace)) - known
    return run_id


def runs_of(workspace: Workspace) -> dict[str, tuple[str, str]]:
    """The state of each run, and the run it retries, by id."""
    with closing(sqlite3.connect(workspace.dagster / "history" / "runs.db", timeout=30)) as runs:
        states = dict(runs.execute("select run_id, status from runs").fetchall())
        parents = dict(
            runs.execute("select run_id, value from run_tags where key = 'dagster/parent_run_id'").fetchall()
        )
    return {run_id: (state, parents.get(run_id, "")) for run_id, state in states.items()}


def state_of(workspace: Workspace, run_id: str) -> str:
    """The state of a run."""
    return runs_of(workspace)[run_id][0]


def retry_of(workspace: Workspace, run_id: str) -> str | None:
    """The run that retries another, None while there is none."""
    return next((retry for retry, (_, parent) in runs_of(workspace).items() if parent == run_id), None)


def events_of(workspace: Workspace, run_id: str) -> list[str]:
    """The events of a run as Dagster wrote them."""
    path = workspace.dagster / "history" / "runs" / f"{run_id}.db"
    if not path.is_file():
        return []
    with closing(sqlite3.connect(path, timeout=30)) as events:
        return [event for (event,) in events.execute("select event from event_logs order by id")]


def has_begun(workspace: Workspace, run_id: str) -> bool:
    """Whether a step of a run began."""
    return any('"STEP_START"' in event for event in events_of(workspace, run_id))


def kill_worker(workspace: Workspace, run_id: str) -> None:
    """SIGKILL to the process of a run once a step has begun."""
    if not wait_for(lambda: has_begun(workspace, run_id), 300):
        raise RuntimeError(f"run {run_id} did not begin: {state_of(workspace, run_id)}")
    noted = [event.partition("(pid: ")[2] for event in events_of(workspace, run_id) if "(pid: " in event]
    with suppress(ProcessLookupError):
        os.kill(int(noted[-1].partition(")")[0]), signal.SIGKILL)


def wait_for(is_so: Callable[[], bool], seconds: float) -> bool:
    """Whether something came true in time."""
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        with suppress(sqlite3.OperationalError):
            if is_so():
                return True
        time.sleep(0.5)
    return False


def main() -> None:
    """Runs one drill."""
    parser = argparse.ArgumentParser(prog="bench.recovery")
    parser.add_argument("drill", choices=("drill", "kills", "scheduled"))
    parser.add_argument("--model", type=Path)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    run = {"drill": drill, "kills": kills, "scheduled": scheduled}[options.drill]
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        compared = list(run((options.folder or Path(temporary)) / options.drill, options.model, options))
    differs = {name: {"before": before, "after": after} for name, before, after in compared if before != after}
    names = [name for name, _, _ in compared]
    print(json.dumps({"compared": names, "differs": differs, "seconds": round(time.monotonic() - begun)}, default=str))
    raise SystemExit(1 if differs else 0)


if __name__ == "__main__":
    main()
