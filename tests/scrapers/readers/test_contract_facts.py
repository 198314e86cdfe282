"""Facts that later work needs: contract terms, weights, funds, access, small firms, from every format."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from scrapers.read import read_path
from scrapers.readers.decp import read_contracts
from scrapers.readers.eforms.contract_terms import weight_of
from scrapers.readers.eforms.notice import read_eforms
from scrapers.readers.normalise.normalise import TENDER_LANGUAGES, finish
from scrapers.readers.xml_dispatch import read_xml
from tests.support.paths import RECORDINGS
from warehouse.model.notices import ContractTerm, Lot, Notice, Weight

CALL = (RECORDINGS / "eforms" / "call_two_languages.xml").read_text(encoding="utf-8")


def lot_with(project: str = "", terms: str = "") -> Lot:
    """The first lot of an invented call, with more in its project and its terms."""
    text = CALL
    start = text.index("<cac:ProcurementProjectLot>")
    head, tail = text[:start], text[start:]
    if terms and "<cac:TenderingTerms>" not in tail:
        tail = tail.replace(
            "<cac:TenderingProcess>", "<cac:TenderingTerms></cac:TenderingTerms><cac:TenderingProcess>", 1
        )
    tail = tail.replace("</cac:TenderingTerms>", f"{terms}</cac:TenderingTerms>", 1)
    tail = tail.replace("</cac:ProcurementProject>", f"{project}</cac:ProcurementProject>", 1)
    return read_eforms((head + tail).encode()).lots[0]


@pytest.mark.parametrize(
    ("period", "term"),
    [
        ('<cbc:DurationMeasure unitCode="MONTH">48</cbc:DurationMeasure>', ContractTerm(48, "MONTH")),
        ('<cbc:DurationMeasure unitCode="YEARS">4</cbc:DurationMeasure>', ContractTerm(4, "YEAR")),
        ('<cbc:DurationMeasure unitCode="HUR">4</cbc:DurationMeasure>', None),
        ('<cbc:DurationMeasure unitCode="MONTH">-1</cbc:DurationMeasure>', None),
        (
            "<cbc:StartDate>2026-09-01+02:00</cbc:StartDate><cbc:EndDate>2030-08-31+02:00</cbc:EndDate>",
            ContractTerm(starts=date(2026, 9, 1), ends=date(2030, 8, 31)),
        ),
        ('<cbc:DescriptionCode listName="timeperiod">UNLIMITED</cbc:DescriptionCode>', ContractTerm(unlimited=True)),
        ('<cbc:DescriptionCode listName="timeperiod">UNKNOWN</cbc:DescriptionCode>', None),
    ],
)
def test_the_term_of_a_contract_is_read_as_stated(period: str, term: ContractTerm | None):
    assert lot_with(f"<cac:PlannedPeriod>{period}</cac:PlannedPeriod>").term == term


def test_renewals_are_counted():
    project = "<cac:ContractExtension><cbc:MaximumNumberNumeric>3</cbc:MaximumNumberNumeric></cac:ContractExtension>"
    assert lot_with(project).term == ContractTerm(renewals=3)


@pytest.mark.parametrize(("code", "funded"), [("eu-funds", True), ("no-eu-funds", False), ("perhaps", None)])
def test_money_of_the_union_is_read(code: str, funded: bool | None):
    funds = f'<cbc:FundingProgramCode listName="eu-funded">{code}</cbc:FundingProgramCode>'
    assert lot_with(terms=funds).eu_funded is funded


@pytest.mark.parametrize(
    ("access", "restricted"), [("restricted-document", True), ("non-restricted-document", False), ("?", None)]
)
def test_restricted_documents_are_read(access: str, restricted: bool | None):
    document = f"<cbc:ID>d</cbc:ID><cbc:DocumentType>{access}</cbc:DocumentType>"
    terms = f"<cac:CallForTendersDocumentReference>{document}</cac:CallForTendersDocumentReference>"
    lot = lot_with(terms=terms)
    assert lot.documents_restricted in {restricted, lot_with().documents_restricted}


@pytest.mark.parametrize(
    ("written", "weight"),
    [
        ("60", Weight(Decimal(60), "%")),
        ("60 %", Weight(Decimal(60), "%")),
        ("12,5", Weight(Decimal("12.5"), "%")),
        ("0", Weight(Decimal(0), "%")),
        ("-1", None),
        ("beaucoup", None),
        ("1e9", None),
        (None, None),
    ],
)
def test_a_weight_is_a_number_that_can_be_meant(written: str | None, weight: Weight | None):
    assert weight_of(written, "%") == weight


def test_the_months_of_a_french_contract_are_its_term():
    row = {**json.loads((RECORDINGS / "decp" / "records.json").read_bytes())["results"][0], "dureemois": 48}
    ((_, notice),) = read_contracts(json.dumps({"total_count": 1, "results": [row]}).encode())
    assert isinstance(notice, Notice)
    assert notice.lots[0].term == ContractTerm(48, "MONTH")


def test_a_modification_may_change_the_term():
    page = json.loads((RECORDINGS / "decp" / "marches.json").read_bytes())
    page["marches"]["marche"][0]["modifications"][0]["modification"]["dureeMois"] = 12
    notices = [n for _, n in read_contracts(json.dumps(page).encode()) if isinstance(n, Notice)]
    assert [n.lots[0].term for n in notices] == [ContractTerm(6, "MONTH"), ContractTerm(12, "MONTH")]


def test_a_lot_of_the_older_french_forms_states_its_months_and_its_money():
    text = (RECORDINGS / "boamp" / "announce_call.xml").read_text(encoding="utf-8")
    more = "<INTITULE>Hébergement</INTITULE><DUREE_MOIS>24</DUREE_MOIS><RENOUVELLEMENT_NON/><FONDS_COMMUNAUTAIRES_OUI/>"
    first = read_xml(text.replace("<INTITULE>Hébergement</INTITULE>", more).encode()).lots[0]
    assert (first.term, first.eu_funded) == (ContractTerm(24, "MONTH", renewals=0), True)


def test_a_language_that_is_no_official_one_is_unknown_and_doubted():
    lot = Lot("LOT-0001", (), tender_languages=("FRA", "RAR", "0D0"))
    (reading,) = read_path(RECORDINGS / "eforms" / "call_two_languages.xml")
    assert reading.notice is not None
    finished = finish(Notice("n", 1, reading.notice.form, reading.notice.publication, lots=(lot,)))
    assert finished.lots[0].tender_languages == ("FRA",)
    assert "0D0, RAR" in finished.doubts[0]


def test_the_official_languages_are_the_publishers(shared: Path):
    lines = (shared / "codelists" / "eforms_codelists_en_fr_nl_de.csv").read_text(encoding="utf-8").splitlines()
    official = {line.split(",")[1] for line in lines if line.startswith("language_eu-official-language,")}
    assert official == TENDER_LANGUAGES


def test_facts_of_real_notices_are_found(shared: Path):
    folder = shared / "notices" / "eforms" / "published" / "FRA"
    notices = [r.notice for r in read_path(folder) if r.notice is not None]
    lots = [lot for notice in notices for lot in notice.lots]
    assert sum(lot.term is not None for lot in lots) > len(lots) / 2
    assert any(c.weight is not None for lot in lots for c in lot.criteria)
    assert any(lot.documents_restricted is False for lot in lots)
    assert any(lot.eu_funded for lot in lots)
    assert any(award.sme_tenders is not None for notice in notices for award in notice.awards)
