"""A clock for tests: it shows the time it was set to, and waiting moves it on."""

from __future__ import annotations

from datetime import datetime, timedelta

from digests.delivery.workers import Moment
from tests.support.letters.digest_examples import NIGHT


class Clock:
    """`at` is the wall's time, which may jump; `seconds` the machine's own, which may not."""

    def __init__(self, at: datetime = NIGHT, seconds: float = 10_000.0) -> None:
        self.at, self.seconds = at, seconds
        self.waited: list[float] = []

    def now(self) -> Moment:
        return Moment(self.at, self.seconds)

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.pass_by(seconds=seconds)

    def pass_by(self, **more: float) -> None:
        """Time passes."""
        self.at += timedelta(**more)
        self.seconds += timedelta(**more).total_seconds()
