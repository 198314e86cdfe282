"""A member's company number, as firms write it: with labels, dots, a VAT prefix, without its country.

A number is reduced to its country and digits, so that it can be compared with the winners of notices, or refused; a
label is never kept as part of it. Check digits that do not hold are a warning, for the register decides, not a sum.
"""

from __future__ import annotations

import re

from warehouse.codes.company_numbers import check_company_number, vat_number_holds
from warehouse.sheets.cells import Cell, Fault

_LABELS = re.compile(
    r"(?:(?:TVA|BTW|VAT|MWST|UST-?ID(?:NR)?|KBO|BCE|ONDERNEMINGSNUMMER|ENTREPRISE|SIREN|SIRET|KVK|RCS|N°|NR\.?|NO\.?|"
    r"NUM[ÉE]RO)(?![A-Z])[\s:.°-]*)+"
)
_HOME_OF_LABEL = {"KBO": "BE", "BCE": "BE", "BTW": "BE", "SIREN": "FR", "SIRET": "FR", "KVK": "NL"}
_SHAPES = {
    "BE": (re.compile(r"(?P<number>[01]?\d{9})"), "BE and ten digits, as BE0999000112"),
    "FR": (
        re.compile(r"(?P<number>\d{9})(?:\d{5})?|[0-9A-Z]{2}(?P<vat>\d{9})"),
        "FR and the nine digits of the SIREN, as FR999000112",
    ),
    "LU": (re.compile(r"(?P<number>B\d{1,6}|\d{8})"), "LU and eight digits, or LUB and the digits of the RCS"),
    "NL": (re.compile(r"(?P<number>\d{8}|\d{9}B\d{2})"), "NL and the eight digits of the KVK, as NL99900112"),
}
_OTHERS = frozenset(
    [
        "AT",
        "BG",
        "CH",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "EL",
        "ES",
        "FI",
        "GB",
        "HR",
        "HU",
        "IE",
        "IT",
        "LI",
        "LT",
        "LV",
        "MT",
        "NO",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)  # ISO 3166-1 alpha-2, EL for Greece as in VAT numbers
_OTHER = re.compile(r"[A-Z0-9]{5,15}")
_INVENTED = re.compile(r"(?:BE0|FR|LU|NL)999\d+")
"""Numbers of a range that no register has given: those of examples, whose check digits fail on purpose."""


def read_company_number(cell: Cell, faults: list[Fault], country: str = "") -> str | None:
    """A company number as bare digits behind its country, None after adding a fault.

    Args:
        cell: as written.
        faults: what is wrong; a check digit that does not hold is a warning.
        country: two letters of the place where the firm is, for a number written without one; "" for unknown.
    """
    written = cell.text.upper()
    labels = _LABELS.match(written)
    bare = re.sub(r"[\s.\-/]", "", written[labels.end() :] if labels else written)
    home = next((home for label, home in _HOME_OF_LABEL.items() if labels and label in labels[0]), country)
    number = _reduce(bare, home)
    if number is None:
        faults.append(cell.fault(_refusal(cell.text, bare, home)))
        return None
    if not _INVENTED.fullmatch(number) and not _holds(number, bare):
        faults.append(cell.warning(f"{cell.text!r}: the check digits do not hold; compare it with the register"))
    return number


def _reduce(bare: str, home: str) -> str | None:
    prefix = bare[:2] if bare[:2] in {*_SHAPES, *_OTHERS} and re.search(r"\d", bare[2:]) else ""
    country, rest = prefix or home, bare[len(prefix) :]
    if country in _SHAPES:
        found = _SHAPES[country][0].fullmatch(rest)
        digits = next((part for part in found.groups() if part), "") if found else ""
        return f"{country}{digits.zfill(10) if country == 'BE' else digits}" if digits else None
    return f"{country}{rest}" if prefix and _OTHER.fullmatch(rest) and re.search(r"\d", rest) else None


def _refusal(written: str, bare: str, home: str) -> str:
    """The sentence for a number that cannot be read, with the one that was probably meant."""
    if not written:
        return f"is empty; write {_SHAPES.get(home, _SHAPES['BE'])[1]}"
    if re.fullmatch(r"[01]\d{9}", bare):
        return f"{written!r} names no country; write BE{bare} if the firm is Belgian"
    if re.fullmatch(r"\d{9}|\d{14}", bare):
        return f"{written!r} names no country; write FR{bare[:9]} if the firm is French"
    example = _SHAPES[bare[:2]][1] if bare[:2] in _SHAPES else "the country's two letters and the number, BE0999000112"
    return f"{written!r} is not a company number; write {example}"


def _holds(number: str, bare: str) -> bool:
    """Whether check digits hold, or there are none to hold (RCS, KVK, countries without a rule here)."""
    if number[:2] in {"BE", "FR", "LU"}:
        return check_company_number(bare if bare.startswith(number[:2]) else number, number[:2]).is_valid is not False
    is_vat = number[:2] != "NL" or "B" in number[2:]
    return not is_vat or vat_number_holds(number) is not False
