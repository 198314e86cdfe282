"""What the local portal promises of TED: the contract of the Search API and of the XML, by real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest

from scrapers.sandbox.embedded import publish_embedded
from scrapers.sandbox.faults import Faults, UnknownFault
from scrapers.sandbox.fields import TED_FIELDS
from scrapers.sandbox.leaves import parse, word
from scrapers.sandbox.server import Portal

ON = date(2026, 11, 20)
WINDOW = "buyer-country IN (BEL FRA LUX) AND publication-date>=20261101 AND publication-date<=20261120"


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    served = Portal(publish_embedded(ON))
    served.start()
    yield served
    served.end()


@pytest.fixture(autouse=True)
def _no_fault_is_left_over(portal: Portal) -> Iterator[None]:
    yield
    portal.faults.replace(())


def send(portal: Portal, method: str, path: str, body: object = None) -> tuple[HTTPResponse, bytes]:
    address = urlsplit(portal.addresses["eu_ted"])
    connection = HTTPConnection(address.hostname or "", address.port or 0, timeout=10)
    connection.request(method, path, body if isinstance(body, bytes) else json.dumps(body).encode())
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


def search(portal: Portal, **body: object) -> tuple[int, Any]:
    search_body = {"query": WINDOW, "fields": ["publication-number"], "paginationMode": "ITERATION", **body}
    response, content = send(
        portal, "POST", "/ted/v3/notices/search", {k: v for k, v in search_body.items() if v is not None}
    )
    return response.status, json.loads(content)


def every_row(portal: Portal, **body: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    token: str | None = None
    while True:
        status, page = search(portal, **body, iterationNextToken=token)
        assert status == 200
        if not page["notices"]:
            return rows
        rows += page["notices"]
        token = page["iterationNextToken"]


def test_paging_by_token_serves_every_notice_once(portal: Portal):
    numbers = [row["publication-number"] for row in every_row(portal, limit=7)]
    assert numbers == [notice.number for notice in portal.published_notices.notices]


def test_the_last_page_is_empty_and_still_carries_a_token(portal: Portal):
    _, page = search(portal, limit=250)
    _, last = search(portal, limit=250, iterationNextToken=page["iterationNextToken"])
    assert last["notices"] == []
    assert isinstance(last["iterationNextToken"], str)


def test_every_page_tells_the_total_and_that_it_did_not_time_out(portal: Portal):
    _, page = search(portal, limit=5)
    assert (page["totalNoticeCount"], page["timedOut"]) == (len(portal.published_notices.notices), False)


def test_a_token_of_another_query_is_a_failure_of_the_server(portal: Portal):
    _, page = search(portal, limit=5)
    status, _ = search(portal, query="buyer-country IN (LUX)", iterationNextToken=page["iterationNextToken"])
    assert status == 500


@pytest.mark.parametrize("token", ["bogus", "", "é", "MTAuYWJj"])
def test_a_token_nobody_gave_is_a_failure_of_the_server(portal: Portal, token: str):
    assert search(portal, iterationNextToken=token)[0] == 500


def test_an_unknown_body_key_is_refused(portal: Portal):
    assert search(portal, sort="publication-date")[0] == 400


def test_a_limit_over_250_is_refused(portal: Portal):
    status, answer = search(portal, limit=251)
    assert (status, answer["error"]["type"]) == (400, "SEARCH_EXCEEDS_MAX_LIMIT")


def test_too_many_fields_per_page_are_refused_in_the_recorded_shape(portal: Portal):
    status, answer = search(portal, fields=sorted(TED_FIELDS)[:45], limit=250)
    assert status == 400
    assert answer["error"] == {
        "type": "SEARCH_FIELDS_PER_PAGE_EXCEEDS_MAX_LIMIT",
        "fieldsPerPage": 11250,
        "maxFieldsPerPage": 10000,
    }


def test_the_error_has_the_keys_that_were_recorded(portal: Portal, shared: Any):
    recorded = json.loads((shared / "recordings/ted/error_shapes.reconstructed.json").read_text(encoding="utf-8"))
    _, answer = search(portal, fields=sorted(TED_FIELDS)[:45], limit=250)
    assert answer.keys() == recorded["fields_per_page"]["body"].keys()
    assert answer["error"].keys() == recorded["fields_per_page"]["body"]["error"].keys()


@pytest.mark.parametrize("fields", [["no-such-field"], ["publication-number", "BT-99"]])
def test_an_unknown_field_is_refused(portal: Portal, fields: list[str]):
    status, answer = search(portal, fields=fields)
    assert (status, answer["error"]["type"]) == (400, "QUERY_UNKNOWN_FIELD")


@pytest.mark.parametrize(
    "query",
    [
        "buyer-country IN (BEL",
        "buyer-country IN ()",
        "buyer-country BEL",
        "buyer-country IN (BEL) AND",
        "buyer-country IN (BEL) publication-date>=20261101",
        "publication-date>=",
        "SORT BY",
        "SORT BY publication-number UPWARDS",
        "buyer-country IN (BEL) ;",
    ],
)
def test_a_query_that_cannot_be_understood_is_an_error_of_syntax(portal: Portal, query: str):
    status, answer = search(portal, query=query)
    assert (status, answer["error"]["type"]) == (400, "QUERY_SYNTAX_ERROR")


def test_an_unknown_field_in_the_query_is_distinguished_from_syntax(portal: Portal):
    status, answer = search(portal, query="no-such-field=1")
    assert (status, answer["error"]["type"]) == (400, "QUERY_UNKNOWN_FIELD")


def test_a_malformed_date_finds_nothing_and_says_nothing(portal: Portal):
    status, page = search(portal, query="publication-date>=2026-11-01")
    assert (status, page["totalNoticeCount"]) == (200, 0)


def test_the_country_and_the_days_are_obeyed(portal: Portal):
    query = "buyer-country IN (LUX) AND publication-date>=20261118 AND publication-date<=20261119"
    rows = every_row(portal, query=query, fields=["buyer-country", "publication-date"])
    assert rows
    assert all(row["buyer-country"] == ["LUX"] for row in rows)
    assert {row["publication-date"][:10] for row in rows} <= {"2026-11-18", "2026-11-19"}


def test_today_is_the_day_the_portal_plays(portal: Portal):
    rows = every_row(portal, query="publication-date>=today(0)", fields=["publication-date"])
    assert {row["publication-date"] for row in rows} == {"2026-11-20+01:00"}


def test_notices_are_found_by_number_in_descending_order(portal: Portal):
    wanted = [portal.published_notices.notices[3].number, portal.published_notices.notices[9].number]
    query = f"publication-number IN ({' '.join(wanted)}) SORT BY publication-number DESC"
    assert [row["publication-number"] for row in every_row(portal, query=query)] == wanted[::-1]


def test_rows_carry_the_requested_fields_and_what_ted_always_sends(portal: Portal):
    rows = every_row(portal, fields=["form-type", "notice-version"], limit=250)
    assert {key for row in rows for key in row} == {"form-type", "notice-version", "publication-number", "links"}


def test_a_field_the_notice_does_not_state_is_absent(portal: Portal):
    rows = every_row(portal, fields=["form-type", "deadline-receipt-request"], limit=250)
    assert all("deadline-receipt-request" not in row for row in rows if row["form-type"] == "result")


def test_texts_come_in_the_two_recorded_shapes(portal: Portal):
    fields = ["notice-title", "title-proc", "description-proc", "title-lot", "description-lot", "buyer-name"]
    row = every_row(portal, fields=fields, query="notice-type=cn-standard", limit=250)[0]
    assert all(isinstance(text, str) for name in fields[:3] for text in row[name].values())
    assert all(isinstance(texts, list) for name in fields[3:] for texts in row[name].values())


def test_lot_arrays_are_flattened_with_their_repetitions(portal: Portal):
    rows = every_row(portal, fields=["identifier-lot", "classification-cpv", "title-proc"], limit=250)
    clinic = next(row for row in rows if "Grand-Sambrel" in str(row["title-proc"]))
    assert len(clinic["identifier-lot"]) == 4
    assert clinic["classification-cpv"].count("45215140") == 2


def test_every_recorded_key_of_a_search_row_is_served(portal: Portal, shared: Any):
    recorded = json.loads(
        (shared / "recordings/ted/search_FRA_BEL_competition_2026-08.trimmed.json").read_text("utf-8")
    )
    keys = {key for row in recorded["notices"] for key in row}
    rows = every_row(portal, fields=sorted(keys), limit=250, query="notice-type=cn-standard")
    shapes = {key: type(value) for row in rows for key, value in row.items()}
    assert shapes == {key: type(value) for row in recorded["notices"] for key, value in row.items()}


def test_the_fields_our_own_source_requests_are_all_served(portal: Portal):
    source = pytest.importorskip("scrapers.sources.eu_ted")
    assert set(source.FEED.fields) <= TED_FIELDS


def test_checking_syntax_only_finds_nothing(portal: Portal):
    assert search(portal, checkQuerySyntax=True)[1] == {"notices": [], "totalNoticeCount": None}


def test_only_the_latest_version_of_a_notice_is_kept_when_requested(portal: Portal):
    everything = every_row(portal, limit=250)
    latest = every_row(portal, limit=250, onlyLatestVersions=True)
    assert len(everything) - len(latest) == 1


def test_page_numbers_lead_to_the_same_rows(portal: Portal):
    _, page = search(portal, paginationMode="PAGE_NUMBER", limit=10, page=2)
    assert [row["publication-number"] for row in page["notices"]] == [
        n.number for n in portal.published_notices.notices[10:20]
    ]
    assert page["iterationNextToken"] is None


def test_a_page_beyond_15000_rows_is_refused(portal: Portal):
    status, answer = search(portal, paginationMode="PAGE_NUMBER", limit=250, page=61)
    assert (status, answer["error"]["type"]) == (400, "SEARCH_WINDOW_TOO_WIDE")


def test_the_xml_of_a_notice_is_served_under_its_number(portal: Portal):
    for notice in portal.published_notices.notices[::20]:
        response, xml = send(portal, "GET", f"/ted/en/notice/{notice.number}/xml")
        assert response.status == 200
        assert word(parse(xml), "cbc:ID") == notice.row["notice-identifier"]


def test_the_xml_of_an_unknown_number_is_not_found(portal: Portal):
    assert send(portal, "GET", "/ted/en/notice/1-2026/xml")[0].status == 404


def test_a_body_that_is_no_json_is_refused(portal: Portal):
    assert send(portal, "POST", "/ted/v3/notices/search", b"query=1")[0].status == 400


def test_timed_out_comes_with_status_200_and_partial_rows(portal: Portal):
    portal.faults.replace(["ted:timedout:1"])
    status, page = search(portal, limit=10)
    assert (status, page["timedOut"], len(page["notices"])) == (200, True, 5)
    assert search(portal, limit=10)[1]["timedOut"] is False


def test_too_many_requests_is_nginx_html_without_retry_after(portal: Portal):
    portal.faults.replace(["ted:429:2"])
    for _ in range(2):
        response, content = send(portal, "POST", "/ted/v3/notices/search", {})
        assert (response.status, response.getheader("Content-Type")) == (429, "text/html")
        assert response.getheader("Retry-After") is None
        assert b"nginx" in content
    assert search(portal)[0] == 200


def test_the_firewall_challenges_the_xml_and_not_the_search(portal: Portal):
    portal.faults.replace(["ted:waf:all"])
    response, content = send(portal, "GET", f"/ted/en/notice/{portal.published_notices.notices[0].number}/xml")
    assert (response.status, response.getheader("x-amzn-waf-action"), content) == (202, "challenge", b"")
    assert search(portal)[0] == 200


@pytest.mark.parametrize(("fault", "status"), [("ted:xml404", 404), ("ted:truncate", 200)])
def test_a_fault_on_one_number_leaves_the_others_alone(portal: Portal, fault: str, status: int):
    hit, other = portal.published_notices.notices[:2]
    portal.faults.replace([f"{fault}:{hit.number}"])
    response, content = send(portal, "GET", f"/ted/en/notice/{hit.number}/xml")
    assert response.status == status
    assert content != hit.read_xml()
    assert send(portal, "GET", f"/ted/en/notice/{other.number}/xml")[1] == other.read_xml()


def test_a_new_field_appears_in_each_row_on_demand(portal: Portal):
    portal.faults.replace(["ted:newfield"])
    assert all("brand-new-field" in row for row in search(portal)[1]["notices"])


def test_the_same_token_comes_again_on_demand(portal: Portal):
    portal.faults.replace(["ted:repeat-token"])
    _, first = search(portal, limit=3)
    _, second = search(portal, limit=3, iterationNextToken=first["iterationNextToken"])
    assert first["iterationNextToken"] == second["iterationNextToken"]
    assert second["notices"]


def test_a_stalled_search_is_not_answered_while_the_portal_lives(portal: Portal):
    stalling = Portal(portal.published_notices, Faults(["ted:stall"]))
    stalling.start()
    connection = HTTPConnection("127.0.0.1", stalling.server_port, timeout=0.3)
    connection.request("POST", "/ted/v3/notices/search", b"{}")
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    stalling.end()


def test_faults_are_set_over_http_and_an_unknown_one_is_refused(portal: Portal):
    response, content = send(portal, "POST", "/_faults", {"faults": ["ted:500:1"]})
    assert (response.status, json.loads(content)) == (200, {"ted:500": 1})
    assert send(portal, "POST", "/_faults", {"faults": ["ted:earthquake"]})[0].status == 400
    assert search(portal)[0] == 500


@pytest.mark.parametrize("fault", ["ted:429:many", "ted:xml404", "ted", "", "boamp:newfield:3"])
def test_a_fault_that_cannot_be_played_is_named(fault: str):
    with pytest.raises(UnknownFault, match="is not one of"):
        Faults([fault])


def test_the_log_counts_requests_by_kind_and_starts_anew(portal: Portal):
    send(portal, "DELETE", "/_log")
    search(portal)
    send(portal, "GET", f"/ted/en/notice/{portal.published_notices.notices[0].number}/xml")
    send(portal, "GET", "/favicon.ico")
    counted = json.loads(send(portal, "GET", "/_log")[1])
    assert (counted["ted_search"], counted["ted_xml"], counted["boamp_records"], counted["other"]) == (1, 1, 0, 1)
    assert counted["most_at_once"] == 1
    assert 0 < counted["shortest_gap"] < 10
