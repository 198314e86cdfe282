"""TED's older XML gives the same facts in the same words. Invented notices, one claim a test."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from scrapers.errors import Unknown, Unreadable
from scrapers.readers.xml_dispatch import read_xml
from tests.support.paths import RECORDINGS
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.notices import Deadline, DeadlineKind, Form, Money, Notice, Text

FOLDER = RECORDINGS / "ted_export"


def read(name: str, *changes: tuple[str, str]) -> Notice:
    text = (FOLDER / name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"the recording no longer holds {old!r}"
        text = text.replace(old, new)
    return read_xml(text.encode())


@pytest.fixture(scope="module")
def call() -> Notice:
    return read("call_two_languages.xml")


@pytest.fixture(scope="module")
def result() -> Notice:
    return read("result_group.xml")


def deadline_of(notice: Notice) -> Deadline:
    deadline = notice.lots[0].deadline
    assert deadline is not None
    return deadline


def test_an_old_notice_is_known_by_its_publication_number(call: Notice):
    assert (call.uid, call.publication.number, call.publication.day) == ("901-2022-01", "901-2022", date(2022, 6, 9))


def test_an_old_notice_has_no_procedure_but_the_notice_before_it(call: Notice):
    assert call.procedure is None
    assert [(c.notice, c.reason) for c in call.changes] == [("777-2022", "follows")]


def test_form_and_number_of_the_form_are_both_kept(call: Notice):
    assert (call.form, call.notice_type, call.procedure_type) == (Form.COMPETITION, "F02", "restricted")


def test_only_original_languages_are_read(call: Notice):
    assert call.languages == ("FRA", "NLD")
    assert call.titles == (Text("Hébergement du 1er portail", "FRA"), Text("Hosting van het portaal", "NLD"))


def test_paragraphs_stay_paragraphs(call: Notice):
    assert call.descriptions == (Text("Premier paragraphe.\nSecond.", "FRA"),)


def test_each_buyer_has_its_country_in_three_letters(call: Notice):
    assert call.buyer_countries == ("BEL", "DEU")
    assert call.buyers[0].organisation.names == (Text("Régie des Lanternes", "FRA"), Text("Lantaarnbedrijf", "NLD"))
    assert "example" not in repr(call.buyers)


def test_a_lot_has_the_contracts_main_code_and_its_own(call: Notice):
    assert call.lots[0].cpv == (Cpv("72000000"), Cpv("72413000"))


def test_outside_the_union_is_not_a_place(call: Notice):
    assert (call.lots[0].nuts, call.lots[1].nuts) == ((Nuts("BE323"),), ())


def test_a_lot_is_named_in_each_language_that_names_it(call: Notice):
    assert [text.value for text in call.lots[0].titles] == ["Portail", "Portaal"]
    assert [text.value for text in call.lots[1].titles] == ["Hébergement"]


def test_a_deadline_is_local_time_and_says_so(call: Notice):
    deadline = deadline_of(call)
    assert (deadline.at.isoformat(), deadline.zone) == ("2022-07-13T14:00:00+02:00", "Europe/Brussels")


def test_a_restricted_procedure_awaits_requests_and_an_open_one_tenders(call: Notice):
    assert deadline_of(call).kind is DeadlineKind.REQUEST
    assert deadline_of(read("call_two_languages.xml", ("PT_RESTRICTED", "PT_OPEN"))).kind is DeadlineKind.TENDER


def test_a_prior_information_that_is_the_call_awaits_interest():
    notice = read("call_two_languages.xml", ('TD_DOCUMENT_TYPE CODE="3"', 'TD_DOCUMENT_TYPE CODE="A"'))
    assert deadline_of(notice).kind is DeadlineKind.INTEREST


def test_a_deadline_without_hour_is_the_end_of_its_day():
    deadline = deadline_of(read("call_two_languages.xml", ("<TIME_RECEIPT_TENDERS>14:00</TIME_RECEIPT_TENDERS>", "")))
    assert (deadline.at.isoformat(), deadline.hour_stated) == ("2022-07-13T23:59:59+02:00", False)


def test_criteria_stated_once_count_for_every_lot(call: Notice):
    criteria = [[(c.use, c.kind, tuple(t.value for t in c.texts)) for c in lot.criteria] for lot in call.lots]
    registered = ("selection", "sui-act", ("Inscription au registre.",))
    assert criteria == [[registered, ("award", "quality", ("Méthode",)), ("award", "price", ())], [registered]]


def test_a_reserved_call_and_its_documents_and_languages(call: Notice):
    lot = call.lots[1]
    assert (lot.reserved, lot.documents, lot.tender_languages) == (
        True,
        ("https://marches.morvaux.example/dce",),
        ("FRA", "NLD"),
    )


def test_amounts_are_money(call: Notice):
    assert (call.estimate, call.lots[0].estimate) == (Money(Decimal("500000.00"), "EUR"), Money(Decimal(300000), "EUR"))


def test_a_group_is_one_party_and_firms_apart_are_several(result: Notice):
    parties = [[[o.names[0].value for o in p.organisations] for p in award.winners] for award in result.awards]
    assert parties == [[["Cuivre & Fils", "Fibre des Dunes"]], [["Cuivre & Fils"], ["Fibre des Dunes"]], []]


def test_an_award_has_value_day_and_tenders(result: Notice):
    award = result.awards[0]
    assert (award.value, award.decided_on, award.tenders_received) == (
        Money(Decimal("87050.10"), "EUR"),
        date(2018, 5, 4),
        4,
    )


def test_a_winner_is_described_without_its_address(result: Notice):
    first, second = result.awards[0].winners[0].organisations
    assert (first.company_number, first.country, first.size) == ("999000112", "FRA", "sme")
    assert (second.country, second.size) == ("BEL", "large")


def test_the_united_kingdom_is_called_as_everywhere(result: Notice):
    assert result.awards[1].winners[1].organisations[0].country == "GBR"


def test_a_lot_nobody_won_is_closed(result: Notice):
    assert (result.awards[2].lot, result.awards[2].outcome) == ("3", "clos-nw")


def test_a_result_follows_its_call(result: Notice):
    assert result.changes[0].notice == "88813-2018"


def test_a_corrigendum_is_a_change_in_words_and_opens_no_lot():
    notice = read("corrigendum.xml")
    assert (notice.lots, notice.changes[0].notice) == ((), "4358-2021")
    assert [text.value for text in notice.changes[0].texts] == [
        "IV.2.2) Date limite: 2021-03-11 12:00 -> 2021-03-18 12:00",
        "Le reste ne change pas.",
    ]


def test_a_document_type_nobody_knows_sets_its_notice_aside():
    with pytest.raises(Unknown, match="'%'"):
        read("corrigendum.xml", ('TD_DOCUMENT_TYPE CODE="2"', 'TD_DOCUMENT_TYPE CODE="%"'))


@pytest.mark.parametrize("lost", ["CODED_DATA_SECTION", "FORM_SECTION"])
def test_a_notice_without_a_section_is_unreadable(lost: str):
    with pytest.raises(Unreadable, match=lost):
        read("corrigendum.xml", (f"<{lost}>", "<X>"), (f"</{lost}>", "</X>"))
