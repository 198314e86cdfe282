"""Claims about the portals of neighbouring countries: real crawls against the local portal, read back into facts."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.config.settings import Settings
from pipelines.errors import BadSettings
from pipelines.nightly.source_selection import skipped_sources, why_not_selected
from scrapers.errors import SourceChanged, SourceIncomplete, Unknown, Unreadable
from scrapers.feeds.request import CrawlJob
from scrapers.landing import read_landing
from scrapers.readers.neighbours.atexo import read_cards
from scrapers.readers.neighbours.eforms_archive import read_eforms_archive
from scrapers.readers.neighbours.tenderned import read_publication, read_rows
from scrapers.sandbox.embedded import publish_embedded
from scrapers.sandbox.published_notices import NeighbourNotices
from scrapers.sandbox.server import Portal
from scrapers.source import find_file, find_sources
from tests.support.commands.crawl_portal import CrawlResult, crawl
from tests.support.paths import RECORDINGS
from warehouse.model.notices import Award, Change, ContractTerm, Form, Notice

ON = date(2026, 11, 20)
FOLDER = RECORDINGS / "neighbours"
GERMAN = (FOLDER / "de_call_below_thresholds.xml").read_bytes()
LISTING = (FOLDER / "nl_listing.json").read_bytes()
PUBLICATIONS = json.loads((FOLDER / "nl_publications.json").read_bytes())
PAGE = (FOLDER / "lu_search.html").read_bytes()
NEIGHBOURS = ("de_oeffentlichevergabe", "lu_pmp", "nl_tenderned")
NAME = "5b0d8c1e-3f1a-4d52-9a55-0c9d1f7e2a61-01"


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    exports = {date(2026, 11, 18): {f"{NAME}.xml": GERMAN, "broken-01.xml": GERMAN[:700]}}
    rows = tuple(json.loads(LISTING)["content"])
    published_notices = replace(publish_embedded(ON), neighbours=NeighbourNotices(exports, rows, PUBLICATIONS, PAGE))
    served = Portal(published_notices)
    served.start()
    yield served
    served.end()


def of(portal: Portal, source: str, folder: Path) -> CrawlResult:
    return crawl(source, folder, portal.addresses[source])


def packed(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return buffer.getvalue()


def test_a_german_day_is_landed_and_read_and_today_is_left_for_tomorrow(portal: Portal, tmp_path: Path):
    done = of(portal, "de_oeffentlichevergabe", tmp_path)
    assert (done.status, done.stats["notices"]) == (0, 2), done.log
    found = {reading.identifier: reading for reading in read_landing("de_oeffentlichevergabe", tmp_path)}
    assert found.keys() == {NAME, "broken-01"}
    assert "cut off" in (found["broken-01"].reason or "")
    notice = found[NAME].notice
    assert notice is not None
    assert (notice.publication.number, notice.publication.day) == (NAME, date(2026, 11, 18))
    assert [text.value for text in notice.buyers[0].organisation.names] == ["Stadtwerke Hohenfurt (erfunden)"]
    deadline = notice.lots[0].deadline
    assert deadline is not None
    assert deadline.at.isoformat() == "2026-12-10T11:00:00+01:00"


def test_a_dutch_listing_is_landed_with_its_publications(portal: Portal, tmp_path: Path):
    done = of(portal, "nl_tenderned", tmp_path)
    assert (done.status, done.stats["notices"]) == (0, 4), done.log
    readings = list(read_landing("nl_tenderned", tmp_path))
    full = {r.identifier: r.notice for r in readings if r.notice and not r.notice.is_summary}
    assert full.keys() == {"900001", "900002", "900003"}
    (aside,) = [r for r in readings if r.notice is None]
    assert (aside.identifier, aside.is_unknown) == ("900004", True)


def test_a_luxembourg_page_is_landed_once_a_keyword_and_read_once(portal: Portal, tmp_path: Path):
    done = of(portal, "lu_pmp", tmp_path)
    assert (done.status, done.stats["notices"]) == (0, 2), done.log
    readings = list(read_landing("lu_pmp", tmp_path))
    assert [(r.identifier, r.notice is not None) for r in readings] == [("900101", True), ("900102", False)]


def test_neighbours_are_off_until_the_settings_name_them():
    for name in NEIGHBOURS:
        source = find_sources()[name]
        assert "is off until pib.toml names it" in (why_not_selected(source, Settings(), {}) or "")
        assert why_not_selected(source, Settings(more_sources=(name,)), {}) is None
    assert not any(name in sentence for name in NEIGHBOURS for sentence in skipped_sources(Settings(), {}))


def test_a_source_that_does_not_exist_is_refused_in_the_settings():
    with pytest.raises(BadSettings, match="no source is called nl_marktplaats"):
        Settings(more_sources=("nl_marktplaats",))


def test_a_dutch_publication_states_when_its_contract_begins_and_ends():
    ((_, notice),) = read_publication(json.dumps(PUBLICATIONS["900001"]).encode(), "900001")
    assert isinstance(notice, Notice)
    (lot,) = notice.lots
    assert (notice.form, notice.subtype, lot.nature) == (Form.COMPETITION, "16", "services")
    assert [code.code for code in lot.cpv] == ["64210000", "32412100"]
    assert lot.term == ContractTerm(starts=date(2027, 2, 1), ends=date(2031, 1, 31))
    assert lot.deadline is not None
    assert lot.deadline.at.isoformat() == "2026-12-14T12:00:00+01:00"


def test_a_dutch_result_closes_its_only_lot_and_an_early_end_withdraws_what_it_names():
    ((_, result),) = read_publication(json.dumps(PUBLICATIONS["900002"]).encode(), "900002")
    ((_, ended),) = read_publication(json.dumps(PUBLICATIONS["900003"]).encode(), "900003")
    assert isinstance(result, Notice)
    assert isinstance(ended, Notice)
    assert (result.form, result.awards) == (Form.RESULT, (Award("LOT-0001", "selec-w"),))
    assert (ended.changes, ended.lots) == ((Change("899000", "cancel"),), ())


def test_a_dutch_deadline_before_its_publication_is_left_out():
    row = {**PUBLICATIONS["900001"], "sluitingsDatum": "2026-01-14T12:00:00"}
    ((_, notice),) = read_publication(json.dumps(row).encode(), "900001")
    assert isinstance(notice, Notice)
    assert notice.lots[0].deadline is None


def test_a_dutch_type_nobody_knows_costs_its_row_alone():
    results = dict(read_rows(LISTING))
    assert isinstance(results["900004"], Unknown)
    assert sum(isinstance(result, Notice) for result in results.values()) == 3


def test_another_dutch_publication_than_requested_is_refused():
    with pytest.raises(SourceChanged, match="another publication"):
        list(read_publication(json.dumps(PUBLICATIONS["900001"]).encode(), "900002"))


def test_a_card_of_luxembourg_says_who_buys_what_by_when():
    results = dict(read_cards("lu_pmp", PAGE, page="https://pmp.example/{number}?org="))
    notice = results["900101"]
    assert isinstance(notice, Notice)
    assert notice.titles[0].value.startswith("Maintenance du parc informatique")
    assert notice.descriptions[0].value == "Maintenance, assistance et remplacement de 140 postes de travail."
    assert (notice.nature, notice.publication.url) == ("services", "https://pmp.example/900101?org=t5y")
    deadline = notice.lots[0].deadline
    assert deadline is not None
    assert (deadline.at.date(), deadline.hour_stated) == (date(2026, 12, 18), False)


def test_a_card_with_a_day_that_does_not_exist_costs_itself():
    results = dict(read_cards("lu_pmp", PAGE, page="{number}"))
    assert isinstance(results["900102"], Unreadable)
    assert "31 Nov. 2026" in str(results["900102"])


def test_links_without_cards_are_another_page():
    with pytest.raises(SourceChanged, match="no card around one"):
        list(read_cards("lu_pmp", PAGE.replace(b"cons_categorie", b"categorie"), page="{number}"))


def test_a_zip_that_is_cut_off_is_requested_again_and_a_page_instead_of_a_zip_stops_the_source():
    feed = find_file("de_oeffentlichevergabe").FEED
    paginator = feed.paginator(CrawlJob("", "", ON, ON))
    (request,) = paginator.begin()
    whole = packed(**{f"{NAME}.xml": GERMAN})
    with pytest.raises(SourceIncomplete, match="cut off"):
        paginator.follow(request, whole[:-40])
    with pytest.raises(SourceChanged, match="no zip"):
        paginator.follow(request, b"<html>")


def test_a_hostile_file_name_in_an_archive_costs_itself():
    body = packed(**{"../../x-01.xml": GERMAN, f"{NAME}.xml": GERMAN})
    results = list(read_eforms_archive("de_oeffentlichevergabe", body, day=ON, page="{id}"))
    assert [isinstance(result, Notice) for _, result in results] == [False, True]
    assert "leaves the folder" in str(results[0][1])


def test_the_german_call_states_its_code_and_its_documents():
    ((_, notice),) = read_eforms_archive(
        "de_oeffentlichevergabe", packed(**{f"{NAME}.xml": GERMAN}), day=ON, page="https://portal.example/{id}"
    )
    assert isinstance(notice, Notice)
    (lot,) = notice.lots
    assert ([code.code for code in lot.cpv], lot.documents) == (
        ["48820000"],
        ("https://vergabe.example.de/verfahren/12",),
    )
    assert lot.estimate is None or lot.estimate.amount > Decimal(1)
