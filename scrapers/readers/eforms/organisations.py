"""The organisations that an eForms notice describes, found by the keys that its other parts refer to.

Names, numbers, countries and places are read; contact points, addresses, telephones and the persons behind a firm
(ultimate beneficial owners) are not.
"""

from __future__ import annotations

from scrapers.readers.eforms.tree import (
    CAC,
    CBC,
    EFAC,
    EFBC,
    ID,
    NAME,
    child,
    down,
    first,
    lines,
    nuts,
    parts_of,
    pointed,
    published,
    word,
    words,
)
from scrapers.safe_formats.xml import Element
from warehouse.model.notices import Buyer, Organisation

_GROUP_LEAD_INDICATOR = EFBC + "GroupLeadIndicator"
_CAC_PARTY = CAC + "Party"
_CONTRACTING_ACTIVITY = CAC + "ContractingActivity"
_ACTIVITY_TYPE_CODE = CBC + "ActivityTypeCode"
_CONTRACTING_PARTY_TYPE = CAC + "ContractingPartyType"
_PARTY_TYPE_CODE = CBC + "PartyTypeCode"
_POSTAL_ADDRESS = CAC + "PostalAddress"
_COUNTRY_SUBENTITY_CODE = CBC + "CountrySubentityCode"
_COUNTRY = CAC + "Country"
_PARTY_NAME = CAC + "PartyName"
_PARTY_LEGAL_ENTITY = CAC + "PartyLegalEntity"
_COMPANY_ID = CBC + "CompanyID"
_IDENTIFICATION_CODE = CBC + "IdentificationCode"
_CITY_NAME = CBC + "CityName"
_COMPANY_SIZE_CODE = EFBC + "CompanySizeCode"
_PARTY = CAC + "PartyIdentification"
_COMPANY = EFAC + "Company"
_PORTAL_NUMBERS = frozenset({"ID_PLATAFORMA"})  # TED 115531-2024 puts its portal's number before the tax number


class Organisations:
    """The organisations of one notice; each is read once, when something refers to it."""

    def __init__(self, described: Element | None) -> None:
        self._described: dict[str, Element] = {}
        self._read: dict[str, Organisation] = {}
        for party in () if described is None else described.iter(_PARTY):
            if key := pointed(party):
                self._described[key] = party

    def find(self, key: str) -> Organisation:
        """The organisation of that key; one that the notice refers to and does not describe has no name."""
        found = self._read.get(key)
        if found is None:
            around = self._around(key)
            company = None if around is None else child(around, _COMPANY)
            found = Organisation(key, ()) if company is None else _read_company(key, company)
            self._read[key] = found
        return found

    def _around(self, key: str) -> Element | None:
        """The efac:Organization in which something has that key: its company, or a touch point, which is an office of
        it, so that a reference to the office means the organisation."""
        party = self._described.get(key)
        owner = None if party is None else party.getparent()
        return None if owner is None else owner.getparent()

    def describes(self, key: str | None) -> bool:
        """Whether the notice describes an organisation of that key."""
        return key in self._described

    def leads(self, key: str) -> bool:
        """Whether the notice calls it the lead of its group (older SDKs state so here, not where it tenders)."""
        around = self._around(key)
        return around is not None and word(around, _GROUP_LEAD_INDICATOR) == "true"


def read_buyers(parties: list[Element], organisations: Organisations) -> tuple[Buyer, ...]:
    """The buyers in the order of the notice (OPT-300); German notices below the thresholds describe them in place."""
    buyers: dict[str, Buyer] = {}
    for party in parties:
        described = child(party, _CAC_PARTY)
        key = words(down(party, _CAC_PARTY, _PARTY, ID))
        if described is not None and not organisations.describes(key) and child(described, _PARTY_NAME) is not None:
            key = key or f"BUYER-{len(buyers) + 1:04d}"
            organisation = _read_company(key, described)
        else:
            organisation = organisations.find(key) if key else None
        if key and organisation is not None and key not in buyers:
            activity = down(party, _CONTRACTING_ACTIVITY, _ACTIVITY_TYPE_CODE)
            buyers[key] = Buyer(organisation, _legal_type(party), published(words(activity)))
    return tuple(buyers.values())


def _legal_type(party: Element) -> str | None:
    """BT-11; the same element also states whether it is a contracting entity, which is another field (BT-740)."""
    for kind in party.iterchildren(_CONTRACTING_PARTY_TYPE):
        code = child(kind, _PARTY_TYPE_CODE)
        if code is not None and code.get("listName") != "buyer-contracting-type":
            return published(words(code))
    return None


def _read_company(key: str, company: Element) -> Organisation:
    """One efac:Company."""
    parts = parts_of(company)
    address = parts_of(first(parts, _POSTAL_ADDRESS))
    place = words(first(address, _COUNTRY_SUBENTITY_CODE))
    country = first(address, _COUNTRY)
    return Organisation(
        id=key,
        names=lines([name for node in parts.get(_PARTY_NAME, ()) for name in node.iterchildren(NAME)]),
        company_number=_company_number(
            [number for node in parts.get(_PARTY_LEGAL_ENTITY, ()) for number in node.iterchildren(_COMPANY_ID)]
        ),
        country=None if country is None else word(country, _IDENTIFICATION_CODE),
        nuts=nuts(place) if place else None,
        city=words(first(address, _CITY_NAME)),
        size=words(first(parts, _COMPANY_SIZE_CODE)),
    )


def _company_number(numbers: list[Element]) -> str | None:
    """BT-501 as written: the first that is not a portal's own number."""
    for number in numbers:
        if number.get("schemeName") not in _PORTAL_NUMBERS and (value := words(number)):
            return value
    return words(numbers[0]) if numbers else None
