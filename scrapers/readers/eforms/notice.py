"""eForms notices (Regulation (EU) 2019/1780, UBL 2.3, SDK 1.3 to 1.15) become facts: every form, one function.

Read strictly where a firm may be harmed (identity, form, lots, deadlines: an Unreadable, an Unknown for an unknown
code), and as "not stated" where publishers write junk that harms nobody (a bad code among many, an amount without a
currency).
"""

from __future__ import annotations

from datetime import date

from scrapers.errors import Unreadable
from scrapers.readers.eforms.awards import read_awards
from scrapers.readers.eforms.changes import read_changes
from scrapers.readers.eforms.forms import LOTLESS, form_of
from scrapers.readers.eforms.lots import Dates, impossible_deadlines, read_lots
from scrapers.readers.eforms.organisations import Organisations, read_buyers
from scrapers.readers.eforms.project import read_project
from scrapers.readers.eforms.tree import (
    CAC,
    CBC,
    EFAC,
    EFBC,
    EXTENSIONS,
    ID,
    NAME,
    first,
    in_extensions,
    once,
    parts_of,
    published,
    word,
    words,
)
from scrapers.readers.normalise.deadlines import begin_of, read_day, read_instant, zone_of
from scrapers.readers.normalise.numbers import read_count
from scrapers.safe_formats.xml import Element, parse_xml
from warehouse.model.notices import Buyer, Form, Notice, Publication, Text

_NOTICE_TYPE_CODE = CBC + "NoticeTypeCode"
_ORGANIZATIONS = EFAC + "Organizations"
_CONTRACTING_PARTY = CAC + "ContractingParty"
_TENDERING_PROCESS = CAC + "TenderingProcess"
_PROCUREMENT_PROJECT = CAC + "ProcurementProject"
_PROCUREMENT_PROJECT_LOT = CAC + "ProcurementProjectLot"
_PUBLICATION = EFAC + "Publication"
_CUSTOMIZATION_ID = CBC + "CustomizationID"
_PROCEDURE_CODE = CBC + "ProcedureCode"
_NOTICE_RESULT = EFAC + "NoticeResult"
_TENDER_RESULT = CAC + "TenderResult"
_CHANGES = EFAC + "Changes"
_CONTRACT_MODIFICATION = EFAC + "ContractModification"
_VERSION_ID = CBC + "VersionID"
_NOTICE_LANGUAGE_CODE = CBC + "NoticeLanguageCode"
_CONTRACT_FOLDER_ID = CBC + "ContractFolderID"
_NOTICE_SUB_TYPE = EFAC + "NoticeSubType"
_SUB_TYPE_CODE = CBC + "SubTypeCode"
_ADDITIONAL_NOTICE_LANGUAGE = CAC + "AdditionalNoticeLanguage"
_ISSUE_DATE = CBC + "IssueDate"
_ISSUE_TIME = CBC + "IssueTime"
_NOTICE_PUBLICATION_ID = EFBC + "NoticePublicationID"
_PUBLICATION_DATE = EFBC + "PublicationDate"

ROOTS = frozenset(
    {
        "{urn:oasis:names:specification:ubl:schema:xsd:ContractNotice-2}ContractNotice",
        "{urn:oasis:names:specification:ubl:schema:xsd:ContractAwardNotice-2}ContractAwardNotice",
        "{urn:oasis:names:specification:ubl:schema:xsd:PriorInformationNotice-2}PriorInformationNotice",
        "{http://data.europa.eu/p27/eforms-business-registration-information-notice/1}BusinessRegistrationInformationNotice",
    }
)
_WITHOUT_EXTENSION = "eforms-sdk-0."
"""German notices below the thresholds may have no extension and declare their form alone."""
_TED_PAGE = "https://ted.europa.eu/en/notice/-/detail/{number}"


def read_eforms(
    body: bytes,
    *,
    source: str = "eu_ted",
    url: str | None = None,
    number: str | None = None,
    day: date | None = None,
) -> Notice:
    """The notice in the bytes of an eForms document.

    `body` is the XML as published; `source` the name of the source and `url` the page of the notice there; `number` and
    `day` are the portal's own, for where the XML carries none (BOAMP, BOSA). Raises Unreadable, and Unknown for an
    unknown code: this notice.
    """
    return read_eforms_tree(parse_xml(body, blanks=False), source=source, url=url, number=number, day=day)


def read_eforms_tree(
    root: Element,
    *,
    source: str = "eu_ted",
    url: str | None = None,
    number: str | None = None,
    day: date | None = None,
) -> Notice:
    """As read_eforms, of a document that is parsed already: `root` is its root element; `source`, `url`, `number` and
    `day` as there."""
    if root.tag not in ROOTS:
        raise Unreadable(f"the document is a {root.tag!r}, not a notice of eForms")
    parts = parts_of(root)
    extension = in_extensions(first(parts, EXTENSIONS))
    kind = first(parts, _NOTICE_TYPE_CODE)
    if extension is None and not (words(first(parts, _CUSTOMIZATION_ID)) or "").startswith(_WITHOUT_EXTENSION):
        raise Unreadable("the document has no eForms extension, so neither form nor organisations are known")
    identifier, version = _identity(parts)
    extension_parts = parts_of(extension)
    subtype = _subtype(extension_parts)
    form = form_of(None if kind is None else kind.get("listName"), subtype)
    organisations = Organisations(first(extension_parts, _ORGANIZATIONS))
    buyers = read_buyers(parts.get(_CONTRACTING_PARTY, []), organisations)
    zone = _zone(buyers)
    process = first(parts, _TENDERING_PROCESS)
    about = read_project(first(parts, _PROCUREMENT_PROJECT))
    described = parts.get(_PROCUREMENT_PROJECT_LOT, [])
    _refuse_the_empty(form, subtype, about.titles, buyers, described)
    publication = _publication(
        first(extension_parts, _PUBLICATION), f"{identifier}-{version:02d}", source, url, number, day
    )
    changes = read_changes((*extension_parts.get(_CHANGES, ()), *extension_parts.get(_CONTRACT_MODIFICATION, ())))
    issued = _issued(parts, zone)
    since = max((at for at in (issued, begin_of(publication.day, zone)) if at), default=None)
    dates = Dates(zone, since, is_change=bool(changes) or version > 1 or form is not Form.COMPETITION)
    return Notice(
        id=identifier,
        version=version,
        form=form,
        publication=publication,
        notice_type=words(kind),
        subtype=subtype,
        schema=words(first(parts, _CUSTOMIZATION_ID)),
        procedure=_procedure(parts),
        procedure_type=None if process is None else published(word(process, _PROCEDURE_CODE)),
        languages=_languages(parts),
        titles=about.titles,
        descriptions=about.descriptions,
        nature=about.nature,
        cpv=about.cpv,
        nuts=about.nuts,
        estimate=about.estimate,
        framework_maximum=about.framework_maximum,
        buyers=buyers,
        lots=read_lots(described, process, dates),
        awards=read_awards(first(extension_parts, _NOTICE_RESULT), first(parts, _TENDER_RESULT), organisations),
        changes=changes,
        issued_at=issued,
        doubts=impossible_deadlines(described, process, dates),
    )


def _identity(parts: dict[str, list[Element]]) -> tuple[str, int]:
    """BT-701 and BT-757, without which a notice cannot be kept once and only once."""
    identifier = words(first(parts, ID))
    version = words(first(parts, _VERSION_ID))
    number = read_count(version)
    if identifier and number is not None:
        return identifier.lower(), number
    lacks = [
        requirement
        for requirement, there in (
            ("an identifier (BT-701)", identifier),
            ("a version that is a number (BT-757)", number is not None),
            ("a language (BT-702)", words(first(parts, _NOTICE_LANGUAGE_CODE))),
            ("a procedure (BT-04)", words(first(parts, _CONTRACT_FOLDER_ID))),
            ("a buyer (OPT-300)", parts.get(_CONTRACTING_PARTY)),
            ("what is bought (cac:ProcurementProject)", parts.get(_PROCUREMENT_PROJECT)),
            ("a lot (BT-137)", parts.get(_PROCUREMENT_PROJECT_LOT)),
        )
        if not there
    ]
    raise Unreadable(f"the notice lacks {', '.join(lacks)}; nothing can be kept under no name")


def _subtype(extension_parts: dict[str, list[Element]]) -> str | None:
    """OPP-070."""
    noted = first(extension_parts, _NOTICE_SUB_TYPE)
    return None if noted is None else word(noted, _SUB_TYPE_CODE)


def _procedure(parts: dict[str, list[Element]]) -> str | None:
    """BT-04."""
    stated = words(first(parts, _CONTRACT_FOLDER_ID))
    return stated.lower() if stated else None


def _languages(parts: dict[str, list[Element]]) -> tuple[str, ...]:
    """BT-702: the main language, then the others in which the notice is official."""
    others = [word(other, ID) for other in parts.get(_ADDITIONAL_NOTICE_LANGUAGE, ())]
    return once((words(first(parts, _NOTICE_LANGUAGE_CODE)), *others))


def _zone(buyers: tuple[Buyer, ...]) -> str | None:
    """The zone of the first buyer's place."""
    if not buyers:
        return None
    buyer = buyers[0].organisation
    return zone_of(buyer.country, None if buyer.nuts is None else buyer.nuts.code)


def _issued(parts: dict[str, list[Element]], zone: str | None):
    """BT-05."""
    day, hour = words(first(parts, _ISSUE_DATE)), words(first(parts, _ISSUE_TIME))
    return read_instant(day, hour, zone=zone)


def _publication(
    noted: Element | None, uid: str, source: str, url: str | None, number: str | None, day: date | None
) -> Publication:
    """Where it was published. The XML names TED's number; another portal's own number goes before it. A notice that
    was never published (the SDK's examples) is known by its identifier and version."""
    ted = None if noted is None else ted_number(word(noted, _NOTICE_PUBLICATION_ID))
    ted_day = None if noted is None else read_day(word(noted, _PUBLICATION_DATE))
    if source == "eu_ted":
        number, day = ted or number, ted_day or day
        url = url or (_TED_PAGE.format(number=number) if number else None)
    return Publication(source, number or ted or uid, day or ted_day, url)


def ted_number(written: str | None) -> str | None:
    """ "00121372-2024" is written "121372-2024"."""
    return (written.lstrip("0") or None) if written else None


def _refuse_the_empty(
    form: Form, subtype: str | None, titles: tuple[Text, ...], buyers: tuple[Buyer, ...], described: list[Element]
) -> None:
    """Refuses a notice that lacks what every notice of its form must state; a registration is about a firm. `described`
    are its lots, unread."""
    if form is Form.REGISTRATION:
        return
    lacks = [
        requirement
        for requirement, there in (
            ("a buyer (OPT-300)", buyers),
            ("a title (BT-21)", titles or any(words(name) for lot in described for name in lot.iter(NAME))),
            ("a lot (BT-137)", described or subtype in LOTLESS),
        )
        if not there
    ]
    if lacks:
        raise Unreadable(f"the notice lacks {', '.join(lacks)}, which every {form} notice states")
