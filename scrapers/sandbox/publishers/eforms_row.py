"""A TED search row from an eForms notice: every field this portal can serve, in the publisher's shapes.

Field names and shapes are those of the recorded responses: dates keep their offset, lot arrays are flattened and
repeat, texts come as {language: text} for the procedure and {language: [texts]} for lots and buyers. A field that
the notice does not state is absent.
"""

from __future__ import annotations

from itertools import chain
from typing import cast

from scrapers.sandbox.leaves import EXTENSION, Element, by_language, find, local_name, word, words
from scrapers.sandbox.titles import compose_title

PROJECT = "cac:ProcurementProject"
PERIODS = {
    "tender": "cac:TenderingProcess/cac:TenderSubmissionDeadlinePeriod",
    "request": "cac:TenderingProcess/cac:ParticipationRequestReceptionPeriod",
    "expressions": f"cac:TenderingProcess/{EXTENSION}/efac:InterestExpressionReceptionPeriod",
}
LINK_LANGUAGES = {"FRA": "fr", "NLD": "nl", "ENG": "en", "DEU": "de"}

Row = dict[str, object]


def is_eforms(root: Element) -> bool:
    """Whether the root is one of the UBL documents of eForms."""
    return "oasis:names:specification:ubl" in str(root.tag) or "BusinessRegistrationInformation" in str(root.tag)


def publication_of(root: Element) -> tuple[str, str] | None:
    """("612645-2026", "2026-09-07+02:00") from efac:Publication, or None where a notice was never published."""
    number = word(root, f"{EXTENSION}/efac:Publication/efbc:NoticePublicationID")
    day = word(root, f"{EXTENSION}/efac:Publication/efbc:PublicationDate")
    return (number.lstrip("0"), day) if number and day else None


def read_eforms_row(root: Element) -> Row:
    """The full search row of a published notice, without the fields it does not state."""
    row: Row = {}
    lots = [lot for lot in find(root, "cac:ProcurementProjectLot") if _scheme(lot) in ("Lot", "Part")]
    _take_notice(row, root)
    _take_buyers(row, root)
    _take_project(row, root, lots)
    _take_places(row, root, lots)
    _take_values(row, root, lots)
    _take_lots(row, lots)
    _take_deadlines(row, lots)
    _take_winners(row, root)
    return {name: value for name, value in row.items() if value not in (None, [], {}, "")}


def _scheme(lot: Element) -> str:
    identifiers = find(lot, "cbc:ID")
    return identifiers[0].get("schemeName", "") if identifiers else ""


def _take_notice(row: Row, root: Element) -> None:
    published = publication_of(root)
    number, day = published if published else (None, None)
    kinds = find(root, "cbc:NoticeTypeCode")
    version = word(root, "cbc:VersionID")
    row["publication-number"] = number
    row["publication-date"] = day
    row["notice-identifier"] = word(root, "cbc:ID")
    row["notice-version"] = int(version) if version and version.isdigit() else version
    row["procedure-identifier"] = word(root, "cbc:ContractFolderID")
    row["form-type"] = kinds[0].get("listName") if kinds else None
    row["notice-type"] = word(root, "cbc:NoticeTypeCode")
    row["notice-subtype"] = word(root, f"{EXTENSION}/efac:NoticeSubType/cbc:SubTypeCode")
    row["sdk-version"] = word(root, "cbc:CustomizationID")
    row["legal-basis"] = word(root, "cbc:RegulatoryDomain")
    row["official-language"] = [
        *words(root, "cbc:NoticeLanguageCode"),
        *words(root, "cac:AdditionalNoticeLanguage/cbc:ID"),
    ]
    row["dispatch-date"] = word(root, "cbc:IssueDate")
    row["procedure-type"] = word(root, "cac:TenderingProcess/cbc:ProcedureCode")
    changes = f"{EXTENSION}/efac:Changes"
    row["change-notice-version-identifier"] = words(root, f"{changes}/efbc:ChangedNoticeIdentifier")
    row["change-reason-code"] = words(root, f"{changes}/efac:ChangeReason/cbc:ReasonCode")
    row["change-reason-description"] = by_language(find(root, f"{changes}/efac:ChangeReason/efbc:ReasonDescription"))
    row["links"] = links(number, [str(language) for language in words(root, "cbc:NoticeLanguageCode")])


def links(number: str | None, official: list[str]) -> dict[str, dict[str, str]]:
    """TED's own addresses for a notice, in the four languages the recordings keep."""
    site = "https://ted.europa.eu"
    pages = {key: f"{site}/{code}/notice/-/detail/{number}" for key, code in LINK_LANGUAGES.items()}
    direct = {key: f"{site}/{code}/notice/{number}/html" for key, code in LINK_LANGUAGES.items()}
    pdf = {key: f"{site}/{code}/notice/{number}/pdf" for key, code in LINK_LANGUAGES.items()}
    pdfs = {key: f"{pdf[key]}s" for key in official if key in pdf}
    return {
        "html": pages,
        "htmlDirect": direct,
        "pdf": pdf,
        "pdfs": pdfs,
        "xml": {"MUL": f"{site}/en/notice/{number}/xml"},
    }


def _companies(root: Element) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for company in find(root, f"{EXTENSION}/efac:Organizations/efac:Organization/efac:Company"):
        identifier = word(company, "cac:PartyIdentification/cbc:ID")
        if identifier:
            found[identifier] = company
    return found


def _take_buyers(row: Row, root: Element) -> None:
    companies = _companies(root)
    keys = words(root, "cac:ContractingParty/cac:Party/cac:PartyIdentification/cbc:ID")
    buyers = [companies[key] for key in keys if key in companies]
    names = by_language(chain.from_iterable(find(buyer, "cac:PartyName/cbc:Name") for buyer in buyers))
    countries = _each(buyers, "cac:PostalAddress/cac:Country/cbc:IdentificationCode")
    row["buyer-name"] = names
    row["organisation-name-buyer"] = names
    row["buyer-country"] = countries
    row["organisation-country-buyer"] = countries
    row["organisation-identifier-buyer"] = _each(buyers, "cac:PartyLegalEntity/cbc:CompanyID")
    cities = by_language(chain.from_iterable(find(buyer, "cac:PostalAddress/cbc:CityName") for buyer in buyers))
    row["organisation-city-buyer"] = (
        {
            next(iter(names), "und"): [city for texts in cities.values() for city in texts],
        }
        if cities
        else {}
    )
    row["buyer-legal-type"] = words(root, "cac:ContractingParty/cac:ContractingPartyType/cbc:PartyTypeCode")
    row["main-activity"] = words(root, "cac:ContractingParty/cac:ContractingActivity/cbc:ActivityTypeCode")


def _each(elements: list[Element], path: str) -> list[str]:
    return [text for element in elements for text in words(element, path)]


def _cpvs(project: Element) -> tuple[list[str], list[str]]:
    main = words(project, "cac:MainCommodityClassification/cbc:ItemClassificationCode")
    return main, words(project, "cac:AdditionalCommodityClassification/cbc:ItemClassificationCode")


def _single(texts: dict[str, list[str]]) -> dict[str, str]:
    return {language: found[0] for language, found in texts.items()}


def _take_project(row: Row, root: Element, lots: list[Element]) -> None:
    projects = find(root, PROJECT)
    lot_projects = [project for lot in lots for project in find(lot, PROJECT)]
    if projects:
        main, more = _cpvs(projects[0])
        row["title-proc"] = _single(by_language(find(projects[0], "cbc:Name")))
        row["description-proc"] = _single(by_language(find(projects[0], "cbc:Description")))
        row["main-classification-proc"] = main
        row["additional-classification-proc"] = more
        row["main-classification-type-proc"] = "cpv" if main else None
        row["contract-nature-main-proc"] = word(projects[0], "cbc:ProcurementTypeCode")
        row["internal-identifier-proc"] = word(projects[0], "cbc:ID")
    _take_codes(row, projects, lot_projects)
    countries, titles = row.get("buyer-country"), row.get("title-proc")
    flat = cast("list[str]", row["classification-cpv"])
    if isinstance(countries, list) and isinstance(titles, dict):
        country = next(iter(cast("list[str]", countries)), "")
        row["notice-title"] = compose_title(country, flat[0] if flat else "", cast("dict[str, str]", titles))


def _take_codes(row: Row, projects: list[Element], lot_projects: list[Element]) -> None:
    row["classification-cpv"] = [
        code for project in [*projects, *lot_projects] for codes in _cpvs(project) for code in codes
    ]
    row["main-classification-lot"] = [code for project in lot_projects for code in _cpvs(project)[0]]
    row["additional-classification-lot"] = [code for project in lot_projects for code in _cpvs(project)[1]]
    natures: list[str] = []
    for project in [*projects, *lot_projects]:
        natures += words(project, "cbc:ProcurementTypeCode")
        more = find(project, "cac:ProcurementAdditionalType/cbc:ProcurementTypeCode")
        natures += [code.text or "" for code in more if code.get("listName") == "contract-nature"]
    row["contract-nature"] = natures


def _take_places(row: Row, root: Element, lots: list[Element]) -> None:
    address = f"{PROJECT}/cac:RealizedLocation/cac:Address"
    row["place-of-performance"] = [place for part in [root, *lots] for place in _places(find(part, address))]
    row["place-of-performance-subdiv-lot"] = _each(lots, f"{address}/cbc:CountrySubentityCode")
    row["place-of-performance-country-proc"] = words(root, f"{address}/cac:Country/cbc:IdentificationCode")
    row["place-of-performance-country-lot"] = _each(lots, f"{address}/cac:Country/cbc:IdentificationCode")


def _places(addresses: list[Element]) -> list[str]:
    found: list[str] = []
    for address in addresses:
        found += words(address, "cbc:CountrySubentityCode")
        found += [region.upper() for region in words(address, "cbc:Region")]
        found += words(address, "cac:Country/cbc:IdentificationCode")
    return found


def _take_values(row: Row, root: Element, lots: list[Element]) -> None:
    amount = f"{PROJECT}/cac:RequestedTenderTotal/cbc:EstimatedOverallContractAmount"
    maximum = f"{PROJECT}/cac:RequestedTenderTotal/{EXTENSION}/efbc:FrameworkMaximumAmount"
    row["estimated-value-proc"] = word(root, amount)
    row["estimated-value-cur-proc"] = next((found.get("currencyID") for found in find(root, amount)), None)
    row["estimated-value-lot"] = _each(lots, amount)
    row["estimated-value-cur-lot"] = [str(found.get("currencyID")) for lot in lots for found in find(lot, amount)]
    row["framework-maximum-value-lot"] = _each(lots, maximum)
    row["framework-maximum-value-cur-lot"] = [str(f.get("currencyID")) for lot in lots for f in find(lot, maximum)]


def _take_lots(row: Row, lots: list[Element]) -> None:
    row["identifier-lot"] = _each(lots, "cbc:ID")
    row["title-lot"] = by_language(chain.from_iterable(find(lot, f"{PROJECT}/cbc:Name") for lot in lots))
    row["description-lot"] = by_language(chain.from_iterable(find(lot, f"{PROJECT}/cbc:Description") for lot in lots))
    row["contract-nature-main-lot"] = _each(lots, f"{PROJECT}/cbc:ProcurementTypeCode")
    document = "cac:TenderingTerms/cac:CallForTendersDocumentReference/cac:Attachment/cac:ExternalReference/cbc:URI"
    row["document-url-lot"] = _each(lots, document)
    row["submission-url-lot"] = _each(lots, "cac:TenderingTerms/cac:TenderRecipientParty/cbc:EndpointID")
    row["submission-language"] = _each(lots, "cac:TenderingTerms/cac:Language/cbc:ID")


def _take_deadlines(row: Row, lots: list[Element]) -> None:
    union: list[str] = []
    for kind, path in PERIODS.items():
        dates: list[str] = []
        times: list[str] = []
        for period in (period for lot in lots for period in find(lot, path)):
            day, hour = word(period, "cbc:EndDate"), word(period, "cbc:EndTime")
            dates += [day] if day else []
            times += [hour] if hour else []
            union += [f"{day[:10]}T{hour}"] if day and hour else []
        row[f"deadline-receipt-{kind}-date-lot"] = dates
        row[f"deadline-receipt-{kind}-time-lot"] = times
    row["deadline-receipt-request"] = union


def _take_winners(row: Row, root: Element) -> None:
    result = f"{EXTENSION}/efac:NoticeResult"
    companies = _companies(root)
    keys = words(root, f"{result}/efac:TenderingParty/efac:Tenderer/cbc:ID")
    winners = [companies[key] for key in keys if key in companies]
    row["winner-name"] = by_language(chain.from_iterable(find(w, "cac:PartyName/cbc:Name") for w in winners))
    row["winner-country"] = _each(winners, "cac:PostalAddress/cac:Country/cbc:IdentificationCode")
    row["winner-identifier"] = _each(winners, "cac:PartyLegalEntity/cbc:CompanyID")
    row["winner-selection-status"] = words(root, f"{result}/efac:LotResult/cbc:TenderResultCode")
    row["result-value-notice"] = word(root, f"{result}/cbc:TotalAmount")
    row["result-value-cur-notice"] = next(
        (found.get("currencyID") for found in find(root, f"{result}/cbc:TotalAmount")), None
    )


def kind_of_document(root: Element) -> str:
    """ContractNotice, ContractAwardNotice, PriorInformationNotice or BusinessRegistrationInformationNotice."""
    return local_name(root)
