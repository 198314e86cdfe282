"""The clock of sending: the only clock that digests receive."""

import time
from datetime import datetime

from digests.delivery.workers import Moment
from pipelines.config.workspace import ZONE


class MachineClock:
    """The time of day for records, and the seconds since the machine started, which no correction of the time of day
    changes and which all processes share."""

    def now(self) -> Moment:
        """This moment."""
        return Moment(datetime.now(ZONE), time.clock_gettime(time.CLOCK_BOOTTIME))

    def wait(self, seconds: float) -> None:
        """Returns that much later."""
        time.sleep(seconds)
