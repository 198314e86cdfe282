"""Declarations under load: `python -m bench.interest.portal [--rate 20] [--seconds 60] [--json]`.

A portal in a process of its own, over an invented cluster; members declare at a fixed rate, each one lot after the
other, by opening the page and sending its form. Open loop: a slow answer delays no other. Lost is a declaration whose
code the store does not know afterwards; doubled is a row too many. Times are of page and POST, from when they were due.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2

from interest.crypto.key_rotation import hold_ceremony
from interest.crypto.sealed_store import SealedStore
from interest.folders import Room
from interest.policy import read_policy
from interest.roles.vault import Vault
from interest.roles.vault_forms import InterestLinks
from matching.members_file.members import demo_members
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace
from pipelines.nightly.interest import directory_of, room_of, set_up

BRUSSELS = ZoneInfo("Europe/Brussels")
FORM, CODE = re.compile(r'name="form" value="([^"]+)"'), re.compile(r'class="code">([0-9A-Z-]{30})<')


@dataclass(frozen=True, slots=True)
class Load:
    """Declarations sent and stored. Milliseconds of a page and its POST."""

    rate: int
    seconds: int
    sent: int
    answered: int
    lost: int
    doubled: int
    took_s: float
    ms_median: float
    ms_p95: float
    ms_most: float


def measure(rate: int, seconds: int) -> Load:
    """Declares, then counts."""
    with tempfile.TemporaryDirectory() as folder:
        workspace, members = _furnish(Path(folder)), demo_members()
        today = datetime.now(BRUSSELS).date()
        directory = directory_of(members)
        able = [entry for entry in directory.entries if entry.families]
        lots = [f"lot-{n:04d}" for n in range(-(-rate * seconds // len(able)))]
        room = room_of(workspace)
        hold_ceremony(room, [(lot, today + timedelta(days=30)) for lot in lots], today=today, policy=read_policy())
        links = InterestLinks(room)
        limits = f"{today + timedelta(days=1)} "  # portal.interest_service: the last day, and no epoch
        declarations = [
            (links.make(entry.member, lot, limits), sorted(entry.families)[:1]) for lot in lots for entry in able
        ][: rate * seconds]
        words = ["-m", "pipelines.cli.main", "serve", "--port", "0", "--data", str(workspace.data)]
        with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as portal:
            assert portal.stdout
            try:
                base = portal.stdout.readline().rpartition(" ")[2].strip().rstrip("/")
                codes, times, took = _declare(base, declarations, rate)
            finally:
                portal.terminate()
        return _count(room, Vault(room, directory), rate, seconds, codes, times, took)


def _furnish(folder: Path) -> Workspace:
    """A data folder with members, no notice, and the room of interest."""
    workspace = Workspace(Settings(data=folder / "data"))
    with workspace.open_facts() as facts:
        facts.set_as_of(datetime.now(BRUSSELS))
        facts.publish_copy(workspace.facts_copy)
    with workspace.open_cluster() as store:
        store.save_members(demo_members())
        workspace.publish_cluster(store)
    set_up(workspace, None)
    return workspace


def _declare(base: str, declarations: list[tuple[str, list[str]]], rate: int) -> tuple[list[str], list[float], float]:
    """The codes shown, the milliseconds from when each was due, and how long all took."""
    with httpx2.Client(timeout=60) as client, ThreadPoolExecutor(32) as threads:
        first = client.get(f"{base}/interest/{declarations[0][0]}")  # the copy is read, the connection stands
        assert first.status_code == 200
        begun = time.perf_counter()

        def one(number: int) -> tuple[str, float]:
            token, families = declarations[number]
            url, due = f"{base}/interest/{token}", begun + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            (form,) = set(FORM.findall(client.get(url).text))
            sent = {"form": form, "act": "declare", "families": families, "role": "either"}
            found = CODE.findall(client.post(url, data=sent).text)
            return (found[0] if found else "", 1e3 * (time.perf_counter() - due))

        done = list(threads.map(one, range(len(declarations))))
        return [code for code, _ in done if code], [ms for _, ms in done], time.perf_counter() - begun


def _count(
    room: Room, vault: Vault, rate: int, seconds: int, codes: list[str], times: list[float], took: float
) -> Load:
    standing = sum(vault.check(code).kept for code in codes)
    rows, times = len(SealedStore(room.collector).rows()), sorted(times)
    p95 = times[int(0.95 * (len(times) - 1))]
    lost = len(times) - standing
    return Load(
        rate, seconds, len(times), len(codes), lost, rows - standing, took, statistics.median(times), p95, times[-1]
    )


def main() -> None:
    """Prints the declarations stored after the load."""
    parser = argparse.ArgumentParser(prog="python -m bench.interest.portal", description=__doc__)
    parser.add_argument("--rate", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    load = measure(arguments.rate, arguments.seconds)
    if arguments.json:
        print(json.dumps(asdict(load)))
        return
    print(
        f"{load.sent} declarations, {load.rate} a second, in {load.took_s:.1f} s; {load.answered} answered with a code"
    )
    print(f"lost {load.lost}, doubled {load.doubled}")
    print(f"page and POST {load.ms_median:.0f} ms (95 in 100 under {load.ms_p95:.0f}, at most {load.ms_most:.0f})")


if __name__ == "__main__":
    main()
