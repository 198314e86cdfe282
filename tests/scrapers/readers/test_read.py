"""A folder of anything is read to its end: what can be read as facts, the rest with its reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scrapers.notice_json import notice_line
from scrapers.read import Reading, find_files, read_path
from scrapers.readers.normalise.deadlines import read_day, read_deadline
from scrapers.readers.normalise.text import read_line, read_paragraphs
from tests.support.paths import RECORDINGS
from warehouse.model.notices import DeadlineKind

CALL = RECORDINGS / "eforms" / "call_two_languages.xml"


def test_a_folder_is_read_in_order_of_names_and_never_stops(tmp_path: Path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "call.xml").write_bytes(CALL.read_bytes())
    (tmp_path / "a.xml").write_bytes(b"")
    (tmp_path / "c.xml").write_bytes((RECORDINGS / "ted_export" / "corrigendum.xml").read_bytes())
    (tmp_path / "d.json").write_bytes(b"{}")
    readings = list(read_path(tmp_path))
    assert [(r.path.name, r.identifier, r.notice is None) for r in readings] == [
        ("a.xml", "a.xml", True),
        ("call.xml", "12345-2026", False),
        ("c.xml", "111999-2021", False),
        ("d.json", "d.json", True),
    ]
    assert all(bool(r.reason) == (r.notice is None) for r in readings)


def test_what_is_no_notice_is_passed_over_and_can_be_counted(tmp_path: Path):
    for name in ("manifest.csv", "page.html", "notice.xml"):
        (tmp_path / name).write_bytes(b"")
    found = find_files(tmp_path)
    assert ([f.name for f in found.readable], len(found.ignored)) == (["notice.xml"], 2)


def test_a_file_named_by_hand_is_read_whatever_its_name(tmp_path: Path):
    odd = tmp_path / "notice.txt"
    odd.write_bytes(CALL.read_bytes())
    assert [r.identifier for r in read_path(odd)] == ["12345-2026"]


def test_a_file_that_is_not_there_is_a_reason(tmp_path: Path):
    (reading,) = read_path(tmp_path / "nothing.xml")
    assert "cannot be opened" in (reading.reason or "")


def test_another_publishers_xml_is_named_by_its_root(tmp_path: Path):
    (tmp_path / "x.xml").write_bytes(b"<Avis><Ref>1</Ref></Avis>")
    (reading,) = read_path(tmp_path)
    assert "'Avis'" in (reading.reason or "")


def test_a_line_is_json_with_its_keys_in_one_order():
    (reading,) = read_path(CALL)
    assert reading.notice is not None
    line = notice_line(reading.notice)
    assert list(line)[:13] == [
        "publication_number", "publication_date", "form", "notice_type", "subtype", "buyer_country", "languages",
        "title", "cpv_main", "cpv_additional", "lots", "awards", "changes",
    ]  # fmt: skip
    assert json.loads(json.dumps(line, ensure_ascii=False)) == line


def test_a_line_speaks_of_deadlines_with_zone_and_kind_and_of_money_in_strings():
    (reading,) = read_path(CALL)
    assert reading.notice is not None
    lots = notice_line(reading.notice)["lots"]
    assert isinstance(lots, list)
    assert lots[0]["deadline"] == {
        "at": "2026-04-10T12:00:00+02:00", "kind": "tender", "zone": "+02:00", "hour_stated": True,
    }  # fmt: skip
    assert lots[0]["title"] == "Capteurs"
    assert lots[1]["estimate"] == {"amount": "1", "currency": "EUR", "is_stated": False}


def test_a_line_never_invents_a_publication_number():
    (reading,) = read_path(RECORDINGS / "eforms" / "cancellation.xml")
    assert reading.notice is not None
    assert notice_line(reading.notice)["publication_number"] is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("  a\n  b\t c ", "a b c"),
        ("R&amp;D", "R&D"),
        ("A&amp;amp;B", "A&amp;B"),
        ("Q&A", "Q&A"),
        ("<b>Gras</b> et 3<5", "Gras et 3<5"),
        ("température <15°C et >30°C", "température <15°C et >30°C"),
        ("&lt;p&gt;x&lt;/p&gt;", "x"),
    ],
)
def test_words_lose_markup_and_one_layer_of_entities(written: str, read: str):
    assert read_line(written) == read


def test_lists_and_breaks_in_html_become_lines():
    assert (
        read_paragraphs("<ul><li>un</li><li>deux</li></ul>fin<br/>vraie").replace("\n\n", "\n")
        == "un\ndeux\nfin\nvraie"
    )


def test_scripts_are_not_words():
    assert read_paragraphs("<p>oui</p><script>non()</script>") == "oui"


def test_midnight_written_as_24_is_the_next_days_beginning():
    deadline = read_deadline("2026-03-02", "24:00", DeadlineKind.TENDER, zone="Europe/Paris")
    assert deadline.at.isoformat() == "2026-03-03T00:00:00+01:00"


def test_a_day_is_the_day_written_whatever_its_offset():
    assert str(read_day("2026-08-06+02:00")) == "2026-08-06"


def test_every_published_notice_is_read(shared: Path):
    aside = [r for r in read_path(shared / "notices" / "eforms" / "published") if r.notice is None]
    assert aside == []


def test_every_older_notice_is_read(shared: Path):
    aside = [r for r in read_path(shared / "notices" / "ted_r209") if r.notice is None]
    assert aside == []


def test_only_invalid_examples_of_the_sdk_are_set_aside_and_each_with_a_reason(shared: Path):
    aside: list[Reading] = [r for r in read_path(shared / "notices" / "eforms" / "sdk_examples") if r.notice is None]
    assert all(r.path.name.startswith("INVALID") and "lacks" in (r.reason or "") for r in aside)
    assert len(aside) == 8


def test_our_reading_agrees_with_the_independent_one(shared: Path):
    from bench.manifest import compare, read_manifest

    data = shared / "notices"
    rows = read_manifest(data)
    read = [r for r in read_path(data) if r.notice is not None]
    differences = [
        difference
        for r in read
        if r.notice is not None
        for difference in compare(r.notice, rows[r.path.relative_to(data).as_posix()])
        if difference.explanation is None
    ]
    assert differences == []
    assert len(read) == 817


def test_of_two_published_offsets_the_one_in_force_at_the_buyers_counts(shared: Path):
    two_offsets = (
        "FRA/131011-2024",
        "FRA/658260-2024",
        "FRA/71244-2024",
        "other/ESP/125404-2024",
        "other/SVK/632789-2023",
    )
    found = {
        r.identifier: r.notice.lots[0].deadline.at.isoformat()
        for name in two_offsets
        for r in read_path(shared / "notices" / "eforms" / "published" / f"{name}.xml")
        if r.notice is not None and r.notice.lots[0].deadline is not None
    }
    assert found == {
        "131011-2024": "2024-04-09T12:00:00+02:00",
        "658260-2024": "2024-11-29T12:00:00+01:00",
        "71244-2024": "2024-04-02T12:00:00+02:00",
        "125404-2024": "2024-04-08T17:00:00+02:00",
        "632789-2023": "2023-10-30T10:00:00+01:00",
    }


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("bosa/search.json", 3),
        ("decp/records.json", 3),
        ("decp/tabular.json", 1),
        ("decp/marches.json", 2),
        ("approch/records.json", 2),
    ],
)
def test_json_of_every_publisher_is_recognised_by_what_it_holds(name: str, count: int):
    readings = list(read_path(RECORDINGS / name))
    assert [reading.reason for reading in readings] == [None] * count
