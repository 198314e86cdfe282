"""What a lot requires, divided: its title, its CPV codes, the sentences of its description that hold a need.

How text is cut and weighted. Selection criteria are requirements (requirements/extraction.py), not needs. Members and
vectors are not used here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from matching.needs.candidates import MOST, candidates_of
from matching.needs.classifier import is_need
from matching.needs.features import is_never_a_need
from matching.needs.short_form import short_need
from matching.requirements.ict import ict_of, theme_of
from matching.requirements.passages import in_one_language, says_something
from matching.text.language import language_of
from matching.text.sentences import shorten
from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import label
from warehouse.model.match_results import Facet, FacetKind
from warehouse.model.notices import OpenLot, Text

SHARES = {FacetKind.TITLE: 0.22, FacetKind.CPV: 0.32, FacetKind.SENTENCE: 0.46}
"""Weight of each kind before kinds that a lot lacks are left out and the rest brought to 1."""

_ICT = 6
_CODES = 20


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: FacetKind
    text: str
    language: str | None
    code: str | None
    share: float
    need: str | None = None


def facets_of(open_lot: OpenLot) -> tuple[Facet, ...]:
    """The facets of a lot, in the order title, CPV, sentences that may hold a need (needs/meaning.py decides which do).
    The weights sum to 1 (to rounding); a lot without any text or code has no facets. Texts come in one language, French
    first: a Belgian federal notice has the same content in two to four."""
    seen: set[str] = set()
    pieces = [piece for piece in _pieces(open_lot) if _is_new(piece, seen)]
    present = {kind: sum(p.share for p in pieces if p.kind == kind) for kind in SHARES}
    whole = sum(SHARES[kind] for kind, share in present.items() if share > 0)
    return tuple(
        Facet(p.kind, p.text, p.share / present[p.kind] * SHARES[p.kind] / whole, p.language, p.code, p.need)
        for p in pieces
    )


def reweighed(facets: Sequence[Facet]) -> tuple[Facet, ...]:
    """Some of a lot's facets with weights that sum to 1 again, shared by kind as those of all are."""
    present = {kind: sum(facet.weight for facet in facets if facet.kind is kind) for kind in SHARES}
    whole = sum(SHARES[kind] for kind, weight in present.items() if weight > 0)
    return tuple(
        replace(facet, weight=facet.weight / present[facet.kind] * SHARES[facet.kind] / whole) for facet in facets
    )


def _is_new(piece: _Piece, seen: set[str]) -> bool:
    key = piece.code or re.sub(r"\W+", " ", piece.text).strip().lower()
    if not key or key in seen:
        return False
    seen.add(key)
    return True


def _pieces(open_lot: OpenLot) -> Iterator[_Piece]:
    lot, notice = open_lot.lot, open_lot.notice
    titles = _naming(lot.titles) or _naming(notice.titles)
    language = language_of(titles[0]) if titles else "fr"
    for title in titles[:1]:
        yield _Piece(FacetKind.TITLE, shorten(title.value), language or None, None, 1, short_need(title.value))
    for at, code in enumerate(_codes(lot.cpv or notice.cpv)):
        if at < _CODES:
            words = label(code, language or "en")
            yield _Piece(FacetKind.CPV, words.text if words else code.code, language or "en", code.code, 1 if at else 3)
    yield from _with_ict([_sentence(found.sentence, found.language) for found in candidates_of(open_lot)], open_lot)


def _naming(titles: Iterable[Text]) -> tuple[Text, ...]:
    """The titles that name what is bought: no reference, no number, no pointer to the documents."""
    return in_one_language(t for t in titles if says_something(t.value) and not is_never_a_need(t.value))


def _codes(codes: tuple[Cpv, ...]) -> Iterable[Cpv]:
    """Each code once, the main one first, then those of ICT: TED 583652-2023 has 36, and few are kept."""
    return dict.fromkeys((*codes[:1], *(code for code in codes if theme_of(code)), *codes))


def _with_ict(sentences: list[_Piece], open_lot: OpenLot) -> Iterator[_Piece]:
    """The sentences; of a description too long to keep, those that name its ICT in place of the last ones."""
    found = ict_of(open_lot).parts if len(sentences) == MOST else ()
    kept = {sentence.text for sentence in sentences}
    named = {p.text: p.language for p in found if p.code is None and p.text not in kept and is_need(p.text)}
    more = [_sentence(text, language) for text, language in named.items()]
    yield from sentences[: MOST - len(more[:_ICT])]
    yield from more[:_ICT]


def _sentence(text: str, language: str | None) -> _Piece:
    return _Piece(FacetKind.SENTENCE, shorten(text), language, None, 1.0, short_need(text))
