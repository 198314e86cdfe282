"""Says things in the reader's language: sentences through gettext catalogues, dates and amounts through Babel.

The English sentence in the code is the key of every catalogue (locale/<language>/LC_MESSAGES/digests.po). They
are compiled in memory at first use, so that there is no built file to forget. No fact is chosen here.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_percent

from presentation.digest_model import BRUSSELS
from presentation.languages import LOCALES, shorten_language
from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import CpvLabel
from warehouse.model.notices import Deadline, Money
from warehouse.model.time_zones import read_zone

CATALOGUES = Path(__file__).parent / "locale"

_AMOUNTS = {"en": "¤{digits}", "nl": "¤\xa0{digits}"}
"""Where the currency's sign stands before the amount; elsewhere it follows."""


def translatable(sentence: str) -> str:
    """Marks a sentence of a table for the catalogues; it is said later."""
    return sentence


def translatable_plural(one: str, many: str) -> tuple[str, str]:
    """Marks a sentence with its plural."""
    return one, many


@cache
def read_catalogue(language: str) -> gettext.GNUTranslations:
    """The compiled catalogue of a language; a missing file is an error of the installation and says so by its path."""
    compiled = BytesIO()
    with (CATALOGUES / language / "LC_MESSAGES" / "digests.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


class Phrases:
    """One language's voice; `labels` are the words for CPV codes, None for those that ship with the house."""

    def __init__(self, language: str, labels: Mapping[Cpv, CpvLabel] | None = None) -> None:
        self.language = language
        self.labels = labels
        self._locale = Locale.parse(LOCALES[language])
        self._catalogue = read_catalogue(language)

    def translate(self, sentence: str, **values: object) -> str:
        """The sentence in this language, its {placeholders} filled."""
        return self._catalogue.gettext(sentence).format(**values)

    def translate_plural(self, one: str, many: str, n: int, **values: object) -> str:
        """The sentence in the plural form that `n` asks for; {n} is filled with it."""
        return self._catalogue.ngettext(one, many, n).format(n=n, **values)

    def join_list(self, things: list[str]) -> str:
        """ "a, b and c"."""
        return format_list(things, locale=self._locale)

    def format_full_day(self, day: date) -> str:
        """A day with its weekday: "Friday 27 November 2026"."""
        return format_date(day, format="full", locale=self._locale)

    def format_long_day(self, day: date) -> str:
        """A day without its weekday: "27 November 2026"."""
        return format_date(day, format="long", locale=self._locale)

    def format_share(self, share: float) -> str:
        """A share in [0, 1] as a whole percentage."""
        return format_percent(round(share, 2), locale=self._locale)

    def format_money(self, money: Money) -> str:
        """An amount, with cents only where there are some."""
        is_whole = money.amount == money.amount.to_integral_value()
        digits = "#,##0" if is_whole else "#,##0.00"
        pattern = _AMOUNTS.get(self.language, "{digits}\xa0¤").format(digits=digits)
        return format_currency(money.amount, money.currency, pattern, locale=self._locale, currency_digits=False)

    def name_language(self, code: str) -> str:
        """ "FRA" as "French"; a code nobody knows stays as it is."""
        return self._locale.languages.get(shorten_language(code) or "", code)

    def name_country(self, code: str) -> str:
        """Two letters of a country (or NUTS' EL and UK) as its name; a code nobody knows stays as it is."""
        return self._locale.territories.get({"EL": "GR", "UK": "GB"}.get(code, code), code)

    def format_deadline(self, deadline: Deadline) -> str:
        """Weekday, day, hour and zone; the hour also in Brussels when the publisher's zone is another, and said to be
        missing when the publisher gave none."""
        at = deadline.at.astimezone(read_zone(deadline.zone))
        day = self.format_full_day(at.date())
        if not deadline.hour_stated:
            return self.translate("{day}, hour not stated", day=day)
        return self.translate("{day}, {hour}", day=day, hour=self._format_hour(at))

    def format_moment(self, at: datetime) -> str:
        """An instant in Brussels: weekday, day, hour and zone."""
        local = at.astimezone(BRUSSELS)
        return self.translate("{day}, {hour}", day=self.format_full_day(local.date()), hour=self._format_hour(local))

    def _format_hour(self, at: datetime) -> str:
        there = format_time(at, format="short", locale=self._locale)
        here = at.astimezone(BRUSSELS)
        if at.utcoffset() == here.utcoffset():
            return self.translate("{hour} (Brussels time)", hour=there)
        return self.translate(
            "{hour} ({zone}; {brussels} Brussels time)",
            hour=there,
            zone=_name_offset(at),
            brussels=self._format_with_day(here, there=at),
        )

    def _format_with_day(self, here: datetime, *, there: datetime) -> str:
        hour = format_time(here, format="short", locale=self._locale)
        return hour if here.date() == there.date() else f"{self.format_full_day(here.date())} {hour}"


def _name_offset(at: datetime) -> str:
    return "UTC" + at.isoformat()[-6:] if at.utcoffset() else "UTC"
