"""A shelf from a folder of real notices: eForms and TED_EXPORT, each offered under its own number and day.

French eForms notices are offered at BOAMP too, as a buyer there would have sent them. What has no publication number
or date was never published, and is left out and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

from scrapers.sandbox.boamp_record import compose_donnees, compose_record
from scrapers.sandbox.eforms_row import is_eforms, publication_of, read_eforms_row
from scrapers.sandbox.export_row import export_publication_of, is_ted_export, read_export_row
from scrapers.sandbox.leaves import Element, NotXml, parse
from scrapers.sandbox.shelf import BoampRecord, Shelf, TedNotice, arrange


def shelve_folder(folder: Path) -> Shelf:
    """Everything below `folder` that ends in .xml; `today` is the newest day met, for want of a clock."""
    left_out: Counter[str] = Counter()
    notices: list[TedNotice] = []
    records: list[BoampRecord] = []
    for path in sorted(path for path in folder.rglob("*.xml") if path.is_file()):
        try:
            root = parse(path.read_bytes())
        except NotXml:
            left_out["not XML"] += 1
            continue
        for notice in _offer(root, path, left_out):
            notices.append(notice)
            records.extend(_offer_to_boamp(root, notice, path))
    today = max((notice.day for notice in notices), default=date(1970, 1, 1))
    return arrange(notices, records, today, left_out)


def _offer(root: Element, path: Path, left_out: Counter[str]) -> Iterator[TedNotice]:
    if is_ted_export(root):
        published = export_publication_of(root)
        if published:
            yield TedNotice(published[0], published[1], read_export_row(root), path)
            return
    elif is_eforms(root):
        stated = publication_of(root)
        if stated:
            yield TedNotice(stated[0], date.fromisoformat(stated[1][:10]), read_eforms_row(root), path)
            return
    else:
        left_out["neither eForms nor TED_EXPORT"] += 1
        return
    left_out["no publication number or date"] += 1


def _offer_to_boamp(root: Element, notice: TedNotice, path: Path) -> Iterator[BoampRecord]:
    countries = notice.row.get("buyer-country")
    if is_eforms(root) and isinstance(countries, list) and "FRA" in countries:
        idweb = f"{notice.number[-2:]}-{notice.number.partition('-')[0]}"
        flat = compose_record(root, notice.row, idweb, notice.day)
        yield BoampRecord(idweb, flat, partial(_donnees_of, path, idweb))


def _donnees_of(path: Path, idweb: str) -> str:
    return compose_donnees(parse(path.read_bytes()), idweb)
