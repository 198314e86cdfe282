"""Claims about reading Belgium's e-Procurement: rows of its search, workspaces with their versions, recordings."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scrapers.errors import SourceChanged, Unknown, Unreadable
from scrapers.readers.bosa import read_publications, read_workspace
from scrapers.source import find_file
from tests.support.paths import RECORDINGS
from tests.support.stores import open_store
from warehouse.model.notices import DeadlineKind, Form, Notice

PAGE = json.loads((RECORDINGS / "bosa" / "search.json").read_bytes())
XML = (RECORDINGS / "eforms" / "call_two_languages.xml").read_text(encoding="utf-8")
CALL, WITHDRAWN = (row["publicationWorkspaceId"] for row in PAGE["publications"])


def rows(**changed: object) -> dict[str, Notice]:
    """The first row of the page, changed, and what is read of it by identifier."""
    page = {"publications": [{**PAGE["publications"][0], **changed}], "totalCount": 1}
    return {identifier: notice for identifier, notice in read_publications(json.dumps(page).encode()) if notice}  # type: ignore[misc]


def workspace(*versions: dict[str, object]) -> bytes:
    return json.dumps({"id": CALL, "versions": list(versions)}).encode()


def version(number: int, xml: str, **more: object) -> dict[str, object]:
    return {"version": number, "status": "PUBLISHED", "dispatchDate": f"2026-11-1{number}", **more} | {
        "notice": {"xmlContent": xml}
    }


def test_a_row_is_a_summary_of_its_workspace():
    notice = rows()[CALL]
    assert notice.is_summary
    assert (notice.publication.source, notice.publication.number) == ("be_bosa", CALL)
    assert notice.publication.day == date(2026, 11, 18)
    assert notice.publication.url == f"https://www.publicprocurement.be/publication-workspaces/{CALL}/general"
    assert (notice.form, notice.subtype, notice.nature) == (Form.COMPETITION, "16", "services")
    assert notice.procedure == "22222222-0000-4000-8000-000000000001"
    assert [str(code) for code in notice.cpv] == ["72413000", "72415000"]


def test_a_deadline_without_a_zone_means_brussels():
    deadline = rows()[CALL].lots[0].deadline
    assert deadline is not None
    assert deadline.at == datetime(2026, 12, 17, 10, tzinfo=ZoneInfo("Europe/Brussels"))
    assert deadline.zone == "Europe/Brussels"


@pytest.mark.parametrize(("written", "offset"), [("2026-10-24T10:00:00", 2), ("2026-10-26T10:00:00", 1)])
def test_a_deadline_keeps_its_hour_over_the_change_of_clocks(written: str, offset: int):
    deadline = rows(vaultSubmissionDeadline=written)[CALL].lots[0].deadline
    assert deadline is not None
    moved = deadline.at.utcoffset()
    assert moved is not None
    assert (deadline.at.hour, moved.total_seconds()) == (10, offset * 3600)


def test_in_a_restricted_procedure_it_is_the_request_that_is_due():
    lot = next(n for i, n in read_publications(json.dumps(PAGE).encode()) if i == WITHDRAWN and isinstance(n, Notice))
    assert lot.lots[0].deadline is not None
    assert lot.lots[0].deadline.kind is DeadlineKind.REQUEST


def test_a_lot_the_portal_named_by_itself_has_the_title_of_the_purchase():
    assert [lot.titles[0].value for lot in rows()[CALL].lots] == ["Site de la commune", "Rédaction"]


def test_a_buyer_is_named_in_the_languages_of_the_notice_and_places_that_are_none_stay_out():
    notice = rows()[CALL]
    assert [(name.value, name.language) for name in notice.buyers[0].organisation.names] == [
        ("Commune de Valmirande", "FRA")
    ]
    assert [str(nuts) for nuts in notice.nuts] == ["BE32B"]


def test_a_row_that_says_withdrawn_withdraws_every_notice_of_its_workspace():
    found = dict(read_publications(json.dumps(PAGE).encode()))
    withdrawal = found[f"{WITHDRAWN} cancelled"]
    assert isinstance(withdrawal, Notice)
    assert all(change.cancels for change in withdrawal.changes)
    assert [change.notice[-4:] for change in withdrawal.changes] == ["2-01", "3-01"]


def test_a_field_nobody_knows_sets_the_row_aside_and_is_shown():
    result = next(iter(rows(brandNewField="sealed").values()))
    assert isinstance(result, Unknown)
    assert "brandNewField': 'sealed" in str(result)


def test_a_row_without_a_workspace_is_set_aside_alone():
    page = json.loads(json.dumps(PAGE))
    page["publications"].insert(1, {})
    results = [result for _, result in read_publications(json.dumps(page).encode())]
    assert [type(result) for result in results if not isinstance(result, Notice)] == [Unknown]


def test_a_bad_code_or_place_costs_itself_and_not_its_row():
    found = rows(cpvAdditionalCodes=[{"code": "7241300"}], nutsCodes=["BE310", "00", "RWA"])
    result = next(iter(found.values()))
    assert isinstance(result, Notice)
    assert [str(place) for place in result.nuts] == ["BE310"]


DECLARED = ('<?xml version="1.0" encoding="ISO-8859-1"?>', "\n\n<?xml version='1.0'?>\n", "\ufeff")


@pytest.mark.parametrize("declared", DECLARED)
def test_xml_inside_json_is_decoded_already_whatever_it_declares(declared: str):
    written = declared + XML.partition("?>")[2].lstrip().replace("Capteurs", "Été")
    ((_, result),) = read_workspace(workspace(version(1, written)), CALL)
    assert isinstance(result, Notice)
    assert [text.value for text in result.lots[0].titles if text.language == "FRA"] == ["Été"]


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"publications": {}}'])
def test_a_page_of_another_shape_stops_the_source(body: bytes):
    with pytest.raises(SourceChanged):
        list(read_publications(body))


def test_every_published_version_of_a_workspace_is_a_notice_with_its_own_day():
    second = XML.replace("<cbc:VersionID>01<", "<cbc:VersionID>02<")
    read = list(read_workspace(workspace(version(2, second), version(1, XML)), CALL))
    notices = [notice for _, notice in read if isinstance(notice, Notice)]
    assert [notice.publication.day for notice in notices] == [date(2026, 11, 11), date(2026, 11, 12)]
    assert {notice.publication.number for notice in notices} == {CALL}
    assert len({notice.procedure for notice in notices}) == 1


def test_a_draft_is_no_version_and_a_workspace_of_drafts_is_set_aside():
    draft = {"version": 1, "status": "DRAFT", "notice": {"xmlContent": XML}}
    ((_, result),) = read_workspace(workspace(draft), CALL)
    assert isinstance(result, Unreadable)
    assert "no published version" in str(result)


def test_a_version_cut_short_is_set_aside_and_the_others_are_read():
    results = [r for _, r in read_workspace(workspace(version(1, XML), version(2, XML[:900])), CALL)]
    assert isinstance(results[0], Notice)
    assert isinstance(results[1], Unreadable)
    assert "version 2" in str(results[1])


def test_another_workspace_than_requested_stops_the_source():
    with pytest.raises(SourceChanged):
        list(read_workspace(workspace(version(1, XML)), WITHDRAWN))


def test_a_notice_that_ted_has_too_is_kept_once_with_two_publications(tmp_path: Path):
    at_bosa = [n for _, n in read_workspace(workspace(version(1, XML)), CALL) if isinstance(n, Notice)]
    ((_, at_ted),) = find_file("eu_ted").read("notice", XML.encode(), "700001-2026")
    assert isinstance(at_ted, Notice)
    with open_store(tmp_path / "w.duckdb") as store:
        assert store.save_notices(at_bosa).new == 1
        assert store.save_notices([at_ted]).same == 1
        assert len(list(store.load_notices())) == 1
        assert {source.source for source in store.counts(date(2026, 11, 20)).sources} == {"be_bosa", "eu_ted"}


def test_a_summary_is_completed_by_the_text_of_its_workspace(tmp_path: Path):
    texts = [n for _, n in read_workspace(workspace(version(1, XML)), CALL) if isinstance(n, Notice)]
    with open_store(tmp_path / "w.duckdb") as store:
        store.save_notices([rows()[CALL]])
        assert store.load_summary_numbers("be_bosa") == (CALL,)
        assert store.save_notices(texts).completed == 1
        assert store.load_summary_numbers("be_bosa") == ()


@pytest.mark.parametrize(
    "name", ["bda_search_terms_travaux_2026-01-28.json", "mediaapi_int_search_construction_2026-02-06.json"]
)
def test_every_recorded_row_is_read(shared: Path, name: str):
    recorded = json.loads((shared / "recordings" / "be_bosa" / name).read_bytes())["json"]
    read = dict(read_publications(json.dumps(recorded).encode()))
    assert {r["publicationWorkspaceId"] for r in recorded["publications"]} <= read.keys()
    assert all(isinstance(notice, Notice) for notice in read.values())


def test_the_recorded_workspace_has_the_deadline_of_its_vault(shared: Path):
    folder = shared / "recordings" / "be_bosa"
    meta = json.loads((folder / "workspace_6ef05f03_meta.json").read_bytes())
    one = version(3, (folder / "workspace_6ef05f03_notice.xml").read_text(encoding="utf-8"))
    body = json.dumps({"id": meta["id"], "versions": [one]}).encode()
    ((_, notice),) = read_workspace(body, meta["id"])
    assert isinstance(notice, Notice)
    deadline = notice.lots[0].deadline
    assert deadline is not None
    assert deadline.at == datetime.fromisoformat(meta["submissionDeadline"]).replace(tzinfo=ZoneInfo("Europe/Brussels"))
    assert notice.procedure == "e5127db1-80c4-4c27-87b8-6db45b70097a"
    assert notice.changes[0].notice == "1dbd20ef-bed7-45a5-9b8b-f2dd420c8603-01"
