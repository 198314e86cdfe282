"""TED's packages: the calendar of issues, a day's notices as a tar.gz, a month's as a tar of those, in pieces on
request.

Facts of the publisher's: issues are numbered through the year; a day without package, and one that has not come, is a
404; a month holds the daily archives as they are; bytes can be requested by range (206, and 416 beyond the end).
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from datetime import date, timedelta

from scrapers.sandbox.faults import Faults
from scrapers.sandbox.published_notices import PublishedNotices, TedNotice
from scrapers.sandbox.wire import Reply, nginx_429

CALENDAR = re.compile(r"/ted/en/release-calendar/-/download/file/CSV/(\d{4})")
DAILY = re.compile(r"/ted/packages/daily/(\d{4})(\d{5})")
MONTHLY = re.compile(r"/ted/packages/monthly/(\d{4})-(\d{1,2})")
_RANGE = re.compile(r"bytes=(\d+)-(\d+)")
_SATURDAY = 5


def answer_package(published_notices: PublishedNotices, faults: Faults, path: str, span: str | None) -> Reply | None:
    """The calendar, a package, or a piece of one; None for another address.

    `path` is the path of the request and `span` its Range header, None without one; it is answered from
    `published_notices`, with the `faults` still to play.
    """
    if requested := CALENDAR.fullmatch(path):
        return Reply(200, _write_calendar(published_notices, int(requested[1])), content_type="text/csv")
    requested = DAILY.fullmatch(path) or MONTHLY.fullmatch(path)
    if requested is None:
        return None
    if faults.strikes("ted:waf"):
        return Reply(202, content_type="text/html", headers={"x-amzn-waf-action": "challenge"})
    if faults.strikes("ted:package429"):
        return nginx_429()
    year, number = int(requested[1]), int(requested[2])
    package = (
        _pack_day(published_notices, year, number)
        if DAILY.fullmatch(path)
        else _pack_month(published_notices, year, number)
    )
    if package is None:
        return Reply(404, b"<html><body><h1>Not Found</h1></body></html>", content_type="text/html")
    if faults.strikes("ted:cutpackage", f"{requested[1]}{requested[2]}"):
        package = package[: len(package) // 2]
    return _serve(package, span)


def _serve(package: bytes, span: str | None) -> Reply:
    """The whole, or the requested piece."""
    requested = _RANGE.fullmatch(span or "")
    if requested is None:
        return Reply(200, package, content_type="application/gzip")
    first, last = int(requested[1]), int(requested[2])
    if first >= len(package):
        return Reply(416, headers={"Content-Range": f"bytes */{len(package)}"})
    piece = package[first : last + 1]
    content_range = f"bytes {first}-{first + len(piece) - 1}/{len(package)}"
    return Reply(206, piece, content_type="application/gzip", headers={"Content-Range": content_range})


def issues_of(published_notices: PublishedNotices, year: int) -> list[date]:
    """The days with an issue, in order: every day from Monday to Friday, and any other that has a notice."""
    first = date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
    published = {notice.day for notice in published_notices.notices}
    return [day for day in days if day.weekday() < _SATURDAY or day in published]


def _write_calendar(published_notices: PublishedNotices, year: int) -> bytes:
    rows = [f"{number},{day:%d/%m/%Y}" for number, day in enumerate(issues_of(published_notices, year), 1)]
    return "\r\n".join(["OJS,Publication date", *rows, ""]).encode()


def _pack_day(published_notices: PublishedNotices, year: int, number: int) -> bytes | None:
    """The issue's archive; None for one that does not exist or has not come yet."""
    issues = issues_of(published_notices, year)
    if not 1 <= number <= len(issues) or issues[number - 1] > published_notices.today:
        return None
    day = issues[number - 1]
    folder = f"{day:%Y%m%d}_{number:03d}"
    notices = [notice for notice in published_notices.notices if notice.day == day]
    return _tar([(folder, None), *((f"{folder}/{_file_of(notice)}", notice.read_xml()) for notice in notices)])


def _pack_month(published_notices: PublishedNotices, year: int, month: int) -> bytes | None:
    """All issues of a month that is over."""
    if not 1 <= month <= 12 or published_notices.today < date(year + month // 12, month % 12 + 1, 1):
        return None
    days = ((n, day) for n, day in enumerate(issues_of(published_notices, year), 1) if day.month == month)
    packed = [
        (f"{month:02d}/{day:%Y%m%d}_{n:03d}.tar.gz", _pack_day(published_notices, year, n) or b"") for n, day in days
    ]
    return _tar([(f"{month:02d}", None), *packed])


def _file_of(notice: TedNotice) -> str:
    year, running = notice.rank
    return f"{running:08d}_{year}.xml"


def _tar(files: list[tuple[str, bytes | None]]) -> bytes:
    """The same bytes for the same files, so that pieces requested later fit. None for no files."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1, mtime=0) as plain,
        tarfile.open(fileobj=plain, mode="w|") as archive,
    ):
        for name, body in files:
            member = tarfile.TarInfo(name)
            member.size = len(body or b"")
            member.type = tarfile.REGTYPE if body is not None else tarfile.DIRTYPE
            archive.addfile(member, io.BytesIO(body or b""))
    return packed.getvalue()
