"""Facts to rows and rows to facts, piece by piece: texts, money, organisations, lots. No query here.

What goes through here comes back equal. A row is a mapping by column name, in the shapes of tables/*.sql.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from warehouse.codes.classifications import Cpv, Nuts
from warehouse.codes.company_numbers import check_company_number
from warehouse.model.notices import (
    ContractTerm,
    Criterion,
    Deadline,
    DeadlineKind,
    Lot,
    Money,
    Organisation,
    TenderingParty,
    Text,
    Weight,
)
from warehouse.model.time_zones import read_zone

Row = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SMALLEST = Decimal("0.000001")
_LARGEST = Decimal(10) ** 18


def text_rows(texts: Iterable[Text]) -> list[dict[str, str | bool | None]]:
    """Texts as the structs of a list column."""
    return [{"value": text.value, "language": text.language, "detected": text.detected} for text in texts]


def texts_from(rows: Iterable[Row]) -> tuple[Text, ...]:
    """The inverse of text_rows."""
    return tuple(Text(row["value"], row["language"], row["detected"]) for row in rows)


def money_row(money: Money | None) -> dict[str, Any] | None:
    """Money as a struct: an amount of 24 digits, 6 of them decimals, and the exact text where that is not enough."""
    if money is None:
        return None
    amount = _fitting(money.amount)
    return {
        "amount": amount,
        "currency": money.currency,
        "written": None if amount == money.amount else str(money.amount),
    }


def _fitting(amount: Decimal) -> Decimal | None:
    if not amount.is_finite() or abs(amount) >= _LARGEST - 1:
        return None
    try:
        return amount.quantize(_SMALLEST)
    except InvalidOperation:
        return None


def money_from(row: Row | None) -> Money | None:
    """The inverse of money_row."""
    if row is None:
        return None
    return Money(Decimal(row["written"]) if row["written"] is not None else _shortest(row["amount"]), row["currency"])


def _shortest(amount: Decimal) -> Decimal:
    """250000, not 250000.000000 as the column pads it, nor 2.5E+5."""
    bare = amount.normalize()
    return bare.quantize(Decimal(1)) if int(bare.as_tuple().exponent) > 0 else bare


def codes(values: Iterable[Cpv | Nuts]) -> list[str]:
    """Codes as text."""
    return [value.code for value in values]


def cpv_from(values: Iterable[str]) -> tuple[Cpv, ...]:
    """CPV codes from text."""
    return tuple(Cpv(value) for value in values)


def nuts_from(values: Iterable[str]) -> tuple[Nuts, ...]:
    """NUTS codes from text."""
    return tuple(Nuts(value) for value in values)


def instant_from(microseconds: int | None) -> datetime | None:
    """An instant in UTC from microseconds since 1970, exactly."""
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)


def organisation_row(organisation: Organisation) -> dict[str, Any]:
    """An organisation with its number as written and, where it is one, reduced to country and digits."""
    checked = check_company_number(organisation.company_number, organisation.country)
    return {
        "id": organisation.id,
        "names": text_rows(organisation.names),
        "company_number": organisation.company_number,
        "number": checked.number,
        "number_valid": checked.is_valid,
        "country": organisation.country,
        "nuts": organisation.nuts.code if organisation.nuts else None,
        "city": organisation.city,
        "size": organisation.size,
        "recognised": organisation.recognised,
        "written": organisation.written,
    }


def organisation_from(row: Row) -> Organisation:
    """The inverse of organisation_row."""
    return Organisation(
        id=row["id"],
        names=texts_from(row["names"]),
        company_number=row["company_number"],
        country=row["country"],
        nuts=Nuts(row["nuts"]) if row["nuts"] is not None else None,
        city=row["city"],
        size=row["size"],
        recognised=row["recognised"],
        written=row["written"],
    )


def party_from(row: Row) -> TenderingParty:
    """A tendering party from its row."""
    return TenderingParty(
        id=row["id"],
        organisations=tuple(organisation_from(o) for o in row["organisations"]),
        subcontractors=tuple(organisation_from(o) for o in row["subcontractors"]),
        name=row["name"],
    )


def lot_row(lot: Lot) -> dict[str, Any]:
    """A lot, without its notice and place. Raises BadFact for a deadline in an unknown zone."""
    deadline = lot.deadline
    if deadline is not None:
        read_zone(deadline.zone)
    return {
        "id": lot.id,
        "titles": text_rows(lot.titles),
        "descriptions": text_rows(lot.descriptions),
        "nature": lot.nature,
        "cpv": codes(lot.cpv),
        "nuts": codes(lot.nuts),
        "countries": list(lot.countries),
        "deadline_at": deadline.at.astimezone(UTC) if deadline else None,
        "deadline_kind": deadline.kind.value if deadline else None,
        "deadline_zone": deadline.zone if deadline else None,
        "deadline_hour_stated": deadline.hour_stated if deadline else None,
        "estimate": money_row(lot.estimate),
        "framework_maximum": money_row(lot.framework_maximum),
        "criteria": [_criterion_row(criterion) for criterion in lot.criteria],
        "tender_languages": list(lot.tender_languages),
        "documents": list(lot.documents),
        "reserved": lot.reserved,
        "techniques": list(lot.techniques),
        "term": asdict(lot.term) if lot.term else None,
        "eu_funded": lot.eu_funded,
        "suits_smes": lot.suits_smes,
        "subcontracting": lot.subcontracting,
        "documents_restricted": lot.documents_restricted,
    }


def _criterion_row(criterion: Criterion) -> dict[str, Any]:
    weight = asdict(criterion.weight) if criterion.weight else None
    return {"use": criterion.use, "kind": criterion.kind, "texts": text_rows(criterion.texts), "weight": weight}


def _criterion_from(row: Row) -> Criterion:
    weight = row["weight"]
    stated = Weight(_shortest(weight["number"]), weight["kind"]) if weight else None
    return Criterion(row["use"], row["kind"], texts_from(row["texts"]), stated)


def lot_from(row: Row) -> Lot:
    """The inverse of lot_row; in a row that was read, `deadline_at` is microseconds since 1970 (UTC)."""
    return Lot(
        id=row["id"],
        titles=texts_from(row["titles"]),
        descriptions=texts_from(row["descriptions"]),
        nature=row["nature"],
        cpv=cpv_from(row["cpv"]),
        nuts=nuts_from(row["nuts"]),
        countries=tuple(row["countries"]),
        deadline=_deadline_from(row),
        estimate=money_from(row["estimate"]),
        framework_maximum=money_from(row["framework_maximum"]),
        criteria=tuple(_criterion_from(criterion) for criterion in row["criteria"]),
        tender_languages=tuple(row["tender_languages"]),
        documents=tuple(row["documents"]),
        reserved=row["reserved"],
        techniques=tuple(row["techniques"]),
        term=ContractTerm(**row["term"]) if row["term"] else None,
        eu_funded=row["eu_funded"],
        suits_smes=row["suits_smes"],
        subcontracting=row["subcontracting"],
        documents_restricted=row["documents_restricted"],
    )


def _deadline_from(row: Row) -> Deadline | None:
    at = instant_from(row["deadline_at"])
    if at is None:
        return None
    zone = row["deadline_zone"]
    local = at.astimezone(read_zone(zone))
    return Deadline(local, DeadlineKind(row["deadline_kind"]), zone, row["deadline_hour_stated"])
