"""The time, for whoever sends: the only clock that digests are given."""

import time
from datetime import datetime

from digests.delivery.workers import Moment
from pipelines.config.workspace import ZONE


class MachineClock:
    """The wall's time for the books, and the seconds since the machine started, which no correction of the wall's time
    touches and which all processes share."""

    def now(self) -> Moment:
        """This moment."""
        return Moment(datetime.now(ZONE), time.clock_gettime(time.CLOCK_BOOTTIME))

    def wait(self, seconds: float) -> None:
        """Comes back that much later."""
        time.sleep(seconds)
