"""Progress of a long run, and the time left, estimated only once enough is known."""

from dataclasses import dataclass

ENOUGH = 20.0
"""Seconds of work before the time left is estimated."""


@dataclass(slots=True)
class Eta:
    """`done` of `total` units; `began_at` of them were done before this run, which do not count for its speed."""

    total: float
    began_at: float
    done: float = 0.0

    def left(self, elapsed: float) -> float | None:
        """Seconds to go after `elapsed` seconds, at the mean speed of this run so far; None while too little is
        known."""
        own = self.done - self.began_at
        if own <= 0 or (elapsed < ENOUGH and self.done < self.total):
            return None
        return elapsed / own * (self.total - self.done)

    def describe(self, elapsed: float) -> str:
        """The time left in words, rounded to its precision."""
        seconds = self.left(elapsed)
        if seconds is None:
            return "time left not known yet"
        if seconds < 90:
            return f"about {max(round(seconds / 10) * 10, 0):.0f} s left"
        if seconds < 90 * 60:
            return f"about {seconds / 60:.0f} min left"
        return f"about {seconds / 3600:.1f} h left"
