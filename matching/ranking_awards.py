"""What ranking by past awards is given: the lots as columns, and who won which.

Here belong the arrays and how they are summed up by firm. What is measured on them belongs to ranking_features.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lots:
    """Lots, column by column, all of one length. Words come from ranking_words.py. An unknown code, place, buyer or
    nature is ""; an unknown value is nan. `value` is the decimal logarithm of the amount in euro. `place` indexes the
    square table `distances` (km; nan where unknown) of shape (places, places)."""

    title: Sequence[Sequence[str]]
    label: Sequence[Sequence[str]]
    spelling: Sequence[Sequence[str]]
    address: Sequence[Sequence[str]]
    cpv: Sequence[str]
    buyer: Sequence[str]
    nature: Sequence[str]
    value: NDArray[np.float64]
    place: Ints
    distances: Floats

    def __len__(self) -> int:
        return len(self.cpv)


@dataclass(frozen=True, slots=True)
class Awards:
    """Who won which: award n gave `lot[n]` to firm `firm[n]`; sorted by firm, and every firm from 0 on has one. Use
    `Awards.of`."""

    lot: Ints
    firm: Ints
    start: Ints
    count: Ints

    @classmethod
    def of(cls, lot: Ints, firm: Ints) -> Awards:
        """From pairs in any order, each counted once. Raises ValueError when a firm between 0 and the last has none."""
        pairs = np.unique(np.stack([firm, lot], 1), axis=0)
        count = np.bincount(pairs[:, 0]).astype(np.int64)
        if not count.all():
            raise ValueError(f"firm {int(np.argmin(count))} has no award; number only firms that have one")
        return cls(pairs[:, 1], pairs[:, 0], np.cumsum(count) - count, count)

    @property
    def firms(self) -> int:
        """How many firms."""
        return len(self.count)

    def lots_of(self, firm: int) -> Ints:
        """The lots one firm won."""
        return self.lot[self.start[firm] : self.start[firm] + self.count[firm]]

    def most(self, likeness: Floats) -> Floats:
        """The largest over each firm's awards: (lots, awards) becomes (lots, firms)."""
        return np.maximum.reduceat(likeness, self.start, axis=1)

    def total(self, likeness: Floats) -> Floats:
        """The sum over each firm's awards."""
        return np.add.reduceat(likeness, self.start, axis=1)

    def mean(self, likeness: Floats) -> Floats:
        """The mean over each firm's awards."""
        return (self.total(likeness) / self.count).astype(np.float32)

    def several(self, likeness: Floats, sharpness: float) -> Floats:
        """Log of the sum of exp(sharpness x likeness) over sharpness: the largest, and a little for every other award
        that comes near it."""
        top = self.most(likeness)
        others = np.exp(np.float32(sharpness) * (likeness - top[:, self.firm]))
        return (top + np.log(self.total(others)) / sharpness).astype(np.float32)

    def near(self, likeness: Floats, attention: Floats) -> Floats:
        """The mean over each firm's awards, each counting by `attention` (any positive numbers of the same shape)."""
        return self.total(attention * likeness) / self.total(attention)
