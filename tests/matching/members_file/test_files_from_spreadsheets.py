"""What operators' spreadsheets really hold: labels before numbers, error cells, wrong encodings, harmless forms."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import Workbook

from matching.errors import MembersRefused
from matching.members_file.members import read_members, read_members_file
from matching.members_file.template import members_template
from warehouse.model.members import Frequency, Member, Weekday
from warehouse.sheets.csv_xlsx import write_xlsx

HEAD = "id;company_number;name;email;languages;nuts;headcount;turnover;competence_1;competence_1_cpv"
ROW = "pont;BE0999000310;Pont Vert SRL;post@pont.example;fr;BE32B;7;450000;Réseaux;72514000-1"


def written(folder: Path, head: str, *rows: str) -> Path:
    path = folder / "members.csv"
    path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return path


def read_one(folder: Path, head: str = HEAD, row: str = ROW) -> Member:
    (member,) = read_members(written(folder, head, row))
    return member


def refusal(folder: Path, row: str, head: str = HEAD) -> str:
    with pytest.raises(MembersRefused) as refused:
        read_members(written(folder, head, row))
    return str(refused.value)


@pytest.mark.parametrize(
    ("number", "nuts", "read"),
    [
        ("TVA BE 0999.000.310", "BE32B", "BE0999000310"),
        ("BTW: BE0999.000.310", "BE100", "BE0999000310"),
        ("TVA/BCE BE 0999 000 310", "BE32B", None),
        ("KBO 0999.000.310", "FRE11", "BE0999000310"),
        ("0999.000.310", "BE32B", "BE0999000310"),
        ("999000310", "BE32B", "BE0999000310"),
        ("SIREN 999 000 310", "FRE11", "FR999000310"),
        ("SIRET : 999 000 310 00018", "FRE11", "FR999000310"),
        ("FR 12 999000310", "FRE11", "FR999000310"),
        ("LU 99900031", "LU000", "LU99900031"),
        ("KvK 99900031", "NL310", "NL99900031"),
        ("DE999000310", "DEA11", "DE999000310"),
        ("TVABE0999000310x", "BE32B", None),
        ("numéro inconnu", "BE32B", None),
        ("XX0999000310", "BE32B", None),
    ],
)
def test_a_label_is_never_kept_as_part_of_a_company_number(
    tmp_path: Path, number: str, nuts: str, read: str | None
) -> None:
    row = ROW.replace("BE0999000310", number).replace("BE32B", nuts)
    if read is None:
        assert "column company_number" in refusal(tmp_path, row)
    else:
        assert read_one(tmp_path, row=row).company_number == read


def test_a_number_without_its_country_elsewhere_is_refused_with_the_one_that_was_meant(tmp_path: Path) -> None:
    row = ROW.replace("BE0999000310", "0999.000.310").replace("BE32B", "LU000")
    assert "write BE0999000310" in refusal(tmp_path, row)


@pytest.mark.parametrize(
    ("number", "nuts"),
    [("BE0123456789", "BE32B"), ("FR123456789", "FRE11"), ("LU12345678", "LU000"), ("DE123456780", "DEA11")],
)
def test_check_digits_that_do_not_hold_are_a_warning(tmp_path: Path, number: str, nuts: str) -> None:
    read = read_members_file(written(tmp_path, HEAD, ROW.replace("BE0999000310", number).replace("BE32B", nuts)))
    assert [(warning.line, warning.column) for warning in read.warnings] == [(2, "company_number")]
    assert read.members[0].company_number == number


@pytest.mark.parametrize("damaged", ["#N/A", "#NOM?", "#REF!", "#VALEUR!", "#WERT!", "######", "Err:502"])
def test_an_error_value_of_a_spreadsheet_is_refused_by_line_and_column(tmp_path: Path, damaged: str) -> None:
    assert "line 2, column competence_1: " in refusal(tmp_path, ROW.replace("Réseaux", damaged))


@pytest.mark.parametrize(
    ("damaged", "meant"),
    [("RÃ©seaux", "Réseaux"), ("R&eacute;seaux", "Réseaux"), ("Câblage &amp; rÃ©seau", ""), ("R\ufffdseaux", "U+FFFD")],
)
def test_words_in_a_wrong_encoding_or_with_entities_are_refused_with_what_was_meant(
    tmp_path: Path, damaged: str, meant: str
) -> None:
    sentence = refusal(tmp_path, ROW.replace("Réseaux", f'"{damaged}"'))
    assert "line 2, column competence_1" in sentence
    assert meant in sentence


def test_a_wrong_check_digit_of_a_code_is_a_warning_with_the_right_one(tmp_path: Path) -> None:
    (warning,) = read_members_file(written(tmp_path, HEAD, ROW.replace("72514000-1", "72514000-9"))).warnings
    assert warning.column == "competence_1_cpv"
    assert "listed is 1" in warning.sentence


def test_a_code_of_a_division_that_does_not_exist_is_a_warning(tmp_path: Path) -> None:
    read = read_members_file(written(tmp_path, HEAD, ROW.replace("72514000-1", "13514000")))
    assert [warning.column for warning in read.warnings] == ["competence_1_cpv"]


def test_two_members_with_one_address_are_a_warning_at_the_second(tmp_path: Path) -> None:
    other = ROW.replace("pont;BE0999000310", "autre;BE0999000311").replace("post@", "Post@")
    read = read_members_file(written(tmp_path, HEAD, ROW, other))
    assert [(warning.line, warning.column) for warning in read.warnings] == [(3, "email")]


def test_harmless_forms_are_read(tmp_path: Path) -> None:
    head = f"sep=;\n{HEAD};Heart beat;Frequency;quiet_days;;;".replace("headcount", "Headcount ").replace(
        "company_number", "Company Number"
    )
    row = f"{ROW};VRAI;hebdomadaire;samedi dimanche;;;".replace(";7;450000;", ";1 200;1 450 000;")
    member = read_one(tmp_path, head.replace("Heart beat", "Heartbeat"), row)
    assert (member.headcount, str(member.turnover and member.turnover.amount)) == (1200, "1450000.00")
    assert (member.preferences.heartbeat, member.preferences.frequency) == (True, Frequency.WEEKLY)
    assert member.preferences.quiet_days == (Weekday.SATURDAY, Weekday.SUNDAY)


def test_a_column_without_name_that_holds_something_is_refused(tmp_path: Path) -> None:
    assert "number 11" in refusal(tmp_path, f"{ROW};x", f"{HEAD};")


def test_a_workbook_says_the_same_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "members.xlsx"
    path.write_bytes(write_xlsx(HEAD.split(";"), [ROW.split(";")], []))
    assert read_members(path) == read_members(written(tmp_path, HEAD, ROW))


def test_numbers_and_booleans_in_a_workbook_are_read_as_they_are_shown(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append([*HEAD.split(";"), "heartbeat"])
    sheet.append([*ROW.split(";")[:6], 7.0, 450000, "Réseaux", 72514000, True])
    body = io.BytesIO()
    book.save(body)
    (tmp_path / "members.xlsx").write_bytes(body.getvalue())
    (member,) = read_members(tmp_path / "members.xlsx")
    assert (member.headcount, member.preferences.heartbeat) == (7, True)


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04 not a workbook", b"id;name\n"])
def test_a_file_that_is_no_workbook_is_refused_with_a_sentence(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "members.xlsx").write_bytes(body)
    with pytest.raises(MembersRefused, match="no workbook"):
        read_members(tmp_path / "members.xlsx")


def test_the_template_is_a_members_file_without_fault(tmp_path: Path) -> None:
    (tmp_path / "members.xlsx").write_bytes(members_template())
    read = read_members_file(tmp_path / "members.xlsx")
    assert (len(read.members), read.warnings) == (1, ())


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("05-trailing-empty-columns.csv", ["BE0999000112", "BE0999000211"]),
        ("10-number-without-country.csv", ["BE0999000112", "BE0999000211"]),
        ("13-number-tva-prefix.csv", ["BE0999000112", "BE0999000211"]),
        ("64-french-freq.csv", ["BE0999000112", "BE0999000211"]),
        ("77-bool-heartbeat-VRAI.csv", ["BE0999000112", "BE0999000211"]),
        ("26-excel-error-competence.csv", "line 2, column competence_1: '#NOM?'"),
    ],
)
def test_the_files_that_went_wrong_are_right(shared: Path, name: str, right: list[str] | str) -> None:
    path = shared / "cases" / "outputs" / name
    if isinstance(right, str):
        with pytest.raises(MembersRefused) as refused:
            read_members(path)
        assert right in str(refused.value)
    else:
        assert [m.company_number for m in read_members(path)] == right


def test_a_wrong_check_digit_in_the_files_that_went_wrong_is_warned_of(shared: Path) -> None:
    (warning,) = read_members_file(shared / "cases" / "outputs" / "48-cpv-wrong-check.csv").warnings
    assert (warning.line, warning.column) == (2, "competence_1_cpv")


def test_the_flags_of_the_files_that_went_wrong_are_read(shared: Path) -> None:
    folder = shared / "cases" / "outputs"
    assert all(m.preferences.heartbeat for m in read_members(folder / "77-bool-heartbeat-VRAI.csv"))
    weekly = read_members(folder / "64-french-freq.csv")
    assert {m.preferences.frequency for m in weekly} == {Frequency.WEEKLY}
