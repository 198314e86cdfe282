"""How long the portal's pages take while a hostile client holds or floods its sockets, and what memory that costs.

    python -m bench.hostile --data data/embedded [--seconds 10] [--rate 10] [--attacks NAME ...] [--unbounded] [--json]

Starts `pib serve` on a data folder, with 1,024 open files at most, as systems give a process by default. One process
attacks; another one asks for pages at the rate, each over a connection of its own, whether or not earlier answers came
(an open loop), and counts from the moment each was due. The portal's memory is its largest resident set (VmHWM of
proc(5)), its connections the sockets it holds open. `--unbounded` serves the same pages by uvicorn's own protocol
(httptools where it is installed, without limits), which is what the limits are measured against. Everything runs on
this machine: what the attacker's own processor time costs the pages is in the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import cycle, islice
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from urllib.parse import urlsplit

import uvicorn

from bench.axe import find_pages
from pipelines.cli.serve import open_portal
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace
from portal.app import create_app
from portal.link_requests import LinkRequests
from portal.server import listen
from presentation.signed_links import load_or_create_secret

Address = tuple[str, int]
OPEN_FILES = 1024
HALF_OPEN, SLOW = 1_100, 300
HEAD_BYTES, HEADERS = 80_000_000, 2_000_000
_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Hostility:
    """What one attack did: milliseconds of the pages at the median, the 95th percentile and the most; pages requested
    and failed; the portal's largest resident set and how much of it came with the attack, in MB; the most sockets it
    held, and the connections and megabytes of the attacker."""

    attack: str
    p50: float
    p95: float
    most: float
    requested: int
    failed: int
    memory: float
    grown: float
    sockets: int
    connections: int
    sent: float
    load: float


class Attack:
    """One attacker: how many connections it opened, and how many bytes the portal's machine took from it."""

    def __init__(self, address: Address, until: float) -> None:
        self.address, self.until = address, until
        self.connections, self.sent = 0, 0

    @property
    def is_over(self) -> bool:
        """Whether its time is over."""
        return perf_counter() >= self.until

    async def flood(self, pieces: Callable[[], list[bytes]]) -> None:
        """Sends the pieces over one connection, and again over a new one when the portal closed it."""
        while not self.is_over:
            with suppress(OSError, TimeoutError):
                _, writer = await self._open(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
                for piece in pieces():
                    if self.is_over:
                        break
                    await self._write(writer, piece)
                writer.close()

    async def hold(self, begun: bytes, every: float | None) -> None:
        """Begins a request and leaves it there, or sends one sign more every few seconds; again when it is closed."""
        while not self.is_over:
            with suppress(OSError, TimeoutError):
                reader, writer = await self._open(begun)
                while not self.is_over and not reader.at_eof():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(reader.read(_PIECE), min(every or 60.0, self.until - perf_counter()))
                    if every and not self.is_over:
                        await self._write(writer, b"x")
                writer.close()

    async def _open(self, begun: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(*self.address), 5)
        self.connections += 1
        await self._write(writer, begun)
        return reader, writer

    async def _write(self, writer: asyncio.StreamWriter, piece: bytes) -> None:
        writer.write(piece)
        await asyncio.wait_for(writer.drain(), 5)
        self.sent += len(piece)


_HEAD = b"GET / HTTP/1.1\r\nHost: 127"
_BODY = b"POST /links HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"


def _header() -> list[bytes]:
    return [b"X-Long: ", *([b"a" * _PIECE] * (HEAD_BYTES // _PIECE))]


def _headers() -> list[bytes]:
    return [
        b"".join(b"X-%d: a\r\n" % number for number in range(first, first + 5_000))
        for first in range(0, HEADERS, 5_000)
    ]


ATTACKS: dict[str, Callable[[Attack], list[Awaitable[None]]]] = {
    "none": lambda _: [],
    "a head of 80 MB": lambda attack: [attack.flood(_header)],
    "2,000,000 headers": lambda attack: [attack.flood(_headers)],
    "1,100 half-open connections": lambda attack: [attack.hold(_HEAD, None) for _ in range(HALF_OPEN)],
    "300 slow heads": lambda attack: [attack.hold(_HEAD, 1.0) for _ in range(SLOW)],
    "300 slow bodies": lambda attack: [
        attack.hold(_BODY + b"Content-Length: 8000\r\n\r\naddress=", 1.0) for _ in range(SLOW)
    ],
    "bodies of 80 MB": lambda attack: [
        attack.flood(lambda: [b"Content-Length: 80000000\r\n\r\n", *([b"a" * _PIECE] * (HEAD_BYTES // _PIECE))])
    ],
}


def run_attack(name: str, address: Address, seconds: float) -> tuple[int, int]:
    """Attacks for so many seconds, in a process of its own; connections opened and bytes sent."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4 * HALF_OPEN, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

    async def attack_until_the_end() -> Attack:
        attack = Attack(address, perf_counter() + seconds)
        await asyncio.gather(*ATTACKS[name](attack))
        return attack

    attack = asyncio.run(attack_until_the_end())
    return attack.connections, attack.sent


def fetch_pages(address: Address, paths: list[str], rate: int, seconds: float) -> list[tuple[float, bool]]:
    """Requests each of the `paths` at an `address` in turn, `rate` a second for so many `seconds`, in a process of its
    own; milliseconds since each was due, and whether it came."""

    async def fetch(path: str, due: float) -> tuple[float, bool]:
        await asyncio.sleep(max(0.0, due - perf_counter()))
        is_whole = False
        with suppress(OSError, TimeoutError):
            reader, writer = await asyncio.wait_for(asyncio.open_connection(*address), 10)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {address[0]}\r\nConnection: close\r\n\r\n".encode())
            answer = await asyncio.wait_for(reader.read(-1), 10)
            is_whole = answer.startswith(b"HTTP/1.1 200")
            writer.close()
        return (perf_counter() - due) * 1000, is_whole

    async def fetch_all() -> list[tuple[float, bool]]:
        start = perf_counter() + 0.1
        due = [(path, start + number / rate) for number, path in enumerate(islice(cycle(paths), int(rate * seconds)))]
        return await asyncio.gather(*(fetch(path, at) for path, at in due))

    return asyncio.run(fetch_all())


def measure(
    name: str, serving: int, address: Address, paths: list[str], pool: Pool, rate: int, seconds: float
) -> Hostility:
    """One attack: it begins a second before the pages are requested, and ends after them.

    `name` is a key of ATTACKS, `serving` the portal's process id and `address` where it listens; `paths` are requested
    `rate` times a second for so many `seconds`, both by processes of the `pool`.
    """
    Path(f"/proc/{serving}/clear_refs").write_text("5", encoding="ascii")  # VmHWM counts from now on
    before = _memory(serving, "VmRSS")
    attack = pool.apply_async(run_attack, (name, address, seconds + 2))
    sleep(1)
    pages = pool.apply_async(fetch_pages, (address, paths, rate, seconds))
    sockets = 0
    while not pages.ready():
        sockets = max(sockets, _open_sockets(serving))
        pages.wait(0.2)
    answers, (connections, sent) = pages.get(), attack.get()
    times, memory = sorted(took for took, _ in answers), _memory(serving, "VmHWM")
    return Hostility(
        attack=name,
        p50=round(median(times), 1),
        p95=round(times[int(0.95 * (len(times) - 1))], 1),
        most=round(times[-1], 1),
        requested=len(times),
        failed=sum(not is_whole for _, is_whole in answers),
        memory=round(memory, 1),
        grown=round(memory - before, 1),
        sockets=sockets,
        connections=connections,
        sent=round(sent / 1e6, 1),
        load=round(os.getloadavg()[0], 1),
    )


def _memory(pid: int, field: str) -> float:
    """A field of /proc/PID/status in MB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    (found,) = (line.split()[1] for line in lines if line.startswith(f"{field}:"))
    return int(found) / 1024


def _open_sockets(pid: int) -> int:
    count = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            count += str(link.readlink()).startswith("socket:")
    return count


def serve_unbounded(data: Path) -> None:
    """Serves the folder as uvicorn does by default, and says where."""
    workspace, listening = Workspace(Settings(data=data)), listen("127.0.0.1", 0)
    here = f"http://127.0.0.1:{listening.getsockname()[1]}"
    portal = replace(open_portal(workspace, here), link_requests=LinkRequests(workspace.link_requests))
    app = create_app(portal, load_or_create_secret(workspace.link_secret))
    print(f"The portal answers at {here}/", flush=True)
    uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="error", lifespan="off")).run(sockets=[listening])


def run(data: Path, attacks: list[str], rate: int, seconds: float, *, is_unbounded: bool) -> list[Hostility]:
    """Serves the folder `data` (`is_unbounded`: without limits), warms up, and measures the `attacks` in turn against
    the same process, with pages at the `rate` for so many `seconds` each."""
    serve = ["-m", "pipelines.cli.main", "serve", "--port", "0", "--data", str(data)]
    command = [sys.executable, *(["-m", "bench.hostile", "--serve", "--data", str(data)] if is_unbounded else serve)]
    limit = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=limit) as serving:
        try:
            assert serving.stdout is not None
            base = serving.stdout.readline().rpartition(" ")[2].strip().rstrip("/")
            place = urlsplit(base)
            address = (place.hostname or "127.0.0.1", place.port or 0)
            pages = [url for name, url in find_pages(data, base, "fr") if name != "refusal"]
            paths = [url.removeprefix(base) for url in pages]
            with get_context("spawn").Pool(2) as pool:
                pool.apply(fetch_pages, (address, paths, rate, 2))
                return [measure(name, serving.pid, address, paths, pool, rate, seconds) for name in attacks]
        finally:
            serving.send_signal(signal.SIGTERM)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a data folder after a night")
    parser.add_argument("--rate", type=int, default=10, help="pages a second")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--attacks", nargs="+", choices=ATTACKS, default=list(ATTACKS))
    parser.add_argument("--unbounded", action="store_true", help="uvicorn's own protocol, without limits")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.serve:
        serve_unbounded(given.data)
        return
    data = given.data.resolve()
    measured = run(data, given.attacks, given.rate, given.seconds, is_unbounded=given.unbounded)
    if given.json:
        print(json.dumps([asdict(hostility) for hostility in measured]))
        return
    print(
        f"{'attack':28} p50 ms  p95 ms  most ms  pages  failed  memory MB (more)  sockets  connections  sent MB  load"
    )
    for found in measured:
        times = f"{found.attack:28} {found.p50:6} {found.p95:7} {found.most:8} {found.requested:6} {found.failed:7}"
        cost = f"{found.memory:10} {found.grown:+6.1f} {found.sockets:8} {found.connections:12} {found.sent:8}"
        print(f"{times} {cost} {found.load:5}")
    sys.exit(0 if all(found.p50 < 50 and not found.failed for found in measured) else 1)


if __name__ == "__main__":
    main()
