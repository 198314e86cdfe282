"""Claims about the summaries made of TED's search rows: recorded ones, and rows changed as a claim wants."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.errors import SourceChanged, Unknown, Unreadable
from scrapers.readers.records import LISTING
from scrapers.readers.ted.search import FIELDS, read_row, read_search
from tests.support.paths import RECORDINGS
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.notices import DeadlineKind, Form, Notice, Text

INVENTED = RECORDINGS / "ted" / "search.json"
DAYS = "deadline-receipt-{}-date-lot"
HOURS = "deadline-receipt-{}-time-lot"


def read(*rows: dict[str, Any]) -> dict[str, Any]:
    page = {"notices": list(rows), "totalNoticeCount": len(rows), "iterationNextToken": None, "timedOut": False}
    return dict(read_search(json.dumps(page).encode()))


def row(**more: Any) -> dict[str, Any]:
    """An invented row, changed as the test wants ("-" for "_" in names; None takes a field out)."""
    found = json.loads(INVENTED.read_bytes())["notices"][0]
    found |= {name.replace("_", "-"): value for name, value in more.items()}
    return {name: value for name, value in found.items() if value is not None}


def one(**more: Any) -> Notice:
    (result,) = read(row(**more)).values()
    assert isinstance(result, Notice), result
    return result


def test_recorded_rows_become_summaries_with_their_true_deadlines(shared: Path):
    body = (shared / "recordings" / "ted" / "search_FRA_BEL_competition_2026-08.trimmed.json").read_bytes()
    french, belgian = dict(read_search(body)).values()
    assert isinstance(french, Notice)
    assert isinstance(belgian, Notice)
    assert french.is_summary
    assert french.form is Form.COMPETITION
    assert french.uid == "ec9e5460-c6fc-47b9-ad73-d7bdd1d9f4b9-01"
    assert [lot.deadline.at.isoformat() for lot in french.lots if lot.deadline] == ["2026-09-16T16:30:00+02:00"]
    assert [lot.deadline.at.isoformat() for lot in belgian.lots if lot.deadline] == ["2026-09-29T10:00:00+02:00"]
    assert french.nuts == (Nuts("FRL05"),)
    assert french.lots[0].countries == ("FRA",)
    assert belgian.buyer_countries == ("BEL",)


def test_the_day_of_publication_is_the_day_written_and_not_the_one_in_utc(shared: Path):
    body = (shared / "recordings" / "ted" / "search_FRA_BEL_competition_2026-08.trimmed.json").read_bytes()
    assert {notice.publication.day for notice in dict(read_search(body)).values()} == {date(2026, 8, 6)}  # type: ignore[union-attr]


def test_a_belgian_title_is_that_of_the_purchase_and_not_the_dossier_s_number(shared: Path):
    body = (shared / "recordings" / "ted" / "search_FRA_BEL_competition_2026-08.trimmed.json").read_bytes()
    notice = dict(read_search(body))["543748-2026"]
    assert isinstance(notice, Notice)
    title = Text("Voorbereidende analyses en modelleringen voor procedures vaarwegbeheer", "NLD")
    assert notice.titles == (title,)
    assert notice.lots[0].titles == (title,)


def test_a_recorded_planning_notice_has_no_deadline_and_no_place(shared: Path):
    recorded = json.loads((shared / "recordings/ted/notice_BEL_612645-2026_no_deadline.trimmed.json").read_bytes())
    assert isinstance(read(recorded)["612645-2026"], Unreadable), "its version was not among the fields asked for"
    notice = read(recorded | {"notice-version": 1})["612645-2026"]
    assert notice.form is Form.PLANNING
    assert notice.lots[0].deadline is None
    assert notice.nuts == ()
    assert notice.cpv[0] == Cpv("45312000")
    assert notice.lots[0].documents[0].startswith("https://www.publicprocurement.be/publication-workspaces/e4ebc34a-")


def test_rows_of_another_field_list_are_set_aside(shared: Path):
    body = (shared / "recordings" / "ted" / "search_response_op-ted-pipeline.json").read_bytes()
    assert {type(result) for _, result in read_search(body)} == {Unknown}


def test_a_page_of_nothing_but_rows_of_another_field_list_stops_the_source():
    with pytest.raises(SourceChanged, match="brand-new-field"):
        read(*(row(brand_new_field="?", publication_number=f"{n}-2026") for n in range(LISTING)))


def test_every_requested_field_is_read():
    fields = dict.fromkeys(FIELDS) | row()
    read_row(fields)
    assert not fields.keys() & set(FIELDS)


def test_an_unknown_field_names_itself():
    (result,) = read(row(brand_new_field="?")).values()
    assert isinstance(result, Unknown)
    assert "brand-new-field" in str(result)


def test_an_unknown_form_sets_its_row_aside():
    result, other = read(row(form_type="fantasy"), row(publication_number="2-2026")).values()
    assert isinstance(result, Unknown)
    assert "fantasy" in str(result)
    assert isinstance(other, Notice)


def test_a_row_that_is_no_row_is_set_aside_alone():
    body = json.dumps({"notices": [1, row(), {}], "totalNoticeCount": 3}).encode()
    assert [type(result) for _, result in read_search(body)] == [Unknown, Notice, Unknown]


def test_places_outside_the_nomenclature_are_dropped_and_countries_kept():
    notice = one(place_of_performance=["BE310", "RWA", "COD", "00", "be3", "BEZZZ", "ANYW"])
    assert [str(place) for place in notice.nuts] == ["BE310", "BE3"]
    assert notice.lots[0].countries == ("RWA", "COD")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"notices": [], "pages": 3}'])
def test_a_page_of_another_shape_stops_the_source(body: bytes):
    with pytest.raises(SourceChanged):
        list(read_search(body))


def test_an_unreadable_row_is_set_aside_and_the_others_go_on():
    results = read(row(notice_version="first"), row(publication_number="2-2026"))
    assert [type(result) for result in results.values()] == [Unreadable, Notice]


def test_of_several_lots_with_several_deadlines_each_gets_the_earliest():
    days = {DAYS.format("tender"): ["2026-12-20+01:00", "2026-12-18+01:00"]}
    hours = {HOURS.format("tender"): ["09:00:00+01:00", "16:00:00+01:00"]}
    notice = one(identifier_lot=["LOT-0001", "LOT-0002"], **days, **hours)
    assert [lot.deadline.at.isoformat() for lot in notice.lots if lot.deadline] == ["2026-12-18T16:00:00+01:00"] * 2


def test_where_candidates_are_chosen_first_their_request_is_what_closes():
    request = {DAYS.format("request"): ["2026-12-01+01:00"], HOURS.format("request"): ["10:00:00+01:00"]}
    deadline = one(**request).lots[0].deadline
    assert deadline is not None
    assert deadline.kind is DeadlineKind.REQUEST
    assert deadline.at.isoformat() == "2026-12-01T10:00:00+01:00"


def test_a_deadline_without_an_hour_says_so():
    deadline = one(**{HOURS.format("tender"): None}).lots[0].deadline
    assert deadline is not None
    assert not deadline.hour_stated


def test_a_title_made_by_the_portal_loses_the_country_and_the_code_put_before_it():
    composed = {"fra": "Belgique – Serveurs – Nuage privé – lot 2", "eng": "Belgium – Servers – Nuage privé – lot 2"}
    assert one(title_proc=None, notice_title=composed).titles == (Text("Nuage privé – lot 2", "FRA"),)


def test_a_row_of_before_eforms_stands_under_its_publication_number_and_has_one_lot():
    notice = one(notice_identifier=None, notice_version=None, identifier_lot=None)
    assert (notice.id, notice.version) == ("700001-2026", 1)
    assert len(notice.lots) == 1


def test_placeholder_places_are_no_places():
    notice = one(place_of_performance=["ANYW", "BEZZZ", "BEL", "BE323"])
    assert notice.nuts == (Nuts("BE323"),)
    assert notice.lots[0].countries == ("BEL",)


def test_a_change_points_at_what_it_changes():
    assert one(change_notice_version_identifier="587974-2026").changes[0].notice == "587974-2026"


@given(st.permutations(["2026-12-18+01:00", "2026-12-19+01:00", "2026-12-20+01:00"]))
def test_no_order_of_the_lots_makes_a_deadline_later(days: list[str]):
    hours = ["12:00:00+01:00"] * len(days)
    deadline = one(**{DAYS.format("tender"): days, HOURS.format("tender"): hours}).lots[0].deadline
    assert deadline is not None
    assert deadline.at.isoformat() == "2026-12-18T12:00:00+01:00"
