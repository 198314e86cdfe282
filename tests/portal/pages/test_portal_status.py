"""The operator's page shows the state of sources, night and letters, what needs a person, and draws the days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.delivery.outbox import LetterState, Outbox
from portal.pages.bar_chart import HEIGHT, plot_volumes
from portal.snapshot import HISTORY_DAYS, SnapshotCache
from portal.web.i18n import PagePhrases
from presentation.signed_links import Purpose
from tests.support.portals.portal_world import NOW, World, make_world

ON = date(2026, 11, 20)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("portal"))


def see(world: World, **more: object) -> str:
    with replace(world, portal=replace(world.portal, **more)).client() as client:  # type: ignore[arg-type]
        answer = client.get(world.path(Purpose.STATUS) + "?lang=en")
    assert answer.status_code == 200
    return answer.text


def test_the_page_is_closed_without_its_link(world: World) -> None:
    with world.client() as client:
        assert client.get("/status").status_code == 403
        assert client.get(world.path(Purpose.CALLS).replace("/calls/", "/status/")).status_code == 403


def test_a_source_that_is_missing_needs_a_person(world: World) -> None:
    page = see(world)
    assert "fr_boamp: fr_boamp: the portal did not answer; look at it" in page
    assert "unreachable" in page
    assert "1 of 2 sources complete" in page
    assert "800 to 4,000 expected" in page


def test_what_only_the_night_knows_is_shown_too(world: World) -> None:
    assert "be_bosa is left out: no credentials" in see(world, needs=lambda: ("be_bosa is left out: no credentials",))


def test_a_letter_that_did_not_leave_needs_a_person(world: World) -> None:
    with Outbox.open(world.data / "outbox.sqlite") as outbox:
        (first, *_) = outbox.load_letter_statuses()
        outbox.mark(first.member, first.edition, LetterState.FAILED, at=NOW, detail="550 no such mailbox")
    page = see(world)
    assert "550 no such mailbox" in page
    assert "<dt>failed</dt><dd>1</dd>" in page


def test_a_copy_that_was_not_replaced_is_reported_as_old(world: World) -> None:
    with world.client(now=NOW.replace(year=NOW.year + 1)) as client:
        path = f"/status/{world.links.token(Purpose.STATUS, 'operator', on=NOW.date().replace(year=NOW.year + 1))}"
        page = client.get(path + "?lang=en").text
    assert "no night was published since" in page


@given(
    st.dictionaries(st.integers(0, 100).map(lambda age: ON - timedelta(days=age)), st.integers(0, 10**6), max_size=9)
)
def test_every_counted_day_has_a_bar_within_the_box(volumes: dict[date, int]) -> None:
    plot = plot_volumes(volumes, ON, PagePhrases("en"))
    known = {day: n for day, n in volumes.items() if (ON - day).days < HISTORY_DAYS}
    assert len(plot.bars) == len(known)
    assert all(bar.y >= 0 and bar.y + bar.height == HEIGHT and 0 <= bar.x < plot.width for bar in plot.bars)
    if any(known.values()):
        assert max(bar.height for bar in plot.bars) == HEIGHT


def test_the_plot_says_in_words_what_it_draws() -> None:
    plot = plot_volumes({ON: 3, ON - timedelta(days=1): 9}, ON, PagePhrases("en"))
    assert plot.sentence == "12 notices in 2 days counted; most on 19 Nov 2026: 9"


def test_health_is_open_to_everybody_and_says_nothing(world: World) -> None:
    with world.client() as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        ready = client.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ok", "lacking": []})


def test_a_portal_without_a_copy_is_alive_and_not_ready(world: World, tmp_path: Path) -> None:
    without = replace(world.portal, snapshots=SnapshotCache(tmp_path / "none.duckdb"))
    with replace(world, portal=without).client() as client:
        assert client.get("/healthz").status_code == 200
        ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["lacking"]) == (503, ["copy"])
