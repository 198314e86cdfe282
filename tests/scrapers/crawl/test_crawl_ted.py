"""Claims about crawling a token search: a real subprocess against a real HTTP server on the loopback."""

from __future__ import annotations

import json
import os
import resource
import signal
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scrapers.crawl.manifest import MANIFEST, STATS, Ledger, Outcome, read_manifest
from scrapers.feeds.request import CrawlJob, CrawlRequest
from scrapers.sources.eu_ted import FEED, SOURCE
from tests.support.commands.crawl_portal import (
    Answer,
    ReceivedRequest,
    crawl,
    crawl_limited,
    portal,
    start_crawl,
    ted,
    xml,
)

PAGES = [["1-2026", "2-2026"], ["3-2026"]]
CHALLENGE = Answer(202, b"", {"x-amzn-waf-action": "challenge"})


def numbers(paths: list[str]) -> list[str]:
    return [path.split("/")[3] for path in paths if path.endswith("/xml")]


def prepared(folder: Path, *bodies: tuple[str, bytes]) -> Ledger:
    """A folder that holds the first page of PAGES, and these documents, as a crawl would have left them."""
    paginator = FEED.paginator(CrawlJob("", "", date(2026, 11, 18), date(2026, 11, 20), SOURCE.countries))
    ledger = Ledger(folder, lambda: datetime(2026, 11, 20, 9, 45, tzinfo=UTC))
    first = {"notices": [{"publication-number": n} for n in PAGES[0]], "totalNoticeCount": 3}
    ledger.settle(
        paginator.begin()[0], Outcome.LANDED, body=json.dumps({**first, "iterationNextToken": "token-1"}).encode()
    )
    for number, body in bodies:
        ledger.settle(
            CrawlRequest("notice", f"notice {number}", "", f"notice-{number}", "xml", number=number),
            Outcome.LANDED,
            body=body,
        )
    return ledger


def test_a_crawl_requests_every_page_and_document_once_and_lands_their_bytes_untouched(tmp_path: Path):
    def one_of_each(number: str) -> Answer:
        return {"1-2026": CHALLENGE, "2-2026": Answer(404)}.get(number, xml(number))

    with portal(ted(PAGES, one_of_each)) as publisher:
        done = crawl("eu_ted", tmp_path, publisher.url, "--contact", "https://cluster.example/pib")
        assert done.status == 0, done.log
        assert publisher.paths.count("/v3/notices/search") == 3
        assert numbers(publisher.paths) == ["1-2026", "2-2026", "3-2026"]
        assert "PIB/" in publisher.received[0].agent
        assert "https://cluster.example/pib" in publisher.received[0].agent
        manifest = (tmp_path / MANIFEST).read_bytes()
        again = crawl("eu_ted", tmp_path, publisher.url)
        assert len(publisher.received) == 6, "the second crawl of the night asked again"
    landed = {entry.number: entry for entry in read_manifest(tmp_path) if entry.number}
    assert (tmp_path / (landed["3-2026"].file or "")).read_bytes() == b"<notice>3-2026</notice>"
    assert done.stats["complete"]
    assert (done.stats["notices"], done.stats["requests"], done.stats["summaries"]) == (3, 6, 2)
    assert again.stats["complete"]
    assert again.stats["notices"] == 3
    assert (tmp_path / MANIFEST).read_bytes() == manifest
    assert json.loads((tmp_path / STATS).read_text()) == again.stats


def test_a_429_without_retry_after_is_waited_out(tmp_path: Path):
    refusals = iter([Answer(429, b"<html>nginx</html>")] * 2)
    calm = ted(PAGES, xml)
    with portal(lambda received: next(refusals, None) or calm(received)) as publisher:
        done = crawl("eu_ted", tmp_path, publisher.url)
    assert done.status == 0
    assert done.stats["waits"] == 2


def test_a_notice_behind_the_firewall_is_left_a_summary_and_after_five_in_a_row_nobody_insists(tmp_path: Path):
    many = [[f"{n}-2026" for n in range(1, 9)]]
    with portal(ted(many, lambda number: xml(number) if number == "1-2026" else CHALLENGE)) as publisher:
        done = crawl("eu_ted", tmp_path, publisher.url)
        assert numbers(publisher.paths) == [f"{n}-2026" for n in range(1, 7)]
    assert done.status == 0
    assert (done.stats["summaries"], done.stats["challenged"]) == (7, 7)
    assert [e.outcome for e in read_manifest(tmp_path) if e.number][-2:] == [Outcome.WITHHELD, Outcome.WITHHELD]


def test_timed_out_pages_are_kept_as_evidence_and_requested_again(tmp_path: Path):
    late = Answer.of({"notices": [], "totalNoticeCount": 0, "iterationNextToken": None, "timedOut": True})
    answers = iter([late])
    calm = ted(PAGES, xml)
    with portal(lambda received: next(answers, None) or calm(received)) as publisher:
        first = crawl("eu_ted", tmp_path, publisher.url)
        again = crawl("eu_ted", tmp_path, publisher.url)
    assert first.status == 5
    assert "timedOut" in first.stats["error"]
    assert next(e.outcome for e in read_manifest(tmp_path)) is Outcome.REFUSED
    assert again.stats["complete"]


def test_nobody_listening_is_unreachable_in_one_sentence(tmp_path: Path):
    with portal(lambda _: Answer()) as publisher:
        closed = publisher.url
    done = crawl("eu_ted", tmp_path, closed)
    assert done.status == 4
    assert "no answer after 5 attempts" in done.stats["error"]


def test_what_earlier_nights_keep_is_not_fetched_and_what_they_lack_is_completed(tmp_path: Path):
    (tmp_path / "known").write_text("1-2026\n3-2026\n")
    (tmp_path / "complete").write_text("9-2025\n")
    files = ["--known", str(tmp_path / "known"), "--complete", str(tmp_path / "complete")]
    with portal(ted(PAGES, xml)) as publisher:
        done = crawl("eu_ted", tmp_path / "night", publisher.url, *files)
        assert numbers(publisher.paths) == ["2-2026", "9-2025"]
    assert done.stats["known"] == 2


def test_a_crawl_killed_half_way_resumes_and_fetches_nothing_twice(tmp_path: Path):
    reached, release = threading.Event(), threading.Event()

    def slow_at_the_third(number: str) -> Answer:
        if number == "3-2026" and not reached.is_set():
            reached.set()
            release.wait(20)
        return xml(number)

    with portal(ted([["1-2026", "2-2026"], ["3-2026", "4-2026"]], slow_at_the_third)) as publisher:
        victim = start_crawl("eu_ted", tmp_path, publisher.url)
        assert reached.wait(20)
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait(10)
        release.set()
        assert not (tmp_path / STATS).exists()
        done = crawl("eu_ted", tmp_path, publisher.url)
        assert publisher.paths.count("/v3/notices/search") == 3
        assert numbers(publisher.paths) == ["1-2026", "2-2026", "3-2026", "3-2026", "4-2026"]
    assert done.stats["complete"]
    assert (done.stats["replayed"], done.stats["requests"]) == (5, 2)


def test_what_the_manifest_does_not_vouch_for_is_fetched_again(tmp_path: Path):
    prepared(
        tmp_path, ("1-2026", b"<notice>1-2026</notice>"), ("2-2026", b"<notice>2-2026</notice>"), ("3-2026", b"torn")
    )
    next(tmp_path.glob("notice-2-2026*")).write_bytes(b"half")
    manifest = tmp_path / MANIFEST
    manifest.write_bytes(manifest.read_bytes()[:-20])  # the line of 3-2026, torn by a kill
    with portal(ted(PAGES, xml)) as publisher:
        done = crawl("eu_ted", tmp_path, publisher.url)
        assert numbers(publisher.paths) == ["2-2026", "3-2026"]
    assert done.stats["complete"]
    assert next(tmp_path.glob("notice-2-2026*")).read_bytes() == b"<notice>2-2026</notice>"
    assert [e.outcome for e in read_manifest(tmp_path) if e.number == "3-2026"] == [Outcome.LANDED]


def test_a_token_that_died_with_a_killed_crawl_makes_the_search_begin_again(tmp_path: Path):
    prepared(tmp_path)
    calm, begun = ted(PAGES, xml), threading.Event()

    def forgetful(received: ReceivedRequest) -> Answer:
        if received.method == "POST" and "iterationNextToken" not in received.json:
            begun.set()
        return calm(received) if begun.is_set() else Answer(500)

    with portal(forgetful) as publisher:
        done = crawl("eu_ted", tmp_path, publisher.url)
    assert done.stats["complete"], done.log
    assert done.stats["notices"] == 3


def test_a_disk_that_refuses_is_one_sentence_and_a_status_of_its_own(tmp_path: Path):
    def narrow() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    big = Answer(200, b"<notice>" + b"x" * 9000 + b"</notice>")
    with portal(ted(PAGES, lambda _: big)) as publisher:
        done = crawl_limited("eu_ted", tmp_path, publisher.url, narrow)
    assert done.status == 6, done.log
    assert "has room" in done.stats["error"] + done.log
    assert "Traceback" not in done.log


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--base-url", "https://publisher.example", "--pace", "0", "--contact", "https://c.example"], "loopback only"),
        (["--base-url", "https://publisher.example"], "--contact is needed"),
        (["--known", "/nowhere/numbers"], "not a file"),
        (["--to", "2026-11-01"], "is after --to"),
    ],
)
def test_wrong_usage_is_refused_before_any_request(tmp_path: Path, capsys, options: list[str], sentence: str):
    from scrapers.crawl.__main__ import main

    fixed = ["eu_ted", "--from", "2026-11-18", "--to", "2026-11-20", "--landing", str(tmp_path)]
    with pytest.raises(SystemExit) as refused:
        main([*fixed, *options])
    assert refused.value.code == 2
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
