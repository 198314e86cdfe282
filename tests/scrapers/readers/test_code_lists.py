"""Code lists: read in every form they come in, fetched politely, stored edition after edition, applied to notices."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scrapers.code_lists import land_folder, read_landed_lists
from scrapers.crawl.manifest import Ledger
from scrapers.errors import SourceChanged, Unreadable
from scrapers.read import read_path
from scrapers.readers.code_lists import read_code_list
from scrapers.sandbox.embedded import publish_embedded
from scrapers.sandbox.faults import Faults
from scrapers.sandbox.server import Portal
from tests.support.commands.crawl_portal import crawl
from tests.support.paths import RECORDINGS
from tests.support.stores import open_store
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.codes.cpv_labels import CpvLabel, label, shipped_labels
from warehouse.database.code_lists import shipped_retired
from warehouse.errors import BadFact
from warehouse.model.code_lists import Code, CodeBook, UnknownCode, unknown_codes
from warehouse.model.notices import Form, Lot, Notice, Text
from warehouse.store import Store

DAY = date(2026, 11, 20)
LABELS = {
    "eng_label": "Sensors &amp; probes",
    "fra_label": "Capteurs",
    "nld_label": "Sensoren",
    "deu_label": "Sensoren",
}
LIST = """<?xml version="1.0"?>{doctype}<gc:CodeList xmlns:gc="urn:x"><Identification><ShortName>List</ShortName>
<LongName>{name}</LongName><LongName Identifier="listId">http://lists.example/{name}</LongName></Identification>
<SimpleCodeList>{rows}</SimpleCodeList></gc:CodeList>"""


def a_row(code: str, **labels: str) -> str:
    cells = {"code": code, "Name": "Sensors", **(labels or LABELS)}
    values = (f'<Value ColumnRef="{key}"><SimpleValue>{words}</SimpleValue></Value>' for key, words in cells.items())
    return f"<Row>{''.join(values)}</Row>"


def a_list(*rows: str, name: str = "cpv", doctype: str = "") -> bytes:
    return LIST.format(doctype=doctype, name=name, rows="".join(rows)).encode()


def test_a_list_in_genericode_is_read_with_its_name_and_labels() -> None:
    assert read_code_list(a_list(a_row("32440000"), a_row("32441000")))[1] == Code(
        "cpv", "32441000", "Capteurs", "Sensoren", "Sensoren", "Sensors & probes"
    )


def test_a_packed_list_is_read_too() -> None:
    assert read_code_list(gzip.compress(a_list(a_row("services"), name="contract-nature")))[0].code == "services"


def test_a_label_the_list_does_not_have_is_none() -> None:
    (code,) = read_code_list(a_list(a_row("works", eng_label="Works"), name="contract-nature"))
    assert (code.en, code.fr) == ("Works", None)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (a_list(a_row("1"), doctype='<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'), "document type"),
        (a_list(a_row("1"))[:-40], "download it again"),
        (gzip.compress(a_list(a_row("1")))[:-20], "download it again"),
        (a_list(), "no row"),
        (b"", "no row"),
        (b"name,colour\nx,red\n", "no code list"),
        ("code,parent_code,label_en,label_fr,label_nl,label_de\né,,,,,\n".encode("latin-1"), "UTF-8"),
        (a_list(a_row(" "), name="cpv"), "no code|cannot be kept"),
        (b"\0\1\2", "no row|no code list|not a"),
        (gzip.compress(b"\0" * 2**29, compresslevel=9), "more than"),
    ],
)
def test_what_is_no_code_list_is_refused_with_a_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises((Unreadable, SourceChanged), match=sentence):
        read_code_list(body)


def test_a_table_with_a_column_nobody_knows_stops() -> None:
    table = b"codelist,code,label_en,label_fr,label_nl,label_de,colour\ncontract-nature,works,,,,,red\n"
    with pytest.raises(SourceChanged, match="colour"):
        read_code_list(table)


PLACES = (
    "code,level,parent,in_nuts2021_sdk1.8,in_nuts2024_gisco,in_sdk1.14_lvl3,name_native_2024,"
    "label_en,label_fr,label_nl,label_de\n"
    """\
XX,0,,1,1,0,Pays,,,,
XX1,1,XX,1,1,0,Nord,,,,
XX11,2,XX1,1,1,0,Nord,,,,
XX111,3,XX11,1,0,0,,Vieux-Bourg,,,
XX112,3,XX11,0,1,1,Vieux-Bourg,Vieux-Bourg,Vieux-Bourg,Vieux-Bourg,Vieux-Bourg
XX113,3,XX11,1,0,0,,Disparu,,,
XXZ,1,XX,1,0,0,,Extra-Regio NUTS 1,,,
XXZZ,2,XXZ,1,0,0,,Extra-Regio NUTS 2,,,
XXZZZ,3,XXZZ,1,0,1,,Extra-Regio NUTS 3,,,
"""
)


def test_a_place_of_an_older_edition_is_retired_and_names_the_one_that_has_its_name() -> None:
    places = {place.code: place for place in read_code_list(PLACES.encode())}
    assert {code: place.successor for code, place in places.items() if place.is_retired} == {
        "XX111": "XX112",
        "XX113": None,
    }


@pytest.fixture
def store(tmp_path: Path):
    with open_store(tmp_path / "pib.duckdb") as opened:
        yield opened


def codes(*names: str) -> list[Code]:
    return [Code("contract-nature", name, name, name, name, name) for name in names]


def test_an_imported_list_comes_back_as_it_was_kept(store: Store) -> None:
    kept = [*codes("services", "works"), Code("nuts", "BE100", "Bruxelles")]
    store.save_codes(kept, DAY)
    found = [code for code in store.load_codes() if not code.is_retired]
    assert found == sorted(kept, key=lambda code: (code.list, code.code))


def test_a_code_that_a_newer_edition_lacks_is_retired_and_keeps_its_words(store: Store) -> None:
    store.save_codes(codes("services", "supplies", "works"), DAY)
    (imported,) = store.save_codes(codes("services", "works", "concessions"), DAY)
    assert (imported.codes, imported.new, imported.retired) == (3, 1, 1)
    (gone,) = [code for code in store.load_codes("contract-nature") if code.is_retired]
    assert (gone.code, gone.fr) == ("supplies", "supplies")


def test_the_same_edition_again_changes_nothing(store: Store) -> None:
    store.save_codes(codes("services", "works"), DAY)
    before = store.load_codes()
    (imported,) = store.save_codes(codes("services", "works"), DAY)
    assert (imported.new, imported.retired, store.load_codes()) == (0, 0, before)


def test_an_edition_that_lost_half_is_refused_and_the_one_before_stays(store: Store) -> None:
    store.save_codes(codes("services", "supplies", "works"), DAY)
    with pytest.raises(BadFact, match="contract-nature has 1 codes and lacks 2 of 3"):
        store.save_codes(codes("works"), DAY)
    assert len(store.load_codes("contract-nature")) == 3


def test_regions_are_not_retired_by_a_list_of_the_lowest_level(store: Store) -> None:
    places = [Code("nuts", code) for code in ("XX", "XX1", "XX11", "XX111", "XX112")]
    store.save_codes(places, DAY)
    store.save_codes([Code("nuts", "XX111"), Code("nuts", "XX112")], DAY)
    ours = [code for code in store.load_codes("nuts") if code.code.startswith("XX")]
    assert [code.code for code in ours if code.is_retired] == []


def test_codes_of_editions_before_all_lists_are_known_as_retired(store: Store) -> None:
    store.save_codes([Code("nuts", "FRE11", "Nord")], DAY)
    book = CodeBook(store.load_codes())
    assert (book.is_unknown("nuts", "FR301"), book.successor("nuts", "FR301")) == (False, "FRE11")


def test_the_imported_labels_complete_the_shipped_ones(store: Store) -> None:
    store.save_codes(read_code_list(a_list(a_row("32441999"))), DAY)
    table = {**shipped_labels(), **{row.code: row for row in store.load_cpv_labels()}}
    assert store.load_cpv_labels() == (
        CpvLabel(Cpv("32441999"), "Capteurs", "Sensoren", "Sensoren", "Sensors & probes"),
    )
    found = label(Cpv("32441999"), "en", table)
    assert (found and found.text, found and found.is_exact) == ("Sensors & probes", True)


BOOK = CodeBook([Code("cpv", "72000000"), *codes("services", "works"), Code("nuts", "BE323"), Code("language", "FRA")])


def a_notice() -> Notice:
    (reading,) = [r for r in read_path(RECORDINGS / "ted" / "notice.xml") if r.notice]
    assert reading.notice is not None
    return replace(reading.notice, cpv=(), nuts=(), nature=None, lots=(), titles=(), languages=())


@pytest.mark.parametrize(
    ("field", "unknown"),
    [
        ({"cpv": (Cpv("72000000"),)}, []),
        ({"cpv": (Cpv("72999999"),)}, [UnknownCode("cpv", "72999999")]),
        ({"nuts": (Nuts("BE323"), Nuts("BE32"), Nuts("BE"))}, []),
        ({"nuts": (Nuts("BE9"),)}, [UnknownCode("nuts", "BE9")]),
        ({"nuts": (Nuts("ES618"),)}, []),
        ({"nature": "combined"}, [UnknownCode("contract-nature", "combined")]),
        ({"notice_type": "F02", "schema": "TED_EXPORT R2.0.9"}, []),
        ({"languages": ("FRA", "XXX")}, [UnknownCode("language", "XXX")]),
        ({"procedure_type": "anything"}, []),
    ],
)
def test_a_code_is_unknown_when_its_list_is_at_hand_and_has_it_not(
    field: dict[str, object], unknown: list[UnknownCode]
) -> None:
    assert list(unknown_codes(replace(a_notice(), **field), BOOK)) == unknown


def test_a_folder_of_lists_is_landed_byte_for_byte_and_read_back(tmp_path: Path) -> None:
    given, landing = tmp_path / "given", tmp_path / "landing"
    given.mkdir()
    landing.mkdir()
    (given / "natures.gc").write_bytes(a_list(a_row("works"), name="contract-nature"))
    (given / "cpv.gc.gz").write_bytes(gzip.compress(a_list(a_row("32440000")), mtime=0))
    (given / "notes.csv").write_text("a,b\n1,2\n")
    (given / "readme.txt").write_text("not asked about")
    (refused,) = land_folder(given, Ledger(landing, lambda: datetime(2026, 11, 20, tzinfo=UTC)))
    assert refused.name == "notes.csv"
    assert {(code.list, code.code) for code in read_landed_lists(landing)} == {
        ("contract-nature", "works"),
        ("cpv", "32440000"),
    }
    assert {path.read_bytes() for path in landing.glob("*.gc*")} == {path.read_bytes() for path in given.glob("*.gc*")}


@pytest.fixture
def portal():
    served = Portal(publish_embedded(DAY), Faults())
    served.start()
    yield served
    served.end()


def test_the_lists_are_fetched_by_their_index_and_know_every_code_of_the_invented_notices(
    portal: Portal, tmp_path: Path
) -> None:
    done = crawl("code_lists", tmp_path, portal.addresses["code_lists"])
    assert done.status == 0, done.log
    assert done.stats["alarms"] == []
    book = CodeBook(read_landed_lists(tmp_path))
    unknown = Counter(
        code for seed in portal.published_notices.notices for code in unknown_codes(_notice(seed.read_xml()), book)
    )
    assert unknown == {}


def _notice(body: bytes) -> Notice:
    from scrapers.readers.xml_dispatch import read_xml

    return read_xml(body)


@pytest.mark.parametrize(("fault", "status"), [("lists:cut:1", 5), ("lists:429:1", 0)])
def test_a_list_cut_on_the_way_stops_and_a_refusal_is_waited_out(
    portal: Portal, tmp_path: Path, fault: str, status: int
) -> None:
    portal.faults.replace([fault])
    assert crawl("code_lists", tmp_path, portal.addresses["code_lists"]).status == status


def test_a_second_crawl_of_the_day_requests_nothing(portal: Portal, tmp_path: Path) -> None:
    crawl("code_lists", tmp_path, portal.addresses["code_lists"])
    assert crawl("code_lists", tmp_path, portal.addresses["code_lists"]).stats["requests"] == 0


def test_the_flat_table_and_the_official_genericode_hold_the_same(shared: Path) -> None:
    packed = read_code_list((shared / "codelists" / "cpv_2008_core.gc.gz").read_bytes())
    table = read_code_list((shared / "codelists" / "cpv_2008_fr_nl_de_en.csv").read_bytes())
    assert len(packed) == 9454
    assert {code.code: code for code in packed} == {code.code: code for code in table}


@pytest.fixture(scope="module")
def official(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> CodeBook:
    """Everything of ../shared/codelists, kept and found again."""
    folder = tmp_path_factory.mktemp("lists")
    land_folder(shared / "codelists", Ledger(folder, lambda: datetime(2026, 11, 20, tzinfo=UTC)))
    with open_store(folder / "pib.duckdb") as store:
        store.save_codes(read_landed_lists(folder), DAY)
        return CodeBook(store.load_codes())


def test_old_dutch_places_map_to_their_successors(official: CodeBook) -> None:
    assert official.successor("nuts", "NL310") == "NL350"
    assert official.successor("nuts", "NL33C") == "NL366"


def test_every_successor_is_a_code_in_force_or_names_one(official: CodeBook, shared: Path) -> None:
    with_successor = [code for code in shipped_retired() if code.successor]
    assert [code for code in with_successor if official.is_unknown(code.list, code.successor or "")] == []


def test_real_notices_of_our_countries_have_no_code_that_no_list_ever_had(official: CodeBook, shared: Path) -> None:
    unknown = {
        code: reading.identifier
        for reading in read_path(shared / "notices")
        if reading.notice
        for code in unknown_codes(reading.notice, official)
    }
    assert unknown == {}


def test_exports_mark_unknown_codes_and_name_what_took_the_place_of_old_ones(store: Store, tmp_path: Path) -> None:
    place, code = Nuts("FR301"), Cpv("72999999")
    lot = Lot("LOT-0001", (Text("Serveurs", "FRA"),), cpv=(code,), nuts=(place, Nuts("FRE12")))
    store.save_notices([replace(a_notice(), form=Form.COMPETITION, lots=(lot,), cpv=(Cpv("72000000"),))])
    store.save_codes([Code("cpv", "72000000"), Code("nuts", "FRE11"), Code("nuts", "FRE12")], DAY)
    store.set_as_of(datetime(2026, 11, 20, 9, tzinfo=UTC))
    store.export(tmp_path)
    (exported_row,) = csv.DictReader((tmp_path / "lots.csv").open(encoding="utf-8", newline=""))
    assert (exported_row["nuts"], exported_row["nuts_today"], exported_row["unknown_codes"]) == (
        "FR301 FRE12",
        "FRE11 FRE12",
        "72999999",
    )


def test_a_list_never_imported_makes_no_code_unknown(store: Store, tmp_path: Path) -> None:
    store.save_notices([replace(a_notice(), cpv=(Cpv("72999999"),))])
    store.set_as_of(datetime(2026, 11, 20, 9, tzinfo=UTC))
    store.export(tmp_path)
    (exported_row,) = csv.DictReader((tmp_path / "notices.csv").open(encoding="utf-8", newline=""))
    assert exported_row["unknown_codes"] == ""
