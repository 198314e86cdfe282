from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.errors import MembersRefused
from matching.members_file.members import demo_members, read_members
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.members import Channel, Frequency, Weekday

HEAD = (
    "id;company_number;name;email;languages;nuts;headcount;turnover;certificates;reach;frequency;threshold;"
    "competence_1;competence_1_cpv;competence_1_stages;competence_2;competence_2_language"
)
GOOD = (
    "atelier;BE 0999.000.112;L'Atelier, SRL;avis@atelier.example;fr nl;BE32B;7;450 000;ISO 27001 | VCA;BE FRE;"
    "daily;0,6;Développement de logiciels;72200000-7 72262000;design build;Webtoepassingen;nl"
)


def write(folder: Path, *lines: str, name: str = "members.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def faults_of(path: Path) -> list[tuple[int, str]]:
    with pytest.raises(MembersRefused) as refused:
        read_members(path)
    return [(fault.line, fault.column) for fault in refused.value.faults]


def test_a_spreadsheet_row_becomes_a_member(tmp_path: Path) -> None:
    (member,) = read_members(write(tmp_path, HEAD, GOOD))
    assert (member.id, member.company_number, member.name) == ("atelier", "BE0999000112", "L'Atelier, SRL")
    assert (member.languages, member.nuts, member.headcount) == (("fr", "nl"), Nuts("BE32B"), 7)
    assert str(member.turnover.amount if member.turnover else None) == "450000.00"
    assert (member.certificates, member.reach) == (("ISO 27001", "VCA"), (Nuts("BE"), Nuts("FRE")))
    assert (member.preferences.frequency, member.preferences.threshold) == (Frequency.DAILY, 0.6)


def test_competences_are_in_numbered_columns_in_the_members_first_language_unless_stated(tmp_path: Path) -> None:
    (member,) = read_members(write(tmp_path, HEAD, GOOD))
    first, second = member.competences
    assert (first.language, first.cpv, first.stages) == ("fr", (Cpv("72200000"), Cpv("72262000")), ("design", "build"))
    assert (second.text, second.language, second.cpv) == ("Webtoepassingen", "nl", ())


def test_an_empty_turnover_is_unknown_and_neither_zero_nor_enough(tmp_path: Path) -> None:
    (member,) = read_members(write(tmp_path, HEAD, GOOD.replace("450 000", "")))
    assert member.turnover is None


@pytest.mark.parametrize("separator", [",", "\t"])
def test_other_separators_of_spreadsheets_are_read(tmp_path: Path, separator: str) -> None:
    row = ["a", "BE0999000112", "A", "a@firm.example", "fr", "BE32B", "7"]
    head = ["id", "company_number", "name", "email", "languages", "nuts", "headcount"]
    assert read_members(write(tmp_path, separator.join(head), separator.join(row)))[0].id == "a"


@pytest.mark.parametrize(
    ("seen", "wrong", "column"),
    [
        ("atelier;BE", "Atelier Nord;BE", "id"),
        ("BE 0999.000.112", "BE 0999.000", "company_number"),
        ("avis@atelier.example", "avis.atelier.example", "email"),
        ("avis@atelier.example", "avis@atelier..example", "email"),
        (";fr nl;", ";fr es;", "languages"),
        ("BE32B", "Charleroi", "nuts"),
        (";7;", ";sept;", "headcount"),
        (";7;", ";0;", "headcount"),
        ("450 000", "450.000", "turnover"),
        ("450 000", "1", "turnover"),
        ("BE FRE", "BE Hainaut", "reach"),
        ("daily", "hourly", "frequency"),
        ("0,6", "60", "threshold"),
        ("72200000-7", "722", "competence_1_cpv"),
        ("design build", "design sell", "competence_1_stages"),
        (";nl", ";es", "competence_2_language"),
        ("Webtoepassingen", "", "competence_2"),
    ],
)
def test_a_wrong_cell_is_named_by_line_and_column(tmp_path: Path, seen: str, wrong: str, column: str) -> None:
    other = GOOD.replace("atelier;BE 0999.000.112", "autre;BE0999000113")
    assert faults_of(write(tmp_path, HEAD, other, GOOD.replace(seen, wrong, 1))) == [(3, column)]


def test_every_fault_of_a_file_is_reported_at_once(tmp_path: Path) -> None:
    bad = GOOD.replace("BE32B", "??").replace("fr nl", "").replace(";7;", ";x;")
    assert faults_of(write(tmp_path, HEAD, bad, "", bad.replace("atelier;", "b;").replace("112", "113"))) == [
        (2, "languages"),
        (2, "nuts"),
        (2, "headcount"),
        (4, "languages"),
        (4, "nuts"),
        (4, "headcount"),
    ]


def test_a_fault_says_what_was_seen_and_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(MembersRefused, match=r"line 2, column turnover: '450\.000'.*write 450000, or leave it empty"):
        read_members(write(tmp_path, HEAD, GOOD.replace("450 000", "450.000")))


def test_one_wrong_row_leaves_nothing_imported(tmp_path: Path) -> None:
    with pytest.raises(MembersRefused, match="nothing was imported"):
        read_members(write(tmp_path, HEAD, GOOD, GOOD.replace("atelier;", "b;").replace("000.112", "x")))


def test_ids_and_company_numbers_stand_once(tmp_path: Path) -> None:
    assert faults_of(write(tmp_path, HEAD, GOOD, GOOD)) == [(3, "id"), (3, "company_number")]


def test_an_unknown_column_is_refused(tmp_path: Path) -> None:
    assert faults_of(write(tmp_path, HEAD + ";telephone", GOOD + ";0")) == [(1, "telephone")]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    assert faults_of(write(tmp_path, HEAD.replace("email;", ""), GOOD)) == [(1, "email")]


def test_a_cell_too_many_is_named(tmp_path: Path) -> None:
    assert faults_of(write(tmp_path, HEAD, GOOD + ";surplus")) == [(2, "number 18")]


def test_a_file_in_another_encoding_says_how_to_save_it(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_bytes(f"{HEAD}\n{GOOD}\n".encode("cp1252"))
    with pytest.raises(MembersRefused, match=r"line 2.*UTF-8"):
        read_members(path)


def test_a_spreadsheets_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text(f"{HEAD}\n{GOOD}\n", encoding="utf-8-sig")
    assert read_members(path)[0].id == "atelier"


def test_a_cell_over_two_lines_keeps_the_line_its_row_begins_on(tmp_path: Path) -> None:
    long = GOOD.replace("Développement de logiciels", '"Développement\nde logiciels"')
    after = GOOD.replace("atelier;BE 0999.000.112", "autre;BE0999000113").replace("BE32B", "?")
    assert faults_of(write(tmp_path, HEAD, long, after)) == [(4, "nuts")]


def test_a_missing_file_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(MembersRefused, match="cannot be opened"):
        read_members(tmp_path / "none.csv")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert faults_of(write(tmp_path, "", name="members.toml")) == [(1, "-")]


TOML = """
[[member]]
id = "a"
company_number = "BE0999000112"
name = "A"
email = "a@firm.example"
languages = ["fr"]
nuts = "BE32B"
headcount = 7

[member.preferences]
threshold = 0.55
channel = "text"
quiet_days = ["saturday", "sunday"]
heartbeat = true

[[member.competence]]
text = "Sites web"
cpv = ["72413000"]

[[member]]
id = "b"
company_number = "BE0999000113"
name = "B"
email = "b@firm.example"
languages = ["nl"]
nuts = "BE100"
headcount = 2
conflicts = ["a"]

[[member.competence]]
text = "Netwerken"
cpv = ["32420000"]
"""


def test_toml_says_the_same_as_csv(tmp_path: Path) -> None:
    first, second = read_members(write(tmp_path, TOML, name="members.toml"))
    assert (first.preferences.threshold, first.competences[0].cpv) == (0.55, (Cpv("72413000"),))
    assert (second.conflicts, second.competences[0].language) == (("a",), "nl")
    assert (first.preferences.channel, first.preferences.heartbeat) == (Channel.TEXT, True)
    assert first.preferences.quiet_days == (Weekday.SATURDAY, Weekday.SUNDAY)


@pytest.mark.parametrize(
    ("seen", "wrong", "line", "column"),
    [
        ('nuts = "BE100"', 'nuts = "Brussel"', 27, "nuts"),
        ('cpv = ["32420000"]', 'cpv = ["3242"]', 33, "competence_1.cpv"),
        ("threshold = 0.55", "threshold = 5", 12, "preferences.threshold"),
        ('channel = "text"', 'channel = "fax"', 13, "preferences.channel"),
        ('"saturday", "sunday"', '"sabbath"', 14, "preferences.quiet_days"),
        ("heartbeat = true", 'heartbeat = "often"', 15, "preferences.heartbeat"),
        ("threshold = 0.55", "threshold = true", 12, "preferences.threshold"),
        ("headcount = 2", "headcount = 2\nphone = 1", 29, "phone"),
        ("headcount = 2", "headcount = 2\nturnover = 4.5", 29, "turnover"),
        ('conflicts = ["a"]', 'conflicts = ["z"]', 29, "conflicts"),
        ('text = "Netwerken"\n', "", 31, "competence_1.text"),
    ],
)
def test_a_wrong_value_in_toml_is_named_by_its_line(
    tmp_path: Path, seen: str, wrong: str, line: int, column: str
) -> None:
    assert faults_of(write(tmp_path, TOML.replace(seen, wrong), name="members.toml")) == [(line, column)]


def test_broken_toml_is_named_by_its_line(tmp_path: Path) -> None:
    assert faults_of(write(tmp_path, TOML.replace('nuts = "BE100"', 'nuts = "BE100'), name="members.toml")) == [
        (27, "-")
    ]


@given(st.binary(max_size=300))
def test_whatever_a_file_holds_it_is_read_or_refused_with_its_faults(
    tmp_path_factory: pytest.TempPathFactory, body: bytes
) -> None:
    for name in ("any.csv", "any.toml"):
        path = tmp_path_factory.getbasetemp() / name
        path.write_bytes(body)
        with pytest.raises(MembersRefused):
            read_members(path)


def test_the_demonstration_cluster_is_invented_and_whole() -> None:
    members = demo_members()
    assert [m.company_number for m in members] == [f"BE0999000{n}" for n in range(101, 125)]
    assert all(m.email.endswith(".example") and m.competences for m in members)


def test_the_demonstration_cluster_knows_unknown_turnovers_and_four_languages() -> None:
    members = demo_members()
    assert any(m.turnover is None for m in members)
    assert {m.languages[0] for m in members} == {"fr", "nl", "en", "de"}
