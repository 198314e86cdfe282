"""Claims about reading BOAMP records: recorded ones, and invented ones for the shapes no recording shows."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.errors import SourceChanged, Unknown, Unreadable
from scrapers.readers.boamp.deadline import read_instant_of, reconcile
from scrapers.readers.boamp.departements import read_departements
from scrapers.readers.boamp.records import read_records
from scrapers.source import find_file
from tests.support.paths import RECORDINGS
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.notices import Deadline, DeadlineKind, Form, Notice

INVENTED = RECORDINGS / "boamp" / "records.json"
PARIS = ZoneInfo("Europe/Paris")


def recorded(shared: Path, name: str) -> dict[str, Any]:
    return json.loads((shared / "recordings" / "fr_boamp" / name).read_bytes())


def read(page: dict[str, Any]) -> dict[str, Any]:
    return dict(read_records(json.dumps(page).encode()))


@pytest.fixture(scope="module")
def invented() -> dict[str, Any]:
    return dict(read_records(INVENTED.read_bytes()))


def mapa(**more: object) -> dict[str, Any]:
    """An invented national record, changed as the test wants."""
    page = json.loads(INVENTED.read_bytes())
    record = next(row for row in page["results"] if row["idweb"] == "26-900001")
    return {"total_count": 1, "results": [{**record, **more}]}


def deadlines(notice: Notice) -> list[tuple[str, str]]:
    return [(lot.deadline.at.isoformat(), lot.deadline.zone) for lot in notice.lots if lot.deadline]


def test_a_deadline_without_offset_is_paris_time(shared: Path):
    notices = read(recorded(shared, "records_page_2024-07_mapa.json"))
    assert deadlines(notices["24-76932"]) == [("2024-07-25T12:00:00+02:00", "Europe/Paris")]
    assert deadlines(notices["24-76638"]) == [("2024-09-02T12:00:00+02:00", "Europe/Paris")]


def test_a_deadline_with_milliseconds_is_not_two_hours_late(shared: Path):
    notices = read(recorded(shared, "records_page_2026-08-12_eforms.trimmed.json"))
    assert deadlines(notices["26-79592"]) == [("2026-09-30T12:00:00+02:00", "+02:00")]
    assert deadlines(notices["26-79589"]) == [("2026-09-22T12:00:00+02:00", "+02:00")] * 2
    assert deadlines(notices["26-79714"]) == [("2026-09-28T12:00:00+02:00", "+02:00")]


def test_an_eforms_notice_keeps_its_own_identity_and_the_number_of_the_portal(shared: Path):
    notice = read(recorded(shared, "records_page_2026-08-12_eforms.trimmed.json"))["26-79589"]
    assert notice.uid == "c3841933-b81c-4e98-8d11-ea5ee984bb5e-01"
    assert notice.procedure == "8322a903-ca9b-47ed-83da-f2cdd3abba75"
    assert (notice.publication.source, notice.publication.number) == ("fr_boamp", "26-79589")
    assert notice.publication.day == date(2026, 8, 12)
    assert [lot.id for lot in notice.lots] == ["LOT-0001", "LOT-0004"]
    assert notice.cpv == (Cpv("44113310"),)
    assert not notice.is_summary


def test_a_record_without_donnees_is_a_summary(shared: Path):
    notice = read(recorded(shared, "records_page_2026-08-12_eforms.trimmed.json"))["26-79714"]
    assert notice.is_summary
    assert notice.procedure == "97746a84-e8fd-41c2-8aea-61b385d14fb2"
    assert notice.nuts == (Nuts("FR105"), Nuts("FR101"))


def test_a_national_notice_has_its_title_from_donnees_and_its_place_from_the_departement(shared: Path):
    notice = read(recorded(shared, "records_page_2024-07_mapa.json"))["24-76932"]
    assert notice.titles[0].value.startswith("MISSION DE MAITRISE D'OEUVRE CRÉATION D'OUVRAGE")
    assert notice.form is Form.COMPETITION
    assert notice.nuts == (Nuts("FRL06"),)
    assert notice.nature == "services"
    assert notice.buyers[0].organisation.city == "Orange"
    assert "FABRE" not in repr(notice), "a correspondent is a person and is not read"


def test_a_record_cut_in_the_recording_is_set_aside_for_its_missing_identifier(shared: Path):
    result = read(recorded(shared, "record_award_26-79727.trimmed.json"))["26-79727"]
    assert isinstance(result, Unreadable)
    assert "26-79727" in str(result)


def test_an_award_is_decided_on_the_contract_s_day_and_not_on_the_filler(shared: Path):
    page = recorded(shared, "record_award_26-79727.trimmed.json")
    content = json.loads(page["results"][0]["donnees"])
    # What the recording was trimmed of, put back: identity, buyer, lot.
    content["EFORMS"]["ContractAwardNotice"] |= {
        "cbc:ID": "11111111-1111-4111-8111-111111111111",
        "cbc:VersionID": "01",
        "cac:ContractingParty": {"cac:Party": {"cac:PartyIdentification": {"cbc:ID": "ORG-0001"}}},
        "cac:ProcurementProjectLot": {"cbc:ID": {"@schemeName": "Lot", "#text": "LOT-0001"}},
    }
    page["results"][0]["donnees"] = json.dumps(content)
    notice = read(page)["26-79727"]
    assert notice.form is Form.RESULT
    assert notice.awards[0].decided_on == date(2026, 7, 30)
    assert [o.names[0].value for w in notice.awards[0].winners for o in w.organisations] == ["DUPONT RESTAURATION"]


def test_a_page_of_another_shape_stops_the_source(shared: Path):
    light = (shared / "recordings" / "fr_boamp" / "light_rows_sample50.json").read_bytes()
    with pytest.raises(SourceChanged):
        list(read_records(light))


def test_an_unknown_field_names_itself():
    result = read(mapa(delai_inattendu="2026-12-24"))["26-900001"]
    assert isinstance(result, Unknown)
    assert "delai_inattendu" in str(result)


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"nature": "NOUVELLE_NATURE"}, Unknown),
        ({"etat": "PERDU"}, Unknown),
        ({"donnees": '{"FORMULAIRE": {}}'}, Unknown),
        ({"donnees": '{"MAPA": {"inattendu": {}}}'}, Unreadable),
        ({"donnees": '{"MAPA": '}, Unreadable),
        ({"nature": "AUTRE", "donnees": '{"OBJET": {}, "IDENTITE": {}}'}, Unreadable),
        ({"donnees": "[" * 100_000}, Unreadable),
        ({"gestion": None}, Unreadable),
    ],
)
def test_what_is_not_known_is_never_guessed(more: dict[str, object], kind: type[Exception]):
    assert isinstance(read(mapa(**more))["26-900001"], kind)


def test_one_unreadable_record_does_not_hide_the_others():
    page = mapa()
    page["results"] = [mapa(idweb="26-900098", donnees="{")["results"][0], *page["results"]]
    assert [type(result) for result in read(page).values()] == [Unreadable, Notice]


def test_the_flat_deadline_is_never_read():
    assert deadlines(read(mapa(datelimitereponse="1999-01-01T00:00:00+00:00"))["26-900001"]) == deadlines(
        read(mapa())["26-900001"]
    )


def test_a_simplified_notice_is_read_with_its_codes_lots_and_documents(invented: dict[str, Any]):
    notice = invented["26-900002"]
    assert [lot.id for lot in notice.lots] == ["LOT-0001", "LOT-0002"]
    assert [lot.cpv for lot in notice.lots] == [(Cpv("32420000"),), (Cpv("72700000"), Cpv("32413100"))]
    assert notice.lots[1].titles[0].value == "Réseau sans fil de l'hôtel communautaire"
    assert notice.lots[0].documents == ("https://achats.example/dce?id=12&lot=1",)
    assert notice.buyers[0].organisation.company_number == "20009999900011"
    assert deadlines(notice) == [("2026-12-14T12:00:00+01:00", "Europe/Paris")] * 2


def test_a_correction_carries_the_date_to_read_and_points_at_what_it_corrects(invented: dict[str, Any]):
    notice = invented["26-900003"]
    assert notice.changes[0].notice == "26-900002"
    assert notice.procedure == "26-900002"
    assert any("reportée" in text.value for text in notice.changes[0].texts)
    assert deadlines(notice) == [("2026-12-21T12:00:00+01:00", "Europe/Paris")]


def test_a_cancellation_cancels(invented: dict[str, Any]):
    assert invented["26-900004"].changes[0].cancels


def test_a_national_result_names_its_winners(invented: dict[str, Any]):
    notice = invented["26-900005"]
    assert notice.form is Form.RESULT
    assert [w.organisations[0].names[0].value for w in notice.awards[0].winners] == ["Nuage & Fils", "Baie Froide SA"]
    assert notice.lots[0].deadline is None


def test_of_two_deadlines_that_disagree_the_earlier_is_kept_and_reported(caplog: pytest.LogCaptureFixture):
    early = read_instant_of("2026-12-14T10:00:00+01:00", DeadlineKind.TENDER)
    late = read_instant_of("2026-12-14T12:00:00", DeadlineKind.TENDER)
    assert reconcile("26-1", late, early) is early
    assert reconcile("26-1", early, late) is early
    assert caplog.records[0].notice == "26-1"  # type: ignore[attr-defined]


def test_an_offset_stamped_on_the_day_of_writing_contradicts_nothing(caplog: pytest.LogCaptureFixture):
    written_in_winter = read_instant_of("2024-04-09T12:00:00+01:00", DeadlineKind.TENDER)
    in_force = read_instant_of("2024-04-09T12:00:00+02:00", DeadlineKind.TENDER)
    assert reconcile("26-1", written_in_winter, in_force) is in_force
    assert caplog.records == []
    assert reconcile("26-1", in_force, written_in_winter) is in_force


def test_a_day_without_an_hour_says_so():
    deadline = read_instant_of("2026-12-14", DeadlineKind.TENDER)
    assert not deadline.hour_stated
    assert deadline.at.astimezone(PARIS).isoformat() == "2026-12-14T23:59:59+01:00"


CHANGES = st.sampled_from([datetime(2026, 3, 29), datetime(2026, 10, 25), datetime(2027, 3, 28)])  # noqa: DTZ001
MOMENTS = st.builds(lambda day, minutes: day + timedelta(minutes=minutes), CHANGES, st.integers(-3000, 3000))


@given(MOMENTS, st.sampled_from(["", ".000", ".5"]))
def test_a_naive_deadline_shows_the_hour_written_on_a_clock_in_paris(moment: datetime, fraction: str):
    at = read_instant_of(moment.isoformat() + fraction, DeadlineKind.TENDER).at
    shown = at.astimezone(UTC).astimezone(PARIS).replace(tzinfo=None)
    skipped = (
        timedelta(hours=1) if moment.hour == 2 and moment.date().month == 3 and moment.date().day in {28, 29} else None
    )
    assert shown - moment in ({timedelta(0), skipped} if skipped else {timedelta(0)})


@given(
    MOMENTS, st.sampled_from([("+02:00", 2), ("+01:00", 1), ("Z", 0), ("-04:00", -4)]), st.sampled_from(["", ".000"])
)
def test_a_written_offset_decides_whatever_the_clock_in_paris_shows(
    moment: datetime, offset: tuple[str, int], fraction: str
):
    deadline: Deadline = read_instant_of(f"{moment.isoformat()}{fraction}{offset[0]}", DeadlineKind.TENDER)
    assert deadline.at.astimezone(UTC).replace(tzinfo=None) == moment - timedelta(hours=offset[1])


def test_departements_have_the_codes_of_the_nomenclature(shared: Path):
    lines = (shared / "codelists" / "nuts_2021_2024_be_fr_lu_nl_de.csv").read_text().splitlines()
    known = {line.split(",")[0] for line in lines}
    every = [f"{n:02d}" for n in range(1, 96) if n != 20] + ["2A", "2B", "971", "972", "973", "974", "976"]
    found = read_departements(every)
    assert len(found) == 101
    assert all(place.code in known for place in found)
    assert read_departements(["6", "20A", "59", "99", "987"]) == (Nuts("FRL03"), Nuts("FRM01"), Nuts("FRE11"))


def test_the_source_file_reads_a_landed_page():
    results = dict(find_file("fr_boamp").read("records", INVENTED.read_bytes(), None))
    assert all(isinstance(result, Notice) for result in results.values())
