"""A publisher of a few lines on the loopback, and a crawl of it in a real process, for the tests of the crawl.

The sandbox implements the whole contracts; this one answers as a test sets it, and records its requests.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from scrapy.settings import default_settings

from tests.support.commands.forked import ForkedProcess, run_forked
from tests.support.paths import ROOT

CRAWL = "scrapers.crawl"


def _components(value: object) -> Iterator[str]:
    """The modules of Scrapy's components that a value of its default settings names."""
    if isinstance(value, str) and value.startswith("scrapy."):
        yield value.rpartition(".")[0]
    elif isinstance(value, Mapping):
        for part in (*value, *value.values()):
            yield from _components(part)


LIBRARIES = (
    "scrapers.crawl.__main__",
    "scrapy.crawler",
    *sorted({module for value in vars(default_settings).values() for module in _components(value)}),
)
"""What a crawl imports, with what Scrapy imports by name when it begins: half a second for each crawl."""


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request as it came."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    body: bytes
    agent: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, value: object, **headers: str) -> Answer:
        return cls(200, json.dumps(value).encode(), headers)


@dataclass(slots=True)
class Portal:
    """A running portal: its address and all its requests, in order."""

    url: str
    received: list[ReceivedRequest]

    @property
    def paths(self) -> list[str]:
        return [received.path for received in self.received]


@contextmanager
def portal(answer: Callable[[ReceivedRequest], Answer]) -> Iterator[Portal]:
    """Serve `answer` on a free port of 127.0.0.1 until the block ends."""
    received: list[ReceivedRequest] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            agent = self.headers.get("User-Agent", "")
            received.append(ReceivedRequest(self.command, url.path, parse_qs(url.query), body, agent))
            reply = answer(received[-1])
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = _serve  # noqa: N815 - the names http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
            pass

        def handle(self) -> None:
            try:
                super().handle()
            except (BrokenPipeError, ConnectionResetError):
                return  # the crawl was killed, as the test wanted

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Portal(f"http://127.0.0.1:{server.server_port}", received)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def arguments(source: str, folder: Path, url: str, *more: str) -> list[str]:
    """The arguments of a crawl of three days."""
    days = ["--from", "2026-11-18", "--to", "2026-11-20"]
    return [source, *days, "--landing", str(folder), "--base-url", url, "--patience", "0.02", *more]


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """How a crawl ended."""

    status: int
    stats: dict[str, Any]
    log: str


def crawl(source: str, folder: Path, url: str, *more: str, environment: Mapping[str, str] | None = None) -> CrawlResult:
    """Crawl to the end, in a process whose libraries are imported already."""
    words = arguments(source, folder, url, *more)
    done = run_forked(CRAWL, words, folder=ROOT, libraries=LIBRARIES, environment=environment, timeout=60)
    return _result_of(done)


def crawl_limited(source: str, folder: Path, url: str, limit: Callable[[], None]) -> CrawlResult:
    """Crawl to the end by `python -m`, after `limit` has narrowed what the process may do."""
    command = [sys.executable, "-m", CRAWL, *arguments(source, folder, url)]
    return _result_of(
        subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, preexec_fn=limit)
    )


def _result_of(done: subprocess.CompletedProcess[str]) -> CrawlResult:
    stats = json.loads(done.stdout) if done.stdout.strip() else {}
    return CrawlResult(done.returncode, stats, done.stderr)


def start_crawl(source: str, folder: Path, url: str) -> ForkedProcess:
    """Starts a crawl that is to be killed."""
    return ForkedProcess(CRAWL, arguments(source, folder, url), folder=ROOT, libraries=LIBRARIES)


def ted(
    pages: Sequence[Sequence[str]], document: Callable[[str], Answer], *, total: int | None = None
) -> Callable[[ReceivedRequest], Answer]:
    """TED with these publication numbers on its pages (an empty last one is added), and these documents."""
    every = [*pages, []]
    count = sum(len(page) for page in pages) if total is None else total

    def answer(received: ReceivedRequest) -> Answer:
        if received.method == "GET":
            return document(received.path.split("/")[3])
        token = received.json.get("iterationNextToken")
        page = int(token.removeprefix("token-")) if token else 0
        rows = [{"publication-number": number} for number in every[page]]
        following = f"token-{min(page + 1, len(every) - 1)}" if rows else f"token-{page}"
        return Answer.of({"notices": rows, "totalNoticeCount": count, "iterationNextToken": following})

    return answer


def xml(number: str) -> Answer:
    """A document with its own number."""
    return Answer(200, f"<notice>{number}</notice>".encode(), {"Content-Type": "application/xml"})
