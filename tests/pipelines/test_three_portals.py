"""One purchase published at three portals in the local portal ends as one procedure with three publications.

A French buyer with Belgian partners (invented) publishes at TED and BOSA in eForms, and at BOAMP in the national form,
which states no procedure and words its title in its own way. Real crawls, real readers, one warehouse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

import scrapers.sandbox.embedded as embedded
from scrapers.landing import read_landing
from scrapers.sandbox.embedded.national import record_national
from scrapers.sandbox.embedded.read_spec import read_buyers, read_notices
from scrapers.sandbox.embedded.render import render_notice, workspace_of
from scrapers.sandbox.embedded.spec import NationalSpec
from scrapers.sandbox.leaves import parse
from scrapers.sandbox.published_notices import PublishedNotices, TedNotice, Version
from scrapers.sandbox.publishers.bosa_row import compose_workspace
from scrapers.sandbox.publishers.eforms_row import read_eforms_row
from scrapers.sandbox.server import Portal
from tests.support.commands.crawl_portal import crawl
from tests.support.stores import passing_store
from warehouse.model.notices import OpenLot
from warehouse.store import Store

ON = date(2026, 11, 20)
SOURCES = ("eu_ted", "fr_boamp", "be_bosa")
KEY = "canaux-calcul"
NATIONAL = "26-99123"


def shelve() -> PublishedNotices:
    """The embedded world with one of its French purchases at TED, at BOSA, and at BOAMP in the national form."""
    buyers, specs = read_buyers(), read_notices()
    spec = replace(next(spec for spec in specs if spec.key == KEY), portals=("ted", "bosa"))
    by_key = {other_spec.key: spec if other_spec.key == KEY else other_spec for other_spec in specs}
    buyer, day = buyers[spec.buyer], ON - timedelta(days=spec.published)
    at_ted = render_notice(spec, buyer, by_key, ON, "799123-2026")
    at_bosa = render_notice(spec, buyer, by_key, ON, None)
    row = read_eforms_row(parse(at_bosa))
    national = NationalSpec(
        key=KEY,
        family="FNS",
        buyer=spec.buyer,
        title=f"Marché n° 26-045 : {spec.titles['FRA']}"[:200].upper(),
        description=spec.descriptions["FRA"],
        cpv=spec.cpv[0],
        closes=spec.lots[0].closes or 0,
        published=spec.published,
        department="59",
        hour=spec.lots[0].hour or "12:00:00",
    )
    published_notices = embedded.publish_embedded(ON)
    own = [
        notice
        for notice in published_notices.notices
        if notice.row.get("procedure-identifier") == row["procedure-identifier"]
    ]
    numbers = {notice.number.partition("-")[0] for notice in own}
    return replace(
        published_notices,
        notices=(
            *(notice for notice in published_notices.notices if notice not in own),
            TedNotice("799123-2026", day, read_eforms_row(parse(at_ted)), at_ted),
        ),
        records=(
            *(record for record in published_notices.records if record.idweb.partition("-")[2] not in numbers),
            record_national(national, buyer, NATIONAL, ON),
        ),
        workspaces=(
            *published_notices.workspaces,
            compose_workspace(workspace_of(spec), [(row, Version(day, at_bosa))]),
        ),
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The warehouse after a crawl of the three portals and the night's joining."""
    portal = Portal(shelve())
    portal.start()
    with passing_store() as opened:
        opened.set_as_of(datetime(2026, 11, 20, 9, tzinfo=UTC))
        for source in SOURCES:
            folder = tmp_path_factory.mktemp(source)
            done = crawl(source, folder, portal.addresses[source], "--from", "2026-11-06", "--to", "2026-11-20")
            assert done.status == 0, done.log
            opened.save_notices(reading.notice for reading in read_landing(source, folder) if reading.notice)
        opened.join_procedures(ON)
        yield opened
    portal.end()


def purchase(store: Store) -> list[OpenLot]:
    return [lot for lot in store.load_open_lots() if any(page.number == NATIONAL for page in lot.publications)]


def test_it_is_one_procedure_with_three_publications(store: Store) -> None:
    procedure = store.load_procedure(NATIONAL)
    assert sorted(page.source for page in procedure.publications) == sorted(SOURCES)
    assert "799123-2026" in {page.number for page in procedure.publications}


def test_its_lots_are_open_once_under_one_purchase(store: Store) -> None:
    lots = purchase(store)
    assert {lot.procedure_uid for lot in lots} == {store.load_procedure(NATIONAL).uid}
    assert {page.source for page in lots[0].publications} == set(SOURCES)
    titles = [lot.lot.titles for lot in store.load_open_lots() if lot.procedure_uid == lots[0].procedure_uid]
    assert len(titles) == len(lots)


def test_the_national_form_was_joined_by_similarity_with_its_evidence(store: Store) -> None:
    (merge,) = store.load_procedure(NATIONAL).merges
    assert merge.kind == "score"
    assert {seen.kind for seen in merge.evidence if seen.points > 0} >= {"title", "deadline", "days"}


def test_nothing_else_of_the_invented_world_was_joined_by_similarity(store: Store) -> None:
    rows = store._con.execute("select first, second from same_procedure where kind = 'score'").fetchall()
    assert len(rows) == 1
