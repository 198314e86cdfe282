"""Claims about crawling BOSA, DECP, APProch and a folder: real subprocesses against the local portal, with faults."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from scrapers.crawl.manifest import read_manifest
from scrapers.landing import read_landing
from scrapers.sandbox.embedded import publish_embedded
from scrapers.sandbox.publishers.bosa import CLIENT
from scrapers.sandbox.server import Portal
from scrapers.source import Source, find_sources
from tests.support.commands.crawl_portal import CrawlResult, crawl
from warehouse.model.notices import Form

ON = date(2026, 11, 20)


@pytest.fixture(scope="module")
def served() -> Iterator[Portal]:
    portal = Portal(publish_embedded(ON))
    portal.start()
    yield portal
    portal.end()


@pytest.fixture
def portal(served: Portal) -> Iterator[Portal]:
    served.answer("DELETE", "/_log", b"")
    yield served
    served.faults.replace(())


def of(portal: Portal, source: str, folder: Path, *more: str) -> CrawlResult:
    """A crawl of three days, 18 to 20 November, of one of the portal's endpoints."""
    return crawl(source, folder, portal.addresses[source], *more)


def request_count(portal: Portal, kind: str) -> int:
    return json.loads(portal.answer("GET", "/_log", b"").body)[kind]


def test_workspaces_are_landed_with_all_their_versions_and_nothing_of_the_key(portal: Portal, tmp_path: Path):
    done = of(portal, "be_bosa", tmp_path)
    assert done.status == 0, done.log
    assert (done.stats["notices"], done.stats["summaries"]) == (8, 0)
    assert request_count(portal, "bosa") == 1 + 1 + 8
    readings = list(read_landing("be_bosa", tmp_path))
    assert len(readings) == 10
    assert all(reading.notice and not reading.notice.is_summary for reading in readings)
    landed = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"Bearer" not in landed
    assert b"access_token" not in landed
    assert {entry.kind for entry in read_manifest(tmp_path)} == {"search", "workspace"}


def test_a_deadline_moved_in_a_second_version_is_read_from_it(portal: Portal, tmp_path: Path):
    of(portal, "be_bosa", tmp_path)
    notices = [r.notice for r in read_landing("be_bosa", tmp_path) if r.notice]
    sensors = [n for n in notices if "Capteurs" in n.titles[0].value]
    first, second = (n.lots[0].deadline for n in sensors)
    assert first is not None
    assert second is not None
    assert (second.at - first.at).days == 7
    assert sensors[1].changes[0].notice == sensors[0].uid


def test_the_second_crawl_of_a_night_requests_no_workspace_again(portal: Portal, tmp_path: Path):
    of(portal, "be_bosa", tmp_path)
    before = request_count(portal, "bosa")
    done = of(portal, "be_bosa", tmp_path)
    assert done.stats["complete"]
    assert request_count(portal, "bosa") == before + 2  # a token and the page, whose totals move


def test_the_public_endpoint_is_paged_with_the_client_of_its_page_and_keeps_nothing_of_it(
    portal: Portal, tmp_path: Path
):
    done = of(portal, "be_bosa", tmp_path, "--door", "public-web-client")
    assert done.status == 0, done.log
    assert done.stats["notices"] == 8
    landed = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert CLIENT[1].encode() not in landed
    assert CLIENT[1] not in done.log


def test_a_token_that_runs_out_half_way_is_renewed(portal: Portal, tmp_path: Path):
    portal.faults.replace(["bosa:401:1"])
    done = of(portal, "be_bosa", tmp_path)
    assert done.status == 0, done.log
    assert request_count(portal, "bosa") == 1 + 1 + 1 + 1 + 8


def test_a_token_that_never_serves_is_unreachable_and_not_requested_without_end(portal: Portal, tmp_path: Path):
    portal.faults.replace(["bosa:401"])
    done = of(portal, "be_bosa", tmp_path)
    assert done.status == 4
    assert request_count(portal, "bosa") == 4


@pytest.mark.parametrize(
    ("source", "fault", "status", "words"),
    [
        ("be_bosa", "bosa:ignored-filter", 3, "ignored"),
        ("be_bosa", "bosa:total", 5, "8 workspaces in 8 rows came of 15 announced"),
        ("be_bosa", "bosa:500", 4, "500"),
        ("be_bosa", "bosa:token", 4, "401"),
        ("fr_decp", "decp:500", 4, "500"),
        ("fr_decp", "decp:total", 5, "announced"),
        ("fr_approch", "approch:500", 4, "500"),
        ("fr_approch", "approch:total", 5, "announced"),
        ("fr_approch", "approch:renamed", 0, ""),
    ],
)
def test_a_fault_is_distinguished(portal: Portal, tmp_path: Path, source: str, fault: str, status: int, words: str):
    portal.faults.replace([fault])
    done = of(portal, source, tmp_path)
    assert done.status == status, done.log
    assert words in (done.stats["error"] or "")


def test_a_search_known_by_get_only_is_requested_by_get(portal: Portal, tmp_path: Path):
    portal.faults.replace(["bosa:nopost"])
    done = of(portal, "be_bosa", tmp_path)
    assert done.status == 0, done.log
    assert done.stats["notices"] == 8


def test_two_429_are_waited_out(portal: Portal, tmp_path: Path):
    portal.faults.replace(["decp:429:2"])
    done = of(portal, "fr_decp", tmp_path)
    assert (done.status, done.stats["waits"]) == (0, 2)


def test_contracts_are_results_and_a_later_amount_is_a_notice_of_its_own(portal: Portal, tmp_path: Path):
    assert of(portal, "fr_decp", tmp_path).status == 0
    notices = [r.notice for r in read_landing("fr_decp", tmp_path) if r.notice]
    assert sorted((n.form, n.version) for n in notices) == [(Form.MODIFICATION, 2), (Form.RESULT, 1), (Form.RESULT, 1)]


def test_projects_planned_after_the_window_are_requested_too(portal: Portal, tmp_path: Path):
    assert of(portal, "fr_approch", tmp_path).stats["notices"] == 3
    assert {r.notice.form for r in read_landing("fr_approch", tmp_path) if r.notice} == {Form.PLANNING}


def test_a_live_endpoint_without_its_keys_is_a_wrong_command(tmp_path: Path):
    bare = {name: word for name, word in os.environ.items() if not name.startswith("PIB_BOSA")}
    done = crawl("be_bosa", tmp_path, "https://door.example", "--patience", "35", "--contact", "x", environment=bare)
    assert done.status == 2
    assert "PIB_BOSA_CLIENT_ID and PIB_BOSA_CLIENT_SECRET" in done.log


def test_a_local_portal_is_never_given_the_publishers_key(portal: Portal, tmp_path: Path):
    keys = {"PIB_BOSA_CLIENT_ID": "a-real-identifier", "PIB_BOSA_CLIENT_SECRET": "a-real-secret"}
    done = crawl("be_bosa", tmp_path, portal.addresses["be_bosa"], environment={**os.environ, **keys})
    assert done.status == 0
    landed = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"a-real" not in landed


CALL = (
    "id,title,language,buyer,country,published,deadline,cpv\n"
    "{id},Sondage,fr,Institut,CHE,2026-11-19,2026-12-15 12:00,{cpv}\n"
)


def test_a_folder_lands_its_good_files_and_refuses_a_bad_one_as_a_whole(tmp_path: Path):
    calls = tmp_path / "calls"
    calls.mkdir()
    (calls / "a.csv").write_text(CALL.format(id="one", cpv="72514000"))
    (calls / "b.csv").write_text(CALL.format(id="two", cpv="7251") + "three,x,fr,y,CHE,2026-11-19,,\n")
    (calls / "notes.txt").write_text("not a call")
    done = crawl("manual", tmp_path / "night", "http://127.0.0.1:1", "--folder", str(calls))
    assert done.status == 3
    assert "b.csv is not used" in done.stats["error"]
    assert "line 2, cpv" in done.stats["error"]
    assert [r.identifier for r in read_landing("manual", tmp_path / "night")] == ["manual-one-01"]
    (calls / "b.csv").write_text(CALL.format(id="two", cpv="72514000"))
    assert crawl("manual", tmp_path / "night", "http://127.0.0.1:1", "--folder", str(calls)).status == 0
    assert len(list(read_landing("manual", tmp_path / "night"))) == 2


def test_a_missing_folder_is_reported(tmp_path: Path):
    done = crawl("manual", tmp_path / "night", "http://127.0.0.1:1", "--folder", str(tmp_path / "gone"))
    assert done.status == 4
    assert "gone is no folder" in done.stats["error"]


def test_an_unknown_endpoint_is_a_value_error():
    source: Source = find_sources()["be_bosa"]
    with pytest.raises(ValueError, match="no endpoint 'back'"):
        source.endpoint("back")
