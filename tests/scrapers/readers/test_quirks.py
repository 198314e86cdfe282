"""The quirks of real notices, one named test each: what TED's publishers wrote, and what is read of it.

Read from ../shared; without it these tests are skipped. Where the folder holds no example, a real notice is given the
quirk, as the test states.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from scrapers.readers.normalise.normalise import finish
from scrapers.readers.xml_dispatch import read_xml
from tests.support.stores import passing_store
from warehouse.model.notices import DeadlineKind, Form, Lot, Notice, Text, ValueLevel, stated_value

Read = Callable[[str], Notice]


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "notices"


@pytest.fixture(scope="module")
def read(folder: Path) -> Read:
    return lambda file: finish(read_xml((folder / file).read_bytes()))


def only(lots: tuple[Lot, ...]) -> Lot:
    (lot,) = lots
    return lot


def test_several_languages_are_kept_each_with_its_own(read: Read) -> None:
    notice = read("eforms/published/BEL/511532-2024.xml")
    assert notice.languages == ("FRA", "NLD", "ENG")
    assert {text.language for text in notice.titles} == {"FRA", "NLD", "ENG"}


def test_an_undeclared_language_is_detected_and_marked(folder: Path) -> None:
    """No notice of the folder leaves one out; 389011-2024, in Dutch and French, is read without its declarations."""
    written = (folder / "eforms/published/BEL/389011-2024.xml").read_bytes()
    undeclared = finish(read_xml(re.sub(rb' languageID="[A-Z]{3}"', b"", written)))
    assert [(text.language, text.detected) for text in undeclared.titles] == [("FRA", True), ("NLD", True)]
    assert [(text.language, text.detected) for text in finish(read_xml(written)).titles] == [
        ("FRA", False),
        ("NLD", False),
    ]


def test_the_parts_of_a_plan_are_lots_that_nobody_can_answer(read: Read) -> None:
    notice = read("eforms/published/LUX/757680-2023.xml")
    assert ([lot.id for lot in notice.lots], notice.form) == (["PAR-0001"], Form.PLANNING)
    with passing_store() as store:
        store.set_as_of(datetime(2023, 12, 15, 9, tzinfo=UTC))
        store.save_notices([notice])
        assert store.load_open_lots() == []


def test_a_group_of_lots_is_not_a_lot(read: Read) -> None:
    notice = read("eforms/published/FRA/131011-2024.xml")
    assert [lot.id for lot in notice.lots] == ["LOT-0001", "LOT-0002"]


def test_a_deadline_for_requests_to_take_part_is_read_as_such(read: Read) -> None:
    deadline = only(read("eforms/published/BEL/577256-2023.xml").lots).deadline
    assert deadline is not None
    assert (deadline.kind, deadline.at.isoformat()) == (DeadlineKind.REQUEST, "2023-10-27T10:00:00+02:00")


def test_a_qualification_system_without_deadline_is_open_for_ninety_days(read: Read) -> None:
    notice = read("eforms/published/BEL/547700-2023.xml")
    assert {lot.deadline for lot in notice.lots} == {None}
    day = notice.publication.day
    assert day is not None
    with passing_store() as store:
        store.save_notices([notice])
        for days, is_open in ((80, True), (100, False)):
            store.set_as_of(datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + timedelta(days=days))
            assert bool(store.load_open_lots()) is is_open


def test_of_two_offsets_the_one_in_force_that_day_is_believed(read: Read) -> None:
    """The day says +02:00, the hour +01:00; on 9 April Paris is at +02:00."""
    deadline = read("eforms/published/FRA/131011-2024.xml").lots[0].deadline
    assert deadline is not None
    assert deadline.at.isoformat() == "2024-04-09T12:00:00+02:00"


def test_an_hour_without_offset_is_the_buyers(read: Read) -> None:
    """TED before eForms writes no offset; noon on La Réunion (NUTS FR94 until 2013) is ten o'clock in Paris."""
    mainland = read("ted_r209/FR/122708-2018.xml").lots[0].deadline
    overseas = read("ted_r209/FR/216761-2017.xml").lots[0].deadline
    assert mainland is not None
    assert overseas is not None
    assert mainland.zone == "Europe/Paris"
    assert overseas.at.isoformat() == "2017-07-10T12:00:00+04:00"


def test_a_change_by_the_number_of_the_official_journal_finds_its_notice(read: Read) -> None:
    change = read("eforms/published/FRA/438171-2024.xml")
    assert (change.changes[0].notice, change.changes[0].reason) == ("379393-2024", "cor-buy")
    changed = replace(
        change,
        id="earlier",
        procedure=None,
        changes=(),
        publication=replace(change.publication, number="00379393-2024", day=date(2024, 6, 25)),
    )
    with passing_store() as store:
        store.set_as_of(datetime(2024, 7, 24, 9, tzinfo=UTC))
        store.save_notices([changed, change])
        assert store.join_procedures(date(2024, 7, 24)).certain == 1
        assert {lot.notice.uid for lot in store.load_open_lots()} == {change.uid}


def test_a_cancellation_says_what_it_cancels_and_opens_nothing(read: Read) -> None:
    notice = read("eforms/published/other/SRB/135084-2024.xml")
    assert [change.notice for change in notice.changes if change.cancels] == ["123388-2024"]
    with passing_store() as store:
        store.set_as_of(datetime(2024, 3, 6, 9, tzinfo=UTC))
        store.save_notices([notice])
        assert store.load_open_lots() == []


def test_several_buyers_are_all_named(read: Read) -> None:
    notice = read("eforms/published/LUX/643121-2023.xml")
    assert len({buyer.organisation.names[0].value for buyer in notice.buyers}) == 3


def test_a_framework_and_a_dynamic_system_are_known_as_such(read: Read) -> None:
    assert only(read("eforms/published/BEL/215548-2024.xml").lots).techniques == ("fa-wo-rc",)
    assert read("eforms/published/FRA/453076-2024.xml").lots[0].techniques == ("fa-wo-rc", "dps-list")
    assert read("eforms/published/LUX/646916-2024.xml").lots[0].techniques == ("dps-nlist",)
    assert "dps-list" in read("ted_r209/BE/394130-2021.xml").lots[0].techniques


def test_values_at_both_levels_are_distinguished(read: Read) -> None:
    notice = read("eforms/published/BEL/612182-2023.xml")
    assert notice.estimate is not None
    value = stated_value(notice.lots[0], notice)
    assert value is not None
    assert (notice.estimate.amount, value.money.amount) == (Decimal("2025915.86"), Decimal("562754.41"))
    assert value.level is ValueLevel.LOT


def test_a_framework_maximum_of_nought_is_no_value_and_the_procedures_is(read: Read) -> None:
    """215263-2024 writes 0.00 for its lot and 782,000 for the whole."""
    notice = read("eforms/published/BEL/215263-2024.xml")
    value = stated_value(notice.lots[0], notice)
    assert value is not None
    assert value.level in {ValueLevel.PROCEDURE, ValueLevel.PROCEDURE_FRAMEWORK}


def test_a_withheld_field_is_not_stated(read: Read, folder: Path) -> None:
    file = "eforms/published/FRA/178056-2025.xml"
    assert b">unpublished<" in (folder / file).read_bytes()
    assert "unpublished" not in repr(read(file))


def test_a_result_without_winner_closes_its_lot_and_names_nobody(read: Read) -> None:
    notice = read("eforms/published/LUX/646916-2024.xml")
    assert [(award.outcome, award.winners) for award in notice.awards] == [("clos-nw", ())]


def test_results_that_differ_from_lot_to_lot_are_kept_by_lot(read: Read) -> None:
    notice = read("eforms/published/FRA/215491-2024.xml")
    outcomes = {award.lot: award.outcome for award in notice.awards}
    assert (outcomes["LOT-0001"], outcomes["LOT-0002"]) == ("selec-w", "clos-nw")
    assert {award.lot for award in notice.awards if not award.winners} == {"LOT-0002", "LOT-0004"}


def test_a_prefixed_root_reads_as_any_other(read: Read, folder: Path) -> None:
    file = "eforms/published/BEL/522031-2023.xml"
    assert b"<urn:ContractAwardNotice" in (folder / file).read_bytes()
    assert read(file).form is Form.RESULT


def test_a_group_of_winners_is_one_party_its_lead_first(read: Read) -> None:
    (party,) = read("eforms/published/FRA/536356-2024.xml").awards[0].winners
    assert [firm.recognised for firm in party.organisations] == ["stated"] * 4
    assert (party.organisations[0].names[0].value, party.organisations[0].written) == (
        "TERELIAN",
        "TERELIAN - mandataire",
    )


def test_a_group_in_one_name_becomes_its_firms(read: Read) -> None:
    (party,) = read("eforms/published/FRA/602825-2024.xml").awards[0].winners
    assert [firm.recognised for firm in party.organisations] == ["group-name"] * 3
    assert party.organisations[0].company_number == "393 246 053 00010"


def test_a_subcontractor_in_a_groups_name_is_no_winner(read: Read) -> None:
    party = next(p for a in read("ted_r209/FR/230105-2017.xml").awards for p in a.winners if p.subcontractors)
    assert (len(party.organisations), len(party.subcontractors)) == (4, 2)


def test_a_test_notice_on_the_production_portal_is_open_to_nobody(read: Read) -> None:
    """No notice of the folder is one; a real call is given the title of one."""
    call = read("eforms/published/BEL/577256-2023.xml")
    day = call.publication.day
    assert day is not None
    trial = replace(call, id="trial", procedure="trial", titles=(Text("eForms TEST 3 - please ignore", "ENG"),))
    with passing_store() as store:
        store.set_as_of(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        store.save_notices([call, trial])
        assert {lot.notice.uid for lot in store.load_open_lots()} == {call.uid}


def test_a_purchase_of_tests_is_no_test(read: Read) -> None:
    assert not read("ted_r209/other/NL/628677-2021.xml").is_dummy


def test_no_real_notice_is_taken_for_a_test(shared: Path) -> None:
    from scrapers.read import read_path

    readings = read_path(shared / "notices" / "eforms" / "published" / "BEL")
    assert [r.identifier for r in readings if r.notice and r.notice.is_dummy] == []
