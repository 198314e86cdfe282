"""Names of places in the reader's language, and two-letter codes of the neighbouring countries."""

from __future__ import annotations

from warehouse.codes.classifications import Nuts
from warehouse.codes.nuts_places import shipped_places

_COUNTRIES = {"BEL": "BE", "FRA": "FR", "LUX": "LU", "NLD": "NL", "DEU": "DE"}


def name_place(nuts: Nuts, language: str) -> str | None:
    """The name of a place, or of the nearest broader one with a name; None where only the country is known.

    `language` is one of fr, nl, en, de. Raises KeyError for another.
    """
    places = shipped_places()
    for code in (nuts.code, *(parent.code for parent in nuts.parents)):
        if code in places and places[code].names:
            return places[code].names[language]
    return None


def shorten_country(code: str) -> str:
    """Alpha-3 as eForms writes it to alpha-2 where it is a neighbour's, else as it is."""
    return _COUNTRIES.get(code, code)
