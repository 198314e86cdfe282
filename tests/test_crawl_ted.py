"""Claims about crawling a token search: a real subprocess against a real HTTP server on the loopback."""

from __future__ import annotations

import json
import resource
import subprocess
import threading
from pathlib import Path

import pytest
from scrapers.crawl_ledger import MANIFEST, STATS, Outcome, read_manifest

from tests.crawl_portal import Answer, Asked, command, crawl, portal, ted, xml

PAGES = [["1-2026", "2-2026"], ["3-2026"]]
CHALLENGE = Answer(202, b"", {"x-amzn-waf-action": "challenge"})


def numbers(paths: list[str]) -> list[str]:
    return [path.split("/")[3] for path in paths if path.endswith("/xml")]


def test_a_crawl_asks_every_page_and_every_document_and_lands_their_bytes_untouched(tmp_path: Path):
    with portal(ted(PAGES, xml)) as publisher:
        done = crawl("eu_ted", tmp_path, publisher.url)
        assert done.status == 0, done.log
        assert publisher.paths.count("/v3/notices/search") == 3
        assert numbers(publisher.paths) == ["1-2026", "2-2026", "3-2026"]
    landed = {entry.number: entry for entry in read_manifest(tmp_path) if entry.number}
    assert (tmp_path / (landed["3-2026"].file or "")).read_bytes() == b"<notice>3-2026</notice>"
    assert done.stats["complete"]
    assert (done.stats["notices"], done.stats["requests"], done.stats["summaries"]) == (3, 6, 0)
    assert json.loads((tmp_path / STATS).read_text()) == done.stats


def test_the_search_is_asked_as_the_contract_says(tmp_path: Path):
    with portal(ted([[]], xml)) as publisher:
        crawl("eu_ted", tmp_path, publisher.url, "--countries", "BEL,LUX", "--contact", "https://cluster.example/pib")
        asked = publisher.asked[0]
    body = asked.json
    assert body["query"] == (
        "buyer-country IN (BEL LUX) AND publication-date>=20261118 AND publication-date<=20261120 "
        "SORT BY publication-number ASC"
    )
    assert (body["scope"], body["paginationMode"], body["onlyLatestVersions"]) == ("ALL", "ITERATION", False)
    assert body["checkQuerySyntax"] is False
    assert body["limit"] <= 250
    assert len(body["fields"]) <= 40
    assert len(body["fields"]) * body["limit"] <= 10_000
    assert "iterationNextToken" not in body
    assert asked.agent.startswith("PIB/")
    assert "https://cluster.example/pib" in asked.agent


def test_a_second_crawl_of_the_same_night_asks_nothing(tmp_path: Path):
    def one_of_each(number: str) -> Answer:
        return {"1-2026": CHALLENGE, "2-2026": Answer(404)}.get(number, xml(number))

    with portal(ted(PAGES, one_of_each)) as publisher:
        first = crawl("eu_ted", tmp_path, publisher.url)
        before = len(publisher.asked)
        manifest = (tmp_path / MANIFEST).read_bytes()
        again = crawl("eu_ted", tmp_path, publisher.url)
        assert len(publisher.asked) == before
    assert again.stats["complete"]
    assert again.stats["notices"] == first.stats["notices"]
    assert (tmp_path / MANIFEST).read_bytes() == manifest


def test_no_notice_on_working_days_is_complete_but_raises_an_alarm(tmp_path: Path):
    with portal(ted([[]], xml)) as publisher:
        done = crawl("eu_ted", tmp_path, publisher.url)
    assert done.status == 0
    assert "working day" in done.stats["alarms"][0]


def test_a_429_without_retry_after_is_waited_out(tmp_path: Path):
    refusals = iter([Answer(429, b"<html>nginx</html>")] * 2)
    calm = ted(PAGES, xml)
    with portal(lambda asked: next(refusals, None) or calm(asked)) as publisher:
        done = crawl("eu_ted", tmp_path, publisher.url)
    assert done.status == 0
    assert done.stats["waits"] == 2


def test_a_429_without_end_is_unreachable_and_keeps_what_was_landed(tmp_path: Path):
    with portal(ted(PAGES, lambda number: xml(number) if number == "1-2026" else Answer(429))) as publisher:
        done = crawl("eu_ted", tmp_path, publisher.url)
    assert done.stats["complete"] is True
    assert done.stats["summaries"] == 2
    with portal(lambda _: Answer(429)) as publisher:
        done = crawl("eu_ted", tmp_path / "other", publisher.url)
    assert done.status == 4
    assert done.stats["error_kind"] == "SourceUnreachable"


def test_a_notice_behind_the_firewall_is_left_a_summary_and_after_five_in_a_row_nobody_insists(tmp_path: Path):
    many = [[f"{n}-2026" for n in range(1, 9)]]
    with portal(ted(many, lambda number: xml(number) if number == "1-2026" else CHALLENGE)) as publisher:
        done = crawl("eu_ted", tmp_path, publisher.url)
        assert numbers(publisher.paths) == [f"{n}-2026" for n in range(1, 7)]
    assert done.status == 0
    assert (done.stats["summaries"], done.stats["challenged"]) == (7, 7)
    assert [e.outcome for e in read_manifest(tmp_path) if e.number][-2:] == [Outcome.WITHHELD, Outcome.WITHHELD]


def test_a_challenge_at_the_search_itself_stops_the_source(tmp_path: Path):
    with portal(lambda _: CHALLENGE) as publisher:
        done = crawl("eu_ted", tmp_path, publisher.url)
    assert done.status == 4
    assert done.stats["error_kind"] == "Challenged"


def test_timed_out_pages_are_kept_as_evidence_and_asked_again(tmp_path: Path):
    late = Answer.of({"notices": [], "totalNoticeCount": 0, "iterationNextToken": None, "timedOut": True})
    answers = iter([late])
    calm = ted(PAGES, xml)
    with portal(lambda asked: next(answers, None) or calm(asked)) as publisher:
        first = crawl("eu_ted", tmp_path, publisher.url)
        again = crawl("eu_ted", tmp_path, publisher.url)
    assert first.status == 5
    assert "timedOut" in first.stats["error"]
    assert [e.outcome for e in read_manifest(tmp_path)][0] is Outcome.REFUSED
    assert again.stats["complete"]


def test_a_query_the_publisher_refuses_is_a_changed_structure_with_its_own_words(tmp_path: Path):
    error = {"message": "unknown field", "error": {"type": "QUERY_UNKNOWN_FIELD"}}
    with portal(lambda _: Answer(400, json.dumps(error).encode())) as publisher:
        done = crawl("eu_ted", tmp_path, publisher.url)
    assert done.status == 3
    assert "QUERY_UNKNOWN_FIELD" in done.stats["error"]


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
        victim = subprocess.Popen(  # noqa: S603 - our own command
            command("eu_ted", tmp_path, publisher.url), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        assert reached.wait(20)
        victim.kill()
        victim.wait(10)
        release.set()
        assert not (tmp_path / STATS).exists()
        done = crawl("eu_ted", tmp_path, publisher.url)
        assert publisher.paths.count("/v3/notices/search") == 3
        assert numbers(publisher.paths) == ["1-2026", "2-2026", "3-2026", "3-2026", "4-2026"]
    assert done.stats["complete"]
    assert (done.stats["replayed"], done.stats["requests"]) == (5, 2)


def test_a_torn_last_line_of_the_manifest_costs_one_request(tmp_path: Path):
    with portal(ted(PAGES, xml)) as publisher:
        crawl("eu_ted", tmp_path, publisher.url)
        manifest = tmp_path / MANIFEST
        manifest.write_bytes(manifest.read_bytes()[:-20])
        before = len(publisher.asked)
        done = crawl("eu_ted", tmp_path, publisher.url)
        assert publisher.paths[before:] == ["/en/notice/3-2026/xml"]
    assert done.stats["complete"]
    assert sum(entry.number == "3-2026" for entry in read_manifest(tmp_path)) == 1


def test_bytes_that_are_no_longer_those_of_the_manifest_are_fetched_again(tmp_path: Path):
    with portal(ted(PAGES, xml)) as publisher:
        crawl("eu_ted", tmp_path, publisher.url)
        next(tmp_path.glob("notice-2-2026*")).write_bytes(b"half")
        before = len(publisher.asked)
        crawl("eu_ted", tmp_path, publisher.url)
        assert publisher.paths[before:] == ["/en/notice/2-2026/xml"]
    assert next(tmp_path.glob("notice-2-2026*")).read_bytes() == b"<notice>2-2026</notice>"


def test_a_token_that_died_with_a_killed_crawl_makes_the_search_begin_again(tmp_path: Path):
    calm = ted(PAGES, xml)
    with portal(calm) as publisher:
        crawl("eu_ted", tmp_path, publisher.url)
    lines = (tmp_path / MANIFEST).read_bytes().splitlines(keepends=True)
    (tmp_path / MANIFEST).write_bytes(lines[0])  # killed after the first page
    died = threading.Event()

    def forgetful(asked: Asked) -> Answer:
        if asked.method == "POST" and asked.json.get("iterationNextToken") and not died.is_set():
            return Answer(500)
        if asked.method == "POST":
            died.set()
        return calm(asked)

    with portal(forgetful) as publisher:
        done = crawl("eu_ted", tmp_path, publisher.url)
    assert done.status in {0, 3}, done.log
    assert done.stats["notices"] == 3


def test_a_disk_that_refuses_is_one_sentence_and_a_status_of_its_own(tmp_path: Path):
    def narrow() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    big = Answer(200, b"<notice>" + b"x" * 9000 + b"</notice>")
    with portal(ted(PAGES, lambda _: big)) as publisher:
        done = crawl("eu_ted", tmp_path, publisher.url, preexec_fn=narrow)
    assert done.status == 6, done.log
    assert "make room" in done.stats["error"] + done.log
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
def test_wrong_usage_is_refused_before_anything_is_asked(tmp_path: Path, capsys, options: list[str], sentence: str):
    from scrapers.crawl import main

    fixed = ["eu_ted", "--from", "2026-11-18", "--to", "2026-11-20", "--landing", str(tmp_path)]
    with pytest.raises(SystemExit) as refused:
        main([*fixed, *options])
    assert refused.value.code == 2
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
