"""The reference of relevance: how rare terms and codes are among lots, and the ends of its scales.

The values and their file. How they are learned is in learning.py, what they are used for in comparison.py. A fixed
background, not the night's own lots: a member's score for a lot is the same whatever else is open.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from matching.errors import WeightsRefused
from warehouse.codes.classifications import Cpv

Floats = NDArray[np.float32]

SHIPPED = "background.toml"
MEASURES = ("terms", "family", "sense", "label")
"""Shared terms (root of BM25), codes by information content, cosine of the lot's text, mean cosine of its codes'
labels, each with a member's statements."""
WEIGHTS = (1.0, 0.7, 1.25, 0.5)
"""Weight of each measure at its own scale; chosen by hand on ../shared/relevance (docs/relevance.md)."""
STANDING_OUT = 1.0
"""Weight of the score's excess over the other members' beside the score itself."""
DAMPING = 0.3
"""Of the score's spread: limits the effect of small differences on lots for which all members score the same."""


@dataclass(frozen=True, slots=True)
class TermCounts:
    """In how many of `lots` lots each stem of one language occurs; `length` is the mean length of a statement with its
    labels, in stems."""

    lots: int
    length: float
    counts: Mapping[str, int] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Background:
    """`model` is the id of the encoder that `lot_mean` and `statement_mean` (float32 of its dimension) belong to.
    `means` and `widths` are those of each of MEASURES over pairs of a lot and a member, `offsets` what the mean of
    "terms" and of "sense" is for a lot and a statement of two languages ("fr nl"), `spread` the standard deviation of
    the weighted sum, `within` its root mean variance within a lot. The log-odds that a reader wants a member notified
    are `base` + `slope` times the standardised sum + `ict` for each sign of ICT (LotText.ict). `share` is how many
    pairs of a lot and a member were such."""

    lots: int
    codes: Mapping[str, int] = field(repr=False)
    terms: Mapping[str, TermCounts] = field(repr=False)
    model: str = ""
    lot_mean: Floats | None = field(default=None, repr=False)
    statement_mean: Floats | None = field(default=None, repr=False)
    offsets: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: {"terms": {}, "sense": {}}, repr=False)
    means: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    widths: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    spread: float = 1.0
    within: float = 1.0
    base: float = 0.0
    slope: float = 1.0
    ict: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    share: float = 0.03
    trained: str = ""

    def information(self, stem: str) -> float:
        """-ln of the share of lots that have a code beginning with these digits (Resnik 1995), in nats."""
        return -math.log((self.codes.get(stem, 0) + 0.5) / (self.lots + 1))

    def code_similarity(self, required: Cpv, offered: Cpv) -> float:
        """Twice the information of the common beginning over that of both codes (Lin 1998), in [0, 1]; 0 below
        LEAST_DIGITS common digits."""
        shared = required.common(offered)
        if shared < LEAST_DIGITS:
            return 0.0
        both = self.information(required.stem) + self.information(offered.stem)
        return min(1.0, 2 * self.information(required.stem[:shared]) / max(both, 1e-9))


LEAST_DIGITS = 3
"""Least common digits of two codes that count: a shared division alone is no reason to notify a member."""


@cache
def shipped_background() -> Background:
    """The background that comes with the package. Raises WeightsRefused for a damaged file."""
    return read_background((resources.files("matching.relevance") / SHIPPED).read_text(encoding="utf-8"))


def read_background(text: str) -> Background:
    """The background that write_background wrote. Raises WeightsRefused."""
    try:
        read = tomllib.loads(text)
        numbers = {name: read[name] for name in _NUMBERS}
        return Background(
            lots=int(read["lots"]),
            codes=_counts(read["codes"]),
            terms={
                language: TermCounts(int(found["lots"]), float(found["length"]), _counts(found["counts"]))
                for language, found in read["terms"].items()
            },
            model=str(read["model"]),
            lot_mean=np.array(read["lot_mean"], np.float32),
            statement_mean=np.array(read["statement_mean"], np.float32),
            offsets=read["offsets"],
            means=tuple(read["means"]),
            widths=tuple(read["widths"]),
            ict=tuple(read["ict"]),
            trained=str(read["trained"]),
            **{name: float(value) for name, value in numbers.items()},
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise WeightsRefused(f"{SHIPPED} is damaged ({error!r}); install the package again") from error


_NUMBERS = ("spread", "within", "base", "slope", "share")


def _counts(lines: Mapping[str, str]) -> dict[str, int]:
    """Counts are kept by number, many names in one line: a third of the bytes."""
    return {name: int(count) for count, names in lines.items() for name in names.split()}


def format_background(found: Background) -> str:
    """The file's text; `read_background` gives equal values, numbers rounded to six digits."""
    head = [f'model = "{found.model}"', f'trained = "{found.trained}"', f"lots = {found.lots}"]
    head += [f"{name} = {getattr(found, name):.6g}" for name in _NUMBERS]
    head += [f"{name} = [{', '.join(f'{x:.6g}' for x in getattr(found, name))}]" for name in ("means", "widths", "ict")]
    for name in ("lot_mean", "statement_mean"):
        vector = getattr(found, name)
        head.append(f"{name} = [{', '.join(f'{x:.4f}' for x in (vector if vector is not None else ()))}]")
    parts = ["\n".join(head)]
    for name, pairs in found.offsets.items():
        parts.append(f"[offsets.{name}]\n" + "\n".join(f'"{pair}" = {x:.5g}' for pair, x in sorted(pairs.items())))
    parts.append("[codes]\n" + _lines(found.codes))
    for language, known in sorted(found.terms.items()):
        parts.append(f"[terms.{language}]\nlots = {known.lots}\nlength = {known.length:.6g}")
        parts.append(f"[terms.{language}.counts]\n" + _lines(known.counts))
    return "\n\n".join(parts) + "\n"


def _lines(counts: Mapping[str, int]) -> str:
    by_count: dict[int, list[str]] = {}
    for name, count in sorted(counts.items()):
        by_count.setdefault(count, []).append(name)
    return "\n".join(f'{count} = "{" ".join(names)}"' for count, names in sorted(by_count.items()))
