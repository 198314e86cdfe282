"""Claims about crawling paged records: a real subprocess against a real HTTP server on the loopback."""

from __future__ import annotations

import json
from pathlib import Path

from scrapers.crawl.manifest import read_manifest
from tests.support.commands.crawl_portal import Answer, ReceivedRequest, crawl, portal

EVERY = [f"26-{n:05d}" for n in range(250)]


def serve(received: ReceivedRequest) -> Answer:
    offset, limit = int(received.query["offset"][0]), int(received.query["limit"][0])
    page = [{"idweb": number} for number in EVERY[offset : offset + limit]]
    return Answer.of({"total_count": len(EVERY), "results": page}, **{"x-ratelimit-remaining": str(49_000 - offset)})


def test_every_page_is_landed_once_and_the_quota_is_reported(tmp_path: Path):
    with portal(serve) as publisher:
        done = crawl("fr_boamp", tmp_path, publisher.url)
        assert [received.query["offset"] for received in publisher.received] == [["0"], ["100"], ["200"]]
        assert crawl("fr_boamp", tmp_path, publisher.url).stats["complete"]
        assert len(publisher.received) == 3, "the second crawl of the night asked again"
    assert done.status == 0, done.log
    assert (done.stats["notices"], done.stats["rate_remaining"]) == (250, 48_800)
    kept = [json.loads((tmp_path / (entry.file or "")).read_bytes()) for entry in read_manifest(tmp_path)]
    assert [row["idweb"] for body in kept for row in body["results"]] == EVERY


def test_a_parameter_the_publisher_refuses_is_a_changed_structure(tmp_path: Path):
    error = {"error_code": "InvalidRESTParameterError", "message": "Invalid value for limit"}
    with portal(lambda _: Answer(400, json.dumps(error).encode())) as publisher:
        done = crawl("fr_boamp", tmp_path, publisher.url)
    assert done.status == 3
    assert "InvalidRESTParameterError" in done.stats["error"]
