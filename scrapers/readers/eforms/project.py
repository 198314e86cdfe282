"""What is bought and where (cac:ProcurementProject), written in the same way for a procedure and for its lots."""

from __future__ import annotations

from typing import NamedTuple

from scrapers.readers.eforms.tree import (
    CAC,
    CBC,
    DESCRIPTION,
    EFBC,
    NAME,
    cpv,
    first,
    lines,
    money,
    nuts,
    once,
    paragraphs,
    parts_of,
    published,
    within,
    word,
    words,
)
from scrapers.safe_formats.xml import Element
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.model.notices import Money, Text

_MAIN_COMMODITY_CLASSIFICATION = CAC + "MainCommodityClassification"
_ADDITIONAL_COMMODITY_CLASSIFICATION = CAC + "AdditionalCommodityClassification"
_REALIZED_LOCATION = CAC + "RealizedLocation"
_REQUESTED_TENDER_TOTAL = CAC + "RequestedTenderTotal"
_PROCUREMENT_TYPE_CODE = CBC + "ProcurementTypeCode"
_ESTIMATED_OVERALL_CONTRACT_AMOUNT = CBC + "EstimatedOverallContractAmount"
_FRAMEWORK_MAXIMUM_AMOUNT = EFBC + "FrameworkMaximumAmount"
_CPV = CBC + "ItemClassificationCode"
_PLACE = CBC + "CountrySubentityCode"
_COUNTRY = CBC + "IdentificationCode"


class Project(NamedTuple):
    """Titles (BT-21), descriptions (BT-24), nature (BT-23), CPV (BT-262, BT-263), places (BT-5071, BT-5141), estimate
    (BT-27) and framework maximum (BT-271)."""

    titles: tuple[Text, ...]
    descriptions: tuple[Text, ...]
    nature: str | None
    cpv: tuple[Cpv, ...]
    nuts: tuple[Nuts, ...]
    countries: tuple[str, ...]
    estimate: Money | None
    framework_maximum: Money | None


def read_project(project: Element | None) -> Project:
    """The project; of none, nothing."""
    parts = parts_of(project)
    codes = (
        *parts.get(_MAIN_COMMODITY_CLASSIFICATION, ()),
        *parts.get(_ADDITIONAL_COMMODITY_CLASSIFICATION, ()),
    )
    places = [_location(node) for node in parts.get(_REALIZED_LOCATION, ())]
    total = first(parts, _REQUESTED_TENDER_TOTAL)
    return Project(
        titles=lines(parts.get(NAME, ())),
        descriptions=paragraphs(parts.get(DESCRIPTION, ())),
        nature=published(words(first(parts, _PROCUREMENT_TYPE_CODE))),
        cpv=once([cpv(value) if (value := word(node, _CPV)) else None for node in codes]),
        nuts=once([place for place, _ in places]),
        countries=once([country for _, country in places]),
        estimate=None if total is None else money(next(total.iter(_ESTIMATED_OVERALL_CONTRACT_AMOUNT), None)),
        framework_maximum=None if total is None else money(next(total.iter(_FRAMEWORK_MAXIMUM_AMOUNT), None)),
    )


def _location(location: Element) -> tuple[Nuts | None, str | None]:
    """NUTS and country of one place of performance; "anyw" and its kin (BT-727) are no place."""
    place = within(location, _PLACE)
    return (nuts(place) if place else None), within(location, _COUNTRY)
