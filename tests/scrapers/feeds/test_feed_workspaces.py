"""Claims about requests to Belgium's e-Procurement, without a network: key, pages, doubts, workspaces, closed hours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from scrapers.crawl.manifest import Ledger
from scrapers.errors import SourceChanged, SourceIncomplete, SourceUnreachable
from scrapers.feeds.bosa_workspaces import WorkspacePaginator
from scrapers.feeds.request import LISTING, CrawlJob, CrawlRequest
from scrapers.sources.be_bosa import FEED, KEYS, SOURCE

OFFICIAL = CrawlJob(
    "https://door.example",
    "https://door.example",
    date(2026, 11, 19),
    date(2026, 11, 21),
    endpoint="official",
    keys=dict(zip(KEYS, ("the-identifier", "the-secret"), strict=True)),
)
PUBLIC = CrawlJob("https://web.example", "https://web.example", date(2026, 11, 19), date(2026, 11, 21))
TOKEN = b'{"access_token": "the-token", "expires_in": 3600}'


def page(*numbers: str, total: int, day: str = "2026-11-20", versions: int = 1) -> bytes:
    ids = [f"n{v}" for v in range(versions)]
    rows = [{"publicationWorkspaceId": n, "publicationDate": day, "noticeIds": ids} for n in numbers]
    return json.dumps({"publications": rows, "totalCount": total}).encode()


def opened(job: CrawlJob = OFFICIAL) -> tuple[WorkspacePaginator, CrawlRequest]:
    """A walk that has its token, and the request for its first page."""
    paginator = FEED.paginator(job)
    token, first = paginator.begin()
    assert paginator.follow(token, TOKEN) == []
    return paginator, first


def test_the_search_is_requested_as_the_contract_states_with_the_day_after_as_its_end():
    paginator, first = opened()
    assert first.url == "https://door.example/api/eProcurementSea/v1/search/publications"
    assert json.loads(first.payload or b"") == {
        "includeOrganisationChildren": True,
        "page": 1,
        "pageSize": 100,
        "publicationDateFrom": "2026-11-19",
        "publicationDateTo": "2026-11-22",
    }
    headers = paginator.headers(first)
    assert headers["Authorization"] == "Bearer the-token"
    assert (headers["Account-Type"], len(headers["BelGov-Trace-Id"])) == ("public", 36)
    assert paginator.headers(first)["BelGov-Trace-Id"] != headers["BelGov-Trace-Id"]


def test_the_key_goes_to_the_token_endpoint_alone_and_is_shown_nowhere():
    paginator = FEED.paginator(OFFICIAL)
    token, first = paginator.begin()
    assert token.secret
    assert parse_qs((token.payload or b"").decode())["client_secret"] == ["the-secret"]
    assert paginator.headers(token) == {}
    for shown in (repr(token), repr(first), repr(paginator), repr(OFFICIAL), str(first.payload)):
        assert "the-secret" not in shown
    paginator.follow(token, TOKEN)
    assert "the-token" not in repr(paginator)


def test_a_refused_key_is_stated_without_being_shown():
    paginator = FEED.paginator(OFFICIAL)
    token = paginator.begin()[0]
    with pytest.raises(SourceUnreachable) as raised:
        paginator.refuse(token, 401, b"client the-identifier with the-secret is unknown", resumed=False)
    assert "the-secret" not in str(raised.value)
    assert "is unknown" in str(raised.value)


@pytest.mark.parametrize("body", [b"<html>the-token</html>", b"{}", b'{"access_token": 7}'])
def test_an_answer_without_a_token_is_a_changed_contract_and_nothing_of_it_is_shown(body: bytes):
    paginator = FEED.paginator(OFFICIAL)
    with pytest.raises(SourceChanged) as raised:
        paginator.follow(paginator.begin()[0], body)
    assert "the-token" not in str(raised.value)


def test_a_token_that_has_run_out_is_requested_again():
    paginator, _ = opened()
    (again,) = paginator.renew()
    assert again.kind == "token"
    paginator.follow(again, b'{"access_token": "another"}')
    assert paginator.headers(FEED.document(OFFICIAL, "w"))["Authorization"] == "Bearer another"


def test_pages_follow_until_the_total_then_each_workspace_is_requested():
    paginator, first = opened()
    many = [f"w{n}" for n in range(100)]
    (second,) = paginator.follow(first, page(*many, total=101))
    assert json.loads(second.payload or b"")["page"] == 2
    requests = paginator.follow(second, page("w100", total=101))
    assert [request.number for request in requests] == [*many, "w100"]
    assert (
        requests[0].url == "https://door.example/api/eProcurementDos/v1/publication-workspaces/w0?includeDrafts=false"
    )
    assert paginator.rows == 101


def test_a_workspace_of_one_version_that_is_known_is_left_alone_and_one_with_more_is_not():
    paginator, first = opened()
    (one,) = paginator.follow(first, page("w", total=1))
    assert not one.renews
    paginator, first = opened()
    (more,) = paginator.follow(first, page("w", total=1, versions=2))
    assert more.renews
    assert more.key != one.key


def test_numbers_to_complete_are_fetched_though_known_and_once():
    paginator, first = opened(replace(OFFICIAL, complete=("w", "old")))
    requests = paginator.follow(first, page("w", total=1))
    assert [(request.number, request.renews) for request in requests] == [("w", False), ("old", True)]


def test_ignored_days_are_recognised_by_a_row_of_another_day():
    paginator, first = opened()
    with pytest.raises(SourceChanged, match=r"2023-10-26 came, and 2026-11-19 to 2026-11-21 were requested.*ignored"):
        paginator.follow(first, page("w", total=1, day="2023-10-26"))


def test_the_day_after_the_window_is_outside_it():
    paginator, first = opened()
    with pytest.raises(SourceChanged, match="2026-11-22"):
        paginator.follow(first, page("w", total=1, day="2026-11-22"))


def test_ignored_days_are_recognised_by_a_total_no_window_can_hold():
    paginator, first = opened()
    with pytest.raises(SourceChanged, match="258983 for 3 days"):
        paginator.follow(first, page("w", total=258_983))


def test_a_total_that_moves_between_pages_is_incomplete():
    paginator, first = opened()
    (second,) = paginator.follow(first, page("a", total=3))
    with pytest.raises(SourceIncomplete, match="was 3 and is 4"):
        paginator.follow(second, page("b", total=4))


@pytest.mark.parametrize("bodies", [[page("a", total=3), page(total=3)], [page("a", total=2), page("a", total=2)]])
def test_fewer_workspaces_than_announced_or_one_twice_is_incomplete(bodies: Sequence[bytes]):
    paginator, first = opened()
    (second,) = paginator.follow(first, bodies[0])
    with pytest.raises(SourceIncomplete, match="announced"):
        paginator.follow(second, bodies[1])


def test_nothing_on_a_working_day_is_an_alarm():
    paginator, first = opened()
    assert paginator.follow(first, page(total=0)) == []
    assert "working day" in paginator.alarms[0]


def test_a_row_without_a_workspace_costs_no_crawl():
    paginator, first = opened()
    body = json.loads(page("w", total=1))
    body["publications"].append({"publicationWorkspaceId": None, "publicationDate": "no day"})
    requests = paginator.follow(first, json.dumps({**body, "totalCount": 2}).encode())
    assert [request.number for request in requests] == ["w"]


def test_rows_without_any_workspace_are_no_listing():
    paginator, first = opened()
    body = {"publications": [7] * LISTING, "totalCount": LISTING}
    with pytest.raises(SourceChanged, match="publicationWorkspaceId"):
        paginator.follow(first, json.dumps(body).encode())


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"publications": []}'])
def test_a_page_of_another_shape_is_a_changed_contract(body: bytes):
    paginator, first = opened()
    with pytest.raises(SourceChanged):
        paginator.follow(first, body)


@pytest.mark.parametrize(
    ("status", "body"), [(405, b""), (404, b""), (500, b'{"error": {"detail": "HTTP 404 Not Found"}}')]
)
def test_a_search_that_is_not_known_by_post_is_requested_by_get_with_the_same_words(status: int, body: bytes):
    paginator, first = opened()
    (by_get,) = paginator.refuse(first, status, body, resumed=False)
    assert by_get.payload is None
    search_body = {name: values[0] for name, values in parse_qs(urlsplit(by_get.url).query).items()}
    assert search_body == {
        "includeOrganisationChildren": "true",
        "page": "1",
        "pageSize": "100",
        "publicationDateFrom": "2026-11-19",
        "publicationDateTo": "2026-11-22",
    }
    with pytest.raises((SourceChanged, SourceUnreachable)):
        paginator.refuse(by_get, status, body, resumed=False)


def test_the_public_endpoint_reads_its_client_from_the_page_of_settings_and_never_shows_it():
    paginator = FEED.paginator(replace(PUBLIC, endpoint="public-web-client"))
    settings, first = paginator.begin()
    assert settings.url == "https://web.example/env.config.js"
    body = b'window.env = {"VITE_AUTH_CLIENT_ID": "some-client", VITE_AUTH_CLIENT_SECRET: \'a-word\'};'
    (token,) = paginator.follow(settings, body)
    form = parse_qs((token.payload or b"").decode())
    assert (form["client_id"], form["client_secret"], form["scope"]) == (["some-client"], ["a-word"], ["openid"])
    assert first.url == "https://web.example/api/sea/search/publications"
    assert "a-word" not in f"{paginator!r}{token!r}"
    with pytest.raises(SourceChanged, match="VITE_AUTH_URL") as raised:
        FEED.paginator(replace(PUBLIC, endpoint="public-web-client")).follow(settings, b'{"VITE_AUTH_URL": "a-word"}')
    assert "a-word" not in str(raised.value)


@pytest.mark.parametrize(
    ("moment", "is_closed"),
    [
        (datetime(2026, 11, 20, 22, 30, tzinfo=UTC), True),  # 23:30 in Brussels
        (datetime(2026, 7, 20, 21, 30, tzinfo=UTC), True),  # 23:30 in summer
        (datetime(2026, 11, 20, 2, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 20, 3, 0, tzinfo=UTC), False),  # 04:00
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True),  # 02:30, the first of two
        (datetime(2026, 11, 20, 4, 15, tzinfo=UTC), False),  # its own hour, 05:15
        (datetime(2026, 11, 20, 21, 59, tzinfo=UTC), False),
    ],
)
def test_the_publisher_gets_no_request_while_it_may_cut_access(moment: datetime, is_closed: bool):
    why = SOURCE.why_closed(moment)
    assert (why is not None) is is_closed
    assert why is None or "after 04:00" in why


def test_a_crawl_that_began_before_the_hour_stops_at_it(tmp_path: Path):
    from scrapers.crawl.spider import SourceSpider, Tally

    moments = [datetime(2026, 11, 20, 21, 59, tzinfo=UTC), datetime(2026, 11, 20, 22, 0, tzinfo=UTC)]
    tally = Tally()
    spider = SourceSpider(
        paginator=FEED.paginator(OFFICIAL),
        job=OFFICIAL,
        ledger=Ledger(tmp_path, lambda: moments[0]),
        tally=tally,
        patience=0.0,
        why_closed=lambda: SOURCE.why_closed(moments.pop(0)),
    )
    assert len(spider._proceed(None)) == 1
    assert spider._proceed(None) == []
    assert isinstance(tally.failure, SourceUnreachable)
    assert "23:00" in str(tally.failure)


def test_the_hour_of_its_schedule_is_an_open_one():
    minute, hour = (int(part) for part in SOURCE.cron.split()[:2])
    assert SOURCE.why_closed(datetime(2026, 11, 20, hour - 1, minute, tzinfo=UTC)) is None
