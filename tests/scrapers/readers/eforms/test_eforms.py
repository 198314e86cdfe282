"""Facts of an eForms notice are what the publisher wrote. Invented notices, one claim a test."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from scrapers.errors import Unknown, Unreadable
from scrapers.readers.eforms.notice import read_eforms
from tests.support.paths import RECORDINGS
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.notices import DeadlineKind, Form, Money, Notice, Text

FOLDER = RECORDINGS / "eforms"


def recording(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def read(name: str, *changes: tuple[str, str]) -> Notice:
    text = recording(name)
    for old, new in changes:
        assert old in text, f"the recording no longer holds {old!r}"
        text = text.replace(old, new)
    return read_eforms(text.encode())


@pytest.fixture(scope="module")
def call() -> Notice:
    return read("call_two_languages.xml")


@pytest.fixture(scope="module")
def result() -> Notice:
    return read("result_group.xml")


def test_a_notice_is_known_by_its_identifier_in_lower_case_and_its_version(call: Notice):
    assert call.uid == "0a0a0a0a-1111-4222-8333-444444444444-01"


def test_a_publication_number_loses_its_leading_zeros(call: Notice):
    assert (call.publication.number, call.publication.day) == ("12345-2026", date(2026, 3, 2))


def test_a_notice_without_publication_takes_the_portals_own():
    body = recording("cancellation.xml").encode()
    notice = read_eforms(
        body, source="fr_boamp", number="26-99999", day=date(2026, 3, 6), url="https://portal.example/1"
    )
    assert notice.publication.number == "26-99999"
    assert notice.publication.day == date(2026, 3, 6)
    assert notice.publication.url == "https://portal.example/1"


def test_a_notice_never_published_is_known_by_its_own_name():
    notice = read("cancellation.xml")
    assert notice.publication.number == notice.uid


def test_titles_keep_their_languages_and_lose_line_breaks(call: Notice):
    assert call.titles == (Text("Éclairage intelligent des quais", "FRA"), Text("Slimme kaaiverlichting", "NLD"))


def test_the_main_language_comes_first(call: Notice):
    assert call.languages == ("FRA", "NLD")


def test_a_description_in_html_reads_as_text_in_paragraphs(call: Notice):
    assert call.descriptions[0].value == "Capteurs LoRa & supervision\n\nPuissance < 5 kW"


def test_a_description_that_only_looks_like_html_keeps_its_signs_and_paragraphs(call: Notice):
    assert call.descriptions[1].value == "Sensoren bij -5 < t < 30.\n\nToezicht inbegrepen."


def test_buyers_come_with_names_number_country_and_without_contact(call: Notice):
    buyer = call.buyers[0]
    assert buyer.organisation.names[1] == Text("Lantaarnbedrijf Morvaux", "NLD")
    assert buyer.organisation.company_number == "0999.000.112_77"
    assert (buyer.organisation.country, buyer.organisation.nuts) == ("BEL", Nuts("BE323"))
    assert (buyer.legal_type, buyer.activity) == ("la", "gen-pub")
    assert "example" not in repr(call.buyers)


def test_a_buyer_named_by_its_touch_point_is_the_organisation(call: Notice):
    assert call.buyers[1].organisation.names[0].value == "Intercommunale des Quais"


def test_a_group_of_lots_is_not_a_lot(call: Notice):
    assert [lot.id for lot in call.lots] == ["LOT-0001", "LOT-0002"]


def test_a_part_of_a_planning_notice_is_a_lot():
    notice = read(
        "cancellation.xml",
        ('listName="change"', 'listName="planning"'),
        (">16<", ">4<"),
        (">LOT-0001</b:ID>", ">PAR-0001</b:ID>"),
    )
    assert (notice.form, notice.lots[0].id) == (Form.PLANNING, "PAR-0001")


def test_a_bad_code_among_the_additional_ones_loses_only_itself(call: Notice):
    assert call.cpv == (Cpv("72000000"), Cpv("34928500"))


def test_anywhere_is_not_a_place(call: Notice):
    assert call.lots[0].nuts == ()
    assert call.lots[0].countries == ("BEL",)


def test_amounts_are_kept_as_written_at_both_levels(call: Notice):
    assert call.estimate == Money(Decimal("640000.50"), "EUR")
    assert call.framework_maximum == Money(Decimal(900000), "EUR")
    assert call.lots[1].estimate == Money(Decimal(1), "EUR")


def test_an_amount_without_currency_is_not_stated(call: Notice):
    assert call.lots[0].estimate is None


def test_a_tender_deadline_keeps_the_offset_that_was_written(call: Notice):
    deadline = call.lots[0].deadline
    assert deadline is not None
    assert deadline.at == datetime.fromisoformat("2026-04-10T12:00:00+02:00")
    assert (deadline.kind, deadline.zone, deadline.hour_stated) == (DeadlineKind.TENDER, "+02:00", True)


def test_of_two_deadlines_the_one_that_closes_first_counts(call: Notice):
    deadline = call.lots[1].deadline
    assert deadline is not None
    assert (deadline.kind, deadline.at.isoformat()) == (DeadlineKind.REQUEST, "2026-04-20T10:30:00+02:00")


def test_a_deadline_without_offset_is_the_buyers_time_and_says_so():
    deadline = read("cancellation.xml").lots[0].deadline
    assert deadline is not None
    assert (deadline.at.isoformat(), deadline.zone) == ("2026-07-10T12:00:00+02:00", "Europe/Brussels")


def test_a_deadline_without_offset_and_without_country_is_unreadable():
    with pytest.raises(Unreadable, match="no offset"):
        read("cancellation.xml", ("<b:IdentificationCode>BEL</b:IdentificationCode>", ""))


def test_a_deadline_in_an_overseas_region_keeps_that_regions_time():
    place = "<b:CountrySubentityCode>FRY40</b:CountrySubentityCode>"
    belgian = "<a:Country><b:IdentificationCode>BEL</b:IdentificationCode></a:Country>"
    french = (belgian, place + belgian.replace("BEL", "FRA"))
    deadline = read("cancellation.xml", french).lots[0].deadline
    assert deadline is not None
    assert (deadline.at.isoformat(), deadline.zone) == ("2026-07-10T12:00:00+04:00", "Indian/Reunion")


def test_a_deadline_without_hour_is_the_end_of_its_day():
    deadline = read("cancellation.xml", ("<b:EndTime>12:00:00</b:EndTime>", "")).lots[0].deadline
    assert deadline is not None
    assert (deadline.at.isoformat(), deadline.hour_stated) == ("2026-07-10T23:59:59+02:00", False)


@pytest.mark.parametrize("day", ["2026-02-30", "10/07/2026", "bientôt"])
def test_a_deadline_on_no_day_is_unreadable(day: str):
    with pytest.raises(Unreadable, match="deadline"):
        read("cancellation.xml", ("<b:EndDate>2026-07-10</b:EndDate>", f"<b:EndDate>{day}</b:EndDate>"))


def test_the_offset_in_force_that_day_wins_over_one_of_another_season():
    # As TED 131011-2024: a form filled in winter stamps +01:00 on an hour in April.
    deadline = read("call_two_languages.xml", (">12:00:00+02:00<", ">12:00:00.0000000+01:00<")).lots[0].deadline
    assert deadline is not None
    assert (deadline.at.isoformat(), deadline.zone) == ("2026-04-10T12:00:00+02:00", "+02:00")


def test_interest_is_a_kind_of_deadline_of_its_own():
    period = "<cbc:EndDate>2026-04-10+02:00</cbc:EndDate><cbc:EndTime>12:00:00+02:00</cbc:EndTime>"
    old = f"<cac:TenderSubmissionDeadlinePeriod>{period}</cac:TenderSubmissionDeadlinePeriod>"
    framed = f"<efac:InterestExpressionReceptionPeriod>{period}</efac:InterestExpressionReceptionPeriod>"
    for name in ("efext:EformsExtension", "ext:ExtensionContent", "ext:UBLExtension", "ext:UBLExtensions"):
        framed = f"<{name}>{framed}</{name}>"
    deadline = read("call_two_languages.xml", (old, framed)).lots[0].deadline
    assert deadline is not None
    assert (deadline.kind, deadline.at.isoformat()) == (DeadlineKind.INTEREST, "2026-04-10T12:00:00+02:00")


def test_a_criterion_joins_its_name_and_description_and_one_not_used_is_none(call: Notice):
    criteria = [(c.use, c.kind, tuple(t.value for t in c.texts)) for c in call.lots[0].criteria]
    assert criteria == [
        ("selection", "tp-abil", ("Références: Trois quais éclairés depuis 2022.",)),
        ("selection", "slc-suit-reg-trade", ()),
        ("award", "price", ("Prix total",)),
    ]


def test_documents_have_their_entities_undone_and_junk_left_out(call: Notice):
    assert call.lots[0].documents == ("https://marches.morvaux.example/dce?lot=1&type=DCE",)


def test_a_lot_for_sheltered_workshops_is_reserved_and_silence_is_not_an_answer(call: Notice):
    assert (call.lots[0].reserved, call.lots[1].reserved) == (True, None)


def test_tenders_may_be_written_in_these_languages(call: Notice):
    assert call.lots[0].tender_languages == ("FRA", "NLD")


def test_the_prefix_of_the_root_does_not_matter():
    assert read("cancellation.xml").titles[0].value == "Éclairage intelligent des quais"


def test_a_change_is_a_version_of_its_subtypes_form():
    notice = read("cancellation.xml")
    assert (notice.form, notice.version, notice.notice_type) == (Form.COMPETITION, 2, "corr")


def test_a_cancellation_names_the_notice_the_lot_and_the_words():
    change = read("cancellation.xml").changes[0]
    assert change.cancels
    assert change.notice == "0a0a0a0a-1111-4222-8333-444444444444-01"
    assert change.lots == ("LOT-0001",)
    assert [text.value for text in change.texts] == ["Le lot 1 est abandonné.", "Budget."]


def test_a_tender_for_a_group_of_lots_counts_once():
    text = (FOLDER / "result_group.xml").read_text(encoding="utf-8")
    start = text.index("<efac:LotTender><cbc:ID>TEN-0001</cbc:ID><cac:LegalMonetaryTotal>")
    text = text[:start] + text[start:].replace("<cbc:ID>LOT-0001</cbc:ID>", "<cbc:ID>GLO-0001</cbc:ID>", 1)
    second = (
        "<cbc:TenderResultCode>selec-w</cbc:TenderResultCode><efac:LotTender><cbc:ID>TEN-0001</cbc:ID></efac:LotTender>"
    )
    text = text.replace("<cbc:TenderResultCode>clos-nw</cbc:TenderResultCode>", second)
    awards = read_eforms(text.encode()).awards
    assert [award.value and award.value.amount for award in awards] == [Decimal("123456.70"), None]
    assert [len(award.winners) for award in awards] == [1, 1]


def test_a_group_of_winners_is_one_party_with_its_lead_first(result: Notice):
    (party,) = result.awards[0].winners
    assert [o.id for o in party.organisations] == ["ORG-0003", "ORG-0002", "ORG-0404"]
    assert party.name == "Groupement des Quais"


def test_subcontractors_are_known_apart(result: Notice):
    assert [o.names[0].value for o in result.awards[0].winners[0].subcontractors] == ["Câbles du Marais"]


def test_a_firm_that_is_named_and_not_described_has_no_name(result: Notice):
    assert result.awards[0].winners[0].organisations[2].names == ()


def test_a_company_number_is_not_the_portals_own(result: Notice):
    firm = result.awards[0].winners[0].organisations[1]
    assert (firm.company_number, firm.size) == ("99900011200021", "micro")


def test_a_loser_listed_beside_the_winner_has_not_won(result: Notice):
    assert result.awards[0].value == Money(Decimal("123456.70"), "EUR")


def test_an_award_knows_its_day_and_how_many_tendered(result: Notice):
    assert (result.awards[0].decided_on, result.awards[0].tenders_received) == (date(2026, 5, 4), 5)


def test_a_lot_that_nobody_won_says_so_and_its_filler_date_is_none(result: Notice):
    award = result.awards[1]
    assert (award.lot, award.outcome, award.winners, award.decided_on) == ("LOT-0002", "clos-nw", (), None)


def test_the_people_behind_a_firm_are_not_read(result: Notice):
    assert "Personne" not in repr(result)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('<cbc:ID schemeName="notice-id">0A0A0A0A-1111-4222-8333-444444444444</cbc:ID>', "", "identifier"),
        ("<cbc:VersionID>01</cbc:VersionID>", "<cbc:VersionID>une</cbc:VersionID>", "version"),
        ('<cbc:ID schemeName="Lot">LOT-0001</cbc:ID>', '<cbc:ID schemeName="Lot"/>', "lot has no identifier"),
        ("efext:EformsExtension", "efext:SomethingElse", "extension"),
    ],
)
def test_a_missing_required_field_of_a_notice_is_reported(old: str, new: str, message: str):
    with pytest.raises(Unreadable, match=message):
        read("call_two_languages.xml", (old, new))


def test_a_notice_whose_buyer_nobody_names_is_unreadable():
    with pytest.raises(Unreadable, match="a buyer"):
        read(
            "cancellation.xml",
            ("<b:ID>ORG-0001</b:ID></a:PartyIdentification></a:Party>", "</a:PartyIdentification></a:Party>"),
        )


def test_a_call_without_any_lot_is_unreadable():
    text = recording("cancellation.xml")
    start, end = text.index("<a:ProcurementProjectLot>"), text.index("</cn:ContractNotice>")
    with pytest.raises(Unreadable, match="a lot"):
        read_eforms((text[:start] + text[end:]).encode())


def test_a_form_nobody_knows_sets_its_notice_aside():
    with pytest.raises(Unknown, match="premonition"):
        read("call_two_languages.xml", ('listName="competition"', 'listName="premonition"'))


def test_a_change_of_a_subtype_nobody_knows_sets_its_notice_aside():
    with pytest.raises(Unknown, match="subtype '99'"):
        read("cancellation.xml", (">16<", ">99<"))
