"""One cell of a members file at a time: an operator's text becomes a value, or a fault that states what to write.

Every function named read_* here takes a `Cell` and the list of faults: it returns the value, or None after adding its
fault. The format of a file and the rules between cells are in table.py and members.py, company numbers in
company_number.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from warehouse.codes.classifications import Cpv, Nuts
from warehouse.codes.cpv_check_digits import cpv_check_digit
from warehouse.errors import BadFact
from warehouse.model.members import Channel, Frequency, Weekday
from warehouse.model.notices import Money
from warehouse.sheets.cells import Cell, Fault

LANGUAGES = ("fr", "nl", "en", "de")
STAGES = ("design", "build", "integrate", "host", "operate", "train")

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TURNOVER = re.compile(r"(\d{1,3}(?:[ \u00a0\u202f]\d{3})+|\d+)(?:[.,](\d{2}))?\s*(?:EUR|€)?", re.IGNORECASE)

_YES = ("yes", "true", "1", "oui", "ja", "vrai", "wahr", "waar")
_NO = ("no", "false", "0", "non", "nee", "nein", "faux", "falsch", "onwaar")
_FREQUENCIES = {
    **dict.fromkeys(("quotidien", "quotidienne", "dagelijks", "täglich"), "daily"),
    **dict.fromkeys(("hebdomadaire", "wekelijks", "wöchentlich"), "weekly"),
    **dict.fromkeys(("mensuel", "mensuelle", "maandelijks", "monatlich"), "monthly"),
}
_WEEKDAYS = {
    word: day
    for day, *words in (
        ("monday", "lundi", "maandag", "montag"),
        ("tuesday", "mardi", "dinsdag", "dienstag"),
        ("wednesday", "mercredi", "woensdag", "mittwoch"),
        ("thursday", "jeudi", "donderdag", "donnerstag"),
        ("friday", "vendredi", "vrijdag", "freitag"),
        ("saturday", "samedi", "zaterdag", "samstag"),
        ("sunday", "dimanche", "zondag", "sonntag"),
    )
    for word in words
}
_GROUPED = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))")
"""A blank between thousands: "1 200"."""

T = TypeVar("T")


def read_words(cell: Cell, faults: list[Fault]) -> str | None:
    """Text that must be there."""
    if cell.is_empty:
        faults.append(cell.fault("is empty; it is needed"))
        return None
    return cell.text


def read_slug(cell: Cell, faults: list[Fault]) -> str | None:
    """An id: lower-case letters, digits and single hyphens."""
    if _SLUG.fullmatch(cell.text):
        return cell.text
    seen = f"{cell.text!r} cannot be an id" if cell.text else "is empty"
    faults.append(cell.fault(f"{seen}; write lower-case letters, digits and single hyphens, as atelier-nord"))
    return None


def read_email(cell: Cell, faults: list[Fault]) -> str | None:
    """One address, as RFC 5321 writes them without quotes."""
    if (
        _EMAIL.fullmatch(cell.text)
        and ".." not in cell.text
        and not cell.text.startswith(".")
        and ".@" not in cell.text
    ):
        return cell.text
    seen = f"{cell.text!r} is not an e-mail address" if cell.text else "is empty"
    faults.append(cell.fault(f"{seen}; write one address, as contact@firm.example"))
    return None


def read_language(cell: Cell, faults: list[Fault]) -> str | None:
    """One of the four languages."""
    if cell.text.lower() in LANGUAGES:
        return cell.text.lower()
    seen = f"{cell.text!r} is not a language known here" if cell.text else "is empty"
    faults.append(cell.fault(f"{seen}; write fr, nl, en or de"))
    return None


def read_count(cell: Cell, faults: list[Fault], *, least: int, most: int) -> int | None:
    """The whole number of a `cell`, between `least` and `most`, with or without separators of thousands; else None,
    after adding a fault to `faults`."""
    digits = _GROUPED.sub("", cell.text)
    if digits.isascii() and digits.isdigit() and least <= int(digits) <= most:
        return int(digits)
    seen = f"{cell.text!r} is not a whole number from {least} to {most}" if cell.text else "is empty"
    faults.append(cell.fault(f"{seen}; write digits only, as {max(least, 7)}"))
    return None


def read_turnover(cell: Cell, faults: list[Fault]) -> Money | None:
    """A year's turnover in euro; an empty cell means unknown, which is neither zero nor enough."""
    if cell.is_empty:
        return None
    found = _TURNOVER.fullmatch(cell.text)
    # "450.000" is 450 thousand in Belgium and 450 in England: refused rather than guessed.
    if not found:
        faults.append(cell.fault(f"{cell.text!r} is not an amount in euro; write 450000, or leave it empty if unknown"))
        return None
    money = Money(Decimal(f"{re.sub(r'[^0-9]', '', found[1])}.{found[2] or '00'}"), "EUR")
    if not money.is_stated:
        faults.append(cell.fault(f"{cell.text!r} reads as 'not stated'; leave it empty if the turnover is unknown"))
        return None
    return money


def read_threshold(cell: Cell, faults: list[Fault]) -> float | None:
    """The least fit of a notified lot, from 0 to 1."""
    if re.fullmatch(r"0|1|[01]?[.,]\d{1,4}", cell.text) and 0 <= float(cell.text.replace(",", ".")) <= 1:
        return float(cell.text.replace(",", "."))
    faults.append(cell.fault(f"{cell.text!r} is not a number from 0 to 1; write 0.28, for instance"))
    return None


def read_frequency(cell: Cell, faults: list[Fault]) -> Frequency | None:
    """How often a digest is wanted, in one of the four languages."""
    try:
        return Frequency(_FREQUENCIES.get(cell.text.lower(), cell.text.lower()))
    except ValueError:
        faults.append(cell.fault(f"{cell.text!r} is no frequency; write daily, weekly or monthly"))
        return None


def read_channel(cell: Cell, faults: list[Fault]) -> Channel | None:
    """Where a digest is read."""
    try:
        return Channel(cell.text.lower())
    except ValueError:
        faults.append(cell.fault(f"{cell.text!r} is no channel; write {', '.join(Channel)}"))
        return None


def read_yes(cell: Cell, faults: list[Fault]) -> bool | None:
    """yes or no, also as TOML, the four languages and their spreadsheets write it."""
    written = cell.text.lower()
    if written in _YES:
        return True
    if written in _NO:
        return False
    faults.append(cell.fault(f"{cell.text!r} is neither yes nor no"))
    return None


def read_weekday(written: str) -> Weekday:
    """One day of the week, in one of the four languages. Raises BadFact."""
    try:
        return Weekday(_WEEKDAYS.get(written.lower(), written.lower()))
    except ValueError as error:
        raise BadFact(f"{written!r} is no day of the week; write monday to sunday") from error


def read_stage(written: str) -> str:
    """One stage of the value chain. Raises BadFact."""
    if written.lower() not in STAGES:
        raise BadFact(f"stage {written!r} is not known; write some of {', '.join(STAGES)}")
    return written.lower()


def read_grappe(written: str) -> str:
    """The slug of a sub-network; which ones exist is the cluster's data. Raises BadFact."""
    if not _SLUG.fullmatch(written.lower()):
        raise BadFact(f"grappe {written!r} is not a slug; write it as data-centre or internet-des-objets")
    return written.lower()


def read_nuts(written: str) -> Nuts:
    """One place. Raises BadFact."""
    return Nuts(written.upper())


def read_cpv(written: str) -> Cpv:
    """One CPV code with or without its check digit. Raises BadFact."""
    return Cpv.read(written)


def warn_of_check_digits(cell: Cell, faults: list[Fault]) -> None:
    """Adds a warning for each CPV code whose check digit is not the one listed: one of the two was mistyped. The list
    holds ICT codes only and was not compared with the Regulation, so that nothing is refused by it."""
    for part in cell.parts():
        written = part.strip()
        try:
            right = cpv_check_digit(Cpv.read(written))
        except BadFact:
            continue
        if written[9:] and right is not None and written[9:] != str(right):
            faults.append(cell.warning(f"CPV {written!r}: the check digit listed is {right}; look the code up again"))


def read_each(cell: Cell, faults: list[Fault], read: Callable[[str], T]) -> tuple[T, ...]:
    """The items of a list cell, each once, in their order; every bad one adds its own fault."""
    values: dict[T, None] = {}
    for part in cell.parts():
        try:
            values.setdefault(read(part))
        except BadFact as error:
            faults.append(cell.fault(f"{error}"))
    return tuple(values)
