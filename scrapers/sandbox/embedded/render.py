"""From the specification of a notice to its eForms XML (SDK 1.13): the notice and its parties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from scrapers.sandbox.embedded.render_lot import add_lot, add_project
from scrapers.sandbox.embedded.render_result import add_result
from scrapers.sandbox.embedded.spec import Body, ChangeSpec, NoticeSpec
from scrapers.sandbox.embedded.ubl import (
    add,
    add_path,
    add_reference,
    add_texts,
    extend,
    moment,
    start,
    uuid_of,
    written,
)
from scrapers.sandbox.leaves import Element

KINDS = {
    "cn-standard": ("ContractNotice", "competition", "16"),
    "cn-social": ("ContractNotice", "competition", "20"),
    "pin-only": ("PriorInformationNotice", "planning", "4"),
    "pmc": ("PriorInformationNotice", "consultation", "E1"),
    "can-standard": ("ContractAwardNotice", "result", "29"),
    "veat": ("ContractAwardNotice", "dir-awa-pre", "25"),
    "can-modif": ("ContractAwardNotice", "cont-modif", "38"),
}
"""By notice type (BT-02): document, form (BT-03), subtype (OPP-070)."""

REVIEW = {
    "BEL": Body({"FRA": "Instance de recours (exemple)"}, "0999.799.901", "BEL", "BE100", "Bruxelles", "1098"),
    "FRA": Body({"FRA": "Instance de recours (exemple)"}, "99979990100011", "FRA", "FRE11", "Lille", "59896"),
    "LUX": Body({"FRA": "Instance de recours (exemple)"}, "J9999", "LUX", "LU000", "Luxembourg", "1498"),
}
"""The review body, by country of the buyer."""


@dataclass(slots=True)
class NoticeParties:
    """The organisations of one notice, numbered as they are met."""

    bodies: list[Body] = field(default_factory=list[Body])

    def key(self, body: Body) -> str:
        """ "ORG-0001" for the first, and the same again for the same."""
        if body not in self.bodies:
            self.bodies.append(body)
        return f"ORG-{self.bodies.index(body) + 1:04d}"


def render_notice(
    spec: NoticeSpec, buyer: Body, others: Mapping[str, NoticeSpec], on: date, number: str | None
) -> bytes:
    """The XML of a notice as TED publishes it on its day, or as a buyer sent it where there is no number.

    `spec` is its specification, `buyer` its buyer; `others` are the notices a change may refer to, by key; `on` is the
    day the portal plays; `number` is TED's publication number.
    """
    document, form, _ = KINDS[spec.kind]
    published = on - timedelta(days=spec.published)
    parties = NoticeParties()
    buyer_key, review_key = parties.key(buyer), parties.key(REVIEW[buyer.country])
    root = start(document)
    organisations = _add_extension(root, spec, others, parties.key, number=number, on=on)
    _add_head(root, spec, form, published - timedelta(days=3))
    _add_contracting(root, buyer, buyer_key)
    grounds = add_path(root, "cac:TenderingTerms/cac:TendererQualificationRequest/cac:SpecificTendererRequirement")
    source = {"listName": "exclusion-grounds-source"}
    add(grounds, "cbc:TendererRequirementTypeCode", "epo-procurement-document", **source)
    if spec.procedure_type:
        process = add(root, "cac:TenderingProcess")
        add(process, "cbc:ProcedureCode", spec.procedure_type, listName="procurement-procedure-type")
    add_project(root, spec)
    for position, lot in enumerate(spec.lots, start=1):
        add_lot(root, spec, position, lot, on=on, review=review_key, document=_document_url(buyer, spec))
    if document == "ContractAwardNotice":
        # A filler that publishers write because UBL requires it; the true day is in the settled contract.
        add(add(root, "cac:TenderResult"), "cbc:AwardDate", "2000-01-01Z")
    for body in parties.bodies:
        _add_organisation(organisations, body, parties.key(body))
    return written(root)


def _add_extension(
    root: Element,
    spec: NoticeSpec,
    others: Mapping[str, NoticeSpec],
    key: Callable[[Body], str],
    *,
    number: str | None,
    on: date,
) -> Element:
    """Changes, results, subtype, publication; the place for the organisations is returned, to be filled last."""
    extension = extend(root)
    if spec.change:
        _add_change(extension, spec.change, others[spec.change.of])
    if spec.awards:
        add_result(extension, spec, key, on)
    add(add(extension, "efac:NoticeSubType"), "cbc:SubTypeCode", KINDS[spec.kind][2], listName="notice-subtype")
    organisations = add(extension, "efac:Organizations")
    if number:
        _add_publication(extension, number, on - timedelta(days=spec.published))
    return organisations


def workspace_of(spec: NoticeSpec) -> str:
    """The workspace at BOSA of a notice: one for a procedure and a form."""
    return uuid_of("workspace", spec.procedure, KINDS[spec.kind][1])


def _document_url(buyer: Body, spec: NoticeSpec) -> str:
    if "bosa" in spec.portals:
        return f"https://www.publicprocurement.be/publication-workspaces/{workspace_of(spec)}/documents"
    site = buyer.website or "https://marches.example"
    return f"{site}/consultations?dossier={spec.procedure}&pieces=oui"


def _add_head(root: Element, spec: NoticeSpec, form: str, sent: date) -> None:
    day, hour = moment(sent, "16:30:00")
    add(root, "cbc:UBLVersionID", "2.3")
    add(root, "cbc:CustomizationID", "eforms-sdk-1.13")
    add(root, "cbc:ID", uuid_of("notice", spec.identity), schemeName="notice-id")
    if form not in ("planning", "consultation"):
        # A notice that only announces has no procedure yet (388477-2024).
        add(root, "cbc:ContractFolderID", uuid_of("procedure", spec.procedure))
    add(root, "cbc:IssueDate", day)
    add(root, "cbc:IssueTime", hour)
    add(root, "cbc:VersionID", f"{spec.version:02d}")
    add(root, "cbc:RegulatoryDomain", "32014L0024")
    add(root, "cbc:NoticeTypeCode", spec.kind, listName=form)
    add(root, "cbc:NoticeLanguageCode", spec.languages[0], listName="language")
    for language in spec.languages[1:]:
        add(add(root, "cac:AdditionalNoticeLanguage"), "cbc:ID", language)


def _add_change(extension: Element, change: ChangeSpec, first: NoticeSpec) -> None:
    changes = add(extension, "efac:Changes")
    identifier = f"{uuid_of('notice', first.identity)}-{first.version:02d}"
    add(changes, "efbc:ChangedNoticeIdentifier", identifier)
    for section in [f"LOT-{lot:04d}" for lot in change.lots] or ["PROCEDURE"]:
        one = add(changes, "efac:Change")
        add_texts(one, "efbc:ChangeDescription", change.texts)
        add(add(one, "efac:ChangedSection"), "efbc:ChangedSectionIdentifier", section)
    reason = add(changes, "efac:ChangeReason")
    add(reason, "cbc:ReasonCode", change.reason, listName="change-corrig-justification")
    add_texts(reason, "efbc:ReasonDescription", change.texts)


def _add_publication(extension: Element, number: str, published: date) -> None:
    publication = add(extension, "efac:Publication")
    running, _, year = number.partition("-")
    add(publication, "efbc:NoticePublicationID", f"{int(running):08d}-{year}", schemeName="ojs-notice-id")
    gazette = f"{published.timetuple().tm_yday * 5 // 7}/{published.year}"
    add(publication, "efbc:GazetteID", gazette, schemeName="ojs-id")
    add(publication, "efbc:PublicationDate", moment(published, "09:00:00")[0])


def _add_contracting(root: Element, buyer: Body, key: str) -> None:
    party = add(root, "cac:ContractingParty")
    if buyer.website:
        add(party, "cbc:BuyerProfileURI", buyer.website)
    kind = add(party, "cac:ContractingPartyType")
    add(kind, "cbc:PartyTypeCode", buyer.legal_type, listName="buyer-legal-type")
    activity = add(party, "cac:ContractingActivity")
    add(activity, "cbc:ActivityTypeCode", buyer.activity, listName="authority-activity")
    add_reference(add(party, "cac:Party"), key)


def _add_organisation(organisations: Element, body: Body, key: str) -> None:
    company = add_path(organisations, "efac:Organization/efac:Company")
    if body.website:
        add(company, "cbc:WebsiteURI", body.website)
    if body.size:
        add(company, "efbc:CompanySizeCode", body.size, listName="economic-operator-size")
    add_reference(company, key)
    add_texts(add(company, "cac:PartyName"), "cbc:Name", body.names)
    address = add(company, "cac:PostalAddress")
    add(address, "cbc:CityName", body.city)
    if body.postcode:
        add(address, "cbc:PostalZone", body.postcode)
    add(address, "cbc:CountrySubentityCode", body.nuts, listName="nuts")
    add(add(address, "cac:Country"), "cbc:IdentificationCode", body.country, listName="country")
    add(add(company, "cac:PartyLegalEntity"), "cbc:CompanyID", body.number)
