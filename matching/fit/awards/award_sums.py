"""Which firm won which lot, and sums over each firm's awards.

What is summed is computed in award_history.py and in the benchmarks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


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
        """From pairs in any order, each counted once: `lot[n]` was won by `firm[n]`, both int64 of shape (pairs,).

        Raises ValueError when a firm between 0 and the last has none.
        """
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

    def most(self, similarity: Floats) -> Floats:
        """The largest over each firm's awards: shape (lots, awards) becomes (lots, firms)."""
        return np.maximum.reduceat(similarity, self.start, axis=1)

    def total(self, similarity: Floats) -> Floats:
        """The sum over each firm's awards: shape (lots, awards) becomes (lots, firms)."""
        return np.add.reduceat(similarity, self.start, axis=1)

    def mean(self, similarity: Floats) -> Floats:
        """The mean over each firm's awards: shape (lots, awards) becomes (lots, firms)."""
        return (self.total(similarity) / self.count).astype(np.float32)

    def near(self, similarity: Floats, attention: Floats) -> Floats:
        """The mean over each firm's awards, each counting by `attention` (any positive numbers of the same shape):
        shape (lots, awards) becomes (lots, firms)."""
        return self.total(attention * similarity) / self.total(attention)
