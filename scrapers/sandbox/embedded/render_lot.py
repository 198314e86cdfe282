"""From the specification to the XML of the purchase as a whole and of its lots."""

from __future__ import annotations

from datetime import date, timedelta

from scrapers.sandbox.embedded.spec import CriterionSpec, LotSpec, NoticeSpec
from scrapers.sandbox.embedded.ubl import add, add_path, add_reference, add_texts, extend, moment
from scrapers.sandbox.leaves import Element

NUTS_COUNTRIES = {"BE": "BEL", "FR": "FRA", "LU": "LUX"}


def add_project(root: Element, spec: NoticeSpec) -> None:
    """The purchase as a whole. Its place is that of its first lot."""
    project = add(root, "cac:ProcurementProject")
    add(project, "cbc:ID", spec.procedure.upper(), schemeName="InternalID")
    add_texts(project, "cbc:Name", spec.titles)
    add_texts(project, "cbc:Description", spec.descriptions)
    add(project, "cbc:ProcurementTypeCode", spec.nature, listName="contract-nature")
    _add_amounts(project, spec.estimate, spec.maximum)
    _add_codes(project, spec.cpv)
    _add_places(project, spec.lots[0].nuts[:1])


def add_lot(
    root: Element, spec: NoticeSpec, position: int, lot: LotSpec, *, on: date, review: str, document: str
) -> None:
    """Adds one lot to the notice under `root`: terms, process with its deadline, project.

    `spec` is the notice's specification and `lot` the lot's, at `position` (1, 2 ...); `on` is the day the portal
    plays; `review` is the key of the review body, `document` the address of the documents.
    """
    element = add(root, "cac:ProcurementProjectLot")
    planned = spec.kind in ("pin-only", "pmc")
    identifier = f"PAR-{position:04d}" if planned else f"LOT-{position:04d}"
    add(element, "cbc:ID", identifier, schemeName="Part" if planned else "Lot")
    _add_terms(element, lot, review=review, document=document)
    _add_process(element, lot, on)
    project = add(element, "cac:ProcurementProject")
    add(project, "cbc:ID", str(position), schemeName="InternalID")
    add_texts(project, "cbc:Name", lot.title)
    add_texts(project, "cbc:Description", lot.description)
    add(project, "cbc:ProcurementTypeCode", lot.nature, listName="contract-nature")
    _add_amounts(project, lot.estimate, lot.maximum)
    _add_codes(project, lot.cpv)
    _add_places(project, lot.nuts)
    if lot.months:
        add(add(project, "cac:PlannedPeriod"), "cbc:DurationMeasure", lot.months, unitCode="MONTH")


def _add_terms(element: Element, lot: LotSpec, *, review: str, document: str) -> None:
    terms = add(element, "cac:TenderingTerms")
    if lot.selection:
        extension = extend(terms)
        for demand in lot.selection:
            criteria = add(extension, "efac:SelectionCriteria")
            add(criteria, "cbc:TendererRequirementTypeCode", demand.kind, listName="selection-criterion")
            add_texts(criteria, "cbc:Description", demand.texts)
    add(terms, "cbc:FundingProgramCode", "no-eu-funds", listName="eu-funded")
    reference = add(terms, "cac:CallForTendersDocumentReference")
    add(reference, "cbc:ID", "DOC-1")
    add(reference, "cbc:DocumentType", "non-restricted-document")
    add(add_path(reference, "cac:Attachment/cac:ExternalReference"), "cbc:URI", document)
    reserved = add_path(terms, "cac:TendererQualificationRequest/cac:SpecificTendererRequirement")
    add(reserved, "cbc:TendererRequirementTypeCode", lot.reserved, listName="reserved-procurement")
    if lot.award:
        awarding = add_path(terms, "cac:AwardingTerms/cac:AwardingCriterion")
        for demand in lot.award:
            _add_award_criterion(awarding, demand)
    add(add(terms, "cac:TenderRecipientParty"), "cbc:EndpointID", document.partition("?")[0])
    add_reference(add_path(terms, "cac:AppealTerms/cac:AppealReceiverParty"), review)
    for language in lot.languages:
        add(add(terms, "cac:Language"), "cbc:ID", language)


def _add_award_criterion(awarding: Element, demand: CriterionSpec) -> None:
    criterion = add(awarding, "cac:SubordinateAwardingCriterion")
    if demand.weight is not None:
        parameter = add(extend(criterion), "efac:AwardCriterionParameter")
        add(parameter, "efbc:ParameterCode", "per-exa", listName="number-weight")
        add(parameter, "efbc:ParameterNumeric", demand.weight)
    add(criterion, "cbc:AwardingCriterionTypeCode", demand.kind, listName="award-criterion-type")
    add_texts(criterion, "cbc:Description", demand.texts)


def _add_process(element: Element, lot: LotSpec, on: date) -> None:
    process = add(element, "cac:TenderingProcess")
    if lot.closes is not None and lot.deadline == "interest":
        _add_deadline(add(extend(process), "efac:InterestExpressionReceptionPeriod"), lot, on)
    add(process, "cbc:SubmissionMethodCode", "required", listName="esubmission")
    if lot.closes is not None and lot.deadline == "tender":
        _add_deadline(add(process, "cac:TenderSubmissionDeadlinePeriod"), lot, on)
    if lot.closes is not None and lot.deadline == "request":
        _add_deadline(add(process, "cac:ParticipationRequestReceptionPeriod"), lot, on)
    system = add(process, "cac:ContractingSystem")
    framework = "fa-wo-rc" if lot.maximum else "none"
    add(system, "cbc:ContractingSystemTypeCode", framework, listName="framework-agreement")


def _add_deadline(period: Element, lot: LotSpec, on: date) -> None:
    day, hour = moment(on + timedelta(days=lot.closes or 0), lot.hour or "12:00:00")
    add(period, "cbc:EndDate", day)
    if lot.hour:
        add(period, "cbc:EndTime", hour)


def _add_amounts(project: Element, estimate: str | None, maximum: str | None) -> None:
    if estimate is None and maximum is None:
        return
    total = add(project, "cac:RequestedTenderTotal")
    if maximum is not None:
        add(extend(total), "efbc:FrameworkMaximumAmount", maximum, currencyID="EUR")
    if estimate is not None:
        add(total, "cbc:EstimatedOverallContractAmount", estimate, currencyID="EUR")


def _add_codes(project: Element, codes: tuple[str, ...]) -> None:
    for position, code in enumerate(codes):
        name = "cac:AdditionalCommodityClassification" if position else "cac:MainCommodityClassification"
        add(add(project, name), "cbc:ItemClassificationCode", code, listName="cpv")


def _add_places(project: Element, nuts: tuple[str, ...]) -> None:
    for code in nuts:
        address = add_path(project, "cac:RealizedLocation/cac:Address")
        if code == "anyw":
            add(address, "cbc:Region", code, listName="other-place-service")
            continue
        add(address, "cbc:CountrySubentityCode", code, listName="nuts")
        country = add(address, "cac:Country")
        add(country, "cbc:IdentificationCode", NUTS_COUNTRIES[code[:2]], listName="country")
