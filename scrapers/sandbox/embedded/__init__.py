"""The invented notices: specifications in TOML, written out in the publishers' exact formats around a given day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from scrapers.sandbox.boamp_record import compose_donnees, compose_record
from scrapers.sandbox.eforms_row import read_eforms_row
from scrapers.sandbox.embedded.national import record_national
from scrapers.sandbox.embedded.read_spec import read_buyers, read_nationals, read_notices
from scrapers.sandbox.embedded.render import render_notice
from scrapers.sandbox.embedded.spec import NoticeSpec
from scrapers.sandbox.leaves import parse
from scrapers.sandbox.shelf import BoampRecord, Shelf, TedNotice, arrange

FIRST_NUMBER = 990_001
"""Far above what TED reaches in a year, so that an invented number never meets a real one."""
FIRST_IDWEB = 990_001


def shelve_embedded(on: date) -> Shelf:
    """The invented world as it stands on that day; nothing is published after it. Same day, same bytes."""
    notices: list[TedNotice] = []
    records: list[BoampRecord] = []
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
    buyers = read_buyers()
    for position, national in enumerate(read_nationals()):
        idweb = f"{(on - timedelta(days=national.published)).year % 100:02d}-{FIRST_IDWEB + 500 + position}"
        records.append(record_national(national, buyers[national.buyer], idweb, on))
    return arrange(notices, records, on, Counter())


def render_embedded(on: date) -> Iterator[tuple[NoticeSpec, str, bytes]]:
    """Each specification with its publication number and its XML, oldest first; numbers rise with the days."""
    buyers = read_buyers()
    specs = read_notices()
    by_key = {spec.key: spec for spec in specs}
    for position, spec in enumerate(sorted(specs, key=lambda spec: -spec.published)):
        number = f"{FIRST_NUMBER + position}-{(on - timedelta(days=spec.published)).year}"
        yield spec, number, render_notice(spec, buyers[spec.buyer], by_key, on, number)
