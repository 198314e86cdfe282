"""Claims about readers abreast: the same as one reader, in the same order, whatever ends early."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.backfill.parallel_read import ReadBatch, reading
from pipelines.errors import ReaderLost
from scrapers.crawl.manifest import Ledger, Outcome
from scrapers.errors import SourceChanged
from scrapers.feeds.request import CrawlRequest
from scrapers.landing import SHARE, find_portions, read_landing
from scrapers.readers.records import LISTING
from tests.support.notices.archives import tar_gz
from tests.support.paths import RECORDINGS
from tests.support.stores import open_store
from warehouse.database.arrow_batches import BatchBuilder

CALL = (RECORDINGS / "eforms" / "call_two_languages.xml").read_bytes()
COUNT = 3 * SHARE + 7


@pytest.fixture(scope="module")
def batch_builder(tmp_path_factory: pytest.TempPathFactory) -> BatchBuilder:
    with open_store(tmp_path_factory.mktemp("shapes") / "w.duckdb") as store:
        return store.batch_builder()


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    """Some notices one by one, some in a package, and one that is no notice."""
    ledger = Ledger(tmp_path, lambda: datetime(2026, 11, 20, tzinfo=UTC))
    for n in range(COUNT):
        land(ledger, f"{n}-2026", b"<cut" if n == SHARE else another(n))
    package = tar_gz(*((f"d/{n}_2026.xml", another(n)) for n in range(1000, 1150)))
    crawl_request = CrawlRequest("package", "package 202600001 0", "https://ted.example", "package-202600001", "tar.gz")
    ledger.settle(crawl_request, Outcome.LANDED, body=package)
    return tmp_path


def another(n: int) -> bytes:
    """The call under another identifier."""
    return CALL.replace(b"<cbc:VersionID>01<", f"<cbc:VersionID>{n + 1:02d}<".encode())


def land(ledger: Ledger, number: str, body: bytes) -> None:
    crawl_request = CrawlRequest(
        "notice", f"notice {number}", "https://ted.example", f"notice-{number}", "xml", number=number
    )
    ledger.settle(crawl_request, Outcome.LANDED, body=body)


def heads(batches: list[ReadBatch]) -> list[str]:
    return [head.uid for batch in batches for head in batch.batch.heads]


def test_several_readers_give_what_one_gives_in_the_same_order(landing: Path, batch_builder: BatchBuilder):
    alone = [reading.notice.uid for reading in read_landing("eu_ted", landing) if reading.notice]
    with reading(batch_builder, 2, min_bytes=0) as readers:
        batches = list(readers.read(find_portions("eu_ted", landing)))
        again = list(readers.read(find_portions("eu_ted", landing)))
    assert len(alone) == COUNT - 1 + 150
    assert heads(batches) == alone == heads(again)
    assert [aside.identifier for batch in batches for aside in batch.aside] == [f"{SHARE}-2026"]


def test_every_byte_of_landing_is_documented(landing: Path, batch_builder: BatchBuilder):
    with reading(batch_builder, 1) as readers:
        documented = sum(batch.weight for batch in readers.read(find_portions("eu_ted", landing)))
    assert documented == sum(
        path.stat().st_size for path in landing.iterdir() if path.name.startswith(("notice", "package"))
    )


def test_a_structure_nobody_knows_stops_the_reading_and_not_the_readers(
    landing: Path, tmp_path: Path, batch_builder: BatchBuilder
):
    changed = tmp_path / "changed"
    changed.mkdir()
    ledger = Ledger(changed, lambda: datetime(2026, 11, 20, tzinfo=UTC))
    page = json.loads((RECORDINGS / "ted" / "search.json").read_bytes())
    page["notices"] = [{**page["notices"][0], "brand-new-field": n} for n in range(LISTING)]
    ledger.settle(
        CrawlRequest("search", "search", "https://ted.example", "search"),
        Outcome.LANDED,
        body=json.dumps(page).encode(),
    )
    with reading(batch_builder, 2, min_bytes=0) as readers:
        with pytest.raises(SourceChanged, match="brand-new-field"):
            list(readers.read(find_portions("eu_ted", changed)))
        assert len(heads(list(readers.read(find_portions("eu_ted", landing))))) == COUNT - 1 + 150


def test_a_reader_that_dies_is_reported(landing: Path, batch_builder: BatchBuilder):
    with reading(batch_builder, 2, min_bytes=0) as readers:
        list(readers.read(find_portions("eu_ted", landing)))
        for worker in readers.workers:
            worker.process.kill()
            worker.process.join()
        with pytest.raises(ReaderLost, match="run again"):
            list(readers.read(find_portions("eu_ted", landing)))


def test_readers_end_where_the_night_was_started_with_sigterm_ignored(landing: Path, batch_builder: BatchBuilder):
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with reading(batch_builder, 2, min_bytes=0) as readers:
            list(readers.read(find_portions("eu_ted", landing)))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert {worker.process.exitcode for worker in readers.workers} == {-signal.SIGKILL}
