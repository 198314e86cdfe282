"""Features of a lot, an award or a competence before they are compared with one another.

The features and how each is read. The measures computed from them are in award_history.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matching.eligibility import places_of
from matching.fit.awards.cooccurrence import cpv_terms
from matching.fit.awards.title_tokens import letters, stems, telling_words
from matching.text.language import language_of
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.codes.company_numbers import read_company_number
from warehouse.model.members import Competence
from warehouse.model.notices import Money, OpenLot, Reference, Text, stated_value

WORKS = "45"
"""The CPV division of construction: there distance and size decide more than in supplies and services."""


@dataclass(frozen=True, slots=True)
class Traits:
    """Its first title as written, stems and runs of letters of all, codes, places, buyers by number, and the decimal
    logarithm of its value in euro, nan where none is stated."""

    text: str
    stems: tuple[str, ...]
    letters: tuple[str, ...]
    codes: tuple[Cpv, ...] = ()
    places: tuple[Nuts, ...] = ()
    buyers: tuple[str, ...] = ()
    value: float = math.nan

    @property
    def terms(self) -> list[str]:
        """Words and codes as one text, a code as each of its beginnings."""
        return [*self.stems, *(term for code in self.codes for term in cpv_terms(code.stem))]

    @property
    def is_works(self) -> bool:
        """Whether its main code is one of construction."""
        return any(code.code.startswith(WORKS) for code in self.codes[:1])


def traits_of_lot(lot: OpenLot, spellings: Mapping[str, str]) -> Traits:
    """Features of an open lot; its notice is used where it states nothing."""
    value = stated_value(lot.lot, lot.notice)
    read = _read(lot.lot.titles or lot.notice.titles, spellings)
    codes = lot.lot.cpv or lot.notice.cpv
    return Traits(*read, codes, places_of(lot), buyers_of(lot), worth_of(value.money if value else None))


def traits_of_award(award: Reference, spellings: Mapping[str, str]) -> Traits:
    """Features of an award; its first place is where it was performed."""
    return Traits(*_read(award.titles, spellings), award.cpv, award.nuts[:1], award.buyers, worth_of(award.value))


def traits_of_competence(competence: Competence, spellings: Mapping[str, str]) -> Traits:
    """A competence has words and codes, and nothing else."""
    return Traits(*_read((Text(competence.text, competence.language),), spellings), competence.cpv)


def _read(titles: Sequence[Text], spellings: Mapping[str, str]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    worded = [(language, telling_words(t.value, spellings, language)) for t in titles for language in [language_of(t)]]
    stemmed = tuple(stem for language, words in worded for stem in stems(words, language))
    runs = tuple(letters([word for _, words in worded for word in words]))
    return next((title.value for title in titles), ""), stemmed, runs


def buyers_of(lot: OpenLot) -> tuple[str, ...]:
    """The company numbers of those who buy, where they are numbers."""
    bodies = (buyer.organisation for buyer in lot.notice.buyers)
    return tuple(n for body in bodies if (n := read_company_number(body.company_number, body.country)))


def worth_of(money: Money | None) -> float:
    """The decimal logarithm of an amount in euro; nan for none, for another currency and for what is not stated."""
    if money is None or money.currency != "EUR" or not money.is_stated or money.amount <= 0:
        return math.nan
    return math.log10(float(money.amount))
