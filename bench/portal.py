"""How long the portal's pages take at a steady rate, requested from a second process.

    python -m bench.portal --data data/embedded [--rate 50] [--seconds 20] [--repeats 3] [--json]

Starts `pib serve` on a data folder, then sends requests at the rate whether or not earlier answers came (an open loop:
an answer that is late does not delay the next request), each page in turn. Times count from the moment the request was
due. Prints the 50th, 95th and 99th percentile of each repeat, and the load of the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

from bench.axe import find_pages

CONNECTIONS = 12


@dataclass(frozen=True, slots=True)
class LoadResult:
    """One repeat: milliseconds at each percentile, requests sent, answers that were not 200, the largest page's bytes,
    the machine's load as it began, and the milliseconds of processor time that an answer cost the portal, which depend
    less on the load."""

    p50: float
    p95: float
    p99: float
    asked: int
    failed: int
    largest: int
    load: float
    cpu: float = 0.0


class HttpConnection:
    """One connection that is kept open."""

    def __init__(self, host: str, port: int) -> None:
        self._place = host, port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def fetch(self, path: str) -> tuple[int, int]:
        """Status and bytes of an answer."""
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(*self._place)
        self._writer.write(f"GET {path} HTTP/1.1\r\nhost: {self._place[0]}\r\n\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = await self._reader.readexactly(int(fields["content-length"]))
        return int(head.split(" ", 2)[1]), len(body)


async def fetch_all(host: str, port: int, paths: list[str], rate: int, seconds: int) -> tuple[list[float], int, int]:
    """Requests each path in turn; the time of every answer in milliseconds, how many failed, the most bytes.

    `host` and `port` are the portal's, `paths` the pages; `rate` requests a second are sent for so many `seconds`.
    """
    free: asyncio.Queue[HttpConnection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(HttpConnection(host, port))
    times: list[float] = []
    answers: list[tuple[int, int]] = []

    async def fetch(path: str, due: float) -> None:
        line = await free.get()
        answers.append(await line.fetch(path))
        times.append((perf_counter() - due) * 1000)
        free.put_nowait(line)

    start, tasks = perf_counter() + 0.1, []
    for number, path in enumerate(islice(cycle(paths), rate * seconds)):
        due = start + number / rate
        await asyncio.sleep(max(0.0, due - perf_counter()))
        tasks.append(asyncio.create_task(fetch(path, due)))
    await asyncio.gather(*tasks)
    return times, sum(1 for status, _ in answers if status != 200), max(size for _, size in answers)


def measure(host: str, port: int, paths: list[str], rate: int, seconds: int) -> LoadResult:
    """One repeat, in the process that sends the requests.

    `host` and `port` are the portal's, `paths` the pages; `rate` requests a second are sent for so many `seconds`.
    """
    load = os.getloadavg()[0]
    times, failed, largest = asyncio.run(fetch_all(host, port, paths, rate, seconds))
    times.sort()

    def at(share: float) -> float:
        return round(times[min(len(times) - 1, int(share * len(times)))], 2)

    return LoadResult(at(0.5), at(0.95), at(0.99), len(times), failed, largest, round(load, 2))


def _with_cpu(pid: int, repeat: Callable[[], LoadResult]) -> LoadResult:
    before = _cpu_ms(pid)
    measured = repeat()
    return replace(measured, cpu=round((_cpu_ms(pid) - before) / measured.asked, 2))


def _cpu_ms(pid: int) -> float:
    """User and system time of a process so far (proc(5): fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def run(data: Path, rate: int, seconds: int, repeats: int) -> list[LoadResult]:
    """Serves the folder `data`, warms up, and measures `repeats` times, each at `rate` requests a second for so many
    `seconds`."""
    command = [sys.executable, "-m", "pipelines.cli.main", "serve", "--port", "0", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as serving:
        try:
            assert serving.stdout is not None
            at = serving.stdout.readline().rpartition(" ")[2].strip().rstrip("/")
            pages = [url for name, url in find_pages(data, at, "fr") if name != "refusal"]
            paths = [url.removeprefix(at) for url in pages]
            place = urlsplit(at)
            with get_context("spawn").Pool(1) as second:
                target = (place.hostname, place.port, paths, rate)
                second.apply(measure, (*target, 2))
                return [
                    _with_cpu(serving.pid, lambda: second.apply(measure, (*target, seconds))) for _ in range(repeats)
                ]
        finally:
            os.killpg(serving.pid, signal.SIGTERM)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a data folder after a night")
    parser.add_argument("--rate", type=int, default=50, help="questions a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    measured = run(given.data.resolve(), given.rate, given.seconds, given.repeats)
    if given.json:
        values: Mapping[str, object] = {
            "rate": given.rate,
            "repeats": [asdict(load) for load in measured],
        }
        print(json.dumps(values))
        return
    print("  p50 ms  p95 ms  p99 ms  asked failed  largest page  load  cpu ms an answer")
    for load in measured:
        times = f"{load.p50:8} {load.p95:7} {load.p99:7}"
        print(f"{times} {load.asked:6} {load.failed:6} {load.largest:13} {load.load:5} {load.cpu:17}")
    worst = [load.p95 for load in measured]
    print(f"95th percentile: {min(worst)} to {max(worst)} ms over {len(worst)} repeats")


if __name__ == "__main__":
    main()
