"""The invented notices: specifications in TOML, written out in the publishers' exact formats around a given day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from scrapers.sandbox.embedded.datasets import compose_contract_rows, compose_projects
from scrapers.sandbox.embedded.national import record_national
from scrapers.sandbox.embedded.read_spec import BELGIAN, read_buyers, read_nationals, read_notices
from scrapers.sandbox.embedded.render import render_notice, workspace_of
from scrapers.sandbox.embedded.spec import NoticeSpec
from scrapers.sandbox.leaves import parse
from scrapers.sandbox.published_notices import BoampRecord, BosaWorkspace, PublishedNotices, TedNotice, Version, arrange
from scrapers.sandbox.publishers.boamp_record import compose_donnees, compose_record
from scrapers.sandbox.publishers.bosa_row import compose_workspace
from scrapers.sandbox.publishers.decp_row import compose_contracts
from scrapers.sandbox.publishers.eforms_row import Row, read_eforms_row

FIRST_NUMBER = 990_001
"""Far above what TED reaches in a year, so that an invented number never equals a real one."""
FIRST_IDWEB = 990_001


def publish_embedded(on: date) -> PublishedNotices:
    """The invented notices as published on that day; nothing is published after it. Same day, same bytes."""
    notices: list[TedNotice] = []
    records: list[BoampRecord] = []
    contracts = list(compose_contract_rows(on))
    for spec, number, body in render_embedded(on):
        root = parse(body)
        day = on - timedelta(days=spec.published)
        notice = TedNotice(number, day, read_eforms_row(root), body)
        if "ted" in spec.portals:
            notices.append(notice)
        if "boamp" in spec.portals:
            idweb = f"{day.year % 100:02d}-{number.partition('-')[0]}"
            flat = compose_record(root, notice.row, idweb, day)
            records.append(BoampRecord(idweb, flat, partial(compose_donnees, root, idweb)))
        if "decp" in spec.portals:
            contracts.extend(compose_contracts(root, notice.row, number, day))
    buyers = read_buyers()
    for position, national in enumerate(read_nationals()):
        idweb = f"{(on - timedelta(days=national.published)).year % 100:02d}-{FIRST_IDWEB + 500 + position}"
        records.append(record_national(national, buyers[national.buyer], idweb, on))
    return arrange(
        notices,
        records,
        on,
        Counter(),
        workspaces=publish_workspaces(on),
        contracts=contracts,
        projects=compose_projects(on),
    )


def publish_workspaces(on: date) -> Iterator[BosaWorkspace]:
    """The workspaces of every notice that is at BOSA: without the publication that TED adds, notices of one procedure
    and form as versions of one workspace."""
    buyers = read_buyers()
    specs = (*read_notices(), *read_notices(BELGIAN))
    by_key = {spec.key: spec for spec in specs}
    versions_by_workspace: dict[str, list[tuple[Row, Version]]] = {}
    for spec in (spec for spec in specs if "bosa" in spec.portals):
        body = render_notice(spec, buyers[spec.buyer], by_key, on, None)
        version = Version(on - timedelta(days=spec.published), body)
        versions_by_workspace.setdefault(workspace_of(spec), []).append((read_eforms_row(parse(body)), version))
    for number, versions in versions_by_workspace.items():
        yield compose_workspace(number, versions)


def render_embedded(on: date) -> Iterator[tuple[NoticeSpec, str, bytes]]:
    """Each specification with its publication number and its XML, oldest first; numbers rise with the days."""
    buyers = read_buyers()
    specs = read_notices()
    by_key = {spec.key: spec for spec in specs}
    for position, spec in enumerate(sorted(specs, key=lambda spec: -spec.published)):
        number = f"{FIRST_NUMBER + position}-{(on - timedelta(days=spec.published)).year}"
        yield spec, number, render_notice(spec, buyers[spec.buyer], by_key, on, number)
