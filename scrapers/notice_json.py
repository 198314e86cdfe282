"""A notice as one line of JSON for `pib read`: the last thing before json.dumps, and nowhere else a dict.

Keys come in one order, days and instants in ISO 8601, money as strings, and what was not stated is null or empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from warehouse.codes.classifications import Cpv
from warehouse.codes.company_numbers import check_company_number
from warehouse.model.notices import (
    Award,
    Buyer,
    Change,
    Criterion,
    Deadline,
    Lot,
    Money,
    Notice,
    Organisation,
    TenderingParty,
    Text,
    in_language,
)


def notice_line(notice: Notice) -> dict[str, object]:
    """Plain JSON of all facts of a notice."""
    return {
        "publication_number": _number(notice),
        "publication_date": _iso(notice.publication.day),
        "form": notice.form.value,
        "notice_type": notice.notice_type,
        "subtype": notice.subtype,
        "buyer_country": next(iter(notice.buyer_countries), None),
        "languages": list(notice.languages),
        "title": _title(notice),
        "cpv_main": _main(notice.cpv),
        "cpv_additional": _additional(notice.cpv),
        "lots": [_lot(lot, notice.languages) for lot in notice.lots],
        "awards": [_award(award) for award in notice.awards],
        "changes": [_change(change) for change in notice.changes],
        "notice_id": notice.id,
        "version": notice.version,
        "procedure": notice.procedure,
        "procedure_type": notice.procedure_type,
        "schema": notice.schema,
        "source": notice.publication.source,
        "url": notice.publication.url,
        "is_summary": notice.is_summary,
        "is_trial": notice.is_dummy,
        "issued_at": _iso(notice.issued_at),
        "buyer_countries": list(notice.buyer_countries),
        "buyers": [_buyer(buyer) for buyer in notice.buyers],
        "titles": _texts(notice.titles),
        "descriptions": _texts(notice.descriptions),
        "nature": notice.nature,
        "nuts": [str(nuts) for nuts in notice.nuts],
        "estimate": _money(notice.estimate),
        "framework_maximum": _money(notice.framework_maximum),
    }


def _number(notice: Notice) -> str | None:
    """The portal's number; null for a notice that was never published and is known by its identifier only."""
    return None if notice.publication.number == notice.uid else notice.publication.number


def _title(notice: Notice) -> str | None:
    """The title in the notice's main language: the procedure's, else the first lot's."""
    titles = notice.titles or next((lot.titles for lot in notice.lots if lot.titles), ())
    return _preferred_text(titles, notice.languages)


def _preferred_text(texts: tuple[Text, ...], languages: tuple[str, ...]) -> str | None:
    """The words in the first of the languages that has some."""
    text = in_language(texts, *languages)
    return text.value if text else None


def _lot(lot: Lot, languages: tuple[str, ...]) -> dict[str, object]:
    return {
        "id": lot.id,
        "title": _preferred_text(lot.titles, languages),
        "nuts": [str(nuts) for nuts in lot.nuts],
        "deadline": _deadline(lot.deadline),
        "estimate": _money(lot.estimate),
        "framework_maximum": _money(lot.framework_maximum),
        "titles": _texts(lot.titles),
        "descriptions": _texts(lot.descriptions),
        "nature": lot.nature,
        "cpv_main": _main(lot.cpv),
        "cpv_additional": _additional(lot.cpv),
        "countries": list(lot.countries),
        "criteria": [_criterion(criterion) for criterion in lot.criteria],
        "tender_languages": list(lot.tender_languages),
        "documents": list(lot.documents),
        "reserved": lot.reserved,
        "techniques": list(lot.techniques),
    }


def _deadline(deadline: Deadline | None) -> dict[str, object] | None:
    if deadline is None:
        return None
    return {
        "at": deadline.at.isoformat(),
        "kind": deadline.kind.value,
        "zone": deadline.zone,
        "hour_stated": deadline.hour_stated,
    }


def _criterion(criterion: Criterion) -> dict[str, object]:
    return {"use": criterion.use, "kind": criterion.kind, "texts": _texts(criterion.texts)}


def _award(award: Award) -> dict[str, object]:
    return {
        "lot": award.lot,
        "outcome": award.outcome,
        "winners": [_party(party) for party in award.winners],
        "value": _money(award.value),
        "decided_on": _iso(award.decided_on),
        "tenders_received": award.tenders_received,
    }


def _party(party: TenderingParty) -> dict[str, object]:
    return {
        "id": party.id,
        "name": party.name,
        "organisations": [_organisation(organisation) for organisation in party.organisations],
        "subcontractors": [_organisation(organisation) for organisation in party.subcontractors],
    }


def _organisation(organisation: Organisation) -> dict[str, object]:
    checked = check_company_number(organisation.company_number, organisation.country)
    return {
        "id": organisation.id,
        "name": organisation.names[0].value if organisation.names else None,
        "names": _texts(organisation.names),
        "company_number": organisation.company_number,
        "number": checked.number,
        "number_valid": checked.is_valid,
        "country": organisation.country,
        "nuts": str(organisation.nuts) if organisation.nuts else None,
        "city": organisation.city,
        "size": organisation.size,
        "recognised": organisation.recognised,
        "written": organisation.written,
    }


def _buyer(buyer: Buyer) -> dict[str, object]:
    return {**_organisation(buyer.organisation), "legal_type": buyer.legal_type, "activity": buyer.activity}


def _change(change: Change) -> dict[str, object]:
    return {
        "notice": change.notice or None,
        "reason": change.reason,
        "cancels": change.cancels,
        "lots": list(change.lots),
        "texts": _texts(change.texts),
    }


def _texts(texts: Iterable[Text]) -> list[dict[str, object]]:
    return [
        {"language": text.language, "value": text.value, **({"detected": True} if text.detected else {})}
        for text in texts
    ]


def _money(money: Money | None) -> dict[str, object] | None:
    """An amount as written; `is_stated` is false for placeholders like 1 or 0.01."""
    if money is None:
        return None
    return {"amount": format(money.amount, "f"), "currency": money.currency, "is_stated": money.is_stated}


def _main(cpv: tuple[Cpv, ...]) -> str | None:
    return str(cpv[0]) if cpv else None


def _additional(cpv: tuple[Cpv, ...]) -> list[str]:
    return [str(code) for code in cpv[1:]]


def _iso(moment: date | datetime | None) -> str | None:
    return moment.isoformat() if moment else None
