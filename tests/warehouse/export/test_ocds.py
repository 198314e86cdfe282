"""OCDS release packages: nothing of a notice lost, every reference answered, amounts to the last digit."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from scrapers.read import read_path
from tests.support.notices.exported_call import a_call
from tests.support.notices.ocds_notices import NIGHT, a_result
from tests.support.stores import passing_store
from warehouse.export.ocds_packages import Origin
from warehouse.model.notices import Change, Notice, Publication, Text

ORIGINS = {"eu_ted": Origin("An imaginary office", "https://ted.example", "https://licence.example/1")}

Json = dict[str, Any]


def written(notices: list[Notice], folder: Path, origins: dict[str, Origin] = ORIGINS) -> list[Json]:
    with passing_store() as store:
        store.set_as_of(NIGHT)
        store.save_notices(notices)
        store.export_ocds(folder, origins, "ocds-abc123")
    return [json.loads(path.read_text("utf-8"), parse_float=Decimal) for path in sorted(folder.glob("*/*.json"))]


def the_release(notice: Notice, folder: Path) -> Json:
    ((release,),) = (package["releases"] for package in written([notice], folder))
    return release


def test_a_package_names_its_publisher_and_licence(tmp_path: Path) -> None:
    (package,) = written([a_call("a")], tmp_path)
    metadata = (package["version"], package["publisher"]["name"], package["license"], package["publishedDate"])
    assert metadata == ("1.1", "An imaginary office", "https://licence.example/1", "2026-11-20T09:00:00+00:00")


def test_each_day_of_a_source_is_a_package_of_its_own(tmp_path: Path) -> None:
    later = replace(a_call("b"), publication=Publication("eu_ted", "b-2026", date(2026, 11, 3)))
    written([a_call("a"), later], tmp_path)
    assert sorted(p.name for p in (tmp_path / "eu_ted").iterdir()) == ["2026-11-02.json", "2026-11-03.json"]


def test_a_source_that_is_not_requested_is_in_no_package(tmp_path: Path) -> None:
    by_hand = replace(a_call("m"), publication=Publication("manual", "m-1", date(2026, 11, 2)))
    assert written([by_hand], tmp_path) == []


def test_a_package_of_an_earlier_export_that_is_empty_now_is_taken_away(tmp_path: Path) -> None:
    written([a_call("a")], tmp_path)
    assert written([], tmp_path) == []


def test_an_amount_is_written_to_the_last_digit(tmp_path: Path) -> None:
    (award,) = the_release(a_result(), tmp_path)["awards"]
    assert award["value"] == {"amount": Decimal("12345678901234.56"), "currency": "EUR"}


def test_who_tendered_together_is_reported(tmp_path: Path) -> None:
    release = the_release(a_result(), tmp_path)
    (bid,) = release["bids"]["details"]
    assert [t["name"] for t in bid["tenderers"]] == ["Aquila", "Boréal"]
    assert release["awards"][0]["relatedBids"] == [bid["id"]]


def test_the_tenders_received_are_counted(tmp_path: Path) -> None:
    (statistic,) = the_release(a_result(), tmp_path)["bids"]["statistics"]
    assert (statistic["measure"], statistic["value"], statistic["relatedLot"]) == ("bids", 3, "LOT-0001")


def test_a_title_is_shown_in_the_language_of_the_notice_and_in_the_others(tmp_path: Path) -> None:
    tender = the_release(replace(a_call("a"), languages=("FRA", "ENG")), tmp_path)["tender"]
    assert (tender["title"].splitlines()[0], tender["title_en"]) == ('Réseau de "capteurs",', "Sensor network")


def test_a_correction_names_the_release_that_it_amends(tmp_path: Path) -> None:
    correction = replace(a_call("b"), changes=(Change("a-2026", "cor-buy", (Text("Later", "ENG"),)),))
    (package,) = written([a_call("a"), correction], tmp_path)
    releases_by_id = {release["id"]: release for release in package["releases"]}
    (amendment,) = releases_by_id["b-01"]["tender"]["amendments"]
    assert (releases_by_id["b-01"]["tag"], amendment["amendsReleaseID"]) == (["tenderAmendment"], "a-01")


def test_a_cancelled_call_is_reported_as_cancelled(tmp_path: Path) -> None:
    release = the_release(replace(a_call("a"), changes=(Change("x", "cancel"),)), tmp_path)
    assert (release["tag"], release["tender"]["status"]) == (["tenderCancellation"], "cancelled")


def test_an_address_that_is_none_is_reported_as_words(tmp_path: Path) -> None:
    call = a_call("a")
    call = replace(call, lots=(replace(call.lots[0], documents=("on request, by post",)),))
    (*_, document) = the_release(call, tmp_path)["tender"]["documents"]
    assert ("url" in document, document["description"]) == (False, "on request, by post")


def test_two_lots_of_one_name_stay_two(tmp_path: Path) -> None:
    call = a_call("a")
    lots = the_release(replace(call, lots=call.lots * 2), tmp_path)["tender"]["lots"]
    assert [lot["id"] for lot in lots] == ["LOT-0001", "LOT-0001-2"]


def test_a_notice_without_any_date_is_counted_and_in_no_package(tmp_path: Path) -> None:
    bare = replace(a_call("a"), publication=Publication("eu_ted", "a-2026", None))
    with passing_store() as store:
        store.set_as_of(NIGHT)
        store.save_notices([bare])
        (packed,) = store.export_ocds(tmp_path, ORIGINS, "ocds-abc123")
    assert (packed.releases, packed.undated, list(tmp_path.glob("*/*.json"))) == (0, 1, [])


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Notice], dict[str, Json]]:
    folder = shared / "notices"
    found = [reading.notice for reading in read_path(folder) if reading.notice]
    # All as of one day: 817 notices of 471 days would be as many packages, and take half a minute.
    notices = [replace(n, publication=replace(n.publication, day=date(2026, 11, 2))) for n in found]
    packages = written(notices, tmp_path_factory.mktemp("real"))
    return notices, {release["id"]: release for package in packages for release in package["releases"]}


def test_every_real_notice_is_a_release(real: tuple[list[Notice], dict[str, Json]]) -> None:
    notices, releases = real
    assert {notice.uid for notice in notices} == set(releases)


@pytest.mark.parametrize(
    "part",
    ["lots", "awards", "winners", "amounts won", "buyers", "changes"],
)
def test_nothing_of_a_real_notice_is_lost(real: tuple[list[Notice], dict[str, Json]], part: str) -> None:
    notices, releases = real
    for notice in notices:
        release = releases[notice.uid]
        awards, tender = release.get("awards", []), release["tender"]
        stated = {
            "lots": (len(notice.lots), len(tender.get("lots", []))),
            "awards": (len(notice.awards), len(awards)),
            "winners": (sum(len(a.winners) for a in notice.awards), len(release.get("bids", {}).get("details", []))),
            "amounts won": (
                sum(1 for a in notice.awards if a.value and a.value.is_stated),
                sum("value" in a for a in awards),
            ),
            "buyers": (bool(notice.buyers), "buyer" in release),
            "changes": (
                len(notice.changes),
                len(tender.get("amendments", [])) + len(release.get("relatedProcesses", [])),
            ),
        }
        assert stated[part][0] == stated[part][1], notice.uid


def test_every_reference_of_a_real_release_is_answered(real: tuple[list[Notice], dict[str, Json]]) -> None:
    for release in real[1].values():
        known = {party["id"] for party in release.get("parties", [])}
        referenced = {o["id"] for award in release.get("awards", []) for o in award.get("suppliers", [])}
        referenced |= {o["id"] for bid in release.get("bids", {}).get("details", []) for o in bid.get("tenderers", [])}
        assert referenced <= known, release["id"]
