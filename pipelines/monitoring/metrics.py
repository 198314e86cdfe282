"""Measurements of nights, sources, letters and stores in the text format of Prometheus, with nothing of interest.

Names and labels are stable: sources, stores and states are labels, members never are.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from digests.errors import OutboxError
from pipelines.config.workspace import ZONE, Workspace, as_of
from pipelines.errors import PipelineError, PortalBusy
from pipelines.monitoring.problems import ProblemKind, problems_of, silence_of
from pipelines.monitoring.status import Status, read_status
from warehouse.errors import WarehouseError

KEPT_FOR = timedelta(seconds=60)
"""A reading is given again for this long: one costs a second of a core, for it runs the data checks."""


class WatchCollector(Collector):
    """Reads a workspace when it is collected, once a minute at most.

    Where a store is held by a night or cannot be read, the last reading is given again and `pib_read_ok` is 0.
    """

    def __init__(self, workspace: Workspace, now: Callable[[], datetime]) -> None:
        self._workspace, self._now = workspace, now
        self._kept: tuple[Metric, ...] = ()
        self._read_at: datetime | None = None

    def collect(self) -> Iterable[Metric]:
        """The measurements."""
        now = self._now()
        if self._read_at is None or now - self._read_at >= KEPT_FOR:
            try:
                self._kept, self._read_at = tuple(_measured(self._workspace, now)), now
            except (WarehouseError, OutboxError, PipelineError):
                yield _gauge("pib_read_ok", "1 where the stores could be read now.", {(): 0})
                yield from self._kept
                return
        yield _gauge("pib_read_ok", "1 where the stores could be read now.", {(): 1})
        yield from self._kept


def _measured(workspace: Workspace, now: datetime) -> Iterator[Metric]:
    status = read_status(workspace)
    counted = Counter(problem.kind for problem in problems_of(status, now, silence_of(workspace.settings)))
    yield _gauge(
        "pib_problems", "Sentences on which a person must act.", {(k,): counted[k] for k in ProblemKind}, "kind"
    )
    if status.night:
        yield _gauge(
            "pib_last_night_timestamp_seconds", "Moment of the last night.", {(): as_of(status.night).timestamp()}
        )
    yield from _of_crawls(status)
    yield _gauge("pib_lots_open", "Lots that accept tenders.", {(): status.counts.open_lots})
    yield _gauge("pib_notices", "Notices in the warehouse.", {(): status.counts.notices})
    yield _gauge("pib_members", "Members of the cluster.", {(): status.counts.members})
    yield _gauge("pib_matches", "Matches of the last night.", {(): status.counts.matches})
    yield _gauge("pib_data_checks_broken", "Data checks that do not hold.", {(): len(status.broken)})
    letters = status.letters
    states = {"sent": letters.sent, "suppressed": letters.suppressed, "failed": letters.failed}
    states |= {"unknown": letters.unknown, "deferred": letters.deferred}
    yield _gauge("pib_letters", "Letters ever written, by what became of them.", _keyed(states), "state")
    yield _gauge("pib_store_bytes", "Size of a file.", _keyed(_sizes(workspace)), "store")


def _of_crawls(status: Status) -> Iterator[Metric]:
    crawls = status.crawls
    complete = {(crawl.source,): float(crawl.complete) for crawl in crawls}
    yield _gauge("pib_source_complete", "1 where the last night had all of a source.", complete, "source")
    listed = {(crawl.source,): crawl.notices for crawl in crawls}
    yield _gauge("pib_source_notices", "Notices that a source listed in the last night.", listed, "source")
    aside = {(crawl.source,): crawl.set_aside for crawl in crawls}
    yield _gauge("pib_source_set_aside", "Of these set aside, for they could not be read.", aside, "source")


def _sizes(workspace: Workspace) -> dict[str, float]:
    stores = (workspace.warehouse, workspace.store, workspace.reading_copy, workspace.outbox, workspace.choices)
    return {path.name: path.stat().st_size for path in stores if path.is_file()}


def _keyed(values: Mapping[str, float]) -> dict[tuple[str, ...], float]:
    return {(name,): value for name, value in values.items()}


def _gauge(name: str, meaning: str, values: Mapping[tuple[str, ...], float], *labels: str) -> Metric:
    gauge = GaugeMetricFamily(name, meaning, labels=labels)
    for of_labels, value in values.items():
        gauge.add_metric([str(label) for label in of_labels], value)
    return gauge


def registry_of(workspace: Workspace, now: Callable[[], datetime]) -> CollectorRegistry:
    """A registry with the measurements of a workspace alone; `now` gives the moment, zone-aware."""
    registry = CollectorRegistry()
    registry.register(WatchCollector(workspace, now))
    return registry


def write_metrics(workspace: Workspace) -> str:
    """The measurements of now, as node_exporter's textfile collector takes them."""
    return generate_latest(registry_of(workspace, lambda: datetime.now(ZONE))).decode()


def serve_metrics(workspace: Workspace, port: int) -> tuple[WSGIServer, Thread]:
    """Serves the measurements at /metrics on loopback, in a thread. Raises PortalBusy where the port is taken."""
    try:
        return start_http_server(port, addr="127.0.0.1", registry=registry_of(workspace, lambda: datetime.now(ZONE)))
    except OSError as error:
        raise PortalBusy(f"127.0.0.1:{port} cannot be listened at ({error.strerror}); give another --port") from error
