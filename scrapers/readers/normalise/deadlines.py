"""A day and an hour as publishers write them become an instant with its zone.

Offsets are taken as written; where none is written the zone of the buyer's country is applied and named. A wrong
deadline costs a member a contract, so what cannot be read is Unreadable, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from scrapers.errors import Unreadable
from warehouse.model.notices import Deadline, DeadlineKind

_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?")
_HOUR = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?")

ZONES = {
    "ALB": "Europe/Tirane", "AND": "Europe/Andorra", "AUT": "Europe/Vienna", "BEL": "Europe/Brussels",
    "BGR": "Europe/Sofia", "BIH": "Europe/Sarajevo", "CHE": "Europe/Zurich", "CYP": "Asia/Nicosia",
    "CZE": "Europe/Prague", "DEU": "Europe/Berlin", "DNK": "Europe/Copenhagen", "ESP": "Europe/Madrid",
    "EST": "Europe/Tallinn", "FIN": "Europe/Helsinki", "FRA": "Europe/Paris", "FRO": "Atlantic/Faroe",
    "GBR": "Europe/London", "GRC": "Europe/Athens", "HRV": "Europe/Zagreb", "HUN": "Europe/Budapest",
    "IRL": "Europe/Dublin", "ISL": "Atlantic/Reykjavik", "ITA": "Europe/Rome", "LIE": "Europe/Vaduz",
    "LTU": "Europe/Vilnius", "LUX": "Europe/Luxembourg", "LVA": "Europe/Riga", "MCO": "Europe/Monaco",
    "MDA": "Europe/Chisinau", "MKD": "Europe/Skopje", "MLT": "Europe/Malta", "MNE": "Europe/Podgorica",
    "NLD": "Europe/Amsterdam", "NOR": "Europe/Oslo", "POL": "Europe/Warsaw", "PRT": "Europe/Lisbon",
    "ROU": "Europe/Bucharest", "SMR": "Europe/San_Marino", "SRB": "Europe/Belgrade", "SVK": "Europe/Bratislava",
    "SVN": "Europe/Ljubljana", "SWE": "Europe/Stockholm", "TUR": "Europe/Istanbul", "UKR": "Europe/Kyiv",
    "VAT": "Europe/Vatican", "XKX": "Europe/Belgrade", "1A0": "Europe/Belgrade",
    "GLP": "America/Guadeloupe", "MTQ": "America/Martinique", "GUF": "America/Cayenne", "REU": "Indian/Reunion",
    "MYT": "Indian/Mayotte", "NCL": "Pacific/Noumea", "PYF": "Pacific/Tahiti", "SPM": "America/Miquelon",
}  # fmt: skip
"""The IANA zone of a buyer's country (ISO 3166-1 alpha-3, "1A0" is how eForms writes Kosovo)."""

_ELSEWHERE = {
    "FRY1": "America/Guadeloupe", "FRY2": "America/Martinique", "FRY3": "America/Cayenne", "FRY4": "Indian/Reunion",
    "FRY5": "Indian/Mayotte", "FRA1": "America/Guadeloupe", "FRA2": "America/Martinique", "FRA3": "America/Cayenne",
    "FRA4": "Indian/Reunion", "FRA5": "Indian/Mayotte", "FR91": "America/Guadeloupe", "FR92": "America/Martinique",
    "FR93": "America/Cayenne", "FR94": "Indian/Reunion", "ES70": "Atlantic/Canary", "PT20": "Atlantic/Azores",
    "PT30": "Atlantic/Madeira",
}  # fmt: skip
"""NUTS regions that keep another hour than their country's capital: "FR94" (TED 216761-2017) is La Réunion until 2013,
"FRA4" after it, "FRY4" from 2016 on."""


def zone_of(country: str | None, nuts: str | None = None) -> str | None:
    """The IANA zone of a buyer, from its country (alpha-3) and, for overseas regions, its NUTS code."""
    return _ELSEWHERE.get((nuts or "")[:4]) or ZONES.get(country or "")


@lru_cache(maxsize=512)  # the lots of a notice mostly share one deadline
def read_deadline(day: str, hour: str | None, kind: DeadlineKind, *, zone: str | None) -> Deadline:
    """The last moment for `kind`. `zone` is the buyer's (see zone_of), applied only where no offset is written.

    Raises Unreadable for a day or hour that is none, and for a missing offset where the buyer's zone is unknown.
    """
    named = _DAY.fullmatch(day.strip())
    if not named:
        raise Unreadable(f"the deadline's day {day!r} is not written as YYYY-MM-DD; look at the notice itself")
    timed = _HOUR.fullmatch(hour.strip()) if hour else None
    if hour and not timed:
        raise Unreadable(f"the deadline's hour {hour!r} is not written as hh:mm:ss; look at the notice itself")
    try:
        local = datetime(int(named[1]), int(named[2]), int(named[3]))  # noqa: DTZ001 (its zone is found below)
        local += _since_midnight(timed) if timed else timedelta(hours=23, minutes=59, seconds=59)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"the deadline {day!r} {hour or ''!r} does not exist in the calendar ({error})") from error
    stated = timed is not None
    by_day, by_hour = named[4], timed[4] if timed else None
    written = by_day or by_hour
    if by_day and by_hour and by_day != by_hour:
        written = _choose(local, (by_day, by_hour), zone)
    if written:
        return Deadline(_in_utc(local.replace(tzinfo=_offset(written))), kind, _spelled(written), hour_stated=stated)
    if zone is None:
        raise Unreadable(f"the deadline {day!r} {hour or ''!r} states no offset and the buyer's country is unknown")
    return Deadline(_in_utc(local.replace(tzinfo=_zone(zone))), kind, zone, hour_stated=stated)


def _in_utc(at: datetime) -> datetime:
    """The same instant, if UTC can represent it too: "9999-12-31-12:00" lies outside the range of datetime."""
    try:
        at.astimezone(UTC)
    except OverflowError as error:
        raise Unreadable(
            f"the deadline {at.isoformat()} lies outside the calendar; look at the notice itself"
        ) from error
    return at


def possible_deadline(stated: Sequence[Deadline], since: datetime | None, *, is_change: bool) -> Deadline | None:
    """The deadline that closes first of those not before `since` (dispatch or publication; aware), of equal ones in
    the order given. No rule forbade impossible ones before SDK 1.14. Where all lie before it: none, but in a change,
    which may well restate a call that is closed, the first of them.
    """
    possible = [deadline for deadline in stated if since is None or deadline.at >= since]
    return min(possible or (stated if is_change else ()), key=lambda deadline: deadline.at, default=None)


def begin_of(day: date | None, zone: str | None) -> datetime | None:
    """The first instant of a day where the zone is known, else the earliest first instant anywhere."""
    if day is None:
        return None
    there = _zone(zone) if zone else timezone(timedelta(hours=14))
    return datetime(day.year, day.month, day.day, tzinfo=there)


def read_instant(day: str | None, hour: str | None, *, zone: str | None = None) -> datetime | None:
    """When something was done, where it is known; None otherwise (it decides nothing)."""
    if not day or not hour:
        return None
    try:
        if day[10:] == hour[8:] and len(hour) == 14 and _DAY.fullmatch(day) and _HOUR.fullmatch(hour):
            # As nearly all are written, "2024-02-28+01:00" and "11:05:00+01:00": no rule is needed.
            return _in_utc(datetime.fromisoformat(f"{day[:10]}T{hour}"))
    except (ValueError, Unreadable):
        pass  # 24:00, or no day of the calendar: the rules say which
    try:
        return read_deadline(day, hour, DeadlineKind.TENDER, zone=zone).at
    except Unreadable:
        return None


def read_day(written: str | None) -> date | None:
    """A day, whatever offset follows it: "2024-02-28Z" and "2026-08-06+02:00" are the 28th and the 6th. Converting
    to UTC would give the day before."""
    named = _DAY.fullmatch(written.strip()) if written else None
    if not named:
        return None
    try:
        return date(int(named[1]), int(named[2]), int(named[3]))
    except ValueError:
        return None


def _since_midnight(timed: re.Match[str]) -> timedelta:
    """Hours and minutes; 24:00, the end of the day in XML Schema and in BOAMP, is the next day's midnight."""
    hours, minutes, seconds = int(timed[1]), int(timed[2]), int(timed[3] or 0)
    if hours > 24 or minutes > 59 or seconds > 59 or (hours == 24 and minutes + seconds):
        raise ValueError(f"{timed[0]} is no hour")
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _choose(local: datetime, offsets: tuple[str, str], zone: str | None) -> str:
    """Of two offsets written for one moment, the one in force there that day, else the one that ends earlier.

    Publishers stamp the hour with the offset of the day they write: TED 131011-2024, written in winter, has
    "2024-04-09+02:00" and "12:00:00+01:00", and Paris is at +02:00 on 9 April (also 134603-2024, 658260-2024,
    71244-2024, 125404-2024, 136662-2024, 632789-2023).
    """
    if zone is not None:
        there = local.replace(tzinfo=_zone(zone)).utcoffset()
        for offset in offsets:
            if _offset(offset).utcoffset(None) == there:
                return offset
    return max(offsets, key=lambda offset: _offset(offset).utcoffset(None))


def _spelled(offset: str) -> str:
    """ "+02:00" as every offset is kept; "Z" is "+00:00"."""
    if offset == "Z":
        return "+00:00"
    return offset if ":" in offset else f"{offset[:3]}:{offset[3:]}"


@lru_cache(maxsize=64)
def _offset(written: str) -> timezone:
    """The fixed zone of an offset."""
    spelled = _spelled(written)
    minutes = int(spelled[1:3]) * 60 + int(spelled[4:6])
    return timezone(timedelta(minutes=-minutes if spelled[0] == "-" else minutes))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    """The IANA zone."""
    return ZoneInfo(name)
