"""Similarity of two codes, two places or two vectors, each on a scale from 0 (nothing in common) to 1.

The scales alone; their weights for a member are in fit/model.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from matching.similarity.distance import kilometres
from warehouse.codes.classifications import Cpv, Nuts

Floats = NDArray[np.float32]

_APART, _NESTED, _SAME = (
    (0.0, 0.1, 0.25, 0.55, 0.75, 0.9),
    (0.0, 0.15, 0.45, 0.7, 0.85, 0.95),
    (0.0, 0.3, 0.6, 0.85, 1.0),
)
"""Similarity by shared depth (1 is the division of a wide one, 2 that of a narrow one) of codes side by side, of codes
one within the other, and of equal codes."""

_WIDE = frozenset(["15", "31", "33", "34", "38", "39", "42", "44", "45", "50", "71", "79", "80", "85", "90", "92"])
"""Divisions so broad that sharing one is weak evidence (45, construction, has 822 codes and 48, software, 198): there a
digit less is counted."""

_ACROSS = {
    "BE32": ("FRE1",),
    "BE25": ("FRE1", "NL34"),
    "BE35": ("FRF2",),
    "BE34": ("FRF3", "FRF2", "LU00"),
    "BE33": ("LU00", "DEA2", "DEB2", "NL42"),
    "BE22": ("NL42", "NL41"),
    "BE21": ("NL41",),
    "BE23": ("NL34",),
    "FRF3": ("LU00",),
    "DEB2": ("LU00",),
    "DEC0": ("LU00", "FRF3"),
}
"""Provinces and regions (NUTS 2) that touch across a border, around Belgium."""

NEAR = (0.25, 0.6, 0.75, 0.9, 1.0)
"""Similarity of places by shared depth: another country, the country, the region, the province, the arrondissement."""
ACROSS_A_BORDER = 0.55
ANYWHERE = 0.5
"""Similarity of a place that the lot does not state."""

_HALF_WAY, _FAR = 25.0, 1000.0

_BLOCK = 128
"""Rows of vectors multiplied at once: a seventh of the time of a lot's seven at a time."""

_COSINE_OF_NONE, _COSINE_OF_SAME = 0.22, 0.5
"""Centred cosines: 95 of 100 pairs of unrelated facet and statement lie under the first (e5-small, 90 real notices),
and a sentence that requires what a statement offers reaches the second, also from Dutch or German to French."""


@cache
def cpv_similarity(required: Cpv, offered: Cpv) -> float:
    """By the depth of the codes' common stem, the same in both directions; deeper is more, one within the other more
    than side by side."""
    shared = required.common(offered)
    if not shared:
        return 0.0
    depth = shared - (1 if required.code[:2] in _WIDE else 0)
    if required == offered:
        return _SAME[min(depth, 4)]
    nested = required.within(offered) or offered.within(required)
    return (_NESTED if nested else _APART)[min(depth, 5)]


class CodeTable:
    """Codes laid out as digits, so that one code is compared with all of them at once."""

    def __init__(self, codes: Sequence[Cpv]) -> None:
        self._digits = np.array([list(code.code.encode()) for code in codes], np.uint8).reshape(-1, 8)
        self._depths = np.array([len(code.stem) for code in codes], np.int64)

    def similarity(self, required: Cpv) -> Floats:
        """`cpv_similarity` to each code, float32 of shape (codes,)."""
        equal = self._digits == np.array(list(required.code.encode()), np.uint8)
        same = np.logical_and.accumulate(equal, axis=1).sum(axis=1)
        mine = len(required.stem)
        shared = np.minimum(same, np.minimum(self._depths, mine))
        depth = np.maximum(shared - (1 if required.code[:2] in _WIDE else 0), 0)
        nested = (same >= self._depths) | (same >= mine)
        found = np.where(nested, np.array(_NESTED)[np.minimum(depth, 5)], np.array(_APART)[np.minimum(depth, 5)])
        found = np.where(same == 8, np.array(_SAME)[np.minimum(depth, 4)], found)
        return np.where(shared >= 2, found, 0.0).astype(np.float32)


@lru_cache(maxsize=16384)  # members share some fifty places, and the lots of a notice theirs
def place_similarity(required: tuple[Nuts, ...], home: Nuts) -> tuple[float, Nuts | None]:
    """Nearness of a firm's home to the nearest of the lot's places, and which that is; never less for a nearer one."""
    if not required:
        return ANYWHERE, None
    return max(((nearness(place, home), place) for place in required), key=lambda found: (found[0], found[1].code))


def nearness(place: Nuts, home: Nuts) -> float:
    """By the shared depth of two places; a country as a whole is as near as one's region."""
    shared = place.common(home)
    if shared:
        return NEAR[max(shared, 2)] if home.within(place) else NEAR[shared]
    one, other = place.code[:4], home.code[:4]
    return ACROSS_A_BORDER if other in _ACROSS.get(one, ()) or one in _ACROSS.get(other, ()) else NEAR[0]


def meaning_similarity(required: Floats, offered: Floats) -> Floats:
    """Similarity of centred unit vectors, of shapes (facets, dimension) and (statements, dimension): float32 of shape
    (facets, statements), their cosine stretched so that unrelated texts are at 0 and translations of each other near 1.
    The result for a facet does not depend on the other facets."""
    stretched = _products(required, offered)
    stretched -= _COSINE_OF_NONE
    stretched /= _COSINE_OF_SAME - _COSINE_OF_NONE
    return np.clip(stretched, 0, 1, out=stretched)


def _products(required: Floats, offered: Floats) -> Floats:
    """The product of the first with the transposed second array in blocks of one size: one row alone is added in
    another order than one among others (seen with OpenBLAS), so the last bit of a facet's row would depend on its
    neighbours."""
    out = np.empty((len(required), len(offered)), np.float32)
    for at in range(0, len(required), _BLOCK):
        block = required[at : at + _BLOCK]
        whole = np.concatenate([block, np.zeros((_BLOCK - len(block), required.shape[1]), np.float32)])
        out[at : at + _BLOCK] = (whole @ offered.T)[: len(block)]
    return out


def best_parts(values: Floats, weights: Floats, part: float) -> Floats:
    """The mean of each column over that part of the weight where it is highest, shape (facets, columns) to (columns,):
    a firm that meets a third of the facets in full fits wholly, one that meets a single sentence of forty does not."""
    if len(weights) == 1:
        return np.clip(values[0], 0.0, 1.0)
    heaviest = np.argsort(-weights, kind="stable")  # among equal values the heavier counts first
    values = values[heaviest]
    order = np.argsort(-values, axis=0, kind="stable")
    heavy = np.cumsum(weights[heaviest][order], axis=0) / max(float(weights.sum()), 1e-12)
    taken = np.diff(np.minimum(heavy, part), prepend=0.0, axis=0)
    best = (np.take_along_axis(values, order, 0) * taken).sum(axis=0) / part
    return np.clip(best, 0.0, 1.0).astype(np.float32)


def near_in_kilometres(required: tuple[Nuts, ...], place: Nuts) -> float | None:
    """Nearness of the nearest of a lot's places to another: 1 at the same, .6 at 50 km, 0 from 1,000 km on. None where
    it is not known."""
    found = [km for area in required if (km := kilometres(area, place)) is not None]
    return max(0.0, 1 - math.log1p(min(found) / _HALF_WAY) / math.log1p(_FAR / _HALF_WAY)) if found else None
