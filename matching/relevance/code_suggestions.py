"""CPV codes that the words of a competence suggest, for a person to choose from.

The suggestion alone: no code that a person did not write is ever scored (it added nothing on judged lots).
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matching.relevance.background import shipped_background
from matching.relevance.terms import TermIndex
from matching.requirements.ict import theme_of
from matching.text.bm25 import stems_of
from warehouse.codes.classifications import Cpv
from warehouse.codes.cpv_labels import shipped_labels

Doubles = NDArray[np.float64]

SUGGESTED = 3
_LABEL_LENGTH = 4.0
"""Mean length of a label, in stems."""
_FREQUENCY, _ICT = 0.3, 1.5
"""What the logarithm of a code's frequency among lots adds, and by how much a code of ICT counts more; on 66
competences with codes the first three named one of the same group for 33, with neither for 28."""


def suggest_codes(text: str, language: str) -> tuple[Cpv, ...]:
    """The likeliest codes, at most SUGGESTED, the likeliest first; none where no label shares a term with the text.
    `language` is one of "fr", "nl", "de", "en"; for another nothing is suggested."""
    if language not in shipped_background().terms:
        return ()
    codes, index, factors, added = _labels(language)
    shared = index.score(stems_of(text, language)).astype(np.float64)
    scores = np.where(shared > 0, shared * factors + added, -np.inf)
    best = np.argsort(-scores, kind="stable")[:SUGGESTED].tolist()
    return tuple(codes[i] for i in best if np.isfinite(scores[i]))


@cache
def _labels(language: str) -> tuple[tuple[Cpv, ...], TermIndex, Doubles, Doubles]:
    """The labelled codes, their labels as term weights, and what each code's score is multiplied by and given."""
    background = shipped_background()
    known = background.terms[language]
    rows = [(code, label.text(language)) for code, label in shipped_labels().items()]
    index = TermIndex([stems_of(text, language) for _, text in rows], language, known.lots, known.counts, _LABEL_LENGTH)
    factors = np.array([_ICT if theme_of(code) else 1.0 for code, _ in rows])
    added = np.array([_FREQUENCY * math.log(background.codes.get(code.stem, 0) + 0.5) for code, _ in rows])
    return tuple(code for code, _ in rows), index, factors, added
