"""Labels of CPV codes: the shipped table, the fall-back to a parent, the official list."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.codes import Cpv
from warehouse.errors import BadFact
from warehouse.labels import LANGUAGES, CpvLabel, Label, label, read_genericode, shipped_labels
from warehouse.store import Store

ROW = """<Row><Value ColumnRef="code"><SimpleValue>{code}</SimpleValue></Value>
<Value ColumnRef="Name"><SimpleValue>Sensors</SimpleValue></Value>
<Value ColumnRef="eng_label"><SimpleValue>Sensors &amp; probes</SimpleValue></Value>
<Value ColumnRef="fra_label"><SimpleValue>Capteurs</SimpleValue></Value>
<Value ColumnRef="nld_label"><SimpleValue>Sensoren</SimpleValue></Value>
<Value ColumnRef="deu_label"><SimpleValue>Sensoren</SimpleValue></Value></Row>"""
LIST = (
    '<?xml version="1.0"?>{doctype}<gc:CodeList xmlns:gc="urn:x"><SimpleCodeList>{rows}</SimpleCodeList></gc:CodeList>'
)


def a_list(folder: Path, *rows: str, doctype: str = "") -> Path:
    path = folder / "cpv.gc"
    path.write_text(LIST.format(doctype=doctype, rows="".join(rows)), encoding="utf-8")
    return path


def test_every_division_has_a_label() -> None:
    assert sum(code.code.endswith("000000") for code in shipped_labels()) == 45


def test_every_shipped_code_has_a_label_in_every_language() -> None:
    assert [
        row.code for row in shipped_labels().values() if not all(row.text(language) for language in LANGUAGES)
    ] == []


def test_shipped_codes_are_in_order_so_that_a_difference_reads_well() -> None:
    assert list(shipped_labels()) == sorted(shipped_labels())


def test_a_code_has_its_own_label() -> None:
    assert label(Cpv("72000000"), "de") == Label(
        Cpv("72000000"),
        "IT-Dienste: Beratung, Software-Entwicklung, Internet und Hilfestellung",
        "de",
        is_exact=True,
    )


def test_a_code_without_a_label_has_that_of_its_nearest_parent_and_says_so() -> None:
    found = label(Cpv("72512999"), "fr")
    assert found is not None
    assert (found.code, found.is_exact) == (Cpv("72512000"), False)


@given(st.from_regex(r"[0-9]{8}", fullmatch=True).map(Cpv), st.sampled_from(LANGUAGES))
def test_a_label_is_always_that_of_a_code_it_lies_within(code: Cpv, language: str) -> None:
    found = label(code, language)
    assert found is None or (code.within(found.code) and found.is_exact == (found.code == code))


def test_a_code_of_no_division_has_no_label() -> None:
    assert label(Cpv("01000000"), "fr") is None


def test_a_language_without_labels_is_refused() -> None:
    with pytest.raises(BadFact, match="fr, nl, de, en"):
        label(Cpv("72000000"), "it")


def test_the_official_list_is_read_row_by_row(tmp_path: Path) -> None:
    rows = list(read_genericode(a_list(tmp_path, ROW.format(code="32440000"), ROW.format(code="32441000"))))
    assert rows[1] == CpvLabel(Cpv("32441000"), "Capteurs", "Sensoren", "Sensoren", "Sensors & probes")


def test_a_gzipped_list_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "cpv.gc.gz"
    path.write_bytes(gzip.compress(a_list(tmp_path, ROW.format(code="32440000")).read_bytes()))
    assert [row.code for row in read_genericode(path)] == [Cpv("32440000")]


def test_a_list_with_a_document_type_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    with pytest.raises(BadFact, match="document type"):
        list(read_genericode(a_list(tmp_path, ROW.format(code="32440000"), doctype=bomb)))


def test_a_list_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = a_list(tmp_path, ROW.format(code="32440000"))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadFact, match="download it again"):
        list(read_genericode(path))


def test_a_gzip_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cpv.gc.gz"
    path.write_bytes(gzip.compress(a_list(tmp_path, ROW.format(code="32440000")).read_bytes())[:-20])
    with pytest.raises(BadFact, match="download it again"):
        list(read_genericode(path))


def test_a_list_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFact, match="no row"):
        list(read_genericode(a_list(tmp_path)))


def test_a_row_without_a_label_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFact, match=r"row 1 .*lacks nl"):
        list(read_genericode(a_list(tmp_path, ROW.format(code="32440000").replace("nld_label", "ita_label"))))


def test_the_imported_list_completes_the_shipped_one(tmp_path: Path) -> None:
    with Store.open(tmp_path / "pib.duckdb") as store:
        store.keep_cpv_labels(read_genericode(a_list(tmp_path, ROW.format(code="32441999"))))
        table = {**shipped_labels(), **{row.code: row for row in store.find_cpv_labels()}}
    found = label(Cpv("32441999"), "en", table)
    assert (found and found.text, found and found.is_exact) == ("Sensors & probes", True)


def test_a_list_that_breaks_off_leaves_the_imported_one_as_it_was(tmp_path: Path) -> None:
    with Store.open(tmp_path / "pib.duckdb") as store:
        store.keep_cpv_labels(read_genericode(a_list(tmp_path, ROW.format(code="32440000"))))
        with pytest.raises(BadFact):
            store.keep_cpv_labels(read_genericode(a_list(tmp_path, ROW.format(code="32440001"), "<Row></Row>")))
        assert [row.code for row in store.find_cpv_labels()] == [Cpv("32440000")]


def test_the_shipped_labels_are_those_of_the_official_list(shared: Path) -> None:
    with (shared / "codelists" / "cpv_2008_fr_nl_de_en.csv").open(encoding="utf-8", newline="") as lines:
        official = {
            row["code"]: tuple(row[f"label_{language}"].strip() for language in LANGUAGES)
            for row in csv.DictReader(lines)
        }
    shipped = {code.code: (row.fr, row.nl, row.de, row.en) for code, row in shipped_labels().items()}
    assert {code: words for code, words in shipped.items() if official.get(code) != words} == {}


def test_the_whole_official_list_is_read(shared: Path) -> None:
    rows = list(read_genericode(shared / "codelists" / "cpv_2008_core.gc.gz"))
    assert (len(rows), len({row.code for row in rows})) == (9454, 9454)
