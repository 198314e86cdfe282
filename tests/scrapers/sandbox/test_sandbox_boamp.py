"""What the local portal promises of BOAMP: the records API, its caps, its unreliable deadline, its JSON in strings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from scrapers.sandbox.embedded import publish_embedded
from scrapers.sandbox.server import RECORDS, Portal

ON = date(2026, 11, 20)
Record = dict[str, Any]


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


def request_records(portal: Portal, **parameters: object) -> tuple[HTTPResponse, Any]:
    address = urlsplit(portal.addresses["fr_boamp"])
    connection = HTTPConnection(address.hostname or "", address.port or 0, timeout=10)
    connection.request("GET", f"{RECORDS}?{urlencode(parameters)}")
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, json.loads(content) if content.startswith(b"{") else content


def every_record(portal: Portal, **parameters: object) -> list[Record]:
    response, answer = request_records(portal, limit=100, **parameters)
    assert response.status == 200
    assert answer["total_count"] == len(answer["results"])
    return answer["results"]


def test_paging_by_offset_serves_every_record_once(portal: Portal):
    pages = [request_records(portal, limit=4, offset=offset)[1] for offset in range(0, 20, 4)]
    idwebs = [record["idweb"] for page in pages for record in page["results"]]
    assert idwebs == [record.idweb for record in portal.published_notices.records]


def test_the_oldest_come_first_when_no_order_is_requested(portal: Portal):
    days = [record["dateparution"] for record in every_record(portal)]
    assert days == sorted(days)


@pytest.mark.parametrize(
    "parameters",
    [{"limit": 101}, {"limit": "many"}, {"limit": 100, "offset": 9901}, {"offset": -1}, {"page": 2}, {"select": "nom"}],
)
def test_what_goes_beyond_the_caps_is_an_invalid_parameter(portal: Portal, parameters: Record):
    response, answer = request_records(portal, **parameters)
    assert (response.status, answer["error_code"]) == (400, "InvalidRESTParameterError")


def test_the_last_reachable_page_is_still_answered(portal: Portal):
    response, answer = request_records(portal, limit=100, offset=9900)
    assert (response.status, answer["results"]) == (200, [])


@pytest.mark.parametrize("where", ["dateparution >=", "nom = 'x'", "nature = APPEL_OFFRE", "(nature='X'", "nature 'X'"])
def test_a_condition_that_cannot_be_read_is_refused(portal: Portal, where: str):
    response, answer = request_records(portal, where=where)
    assert (response.status, answer["error_code"]) == (400, "ODSQLError")


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ("dateparution >= date'2026-11-18'", lambda r: r["dateparution"] >= "2026-11-18"),
        ("dateparution<=date'2026-11-15'", lambda r: r["dateparution"] <= "2026-11-15"),
        ("nature='APPEL_OFFRE'", lambda r: r["nature"] == "APPEL_OFFRE"),
        ("famille != 'JOUE'", lambda r: r["famille"] != "JOUE"),
        ("code_departement='62' and dc='163'", lambda r: "62" in r["code_departement"] and "163" in r["dc"]),
        ('nature in ("ATTRIBUTION", "RECTIFICATIF")', lambda r: r["nature"] in ("ATTRIBUTION", "RECTIFICATIF")),
        ("titulaire is not null or famille='MAPA'", lambda r: r["titulaire"] is not None or r["famille"] == "MAPA"),
        ("not (code_departement='59')", lambda r: "59" not in r["code_departement"]),
    ],
)
def test_a_condition_keeps_exactly_what_fits(portal: Portal, where: str, holds: Any):
    everything = every_record(portal)
    expected = [record["idweb"] for record in everything if holds(record)]
    assert expected
    assert [record["idweb"] for record in every_record(portal, where=where)] == expected


def test_a_category_without_its_slash_finds_nothing(portal: Portal):
    assert every_record(portal, where="nature_categorise_libelle='Avis de marché'") == []
    assert every_record(portal, where="nature_categorise_libelle='Avis de marché/'")


def test_the_order_requested_is_kept(portal: Portal):
    days = [record["dateparution"] for record in every_record(portal, order_by="dateparution desc, idweb")]
    assert days == sorted(days, reverse=True)


def test_only_selected_keys_are_sent(portal: Portal):
    assert all(record.keys() == {"idweb", "objet"} for record in every_record(portal, select="idweb,objet"))


def test_the_quota_is_reported_and_falls(portal: Portal):
    first, _ = request_records(portal)
    second, _ = request_records(portal)
    left = [int(response.getheader("x-ratelimit-remaining") or 0) for response in (first, second)]
    assert first.getheader("x-ratelimit-limit") == "50000"
    assert left[0] - left[1] == 1


def test_every_record_has_exactly_the_recorded_keys(portal: Portal, shared: Path):
    page = shared / "recordings/fr_boamp/records_page_2026-08-12_eforms.trimmed.json"
    recorded = json.loads(page.read_text(encoding="utf-8"))["results"][0]
    assert all(record.keys() == recorded.keys() for record in every_record(portal))


def test_gestion_and_donnees_are_json_in_strings(portal: Portal):
    roots = {next(iter(json.loads(record["donnees"]))) for record in every_record(portal)}
    assert roots == {"EFORMS", "FNSimple", "MAPA"}
    assert all(
        json.loads(record["gestion"])["REFERENCE"]["IDWEB"] == record["idweb"] for record in every_record(portal)
    )


def stated(record: Record) -> str:
    return json.loads(record["gestion"])["INDEXATION"]["DATE_LIMITE_REPONSE"]


def test_the_flat_deadline_is_right_or_wrong_as_measured(portal: Portal):
    calls = [record for record in every_record(portal, where="famille='JOUE'") if record["datelimitereponse"]]
    with_fraction = [record for record in calls if ".000" in stated(record)]
    without = [record for record in calls if ".000" not in stated(record)]
    for record in without:
        assert datetime.fromisoformat(record["datelimitereponse"]) == datetime.fromisoformat(stated(record))
    for record in with_fraction:
        assert record["datelimitereponse"][:19] == stated(record)[:19]
    assert with_fraction
    assert without


def test_platforms_differ_in_how_they_write_the_version(portal: Portal):
    kinds: set[str] = set()
    for record in every_record(portal, where="famille='JOUE'"):
        document = next(iter(json.loads(record["donnees"])["EFORMS"].values()))
        kinds.add(type(document["cbc:UBLVersionID"]).__name__)
    assert kinds == {"str", "dict"}


def test_residual_entities_stand_in_some_addresses(portal: Portal):
    donnees = " ".join(record["donnees"] for record in every_record(portal))
    assert "&amp;" in donnees
    assert "&#039;" in donnees


def test_one_element_lists_collapse_and_longer_ones_do_not(portal: Portal):
    lots = [
        next(iter(json.loads(record["donnees"])["EFORMS"].values()))["cac:ProcurementProjectLot"]
        for record in every_record(portal, where="famille='JOUE'")
    ]
    assert {type(lot) for lot in lots} == {dict, list}


def test_the_same_purchase_has_the_same_identifiers_at_both_portals(portal: Portal):
    at_ted = {
        notice.row["procedure-identifier"]: notice
        for notice in portal.published_notices.notices
        if "procedure-identifier" in notice.row
    }
    for record in every_record(portal, where="famille='JOUE'"):
        assert record["contractfolderid"] in at_ted
        document = next(iter(json.loads(record["donnees"])["EFORMS"].values()))
        assert document["cbc:ContractFolderID"] == record["contractfolderid"]


def test_donnees_does_not_know_the_number_ted_will_give(portal: Portal):
    assert all("efac:Publication" not in record["donnees"] for record in every_record(portal))


def test_a_change_is_a_rectification_at_boamp(portal: Portal):
    changed = [record for record in every_record(portal) if record["etat"] != "INITIAL"]
    assert [(record["etat"], record["nature"]) for record in changed] == [("RECTIFICATIF", "RECTIFICATIF")]


@pytest.mark.parametrize(("fault", "status"), [("boamp:429:1", 429), ("boamp:500:1", 500)])
def test_a_counted_fault_strikes_once(portal: Portal, fault: str, status: int):
    portal.faults.replace([fault])
    assert [request_records(portal)[0].status for _ in range(2)] == [status, 200]


def test_a_new_key_appears_on_demand(portal: Portal):
    portal.faults.replace(["boamp:newfield"])
    assert all("indice_nouveau" in record for record in every_record(portal))


def test_the_total_can_promise_more_than_is_served(portal: Portal):
    portal.faults.replace(["boamp:total"])
    _, answer = request_records(portal, limit=100)
    assert answer["total_count"] > len(answer["results"])


def test_one_record_can_hold_broken_json(portal: Portal):
    hit = portal.published_notices.records[0].idweb
    portal.faults.replace([f"boamp:badjson:{hit}"])
    for record in every_record(portal):
        if record["idweb"] == hit:
            with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
                json.loads(record["donnees"])
        else:
            json.loads(record["donnees"])
