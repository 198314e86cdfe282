"""The zone of a deadline, from the text the publisher wrote to a time zone, and nothing else."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from warehouse.errors import BadFact

_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")


def read_zone(written: str) -> tzinfo:
    """From "+02:00", "Z" or an IANA name such as "Europe/Paris". Raises BadFact for anything else."""
    if written in ("Z", "UTC"):
        return UTC
    offset = _OFFSET.fullmatch(written)
    if offset:
        shift = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        if shift < timedelta(days=1):
            return timezone(-shift if offset[1] == "-" else shift)
    try:
        return ZoneInfo(written)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadFact(f"zone {written!r} is neither an offset (+02:00) nor an IANA name (Europe/Paris)") from error
