"""Translations of the portal: its own catalogues (portal/locale), and those of the letters for shared sentences."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from starlette.requests import Request

from presentation.i18n import Phrases, read_catalogue
from presentation.languages import LOCALES
from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import CpvLabel
from warehouse.model.members import Member

CATALOGUES = Path(__file__).parents[1] / "locale"
NAMES = {"fr": "Français", "nl": "Nederlands", "en": "English", "de": "Deutsch"}
"""The languages of the pages, each by its own name."""


@cache
def _read_own(language: str) -> gettext.GNUTranslations:
    compiled = BytesIO()
    with (CATALOGUES / language / "LC_MESSAGES" / "portal.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language, abort_invalid=True))
    compiled.seek(0)
    own = gettext.GNUTranslations(compiled)
    own.add_fallback(read_catalogue(language))
    return own


class PagePhrases(Phrases):
    """Translations and formats of one language for pages."""

    def __init__(self, language: str, labels: Mapping[Cpv, CpvLabel] | None = None) -> None:
        super().__init__(language, labels)
        self._catalogue = _read_own(language)

    def format_number(self, number: int) -> str:
        """A count with its thousands apart."""
        return format_decimal(number, locale=self._locale)

    def format_short_day(self, day: object) -> str:
        """A day in few signs: "27 Nov 2026"."""
        return format_date(day, format="medium", locale=self._locale)  # type: ignore[arg-type]


def choose_language(request: Request, member: Member | None = None) -> str:
    """The language given in the address, else the member's, else the browser's first that has a catalogue, else French,
    which most members read."""
    requested = request.query_params.get("lang", "")
    if requested in LOCALES:
        return requested
    accepted_languages = member.languages if member else _accepted(request.headers.get("accept-language", ""))
    return next((language for language in accepted_languages if language in LOCALES), "fr")


def _accepted(header: str) -> tuple[str, ...]:
    """The languages of Accept-Language (RFC 9110), most wanted first; what cannot be read is left out."""
    weighed: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:500].split(",")):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        weighed.append((-weight, place, name.strip().partition("-")[0].lower()))
    return tuple(name for weight, _, name in sorted(weighed) if weight < 0)
