"""Who is who in an eForms notice: the organisations it describes, found by the keys that its other parts point with.

Names, numbers, countries and places are read; contact points, addresses, telephones and the people behind a firm
(ultimate beneficial owners) are left where they are.
"""

from __future__ import annotations

from scrapers.readers.eforms_tree import (
    CAC,
    CBC,
    EFAC,
    EFBC,
    NAME,
    child,
    down,
    lines,
    nuts,
    published,
    reference,
    word,
    words,
)
from scrapers.xml import Element
from warehouse.facts import Buyer, Organisation

_PARTY = CAC + "PartyIdentification"
_COMPANY = EFAC + "Company"
_TOUCH_POINT = EFAC + "TouchPoint"
_PORTAL_NUMBERS = frozenset({"ID_PLATAFORMA"})  # TED 115531-2024 puts its portal's number before the tax number


class Organisations:
    """The organisations of one notice; each is read once, when something points at it."""

    def __init__(self, extension: Element) -> None:
        self._described: dict[str, Element] = {}
        self._read: dict[str, Organisation] = {}
        described = child(extension, EFAC + "Organizations")
        if described is None:
            return
        for one in described.iterchildren(EFAC + "Organization"):
            # A touch point is an office of the organisation; pointing at it means the organisation.
            for part in one.iterchildren(_COMPANY, _TOUCH_POINT):
                key = reference(part, _PARTY)
                if key:
                    self._described[key] = one

    def find(self, key: str) -> Organisation:
        """The organisation of that key; one that the notice points at and does not describe has no name."""
        found = self._read.get(key)
        if found is None:
            described = self._described.get(key)
            company = None if described is None else child(described, _COMPANY)
            found = Organisation(key, ()) if company is None else _read_company(key, company)
            self._read[key] = found
        return found

    def leads(self, key: str) -> bool:
        """Whether the notice calls it the lead of its group (older SDKs say so here, not where it tenders)."""
        described = self._described.get(key)
        return described is not None and word(described, EFBC + "GroupLeadIndicator") == "true"


def read_buyers(parties: list[Element], organisations: Organisations) -> tuple[Buyer, ...]:
    """The buyers in the order of the notice (OPT-300)."""
    buyers: dict[str, Buyer] = {}
    for party in parties:
        key = words(down(party, CAC + "Party", _PARTY, CBC + "ID"))
        if key and key not in buyers:
            activity = down(party, CAC + "ContractingActivity", CBC + "ActivityTypeCode")
            buyers[key] = Buyer(organisations.find(key), _legal_type(party), published(words(activity)))
    return tuple(buyers.values())


def _legal_type(party: Element) -> str | None:
    """BT-11; the same element also says whether it is a contracting entity, which is another field (BT-740)."""
    for kind in party.iterchildren(CAC + "ContractingPartyType"):
        code = child(kind, CBC + "PartyTypeCode")
        if code is not None and code.get("listName") != "buyer-contracting-type":
            return published(words(code))
    return None


def _read_company(key: str, company: Element) -> Organisation:
    """One efac:Company."""
    names: list[Element] = []
    country = place = city = size = None
    numbers: list[Element] = []
    for part in company.iterchildren(
        CAC + "PartyName", CAC + "PostalAddress", CAC + "PartyLegalEntity", EFBC + "CompanySizeCode"
    ):
        tag = part.tag
        if tag == CAC + "PartyName":
            names.extend(part.iterchildren(NAME))
        elif tag == CAC + "PostalAddress":
            country = words(down(part, CAC + "Country", CBC + "IdentificationCode"))
            place = word(part, CBC + "CountrySubentityCode")
            city = word(part, CBC + "CityName")
        elif tag == CAC + "PartyLegalEntity":
            numbers.extend(part.iterchildren(CBC + "CompanyID"))
        else:
            size = words(part)
    return Organisation(
        id=key,
        names=lines(names),
        company_number=_company_number(numbers),
        country=country,
        nuts=nuts(place) if place else None,
        city=city,
        size=size,
    )


def _company_number(numbers: list[Element]) -> str | None:
    """BT-501 as written: the first that is not a portal's own number."""
    for number in numbers:
        if number.get("schemeName") not in _PORTAL_NUMBERS and (said := words(number)):
            return said
    return words(numbers[0]) if numbers else None
