"""Registration numbers reduced to a country and digits, so that a winner in a notice and a member can be matched.

Belgium (KBO/BCE, ten digits), France (SIREN, nine digits, the first nine of a SIRET) and Luxembourg (RCS, national
number, VAT). A number whose check digits fail is reduced all the same and marked: a number mistyped in a notice equals
no member's number, and invented numbers fail the check on purpose, so that they belong to no firm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from stdnum.be import vat as be_vat
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.fr import siren, siret
from stdnum.lu import tva as lu_tva

_COUNTRIES = {"BEL": "BE", "FRA": "FR", "LUX": "LU", "BE": "BE", "FR": "FR", "LU": "LU"}

_SHAPES = {
    # "0203963680_780": the portal adds a number or a UUID of its own. "475.480.736" is the form before 2005.
    "BE": re.compile(r"(?P<number>[01]?\d{9})(?:_\w*)?"),
    # SIRET (14), SIREN (9), or VAT: two key signs, then the SIREN. SIRETs of 13 digits are seen and are none.
    "FR": re.compile(r"(?:(?P<number>\d{9})(?:\d{5})?|[0-9A-Z]{2}(?P<vat>\d{9}))"),
    # RCS "B123456", national number of 11 or 13 digits, VAT of 8.
    "LU": re.compile(r"(?P<number>[A-Z]\d{3,6}|\d{8}|\d{11}|\d{13})"),
}

# "TVA BE0807497383", "SIREN: 752772426", "833 781 073 RCS Vesoul", "RCS Luxembourg B 26127"
_LABELS = re.compile(r"^(?:(?:TVA|BTW|VAT|KBO|BCE|SIREN|SIRET|RCS|LUXEMBOURG|N°|NR|NO)\b[\s:.°]*)+|\bR\.?C\.?S\b.*$")


@dataclass(frozen=True, slots=True)
class CompanyNumber:
    """A number as written, and reduced where it is one. `is_valid`: whether its check digits hold; False also for
    junk ("BE001", "0", "ORG-0003"); None where nothing is written, the country is not one of the three, or the number
    has no check digits (RCS)."""

    written: str | None
    number: str | None
    is_valid: bool | None


@lru_cache(maxsize=65536)
def check_company_number(written: str | None, country: str | None = None) -> CompanyNumber:
    """The number of an organisation of that country, reduced and checked."""
    if not written or not written.strip():
        return CompanyNumber(written, None, None)
    number = read_company_number(written, country)
    if number is None:
        return CompanyNumber(written, None, False if (country or "").upper() in _COUNTRIES else None)
    return CompanyNumber(written, number, _is_valid(number, written))


def _is_valid(number: str, written: str) -> bool | None:
    """Check digits by python-stdnum: modulus 97 in Belgium; Luhn in France, of the SIRET where one is written (La
    Poste's establishments sum otherwise); Luxembourg's VAT."""
    country, digits = number[:2], number[2:]
    try:
        if country == "BE":
            be_vat.validate(digits)
        elif country == "FR":
            siren.validate(digits)
            bare = re.sub(r"\D", "", written)
            if len(bare) == 14:
                siret.validate(bare)
        elif len(digits) == 8 and digits.isdigit():
            lu_tva.validate(digits)
        else:
            return None
    except ValidationError:
        return False
    return True


def vat_number_holds(number: str) -> bool | None:
    """Whether the check digits of a VAT number hold, by the rule of its country; None for a country without one here.

    `number` begins with the two letters of VAT numbers: "DE123456789".
    """
    return bool(eu_vat.is_valid(number)) if number[:2].lower() in eu_vat.MEMBER_STATES else None


def read_company_number(written: str | None, country: str | None = None) -> str | None:
    """Country and digits ("BE0931814266", "FR552049447", "LUB123456"), None for what is no company number.

    `written` is BT-501 as found or a member's own number; `country` is ISO 3166-1, alpha-2 or alpha-3, of the
    organisation. A country written before the number takes precedence over it.
    """
    if not written:
        return None
    bare = re.sub(r"[\s.\-/]", "", _LABELS.sub("", written.upper().strip()))
    home = _COUNTRIES.get((country or "").upper())
    for prefix, shape in _SHAPES.items():
        stripped = bare.removeprefix(prefix)
        if stripped == bare and prefix != home:
            continue
        found = shape.fullmatch(stripped)
        if found:
            return _spell(prefix, next(part for part in found.groups() if part))
    return None


def _spell(country: str, number: str) -> str | None:
    digits = number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    if len(set(digits)) == 1:  # 000000000, 9999999999: placeholders of a compulsory field
        return None
    return country + (number.zfill(10) if country == "BE" else number)
