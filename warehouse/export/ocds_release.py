"""One notice as one release of the Open Contracting Data Standard, version 1.1. No query and no file here.

The release has the publisher's own words; what OCDS has no field for (selection and award criteria, reserved
participation) stays in the tables. The warehouse holds no personal contact data, so none can be exported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from warehouse.export.ocds_parties import LANGUAGES, Json, Parties, bare, worded
from warehouse.model.notices import Award, Change, Deadline, Form, Lot, Money, Notice, Publication

_EXTENSIONS = (
    "lots",
    "bid",
    "techniques",
    "submissionTerms",
    "location",
    "organizationClassification",
    "partyDetails_scale",
)
EXTENSIONS = tuple(
    f"https://raw.githubusercontent.com/open-contracting-extensions/ocds_{name}_extension/master/extension.json"
    for name in _EXTENSIONS
)
"""What the releases use beyond the core of the standard."""

_METHODS = {
    "open": "open",
    "restricted": "selective",
    "neg-w-call": "selective",
    "comp-dial": "selective",
    "innovation": "selective",
    "neg-wo-call": "limited",
}
_CATEGORIES = {"works": "works", "supplies": "goods", "services": "services"}
_AWARDS = {"selec-w": "active", "clos-nw": "unsuccessful", "open-nw": "pending"}
_FRAMEWORKS = {
    "fa-wo-rc": "withoutReopeningCompetition",
    "fa-w-rc": "withReopeningCompetition",
    "fa-mix": "withAndWithoutReopeningCompetition",
}
_STEMS = {
    Form.PLANNING: "planning",
    Form.CONSULTATION: "planning",
    Form.REGISTRATION: "planning",
    Form.COMPETITION: "tender",
    Form.RESULT: "award",
    Form.DIRECT_AWARD: "award",
    Form.MODIFICATION: "award",
    Form.COMPLETION: "award",
}
_DOCUMENTS = {"planning": "plannedProcurementNotice", "tender": "tenderNotice", "award": "awardNotice"}
_URI = re.compile(r"https?://[A-Za-z0-9\-._~%!$&'()*+,;=:@\[\]]+(?:[/?#][A-Za-z0-9\-._~%!$&'()*+,;=:@/?]*)*")


def release_of(notice: Notice, ocid: str, publications: Iterable[Publication], amended: dict[str, str]) -> Json | None:
    """The release of a notice in the contracting process `ocid`; None for a notice without any date, which OCDS has no
    place for.

    `publications` are where and when portals published `notice`; `amended` maps what the notice writes of the notices
    it changes (uids or publication numbers) to their uids, as far as they are known. Amounts are Decimal.
    """
    pages = tuple(publications)
    day = notice.publication.day or min((p.day for p in pages if p.day), default=None)
    published = _midnight(day) if day else notice.issued_at and _instant(notice.issued_at)
    if published is None:
        return None
    language = next((LANGUAGES[code] for code in notice.languages if code in LANGUAGES), None)
    parties = Parties(notice.id, language)
    buyers = [parties.buy(buyer) for buyer in notice.buyers]
    amendments = _amendments(notice, published, amended, language)
    awards = [_award(notice, at, award, parties) for at, award in enumerate(notice.awards)]
    release = {
        "ocid": ocid,
        "id": notice.uid,
        "date": published,
        "tag": [_tag(notice)],
        "initiationType": "tender",
        "language": language,
        "buyer": buyers[0] if buyers else None,
        "tender": {**_tender(notice, language, pages), **bare({"amendments": amendments})},
        "bids": bare({"statistics": _statistics(notice), "details": _bids(notice, parties)}),
        "awards": awards,
        "relatedProcesses": _followed(notice),
    }
    return bare({**release, "parties": list(parties.by_id.values())})


def _tag(notice: Notice) -> str:
    stem = _STEMS[notice.form]
    if any(change.cancels for change in notice.changes):
        return f"{stem}Cancellation" if stem != "planning" else "planningUpdate"
    if notice.form in (Form.MODIFICATION, Form.COMPLETION):
        return "awardUpdate"
    if any(change.reason != "follows" for change in notice.changes):
        return "tenderAmendment" if stem == "tender" else f"{stem}Update"
    return stem


def _tender(notice: Notice, language: str | None, pages: tuple[Publication, ...]) -> Json:
    lots = list(_named_lots(notice))
    return bare({
        "id": notice.procedure_uid,
        **worded("title", notice.titles, language),
        **worded("description", notice.descriptions, language),
        "status": _status(notice, None),
        "procurementMethod": _METHODS.get(notice.procedure_type or ""),
        "procurementMethodDetails": notice.procedure_type,
        "mainProcurementCategory": _CATEGORIES.get(notice.nature or ""),
        "value": _value(notice.estimate),
        "techniques": _techniques((), notice.framework_maximum),
        "items": [item for item in (_item("procedure", None, notice.cpv, notice.nuts),
                                    *(_item(name, name, lot.cpv, lot.nuts) for name, lot in lots)) if item],
        "lots": [_lot(notice, name, lot, language) for name, lot in lots],
        "documents": _documents(notice, lots, pages),
        "tenderPeriod": _period(_last([lot.deadline for lot in notice.lots])),
    })  # fmt: skip


def _named_lots(notice: Notice) -> Iterable[tuple[str, Lot]]:
    """The lots under unique names: a publisher may give one name to two lots."""
    seen: dict[str, int] = {}
    for lot in notice.lots:
        seen[lot.id] = seen.get(lot.id, 0) + 1
        yield (lot.id if seen[lot.id] == 1 else f"{lot.id}-{seen[lot.id]}"), lot


def _lot(notice: Notice, name: str, lot: Lot, language: str | None) -> Json:
    return bare({
        "id": name,
        **worded("title", lot.titles, language),
        **worded("description", lot.descriptions, language),
        "status": _status(notice, lot.id),
        "value": _value(lot.estimate),
        "mainProcurementCategory": _CATEGORIES.get(lot.nature or ""),
        "tenderPeriod": _period(lot.deadline),
        "techniques": _techniques(lot.techniques, lot.framework_maximum),
        "submissionTerms": bare({"languages": [LANGUAGES[c] for c in lot.tender_languages if c in LANGUAGES]}),
    })  # fmt: skip


def _status(notice: Notice, lot: str | None) -> str:
    """Of the lot, or of the whole where `lot` is None."""
    if any(c.cancels and (not c.lots or lot in c.lots) for c in notice.changes):
        return "cancelled"
    if _STEMS[notice.form] == "planning":
        return "planned"
    if _STEMS[notice.form] == "tender":
        return "active"
    outcomes = {award.outcome for award in notice.awards if lot in (None, award.lot)}
    if "open-nw" in outcomes or not outcomes:
        return "active" if outcomes else "complete"
    return "unsuccessful" if outcomes == {"clos-nw"} else "complete"


def _item(name: str, lot: str | None, cpv: Iterable[Any], nuts: Iterable[Any]) -> Json | None:
    classes = [{"scheme": "CPV", "id": code.code} for code in cpv]
    places = [code.code for code in nuts]
    if not classes and not places:
        return None
    return bare({
        "id": name,
        "classification": classes[0] if classes else None,
        "additionalClassifications": list({c["id"]: c for c in classes[1:]}.values()),
        "deliveryLocations": [{"gazetteer": {"scheme": "NUTS", "identifiers": places}}] if places else None,
        "relatedLot": lot,
    })  # fmt: skip


def _techniques(codes: tuple[str, ...], most: Money | None) -> Json:
    frameworks = [code for code in codes if code.startswith("fa")]
    framework = {"method": _FRAMEWORKS.get(frameworks[0]) if frameworks else None, "value": _value(most)}
    return bare({
        "hasFrameworkAgreement": True if frameworks or framework["value"] else None,
        "frameworkAgreement": bare(framework),
        "hasDynamicPurchasingSystem": True if any(code.startswith("dps") for code in codes) else None,
    })  # fmt: skip


def _documents(notice: Notice, lots: list[tuple[str, Lot]], pages: tuple[Publication, ...]) -> list[Json]:
    """The notice at each portal, then the procurement documents, each address once with its lots."""
    documents = [
        {
            "id": f"{page.source}:{page.number}",
            "documentType": _DOCUMENTS[_STEMS[notice.form]],
            "title": page.number,
            "datePublished": _midnight(page.day) if page.day else None,
            **_address(page.url),
        }
        for page in pages
    ]
    places: dict[str, list[str]] = {}
    for name, lot in lots:
        for url in lot.documents:
            of = places.setdefault(url, [])
            if name not in of:
                of.append(name)
    documents += [
        {"id": f"documents-{at}", "documentType": "biddingDocuments", "relatedLots": of, **_address(url)}
        for at, (url, of) in enumerate(places.items(), 1)
    ]
    return [bare(document) for document in documents]


def _address(url: str | None) -> Json:
    """An address, or the text that a publisher wrote in its field."""
    if not url:
        return {}
    return {"url": url} if _URI.fullmatch(url) else {"description": url}


def _award(notice: Notice, at: int, award: Award, parties: Parties) -> Json:
    suppliers = [parties.refer(o, "supplier") for party in award.winners for o in party.organisations]
    for party in award.winners:
        for organisation in party.subcontractors:
            parties.refer(organisation, "subcontractor")
    return bare({
        "id": f"{notice.id}:{at + 1}",
        "status": _AWARDS.get(award.outcome),
        "date": _midnight(award.decided_on) if award.decided_on else None,
        "value": _value(award.value),
        "suppliers": list({s["id"]: s for s in suppliers}.values()),
        "relatedLots": [award.lot],
        "relatedBids": [f"{notice.id}:{at + 1}:{place + 1}" for place in range(len(award.winners))],
    })  # fmt: skip


def _bids(notice: Notice, parties: Parties) -> list[Json]:
    """The winning tenders: who tendered together, which the suppliers of an award do not state."""
    bids: list[Json] = []
    for at, award in enumerate(notice.awards):
        for place, party in enumerate(award.winners):
            tenderers = [parties.refer(o, "tenderer") for o in party.organisations]
            unique = list({t["id"]: t for t in tenderers}.values())
            bid = {"id": f"{notice.id}:{at + 1}:{place + 1}", "status": "valid", "tenderers": unique}
            bids.append(bare({**bid, "relatedLots": [award.lot]}))
    return bids


def _statistics(notice: Notice) -> list[Json]:
    return [
        {"id": f"{notice.id}:{at + 1}", "measure": "bids", "value": award.tenders_received, "relatedLot": award.lot}
        for at, award in enumerate(notice.awards)
        if award.tenders_received is not None
    ]


def _amendments(notice: Notice, published: str, amended: dict[str, str], language: str | None) -> list[Json]:
    return [
        bare({
            "id": f"{notice.uid}:{at}",
            "date": published,
            "rationale": change.reason,
            **worded("description", change.texts, language),
            "amendsReleaseID": amended.get(change.notice),
            "releaseID": notice.uid,
            "relatedLots": list(dict.fromkeys(change.lots)),
        })
        for at, change in enumerate(notice.changes, 1)
        if change.reason != "follows"
    ]  # fmt: skip


def _followed(notice: Notice) -> list[Json]:
    """The notice that a notice from before eForms names as the one it follows: no correction."""
    return [
        {"id": str(at), "relationship": ["prior"], "scheme": "publication-number", "identifier": change.notice}
        for at, change in enumerate(notice.changes, 1)
        if _follows(change)
    ]


def _follows(change: Change) -> bool:
    return change.reason == "follows"


def _value(money: Money | None) -> Json | None:
    if money is None or not money.is_stated or not money.amount.is_finite():
        return None
    return {"amount": Decimal(money.amount), "currency": money.currency}


def _last(deadlines: Iterable[Deadline | None]) -> Deadline | None:
    """The last of the deadlines: the whole is open while a lot is."""
    return max((d for d in deadlines if d), key=lambda d: d.at, default=None)


def _period(deadline: Deadline | None) -> Json | None:
    return {"endDate": deadline.at.isoformat()} if deadline else None


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
