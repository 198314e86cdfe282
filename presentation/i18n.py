"""Translation into the reader's language: sentences with gettext catalogues, dates and amounts with Babel.

The English sentence in the code is the msgid in every catalogue (locale/<language>/LC_MESSAGES/digests.po). Catalogues
are compiled in memory at first use, so there is no build step.
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
from warehouse.model.notices import Deadline, DeadlineKind, Money
from warehouse.model.time_zones import read_zone

CATALOGUES = Path(__file__).parent / "locale"

_AMOUNTS = {"en": "¤{digits}", "nl": "¤\xa0{digits}"}
"""Patterns of the languages that write the currency sign before the amount; the others write it after."""


def translatable(sentence: str) -> str:
    """The sentence unchanged; marks it for extraction into the catalogues (like gettext's N_)."""
    return sentence


def translatable_plural(singular: str, plural: str) -> tuple[str, str]:
    """The pair unchanged; marks a sentence and its plural for extraction into the catalogues."""
    return singular, plural


DEADLINE_KINDS = {
    DeadlineKind.TENDER: translatable("Tenders by"),
    DeadlineKind.REQUEST: translatable("Requests to participate by"),
    DeadlineKind.INTEREST: translatable("Expressions of interest by"),
}
"""What must arrive by a deadline."""


@cache
def read_catalogue(language: str) -> gettext.GNUTranslations:
    """The compiled catalogue of a language, a key of presentation.languages.LOCALES. Raises FileNotFoundError."""
    compiled = BytesIO()
    with (CATALOGUES / language / "LC_MESSAGES" / "digests.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


class Phrases:
    """Translations and formats of one language.

    Args:
        language: a key of presentation.languages.LOCALES.
        labels: labels of CPV codes; None for those shipped with the project.
    """

    def __init__(self, language: str, labels: Mapping[Cpv, CpvLabel] | None = None) -> None:
        self.language = language
        self.labels = labels
        self._locale = Locale.parse(LOCALES[language])
        self._catalogue = read_catalogue(language)

    def translate(self, sentence: str, **values: object) -> str:
        """The sentence in this language, with its {placeholders} filled from `values`."""
        return self._catalogue.gettext(sentence).format(**values)

    def translate_plural(self, singular: str, plural: str, n: int, **values: object) -> str:
        """The sentence in the plural form for `n`, with {n} and the other {placeholders} filled.

        Args:
            singular: the English sentence for one, the msgid.
            plural: the English sentence for any other number.
            n: the count.
            values: of the other placeholders.
        """
        return self._catalogue.ngettext(singular, plural, n).format(n=n, **values)

    def join_list(self, things: list[str]) -> str:
        """The items as an enumeration: "a, b and c"."""
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
        """The name of a language code: "French" for "FRA"; an unknown code unchanged."""
        return self._locale.languages.get(shorten_language(code) or "", code)

    def name_country(self, code: str) -> str:
        """The name of a country code (ISO 3166-1 alpha-2, or EL and UK of NUTS); an unknown code unchanged."""
        return self._locale.territories.get({"EL": "GR", "UK": "GB"}.get(code, code), code)

    def format_deadline(self, deadline: Deadline) -> str:
        """Weekday, day, hour and zone in the publisher's zone. The Brussels hour is added where its UTC offset differs;
        a deadline without an hour is marked as such."""
        at = deadline.at.astimezone(read_zone(deadline.zone))
        day = self.format_full_day(at.date())
        if not deadline.hour_stated:
            return self.translate("{day}, hour not stated", day=day)
        return self.translate("{day}, {hour}", day=day, hour=self._format_hour(at))

    def format_short_deadline(self, deadline: Deadline) -> str:
        """The same in few signs for a letter that states its zone once, Brussels, and the days left beside it: "Mon 28
        Dec, 12:00". Another zone is written in full."""
        at = deadline.at.astimezone(read_zone(deadline.zone))
        if deadline.hour_stated and at.utcoffset() != at.astimezone(BRUSSELS).utcoffset():
            return self.format_deadline(deadline)
        day = f"{format_date(at, 'EEE', locale=self._locale)} {format_date(at, 'd MMM', locale=self._locale)}"
        if not deadline.hour_stated:
            return self.translate("{day}, hour not stated", day=day)
        hour = format_time(at, format="HH:mm", locale=self._locale)
        return self.translate("{day}, {hour}", day=day, hour=hour)

    def format_moment(self, at: datetime) -> str:
        """Weekday, day, hour and zone in Brussels of a zone-aware moment."""
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
