"""Claims about BOAMP's form before 2019: the XML of a notice, recorded or invented, and the same content as JSON."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.errors import SourceError, Unknown, Unreadable
from scrapers.read import read_path
from scrapers.readers.boamp.records import read_records
from scrapers.readers.xml_dispatch import read_xml
from tests.support.paths import RECORDINGS
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.notices import Form, Money, Notice

FOLDER = RECORDINGS / "boamp"
CALL = (FOLDER / "announce_call.xml").read_bytes()


@pytest.fixture(scope="module")
def recorded(shared: Path) -> dict[str, Notice]:
    folder = shared / "recordings" / "fr_boamp" / "xml_legacy"
    return {reading.identifier: reading.notice for reading in read_path(folder) if reading.notice}


def closing(notice: Notice) -> list[tuple[str, str]]:
    return [(lot.deadline.at.isoformat(), lot.deadline.zone) for lot in notice.lots if lot.deadline]


def test_all_five_recorded_notices_are_read(recorded: dict[str, Notice]):
    assert sorted(recorded) == ["16-181902", "16-183123", "16-186359", "17-2599", "17-40964"]


def test_the_winter_offset_stamped_on_a_summer_deadline_makes_nobody_an_hour_late(recorded: dict[str, Notice]):
    assert closing(recorded["17-40964"]) == [("2017-04-26T12:00:00+02:00", "Europe/Paris")]
    assert closing(recorded["16-181902"]) == [("2017-01-30T16:00:00+01:00", "Europe/Paris")]
    assert closing(recorded["16-186359"]) == [("2017-02-17T12:00:00+01:00", "Europe/Paris")] * 2


def test_a_lot_written_twice_without_a_number_is_one(recorded: dict[str, Notice]):
    assert [lot.id for lot in recorded["17-40964"].lots] == ["LOT-0001"]


def test_recorded_buyers_have_their_name_number_and_place(recorded: dict[str, Notice]):
    organisation = recorded["17-2599"].buyers[0].organisation
    assert (organisation.names[0].value, organisation.company_number, organisation.city) == (
        "C.C.A.S. de Toulon",
        "26830066200015",
        "Toulon",
    )


def test_a_recorded_result_names_winner_value_day_and_tenders_of_each_lot(recorded: dict[str, Notice]):
    awards = {award.lot: award for award in recorded["17-2599"].awards}
    assert len(awards) == 21
    assert [o.names[0].value for w in awards["LOT-0004"].winners for o in w.organisations] == [
        "Société de Distribution Avicole Sda"
    ]
    assert awards["LOT-0004"].value == Money(Decimal(45000), "EUR")
    assert awards["LOT-0004"].decided_on == date(2016, 10, 20)
    assert awards["LOT-0004"].tenders_received == 5
    assert awards["LOT-0009"].outcome == "clos-nw"
    assert awards["LOT-0009"].winners == ()


def test_a_result_without_follow_up_and_without_winner_closes_its_lots(recorded: dict[str, Notice]):
    notice = recorded["16-183123"]
    assert {(award.lot, award.outcome) for award in notice.awards} == {(f"LOT-000{n}", "clos-nw") for n in (1, 2, 3)}
    assert notice.procedure == "16-155545", "the call it follows"


def test_what_boamp_calls_it_is_kept_and_stands_with_the_lot_where_there_is_no_cpv(recorded: dict[str, Notice]):
    assert [text.value for text in recorded["16-181902"].descriptions[1:]] == ["Etude, Maîtrise d'oeuvre"]
    assert "Impression" in [text.value for text in recorded["16-183123"].lots[0].descriptions]


def test_letters_of_windows_are_repaired(recorded: dict[str, Notice]):
    assert recorded["17-40964"].descriptions[0].value.startswith(": L’objet")


def test_an_announcement_is_recognised_by_its_root():
    assert read_xml(CALL).publication.source == "fr_boamp"


def test_an_invented_call_is_read_whole():
    notice = read_xml(CALL)
    first, second = notice.lots
    assert (notice.id, notice.form, notice.publication.day) == ("17-900101", Form.COMPETITION, date(2017, 5, 3))
    assert (first.id, first.cpv, first.nuts) == ("LOT-0001", (Cpv("72415000"), Cpv("72500000")), (Nuts("FRE11"),))
    assert (second.id, second.cpv, second.nuts) == ("LOT-0002", (Cpv("32424000"),), (Nuts("FRE11"),))
    assert first.estimate == Money(Decimal(250000), "EUR")
    assert [(c.use, c.kind, c.texts[0].value) for c in first.criteria] == [
        ("selection", "tp-abil", "Trois références."),
        ("award", "quality", "Valeur technique (60 %)"),
        ("award", "price", "Prix (40 %)"),
    ]
    assert first.documents == ("https://achats.example/dce?id=7&lot=1",)
    assert (first.tender_languages, first.reserved, notice.procedure_type) == (("FRA",), False, "open")
    assert closing(notice) == [("2017-06-14T12:00:00+02:00", "Europe/Paris")] * 2
    assert notice.descriptions[0].value.startswith("L’hébergement")


def test_a_correspondent_is_a_person_and_is_not_read():
    assert "Personne" not in repr(read_xml(CALL))


def record(**content: object) -> Notice | SourceError:
    """The one notice of a page whose record has this content."""
    page: dict[str, Any] = json.loads((FOLDER / "records.json").read_bytes())
    row = {**page["results"][0], "donnees": json.dumps(content)}
    return next(read_records(json.dumps({"total_count": 1, "results": [row]}).encode()))[1]


def test_the_same_content_as_json_is_read_in_the_same_way():
    subject = {"TITRE_MARCHE": "Formation", "CPV": {"PRINCIPAL": "80533100"}, "TYPE_MARCHE": {"SERVICE": ""}}
    notice = record(IDENTITE={"DENOMINATION": "Banque inventée", "VILLE": "Lille"}, OBJET=subject)
    assert isinstance(notice, Notice)
    assert (notice.titles[0].value, notice.cpv, notice.nature) == ("Formation", (Cpv("80533100"),), "services")
    assert notice.buyers[0].organisation.city == "Lille"


def test_candidates_who_are_chosen_first_are_due_at_their_own_date():
    notice = record(OBJET={}, CONDITION_DELAI={"RECEPT_CANDIDAT": "2026-12-01T17:00:00+01:00"})
    assert isinstance(notice, Notice)
    assert notice.lots[0].deadline is not None
    assert notice.lots[0].deadline.kind == "request"


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (b"<IDWEB>17-900101</IDWEB>", b"", Unreadable),
        (b"2017-05-03", b"demain", Unreadable),
        (b"2017-06-14T12:00:00+01:00", b"2017-02-31T12:00:00+01:00", Unreadable),
        (b"<APPEL_OFFRE>", b"<INEDIT/><APPEL_OFFRE>", Unknown),
        (b"<DONNEES>", b"<DONNEES/><AUTRE>", Unreadable),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(old: bytes, new: bytes, kind: type[SourceError]):
    assert old in CALL
    with pytest.raises(kind):
        read_xml(CALL.replace(old, new).replace(b"</DONNEES>", b"</AUTRE>" if b"<AUTRE>" in new else b"</DONNEES>"))


@given(st.integers(0, len(CALL) - 1), st.integers(0, 400), st.sampled_from([b"", b"<", b"&bomb;", b"\xff", b"<LOT/>"]))
def test_a_mangled_announcement_is_read_or_refused_and_nothing_else(start: int, length: int, instead: bytes):
    try:
        notice = read_xml(CALL[:start] + instead + CALL[start + length :])
    except SourceError:
        return
    assert notice.lots
