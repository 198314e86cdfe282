"""Claims about the shapes of access, without a network: which requests, in which order, and when it is complete."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from scrapers.errors import SourceChanged, SourceIncomplete, SourceUnreachable
from scrapers.feeds.request import CrawlJob, CrawlRequest, Paginator
from scrapers.source import find_file, find_sources, read_headings
from scrapers.sources.eu_ted import FEED as TED
from scrapers.sources.fr_boamp import FEED as BOAMP

WEEK = CrawlJob(
    "https://door.example", "https://papers.example", date(2026, 11, 16), date(2026, 11, 18), ("BEL", "LUX")
)


def page(*numbers: str, total: int, following: str | None = "t1", **more: object) -> bytes:
    rows = [{"publication-number": number} for number in numbers]
    return json.dumps({"notices": rows, "totalNoticeCount": total, "iterationNextToken": following, **more}).encode()


def records(*numbers: str, total: int) -> bytes:
    return json.dumps({"total_count": total, "results": [{"idweb": number} for number in numbers]}).encode()


def search_body(request: CrawlRequest) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def follow(paginator: Paginator, *bodies: bytes) -> Sequence[CrawlRequest]:
    """Answer one request after the other; what is called for at the end."""
    requests = paginator.begin()
    for body in bodies:
        requests = paginator.follow(requests[0], body)
    return requests


def test_the_search_is_requested_as_the_contract_states():
    body = json.loads(TED.paginator(WEEK).begin()[0].payload or b"")
    assert body["query"] == (
        "buyer-country IN (BEL LUX) AND publication-date>=20261116 AND publication-date<=20261118 "
        "SORT BY publication-number ASC"
    )
    assert {k: v for k, v in body.items() if k not in {"query", "fields"}} == {
        "limit": 250,
        "scope": "ALL",
        "paginationMode": "ITERATION",
        "checkQuerySyntax": False,
        "onlyLatestVersions": False,
    }
    assert len(set(body["fields"])) == len(body["fields"]) <= 40
    assert len(body["fields"]) * body["limit"] <= 10_000


def test_without_countries_buyers_everywhere_are_requested():
    everywhere = CrawlJob("", "", WEEK.first, WEEK.last)
    body = json.loads(TED.paginator(everywhere).begin()[0].payload or b"")
    assert body["query"].startswith("publication-date>=20261116 AND ")


def test_documents_are_requested_after_the_last_page_and_from_their_own_host():
    paginator = TED.paginator(WEEK)
    after = follow(
        paginator,
        page("1-2026", "2-2026", total=3),
        page("3-2026", total=3, following="t2"),
        page(total=3, following="t2"),
    )
    assert [request.url for request in after] == [f"https://papers.example/en/notice/{n}-2026/xml" for n in (1, 2, 3)]
    assert paginator.rows == 3


def test_the_same_token_twice_is_an_answer_without_end():
    with pytest.raises(SourceIncomplete, match="twice"):
        follow(TED.paginator(WEEK), page("1-2026", total=9), page("2-2026", total=9))


def test_fewer_rows_than_announced_is_incomplete():
    with pytest.raises(SourceIncomplete, match="1 rows came of 3"):
        follow(TED.paginator(WEEK), page("1-2026", total=3), page(total=3))


def test_a_timed_out_page_is_incomplete_though_it_came_with_200():
    with pytest.raises(SourceIncomplete, match="timedOut"):
        follow(TED.paginator(WEEK), page("1-2026", total=1, timedOut=True))


@pytest.mark.parametrize(
    "body",
    [b"<html>down</html>", b"[]", b'{"notices": []}', b'{"notices": [' + b"{}," * 9 + b'{}], "totalNoticeCount": 10}'],
)
def test_a_page_of_another_shape_is_a_changed_structure(body: bytes):
    with pytest.raises(SourceChanged):
        follow(TED.paginator(WEEK), body)


def test_nothing_at_all_on_a_working_day_is_an_alarm_and_on_a_sunday_is_not():
    paginator = TED.paginator(WEEK)
    follow(paginator, page(total=0, following=None))
    assert "working day" in paginator.alarms[0]
    sunday = TED.paginator(CrawlJob("", "", date(2026, 11, 15), date(2026, 11, 15), ("BEL",)))
    follow(sunday, page(total=0, following=None))
    assert sunday.alarms == []


@pytest.mark.parametrize(("status", "kind"), [(400, SourceChanged), (403, SourceUnreachable), (500, SourceUnreachable)])
def test_what_a_refusal_means_depends_on_who_is_at_fault(status: int, kind: type[Exception]):
    for feed in (TED, BOAMP):
        paginator = feed.paginator(WEEK)
        with pytest.raises(kind, match=str(status)):
            paginator.refuse(paginator.begin()[0], status, b"{}", resumed=False)


def test_records_are_paged_in_a_total_order_to_the_end_of_the_window():
    first = BOAMP.paginator(WEEK).begin()[0]
    assert search_body(first) == {
        "where": "dateparution >= date'2026-11-16' and dateparution <= date'2026-11-18'",
        "order_by": "dateparution, idweb",
        "limit": "100",
        "offset": "0",
    }
    paginator = BOAMP.paginator(WEEK)
    hundred = [f"26-{n}" for n in range(100)]
    assert search_body(follow(paginator, records(*hundred, total=101))[0])["offset"] == "100"
    paginator = BOAMP.paginator(WEEK)
    assert follow(paginator, records(*hundred, total=101), records("26-100", total=101)) == []
    assert paginator.rows == 101


def test_a_window_beyond_the_ceiling_is_requested_day_by_day():
    paginator = BOAMP.paginator(WEEK)
    requests = follow(paginator, records("26-1", total=10_001))
    assert "date'2026-11-16' and dateparution <= date'2026-11-16'" in search_body(requests[0])["where"]
    requests = paginator.follow(requests[0], records("26-1", total=1))
    assert "<= date'2026-11-17'" in search_body(requests[0])["where"]
    requests = paginator.follow(requests[0], records("26-2", total=1))
    assert paginator.follow(requests[0], records(total=0)) == []
    assert paginator.rows == 2


def test_a_day_beyond_the_ceiling_says_what_to_do():
    day = CrawlJob("", "", date(2026, 11, 16), date(2026, 11, 16))
    with pytest.raises(SourceIncomplete, match="10001 records in one day"):
        follow(BOAMP.paginator(day), records("26-1", total=10_001))


def test_a_record_that_slips_between_two_pages_is_noticed():
    hundred = [f"26-{n}" for n in range(100)]
    with pytest.raises(SourceIncomplete, match="100 records came of 101"):
        follow(BOAMP.paginator(WEEK), records(*hundred, total=101), records("26-99", total=101))


def test_summaries_of_earlier_nights_are_requested_by_their_numbers():
    paginator = BOAMP.paginator(CrawlJob("", "", date(2026, 11, 16), date(2026, 11, 16), complete=("25-1", "25-2")))
    requests = follow(paginator, records("26-1", total=1))
    assert search_body(requests[0])["where"] == 'idweb in ("25-1", "25-2")'


def test_every_source_file_declares_itself_in_the_fixed_headings():
    sources = find_sources()
    assert {"eu_ted", "fr_boamp"} <= sources.keys()
    for name, source in sources.items():
        assert source.name == name
        assert list(read_headings(source.module)) == ["Publisher", "Access", "Licence", "Caveats", "Check"]
        assert source.access
        if source.is_folder:
            continue
        keys = dict.fromkeys(source.endpoint().keys, "a word")
        assert find_file(name).FEED.paginator(replace(WEEK, keys=keys)).begin()
        assert 0 < source.expected[0] < source.expected[1]
        assert source.request_delay >= 1
        assert source.patience >= 35
        assert source.zone == "Europe/Brussels"
