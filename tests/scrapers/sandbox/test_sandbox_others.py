"""What the local portal promises of BOSA, DECP and APProch, from invented and from replayed notices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest

from scrapers.readers.approch import read_projects
from scrapers.readers.bosa import read_publications, read_workspace
from scrapers.readers.decp import read_contracts
from scrapers.readers.eforms.notice import read_eforms
from scrapers.sandbox.embedded import publish_embedded, render_embedded
from scrapers.sandbox.faults import Faults, UnknownFault
from scrapers.sandbox.published_notices import PublishedNotices
from scrapers.sandbox.publishers.bosa import CLIENT, SEARCH_PATHS, TOKEN_PATHS
from scrapers.sandbox.replay import publish_folder
from scrapers.sandbox.server import DATASETS, Portal
from scrapers.sandbox.wire import Reply
from warehouse.model.notices import Form, Notice

ON = date(2026, 11, 20)
HEADERS = {"authorization": "Bearer x", "belgov-trace-id": "0b9a0c52"}
DECP, APPROCH = DATASETS


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    served = Portal(publish_embedded(ON))
    yield served
    served.server_close()


@pytest.fixture(autouse=True)
def _no_fault_is_left_over(portal: Portal) -> Iterator[None]:
    yield
    portal.faults.replace(())


def json_of(reply: Reply) -> Any:
    return json.loads(reply.body)


def search(portal: Portal, **parameters: object) -> Any:
    body = json.dumps({"page": 1, "pageSize": 100, **parameters}).encode()
    return json_of(portal.answer("POST", f"/bosa{SEARCH_PATHS[0]}", body, headers=HEADERS))


def records(portal: Portal, path: str, **parameters: object) -> Reply:
    return portal.answer("GET", f"{path}?{urlencode(parameters)}", b"")


def test_the_end_of_a_window_is_exclusive(portal: Portal):
    found = search(portal, publicationDateFrom="2026-11-19", publicationDateTo="2026-11-20")
    assert {row["publicationDate"] for row in found["publications"]} == {"2026-11-19"}
    assert found["totalCount"] == len(found["publications"])


def test_a_word_that_is_not_understood_is_ignored_and_everything_comes(portal: Portal):
    assert search(portal, publicationDayFrom="2026-11-20")["totalCount"] == search(portal)["totalCount"] == 11


def test_pages_hold_a_hundred_at_most_and_do_not_overlap(portal: Portal):
    pages = [search(portal, page=n, pageSize=4)["publications"] for n in (1, 2, 3)]
    numbers = [row["publicationWorkspaceId"] for page in pages for row in page]
    assert len(set(numbers)) == len(numbers) == 11


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 500), ({"authorization": "Bearer x"}, 400), ({**HEADERS, "authorization": "x"}, 500)]
)
def test_without_a_token_or_a_trace_there_is_an_error_in_the_gateways_shape(
    portal: Portal, headers: dict[str, str], status: int
):
    reply = portal.answer("POST", f"/bosa{SEARCH_PATHS[0]}", b"{}", headers=headers)
    assert reply.status == status
    assert {"fsbTransactionId", "code", "descriptionFR", "detail"} <= json_of(reply)["error"].keys()


@pytest.mark.parametrize("path", TOKEN_PATHS)
def test_a_token_is_given_for_a_client_and_for_nothing_else(portal: Portal, path: str):
    form = {"grant_type": "client_credentials", "client_id": CLIENT[0], "client_secret": CLIENT[1]}
    assert json_of(portal.answer("POST", f"/bosa{path}", urlencode(form).encode()))["expires_in"] == 3600
    assert portal.answer("POST", f"/bosa{path}", urlencode({**form, "client_secret": ""}).encode()).status == 401


def test_every_row_and_every_workspace_reads_to_a_notice(portal: Portal):
    page = portal.answer("POST", f"/bosa{SEARCH_PATHS[1]}", b'{"pageSize": 100}', headers=HEADERS).body
    rows = dict(read_publications(page))
    assert all(isinstance(notice, Notice) for notice in rows.values())
    for number, summary in rows.items():
        reply = portal.answer("GET", f"/bosa/api/dos/publication-workspaces/{number}", b"", headers=HEADERS)
        notices = [notice for _, notice in read_workspace(reply.body, number)]
        assert isinstance(notices[-1], Notice)
        assert isinstance(summary, Notice)
        assert (notices[-1].id, notices[-1].procedure) == (summary.id, summary.procedure)
        deadlines = [notice.lots[0].deadline for notice in (summary, notices[-1])]
        assert deadlines[0] is None or deadlines[1] is None or deadlines[0].at <= deadlines[1].at


def test_a_notice_at_ted_and_at_bosa_is_the_same_version_with_a_link_from_one_to_the_other(portal: Portal):
    workspaces = {notice for w in portal.published_notices.workspaces for notice in w.row["noticeIds"]}  # type: ignore[attr-defined]
    shared = [(spec, read_eforms(body)) for spec, _, body in render_embedded(ON) if "bosa" in spec.portals]
    assert len(shared) >= 8
    for _, notice in shared:
        assert notice.id in workspaces
        linked = notice.lots[0].documents[0]
        assert linked.startswith("https://www.publicprocurement.be/publication-workspaces/")
        assert linked.split("/")[4] in {w.number for w in portal.published_notices.workspaces}


def test_a_workspace_nobody_has_is_not_found(portal: Portal):
    path = "/bosa/api/dos/publication-workspaces/00000000-0000-4000-8000-000000000000"
    assert portal.answer("GET", path, b"", headers=HEADERS).status == 404


@pytest.mark.parametrize("path", [DECP, APPROCH])
def test_a_data_set_refuses_what_it_does_not_know(portal: Portal, path: str):
    assert records(portal, path, where="inconnu = 'x'").status == 400
    assert records(portal, path, limit=101).status == 400
    assert json_of(records(portal, path, limit=1))["results"]


def test_contracts_are_requested_by_the_day_of_their_data_and_read_to_results(portal: Portal):
    body = records(portal, DECP, where="datepublicationdonnees >= date'2026-11-17'", limit=100).body
    notices = [notice for _, notice in read_contracts(body)]
    assert all(isinstance(notice, Notice) and notice.awards[0].winners for notice in notices)
    assert {notice.form for notice in notices if isinstance(notice, Notice)} == {Form.RESULT, Form.MODIFICATION}


def test_an_award_at_boamp_is_at_decp_under_the_numbers_of_buyer_and_winner(portal: Portal):
    row = next(row for row in portal.published_notices.contracts if "agents de l'agglomération" in str(row["objet"]))
    assert (row["titulaire_id_1"], row["titulaire_typeidentifiant_1"]) == ("BE0999000114", "TVA")
    assert any("agents de l'agglomération" in str(record.flat["objet"]) for record in portal.published_notices.records)


def test_projects_read_to_planning_notices(portal: Portal):
    notices = [notice for _, notice in read_projects(records(portal, APPROCH, limit=100).body)]
    assert [isinstance(notice, Notice) and notice.form for notice in notices] == [Form.PLANNING] * 3


def test_a_fault_this_portal_cannot_play_is_refused():
    with pytest.raises(UnknownFault, match="bosa:sulk"):
        Faults(["bosa:sulk"])


@pytest.fixture(scope="module")
def replayed(shared: Any) -> PublishedNotices:
    return publish_folder(shared / "notices")


def test_belgian_notices_are_replayed_at_bosa_with_their_own_bytes(replayed: PublishedNotices):
    assert len(replayed.workspaces) > 40
    read = 0
    for workspace in replayed.workspaces:
        row = json.dumps({"publications": [workspace.row], "totalCount": 1}).encode()
        assert all(isinstance(notice, Notice) for _, notice in read_publications(row)), workspace.number
        for version in workspace.versions:
            notice = read_eforms(version.read_xml().encode(), source="be_bosa", number=workspace.number)
            assert notice.id in workspace.row["noticeIds"]  # type: ignore[operator]
            read += 1
    assert read >= len(replayed.workspaces)


def test_french_results_are_replayed_at_decp(replayed: PublishedNotices):
    body = json.dumps({"total_count": len(replayed.contracts), "results": list(replayed.contracts)}).encode()
    notices = [notice for _, notice in read_contracts(body)]
    assert len(notices) > 20
    assert all(isinstance(notice, Notice) and notice.awards[0].winners for notice in notices)
