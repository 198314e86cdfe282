"""The terms of a lot's contract: how long, how often renewed, with whose money, for whom, with what access.

They decide nothing in matching; view contract_end derives from them when a contract will be let again.
"""

from __future__ import annotations

from typing import NamedTuple

from scrapers.readers.eforms.tree import CAC, CBC, EFBC, child, published, within, word, words
from scrapers.readers.normalise.deadlines import read_day
from scrapers.readers.normalise.numbers import read_amount, read_count
from scrapers.safe_formats.xml import Element
from warehouse.model.notices import ContractTerm, Weight

_PLANNED = CAC + "PlannedPeriod"
_EXTENSION = CAC + "ContractExtension"
_MAXIMUM = CBC + "MaximumNumberNumeric"
_DURATION = CBC + "DurationMeasure"
_STARTS = CBC + "StartDate"
_ENDS = CBC + "EndDate"
_UNLIMITED = CBC + "DescriptionCode"
_SUITS = CBC + "SMESuitableIndicator"
_FUNDS = CBC + "FundingProgramCode"
_OBLIGATION = CBC + "SubcontractingConditionsCode"
_INDICATION = EFBC + "TenderSubcontractingRequirementsCode"
_DOCUMENTS = CAC + "CallForTendersDocumentReference"
_ACCESS = CBC + "DocumentType"
_PARAMETER = EFBC + "ParameterCode"
_NUMERIC = EFBC + "ParameterNumeric"

UNITS = {unit + plural: unit for unit in ("DAY", "WEEK", "MONTH", "YEAR") for plural in ("", "S")}
"""Units of a duration: publishers write the plural too ("MONTHS")."""

_INDICATED = {"true": True, "false": False, "1": True, "0": False}
_FUNDED = {"eu-funds": True, "no-eu-funds": False}
_MOST = 100_000


class Contract(NamedTuple):
    """The facts of one lot, each None where unstated."""

    term: ContractTerm | None
    eu_funded: bool | None
    suits_smes: bool | None
    subcontracting: str | None
    documents_restricted: bool | None


def read_contract(project: Element | None, terms: Element | None) -> Contract:
    """BT-36, BT-536, BT-537, BT-58, BT-726 of the lot's project, BT-60, BT-65 or BT-651 and BT-14 of its terms."""
    return Contract(
        term=None if project is None else _term(project),
        eu_funded=None if terms is None else _funded(terms),
        suits_smes=None if project is None else _INDICATED.get(word(project, _SUITS) or ""),
        subcontracting=None if terms is None else _subcontracting(terms),
        documents_restricted=None if terms is None else _restricted(terms),
    )


def read_weight(criterion: Element) -> Weight | None:
    """BT-541 with its kind (BT-5421), of an awarding criterion; not those of the criteria inside it."""
    extensions = next(iter(criterion.iterchildren("{*}UBLExtensions")), None)
    for code in () if extensions is None else extensions.iter(_PARAMETER):
        frame = code.getparent()
        if code.get("listName") == "number-weight" and frame is not None:
            kind = published(words(code))
            return weight_of(word(frame, _NUMERIC), kind) if kind else None
    return None


def weight_of(written: str | None, kind: str) -> Weight | None:
    """A weight, None for a number that is none or cannot be meant (-1 is a withheld one)."""
    number = read_amount((written or "").strip().rstrip("%").strip().replace(",", "."))
    if number is None or not 0 <= number <= _MOST or round(number, 4) != number:
        return None
    return Weight(number.normalize() if number else number * 0, kind)


def _term(project: Element) -> ContractTerm | None:
    period, extension = child(project, _PLANNED), child(project, _EXTENSION)
    measure = None if period is None else child(period, _DURATION)
    length = read_amount(words(measure) or "")
    unit = UNITS.get((None if measure is None else measure.get("unitCode")) or "")
    is_length = length is not None and unit is not None and 0 < length < 10**6 and length == int(length)
    renewals = None if extension is None else read_count(word(extension, _MAXIMUM))
    term = ContractTerm(
        length=int(length) if is_length and length is not None else None,
        unit=unit if is_length else None,
        starts=None if period is None else read_day(word(period, _STARTS)),
        ends=None if period is None else read_day(word(period, _ENDS)),
        unlimited=period is not None and word(period, _UNLIMITED) == "UNLIMITED",
        renewals=renewals if renewals is not None and renewals < 1000 else None,
    )
    return None if term == ContractTerm() else term


def _funded(terms: Element) -> bool | None:
    codes = (words(code) for code in terms.iterchildren(_FUNDS) if code.get("listName") == "eu-funded")
    return next((_FUNDED[code] for code in codes if code in _FUNDED), None)


def _subcontracting(terms: Element) -> str | None:
    return published(within(terms, _OBLIGATION)) or published(within(terms, _INDICATION))


def _restricted(terms: Element) -> bool | None:
    """True where access to any of the documents is restricted."""
    stated = [word(document, _ACCESS) for document in terms.iterchildren(_DOCUMENTS)]
    if "restricted-document" in stated:
        return True
    return False if "non-restricted-document" in stated else None
