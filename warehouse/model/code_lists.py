"""The official code lists as values: a code with its labels, whether it is still in force, and its successor.

A list has the name that eForms gives it ("contract-nature"); "cpv" and "nuts" are whole vocabularies. What a publisher
wrote is never changed here: an unknown code stays as written and is reported as unknown, an old one names its
successor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from warehouse.codes.cpv_labels import LANGUAGES
from warehouse.errors import BadFact
from warehouse.model.notices import Buyer, Lot, Money, Notice, Text

CPV, NUTS = "cpv", "nuts"


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a list, with its label in each language where the list gives one. `is_retired` codes are no longer in
    force; `successor` is the code that replaces it, where the list names one."""

    list: str
    code: str
    fr: str | None = None
    nl: str | None = None
    de: str | None = None
    en: str | None = None
    is_retired: bool = False
    successor: str | None = None

    def __post_init__(self) -> None:
        if not self.list or not self.code or self.code != self.code.strip():
            raise BadFact(f"a code {self.code!r} of the list {self.list!r} is none")

    def text(self, language: str) -> str | None:
        """The label in one of LANGUAGES, None where the list has none. Raises BadFact for another."""
        if language not in LANGUAGES:
            raise BadFact(f"no labels in {language!r}; request one of {', '.join(LANGUAGES)}")
        found: str | None = getattr(self, language)
        return found


@dataclass(frozen=True, slots=True, order=True)
class UnknownCode:
    """A code that a notice has and its list has not."""

    list: str
    code: str


class CodeBook:
    """The available lists. A list that is not available has no unknown codes."""

    def __init__(self, codes: Iterable[Code]) -> None:
        self._codes: dict[str, dict[str, Code]] = {}
        for code in codes:
            self._codes.setdefault(code.list, {})[code.code] = code
        # The lists of places that eForms publishes hold the lowest level only; what they lie in exists as well.
        self._regions = {code[:n] for code in self._codes.get(NUTS, ()) for n in range(2, len(code))}

    def code_of(self, name: str, code: str) -> Code | None:
        """The code of that list, in force or retired."""
        return self._codes.get(name, {}).get(code)

    def is_unknown(self, name: str, code: str) -> bool:
        """Whether the list is available and does not have the code, not even as a retired one."""
        if name not in self._codes or code in self._codes[name]:
            return False
        # A list of places may be that of some countries only.
        return name != NUTS or (code not in self._regions and code[:2] in self._regions)

    def successor(self, name: str, code: str) -> str | None:
        """The code that replaced a retired code, where the list names one."""
        found = self.code_of(name, code)
        return found.successor if found else None


_REASONS = ("change-corrig-justification", "modification-justification")

OURS = frozenset({"unstated", "follows", "unpublished"})
"""Codes that readers of this project add, and eForms' own for withheld values: in no list, and not unknown."""

VITAL = ("form-type", "notice-subtype", "winner-selection-status")
"""Lists without which a notice cannot be interpreted: their readers handle every code, and a new one stops the source
(SourceChanged). Codes of all other lists are stored as written."""


def unknown_codes(notice: Notice, book: CodeBook) -> Iterator[UnknownCode]:
    """Every code of the notice that its list does not have, each once. Every reader writes procedures, natures and
    countries as eForms does; the other lists apply to notices of eForms only, for older and national forms have
    vocabularies of their own."""
    stated = [*_vocabularies(notice)]
    if (notice.schema or "").startswith("eforms-sdk"):
        stated += _eforms_codes(notice)
    for name, code in dict.fromkeys(stated):
        if code not in OURS and book.is_unknown(name, code):
            yield UnknownCode(name, code)
    for reason in dict.fromkeys(change.reason for change in notice.changes):
        # A modification of a contract may say why in the words of a correction (TED 410069-2024), and the reverse.
        if reason and reason not in OURS and all(book.is_unknown(name, reason) for name in _REASONS):
            yield UnknownCode(_REASONS[0], reason)


def _vocabularies(notice: Notice) -> Iterator[tuple[str, str]]:
    if notice.procedure_type:
        yield "procurement-procedure-type", notice.procedure_type
    for part in (notice, *notice.lots):
        if part.nature:
            yield "contract-nature", part.nature
        yield from ((CPV, cpv.code) for cpv in part.cpv)
        yield from ((NUTS, nuts.code) for nuts in part.nuts)
    for buyer in notice.buyers:
        if buyer.organisation.nuts:
            yield NUTS, buyer.organisation.nuts.code
        if buyer.organisation.country:
            yield "country", buyer.organisation.country


def _eforms_codes(notice: Notice) -> Iterator[tuple[str, str]]:
    stated = [
        ("notice-type", notice.notice_type),
        ("notice-subtype", notice.subtype),
        *(("language", language) for language in notice.languages),
        *_text_languages((*notice.titles, *notice.descriptions)),
        *_currencies(notice.estimate, notice.framework_maximum),
    ]
    for buyer in notice.buyers:
        stated += _buyer_codes(buyer)
    for lot in notice.lots:
        stated += _lot_codes(lot)
    for award in notice.awards:
        stated += [("winner-selection-status", award.outcome), *_currencies(award.value)]
        firms = (firm for party in award.winners for firm in party.organisations)
        stated += [pair for f in firms for pair in (("country", f.country), ("economic-operator-size", f.size))]
    yield from ((name, code) for name, code in stated if code is not None)


def _buyer_codes(buyer: Buyer) -> list[tuple[str, str | None]]:
    return [
        ("buyer-legal-type", buyer.legal_type),
        ("main-activity", buyer.activity),
    ]


def _lot_codes(lot: Lot) -> list[tuple[str, str | None]]:
    criteria = {"award": "award-criterion-type", "selection": "selection-criterion"}
    return [
        *(("country", country) for country in lot.countries),
        *(("language", language) for language in lot.tender_languages),
        *_text_languages((*lot.titles, *lot.descriptions)),
        *((criteria[criterion.use], criterion.kind) for criterion in lot.criteria if criterion.use in criteria),
        *_currencies(lot.estimate, lot.framework_maximum),
    ]


def _text_languages(texts: Iterable[Text]) -> Iterator[tuple[str, str | None]]:
    return (("language", text.language) for text in texts)


def _currencies(*amounts: Money | None) -> Iterator[tuple[str, str | None]]:
    return (("currency", amount.currency) for amount in amounts if amount is not None)
