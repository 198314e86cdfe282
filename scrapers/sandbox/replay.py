"""The content of a portal from a folder of real notices: eForms and TED_EXPORT, each offered under its own number and
day.

French eForms notices are offered at BOAMP too, as a buyer there would have sent them, and their awards at DECP; Belgian
ones at BOSA, notices of one procedure and form in one workspace. What has no publication number or date was never
published, and is left out and counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import cast

from scrapers.sandbox.embedded.ubl import uuid_of
from scrapers.sandbox.leaves import Element, NotXml, parse, words
from scrapers.sandbox.published_notices import BoampRecord, PublishedNotices, TedNotice, Version, arrange
from scrapers.sandbox.publishers.boamp_record import compose_donnees, compose_record
from scrapers.sandbox.publishers.bosa_row import compose_workspace
from scrapers.sandbox.publishers.decp_row import compose_contracts
from scrapers.sandbox.publishers.eforms_row import Row, is_eforms, publication_of, read_eforms_row
from scrapers.sandbox.publishers.export_row import export_publication_of, is_ted_export, read_export_row

_LINK = re.compile(r"publicprocurement\.be/publication-workspaces/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def publish_folder(folder: Path) -> PublishedNotices:
    """Everything below `folder` that ends in .xml; `today` is the newest day met, for want of a clock."""
    left_out: Counter[str] = Counter()
    notices: list[TedNotice] = []
    records: list[BoampRecord] = []
    workspaces: dict[str, list[tuple[Row, Version]]] = {}
    contracts: list[Row] = []
    for path in sorted(path for path in folder.rglob("*.xml") if path.is_file()):
        try:
            root = parse(path.read_bytes())
        except NotXml:
            left_out["not XML"] += 1
            continue
        for notice in _offer(root, path, left_out):
            notices.append(notice)
            records.extend(_offer_to_boamp(root, notice, path))
            if is_eforms(root) and "BEL" in _countries(notice):
                row_versions = dict(notice.row), Version(notice.day, path)
                workspaces.setdefault(_workspace_of(root, notice), []).append(row_versions)
            if is_eforms(root) and "FRA" in _countries(notice) and notice.row.get("form-type") == "result":
                contracts.extend(compose_contracts(root, notice.row, notice.number, notice.day))
    today = max((notice.day for notice in notices), default=date(1970, 1, 1))
    composed = [compose_workspace(number, row_versions) for number, row_versions in workspaces.items()]
    return arrange(notices, records, today, left_out, workspaces=composed, contracts=contracts)


def _countries(notice: TedNotice) -> list[str]:
    countries = notice.row.get("buyer-country")
    return cast("list[str]", countries) if isinstance(countries, list) else []


def _workspace_of(root: Element, notice: TedNotice) -> str:
    """The workspace that a link to documents names, else an invented one for the procedure and the form."""
    for address in words(root, ".//cbc:URI"):
        named = _LINK.search(address)
        if named:
            return named[1]
    procedure = str(notice.row.get("procedure-identifier") or notice.row.get("notice-identifier") or notice.number)
    return uuid_of("workspace", procedure, str(notice.row.get("form-type")))


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
    if is_eforms(root) and "FRA" in _countries(notice):
        idweb = f"{notice.number[-2:]}-{notice.number.partition('-')[0]}"
        flat = compose_record(root, notice.row, idweb, notice.day)
        yield BoampRecord(idweb, flat, partial(_donnees_of, path, idweb))


def _donnees_of(path: Path, idweb: str) -> str:
    return compose_donnees(parse(path.read_bytes()), idweb)
