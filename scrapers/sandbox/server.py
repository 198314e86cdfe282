"""The portal itself: a small HTTP server on the loopback, and the count of the requests it received."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import SplitResult, urlsplit

from scrapers.sandbox.code_lists import PREFIX, answer_list
from scrapers.sandbox.faults import Faults, UnknownFault
from scrapers.sandbox.published_notices import PublishedNotices
from scrapers.sandbox.publishers.boamp import answer_records
from scrapers.sandbox.publishers.bosa import answer_bosa
from scrapers.sandbox.publishers.datasets import answer_dataset
from scrapers.sandbox.publishers.neighbours import answer_neighbour
from scrapers.sandbox.publishers.packages import answer_package
from scrapers.sandbox.publishers.ted import answer_search, answer_xml
from scrapers.sandbox.spoiling import spoil
from scrapers.sandbox.wire import Reply, json_reply

SEARCH = "/ted/v3/notices/search"
XML = re.compile(r"/ted/[a-z]{2}/notice/(\d+-\d{4})/xml")
KINDS = (
    "ted_search",
    "ted_xml",
    "ted_package",
    "boamp_records",
    "bosa",
    "decp",
    "approch",
    "lists",
    "neighbours",
    "other",
)
DATASETS = {
    "/decp/api/explore/v2.1/catalog/datasets/decp-2022-marches-valides/records": "decp",
    "/approch/api/explore/v2.1/catalog/datasets/projets-dachats-publics/records": "approch",
}
RECORDS = "/boamp/api/explore/v2.1/catalog/datasets/boamp/records"


class Portal(ThreadingHTTPServer):
    """Serves published notices on 127.0.0.1; `port` 0 takes a free one. `end` stops it and releases stalled answers."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, published_notices: PublishedNotices, faults: Faults | None = None, *, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _RequestHandler)
        self.published_notices = published_notices
        self.faults = faults or Faults()
        self.ending = threading.Event()
        self._lock = threading.Lock()
        self._request_counts: Counter[str] = Counter()
        self._present = 0
        self._most_present = 0
        self._last_arrival: float | None = None
        self._shortest_gap: float | None = None

    @property
    def addresses(self) -> dict[str, str]:
        """The base address of each source."""
        root = f"http://127.0.0.1:{self.server_port}"
        systems = {"be_bosa": "bosa", "eu_ted": "ted", "fr_approch": "approch", "fr_boamp": "boamp", "fr_decp": "decp"}
        systems |= {"de_oeffentlichevergabe": "oeffentlichevergabe", "lu_pmp": "pmp", "nl_tenderned": "tenderned"}
        systems["code_lists"] = "lists"
        return {source: f"{root}/{system}" for source, system in systems.items()}

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def end(self) -> None:
        """Stop serving and close the socket."""
        self.ending.set()
        self.shutdown()
        self.server_close()

    def answer(
        self,
        method: str,
        target: str,
        body: bytes,
        span: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """The reply to one request, which is counted by its kind.

        `method`, `target` (path and query) and `body` are those of the request; `span` is its Range header, `headers`
        all of them with names in lower case.
        """
        address = urlsplit(target)
        if address.path == "/_log":
            return self._answer_log(method)
        if address.path == "/_faults":
            return self._answer_faults(method, body)
        xml = XML.fullmatch(address.path)
        if (method, address.path) == ("POST", SEARCH):
            self._count("ted_search")
            return answer_search(self.published_notices, self.faults, body)
        if method == "GET" and xml:
            self._count("ted_xml")
            return answer_xml(self.published_notices, self.faults, xml[1])
        if (method, address.path) == ("GET", RECORDS):
            return answer_records(self.published_notices, self.faults, address.query, self._count("boamp_records"))
        package = answer_package(self.published_notices, self.faults, address.path, span) if method == "GET" else None
        if package:
            self._count("ted_package")
            return package
        other = self._answer_other(method, address, body, headers or {})
        if other:
            return other
        self._count("other")
        return json_reply(404, {"message": f"this portal has nothing at {method} {address.path}"})

    def _answer_other(self, method: str, address: SplitResult, body: bytes, headers: Mapping[str, str]) -> Reply | None:
        """The portals of one path each: the ministry's two data sets, the code lists, the neighbours, BOSA."""
        dataset = DATASETS.get(address.path) if method == "GET" else None
        if dataset:
            self._count(dataset)
            rows = self.published_notices.contracts if dataset == "decp" else self.published_notices.projects
            return answer_dataset(dataset, rows, self.faults, address.query)
        if address.path.startswith(PREFIX) and method == "GET":
            self._count("lists")
            return answer_list(self.faults, address.path)
        neighbour = answer_neighbour(self.published_notices, address.path, address.query) if method == "GET" else None
        if neighbour:
            self._count("neighbours")
            return neighbour
        if not address.path.startswith("/bosa/"):
            return None
        path = address.path.removeprefix("/bosa")
        reply = answer_bosa(self.published_notices, self.faults, method, path, address.query, headers, body)
        if reply:
            self._count("bosa")
        return reply

    def arrives(self) -> None:
        """A request has come in."""
        now = time.monotonic()
        with self._lock:
            if self._last_arrival is not None:
                gap = now - self._last_arrival
                self._shortest_gap = gap if self._shortest_gap is None else min(gap, self._shortest_gap)
            self._last_arrival = now
            self._present += 1
            self._most_present = max(self._most_present, self._present)

    def leaves(self) -> None:
        """A request is about to be answered."""
        with self._lock:
            self._present -= 1

    def _count(self, kind: str) -> int:
        with self._lock:
            self._request_counts[kind] += 1
            return self._request_counts[kind]

    def _answer_log(self, method: str) -> Reply:
        """GET: requests by kind, the most in progress at once, and the shortest time between two, in seconds. DELETE:
        the same, and start counting anew."""
        with self._lock:
            kinds = {kind: self._request_counts[kind] for kind in KINDS}
            answer = {**kinds, "most_at_once": self._most_present, "shortest_gap": self._shortest_gap}
            if method == "DELETE":
                self._request_counts.clear()
                self._most_present = self._present
                self._last_arrival = self._shortest_gap = None
        return json_reply(200, answer)

    def _answer_faults(self, method: str, body: bytes) -> Reply:
        """GET: the faults still to play. POST {"faults": [...]}: these instead of the present ones."""
        if method == "POST":
            try:
                requested: object = json.loads(body)
                faults = requested.get("faults") if isinstance(requested, dict) else None
                if not isinstance(faults, list):
                    return json_reply(400, {"message": 'expected {"faults": ["ted:429:2", ...]}'})
                self.faults.replace(str(fault) for fault in faults)
            except (UnknownFault, ValueError) as wrong:
                return json_reply(400, {"message": str(wrong)})
        return json_reply(200, self.faults.listing())


class _RequestHandler(BaseHTTPRequestHandler):
    """Reads requests off one connection (kept alive) and writes the portal's replies."""

    server: Portal  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"
    server_version = "pib-sandbox"
    sys_version = ""
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Any GET."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Any POST."""
        self._answer("POST")

    def do_DELETE(self) -> None:
        """Any DELETE."""
        self._answer("DELETE")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """The portal counts instead of logging; see /_log."""

    def _answer(self, method: str) -> None:
        length = self.headers.get("Content-Length", "0")
        body = self.rfile.read(int(length)) if length.isdigit() else b""
        counted = not self.path.startswith("/_")
        if counted:
            self.server.arrives()
        try:
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = self.server.answer(method, self.path, body, self.headers.get("Range"), headers)
            if counted:
                reply = spoil(self.server.faults, self.path, reply)
            if reply.stalls:
                self.server.ending.wait()
        finally:
            if counted:
                self.server.leaves()
        try:
            self._send(reply)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _send(self, reply: Reply) -> None:
        if reply.stalls:
            self.close_connection = True
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, text in reply.headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if reply.drops else reply.body)
        self.close_connection = self.close_connection or reply.drops
        self.wfile.flush()
