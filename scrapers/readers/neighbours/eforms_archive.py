"""A day's archive of eForms notices, one XML each under "<notice id>-<version>.xml", becomes notices.

eForms-DE follows eForms and adds forms below the European thresholds, whose buyers may be in the notice itself
instead of among its organisations, and which state neither a publication number nor a day of publication: the number
is then the notice's own, the day that of the archive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from scrapers.errors import SourceError, Unreadable
from scrapers.readers.eforms.notice import read_eforms
from scrapers.readers.records import as_set_aside, refuse_foreign
from scrapers.safe_formats.tar import ArchiveMember
from scrapers.safe_formats.zip import read_zip
from warehouse.errors import BadFact
from warehouse.model.notices import Notice

_NAME = re.compile(r"(?:.*/)?(?P<id>[0-9A-Za-z-]+?)-0*(?P<version>\d{1,3})\.xml", re.IGNORECASE)


def read_eforms_archive(
    source: str, body: bytes, *, day: date, page: str
) -> Iterator[tuple[str, Notice | SourceError]]:
    """The notices of a zip, each under the name of its file without the ending.

    `source` is the name of the source that published the bytes `body` on `day`; `page` ({id}, {version}) is the
    portal's page of a notice. Raises SourceChanged where none of many files is known.
    """
    results = [(_label(member), _read(source, member, day, page)) for member in read_zip(body)]
    refuse_foreign(source, [result for _, result in results])
    yield from results


def _label(member: ArchiveMember) -> str:
    return member.name.rpartition("/")[2].removesuffix(".xml")


def _read(source: str, member: ArchiveMember, day: date, page: str) -> Notice | SourceError:
    label = _label(member)
    named = _NAME.fullmatch(member.name)
    url = page.format(id=named["id"], version=int(named["version"])) if named else None
    try:
        if member.body is None:
            raise Unreadable(member.reason or "no reason was given")
        return read_eforms(member.body, source=source, number=label, day=day, url=url)
    except (SourceError, BadFact) as wrong:
        return as_set_aside(source, label, wrong)
