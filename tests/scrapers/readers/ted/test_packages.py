"""Claims about TED's packages: which are requested, what is read of them, and what a crawl of them lands."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scrapers.crawl.manifest import Ledger, Outcome
from scrapers.errors import SourceChanged, SourceIncomplete
from scrapers.feeds.packages import PIECE, Packages, Span, read_calendar
from scrapers.feeds.request import CrawlJob, CrawlRequest
from scrapers.landing import read_landing
from scrapers.readers.ted.packages import is_elsewhere, read_package
from scrapers.sandbox.embedded import publish_embedded
from scrapers.sandbox.faults import Faults
from scrapers.sandbox.publishers.packages import answer_package, issues_of
from scrapers.sandbox.server import Portal
from scrapers.sources.eu_ted import BACKFILL
from tests.support.commands.crawl_portal import crawl
from tests.support.notices.archives import tar_gz
from tests.support.paths import RECORDINGS
from warehouse.model.notices import Notice

CALL = (RECORDINGS / "eforms" / "call_two_languages.xml").read_bytes()
OLDER = (RECORDINGS / "ted_export" / "call_two_languages.xml").read_bytes()
BELGIUM = frozenset({"BEL"})
TODAY = date(2026, 11, 20)


def job(first: date, last: date) -> CrawlJob:
    return CrawlJob("https://api.example", "https://ted.example", first, last)


def requests_for(first: date, last: date, span: Span = Span.DAY) -> list[CrawlRequest]:
    """What a crawl requests, given a calendar of three issues a year."""
    paginator = Packages(BACKFILL.calendar, BACKFILL.daily, BACKFILL.monthly, span).paginator(job(first, last))
    requests: list[CrawlRequest] = []
    queue = list(paginator.begin())
    while queue:
        sent = queue.pop(0)
        requests.append(sent)
        calendar = (
            f"OJS,Publication date\r\n1,02/01/{sent.key[-4:]}\r\n2,03/01/{sent.key[-4:]}\r\n3,28/12/{sent.key[-4:]}"
        )
        queue.extend(paginator.follow(sent, calendar.encode() if sent.kind == "calendar" else b"\x1f\x8b"))
    return requests


def test_the_calendar_of_each_year_is_requested_and_then_the_issues_of_the_days():
    assert [
        crawl_request.url.removeprefix("https://ted.example")
        for crawl_request in requests_for(date(2023, 12, 1), date(2024, 1, 2))
    ] == [
        "/en/release-calendar/-/download/file/CSV/2023",
        "/en/release-calendar/-/download/file/CSV/2024",
        "/packages/daily/202300003",
        "/packages/daily/202400001",
    ]


def test_months_are_requested_without_a_calendar():
    requests = requests_for(date(2023, 11, 15), date(2024, 2, 1), Span.MONTH)
    assert [crawl_request.url.rpartition("/")[2] for crawl_request in requests] == [
        "2023-11",
        "2023-12",
        "2024-1",
        "2024-2",
    ]


def test_a_month_is_requested_piece_by_piece():
    paginator = Packages("", "", "/{year}-{month}", Span.MONTH).paginator(job(date(2024, 3, 1), date(2024, 3, 31)))
    (first,) = paginator.begin()
    assert paginator.headers(first) == {"Range": f"bytes=0-{PIECE - 1}"}
    (second,) = paginator.follow(first, b"\x1f\x8b" + bytes(PIECE - 2))
    assert paginator.headers(second) == {"Range": f"bytes={PIECE}-{2 * PIECE - 1}"}
    assert paginator.follow(second, b"the end") == []
    assert paginator.rows == 1


def test_a_month_that_fills_its_last_piece_ends_with_a_refusal():
    paginator = Packages("", "", "/{year}-{month}", Span.MONTH).paginator(job(date(2024, 3, 1), date(2024, 3, 31)))
    (second,) = paginator.follow(paginator.begin()[0], b"\x1f\x8b" + bytes(PIECE - 2))
    assert paginator.refuse(second, 416, b"", resumed=False) == []


def test_a_package_the_calendar_names_must_be_there():
    crawl_request = requests_for(date(2024, 1, 2), date(2024, 1, 2))[-1]
    with pytest.raises(SourceIncomplete, match="run again"):
        BACKFILL.paginator(job(date(2024, 1, 2), date(2024, 1, 2))).refuse(crawl_request, 404, b"", resumed=False)


def test_a_page_instead_of_a_package_stops_the_source():
    crawl_request = requests_for(date(2024, 1, 2), date(2024, 1, 2))[-1]
    with pytest.raises(SourceChanged, match="no package came"):
        BACKFILL.paginator(job(date(2024, 1, 2), date(2024, 1, 2))).follow(crawl_request, b"<html>")


@pytest.mark.parametrize(
    "body", [b"", b"OJS,Publication date\r\n", b"OJS,Day\r\nfirst,02/01/2024", b"OJS,D\n1,2024-01-02"]
)
def test_a_calendar_of_another_shape_stops_the_source(body: bytes):
    with pytest.raises(SourceChanged, match="calendar"):
        read_calendar(CrawlRequest("calendar", "calendar 2024", "https://ted.example", "calendar"), body)


def test_a_calendar_with_semicolons_is_understood():
    crawl_request = CrawlRequest("calendar", "calendar 2024", "https://ted.example", "calendar")
    assert read_calendar(crawl_request, b"\xef\xbb\xbfOJS;Publication date\n7;10/01/2024\n\n") == [
        (7, date(2024, 1, 10))
    ]


def read(package: bytes, countries: frozenset[str]) -> dict[str, bool]:
    """Names and whether they were read."""
    return {name: isinstance(found, Notice) for name, found in read_package(io.BytesIO(package), countries)}


def test_a_package_is_read_whatever_the_age_of_its_notices():
    package = tar_gz(("20240102_001/00000123_2024.xml", CALL), ("20240102_001/000456_2021.xml", OLDER))
    assert read(package, frozenset()) == {"123-2024": True, "456-2021": True}


def test_notices_of_buyers_elsewhere_are_left_out():
    package = tar_gz(("d/00000123_2024.xml", CALL), ("d/00000124_2024.xml", CALL.replace(b"BEL", b"ESP")))
    assert read(package, BELGIUM) == {"123-2024": True}
    assert read(package, frozenset({"ESP"})) == {"124-2024": True}
    assert read(package, frozenset({"LUX"})) == {}


def test_what_is_not_known_to_be_elsewhere_is_read_and_set_aside():
    cut = CALL.replace(b"BEL", b"ESP")[: len(CALL) * 3 // 4]
    package = tar_gz(("d/1_2024.xml", cut), ("d/2_2024.xml", b""), ("d/3_2024.zip", b"PK"), ("../4_2024.xml", CALL))
    assert read(package, BELGIUM) == {"1-2024": False, "2-2024": False, "d/3_2024.zip": False, "4-2024": False}


def test_no_real_notice_of_ours_is_taken_for_another_country_s(shared: Path):
    ours = frozenset({"BEL", "FRA", "LUX"})
    for path in sorted((shared / "notices").rglob("*.xml"))[::7]:
        body = path.read_bytes()
        if is_elsewhere(body, ours):
            (found,) = dict(read_package(io.BytesIO(tar_gz(("d/1_2024.xml", body))), frozenset())).values()
            assert isinstance(found, Notice)
            assert ours.isdisjoint(found.buyer_countries), path.name


@pytest.fixture
def portal() -> Iterator[Portal]:
    running = Portal(publish_embedded(TODAY), Faults())
    running.start()
    yield running
    running.end()


def landed(folder: Path, portal: Portal, *more: str) -> dict[str, object]:
    days = ("--from", "2026-11-01", "--to", "2026-11-19")
    return crawl("eu_ted", folder, portal.addresses["eu_ted"], *days, "--backfill", *more).stats


def test_a_crawl_lands_the_packages_untouched_and_they_hold_what_the_search_would_list(tmp_path: Path, portal: Portal):
    assert landed(tmp_path, portal, "day")["complete"]
    published_notices = portal.published_notices
    package = next(tmp_path.glob("package-202600222-*.tar.gz"))
    reply = answer_package(published_notices, Faults(), "/ted/packages/daily/202600222", None)
    assert reply is not None
    assert package.read_bytes() == reply.body
    found = {reading.identifier for reading in read_landing("eu_ted", tmp_path) if reading.notice}
    assert found == {
        notice.number for notice in published_notices.notices if date(2026, 11, 1) <= notice.day <= date(2026, 11, 19)
    }


def test_a_crawl_of_packages_requests_one_at_a_time_and_nothing_twice(tmp_path: Path, portal: Portal):
    landed(tmp_path, portal, "day")
    requested_first = json.loads(portal.answer("DELETE", "/_log", b"").body)
    landed(tmp_path, portal, "day")
    again = json.loads(portal.answer("GET", "/_log", b"").body)
    issues = [
        day for day in issues_of(portal.published_notices, 2026) if date(2026, 11, 1) <= day <= date(2026, 11, 19)
    ]
    assert (requested_first["most_at_once"], requested_first["ted_package"]) == (1, 1 + len(issues))
    assert again["ted_package"] == 0


def test_a_package_cut_in_half_is_set_aside_with_what_came_before_it(tmp_path: Path, portal: Portal):
    portal.faults.replace(["ted:cutpackage:202600222"])
    landed(tmp_path, portal, "day")
    aside = [reading for reading in read_landing("eu_ted", tmp_path) if reading.notice is None]
    assert len(aside) == 1
    assert "cut off" in (aside[0].reason or "")
    assert aside[0].path.name.startswith("package-202600222-")


def test_a_challenge_stops_the_crawl_and_is_not_evaded(tmp_path: Path, portal: Portal):
    portal.faults.replace(["ted:waf"])
    stats = landed(tmp_path, portal, "day")
    assert (stats["complete"], stats["error_kind"]) == (False, "Challenged")


def test_pieces_of_a_month_are_one_archive(tmp_path: Path):
    whole = tar_gz(("01/20240102_001.tar.gz", tar_gz(("d/00000123_2024.xml", CALL))))
    ledger = Ledger(tmp_path, lambda: datetime(2026, 11, 20, tzinfo=UTC))
    for at, piece in enumerate([whole[:100], whole[100:300], whole[300:]]):
        crawl_request = CrawlRequest(
            "package", f"package 2024-1 {at * PIECE}", "https://ted.example", "package-2024-01", f"{at}"
        )
        ledger.settle(crawl_request, Outcome.LANDED, status=206, body=piece)
    assert [reading.identifier for reading in read_landing("eu_ted", tmp_path)] == ["123-2024"]
    next(tmp_path.glob("*.1")).write_bytes(b"other")
    (changed,) = read_landing("eu_ted", tmp_path)
    assert "manifest" in (changed.reason or "")
