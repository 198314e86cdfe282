"""Claims about `pib backfill`: what it keeps, where it goes on after a kill, and what it leaves to the nights."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.backfill.backfill import backfill_request, split_windows
from pipelines.errors import BadSettings
from scrapers.feeds.packages import Span
from scrapers.sandbox.embedded import publish_embedded
from scrapers.sandbox.faults import Faults
from scrapers.sandbox.server import Portal
from tests.support.commands.nights import pib, run_pib, start_pib
from tests.support.stores import open_facts, workspace_at
from warehouse.model.night_reports import Crawl

TODAY = date(2026, 11, 20)
OCTOBER = date(2026, 10, 20)
FIRST, LAST = date(2026, 10, 30), date(2026, 11, 13)
STRETCH = ("--from", "2026-10-30", "--to", "2026-11-13")
BACKFILL = ("backfill", "--source", "eu_ted", *STRETCH, "--on", "2026-11-20", "--json")


def windows(source: str, first: date, last: date, span: Span = Span.DAY) -> list[tuple[str, str]]:
    order = backfill_request(source, first, last, span, 1, date(2027, 1, 1))
    return [(str(window.since), str(window.until)) for window in split_windows(order)]


def test_packages_are_fetched_month_by_month_and_records_week_by_week():
    assert windows("eu_ted", OCTOBER, date(2026, 12, 3)) == [
        ("2026-10-20", "2026-10-31"),
        ("2026-11-01", "2026-11-30"),
        ("2026-12-01", "2026-12-03"),
    ]
    assert windows("fr_boamp", OCTOBER, date(2026, 11, 2)) == [
        ("2026-10-20", "2026-10-25"),
        ("2026-10-26", "2026-11-01"),
        ("2026-11-02", "2026-11-02"),
    ]


def test_packages_of_a_month_are_whole_months():
    assert windows("eu_ted", OCTOBER, date(2026, 11, 2), Span.MONTH) == [
        ("2026-10-01", "2026-10-31"),
        ("2026-11-01", "2026-11-30"),
    ]


@pytest.mark.parametrize(
    ("source", "first", "last", "message"),
    [
        ("eu_tedd", OCTOBER, OCTOBER, "eu_ted"),
        ("eu_ted", OCTOBER, date(2026, 10, 1), "after"),
        ("eu_ted", OCTOBER, TODAY, "before today"),
    ],
)
def test_an_order_that_cannot_be_is_refused(source: str, first: date, last: date, message: str):
    with pytest.raises(BadSettings, match=message):
        backfill_request(source, first, last, Span.DAY, None, TODAY)


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """A backfill that was not killed: its folder and its output."""
    folder = tmp_path_factory.mktemp("unharmed")
    done = run_pib(folder, *BACKFILL)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


def kept(folder: Path) -> list[tuple[object, ...]]:
    """Notices and stretches in the warehouse of a folder."""
    with open_facts(workspace_at(folder / "data" / "embedded")) as store:
        notices = [(notice.uid, notice) for notice in store.load_notices()]
        return [*notices, *((b.window_from, b.window_to, b.notices) for b in store.load_backfilled("eu_ted"))]


def test_a_backfill_keeps_what_the_packages_hold(unharmed: tuple[Path, list[dict[str, Any]]]):
    folder, stretches = unharmed
    published = [n for n in publish_embedded(TODAY).notices if FIRST <= n.day <= LAST]
    ours = {n.number for n in published if {"BEL", "FRA", "LUX"} & set(n.row["buyer-country"])}  # type: ignore[call-overload]
    with open_facts(workspace_at(folder / "data" / "embedded")) as store:
        assert set(store.load_known_numbers("eu_ted")) == ours
    assert sum(stretch["backfilled"]["notices"] for stretch in stretches) == len(ours)


def test_a_backfill_moves_no_watermark(unharmed: tuple[Path, list[dict[str, Any]]], tmp_path: Path):
    folder, _ = unharmed
    with open_facts(workspace_at(folder / "data" / "embedded")) as store:
        assert store.load_watermark("eu_ted") is None
        reached = date(2026, 11, 20)
        store.save_crawl(Crawl("eu_ted", reached, reached, reached, complete=True))
    pib(folder, *BACKFILL[:3], "--from", "2026-09-01", "--to", "2026-09-30", *BACKFILL[-3:])
    with open_facts(workspace_at(folder / "data" / "embedded")) as store:
        assert store.load_watermark("eu_ted") == reached


def test_the_same_backfill_again_requests_nothing_and_keeps_nothing_new(unharmed: tuple[Path, list[dict[str, Any]]]):
    folder, _ = unharmed
    before, log = kept(folder), folder / "data" / "embedded" / "facts" / "portal.log"
    log.unlink(missing_ok=True)
    again = json.loads(pib(folder, *BACKFILL).stdout)
    assert {stretch["was_kept"] for stretch in again} == {True}
    assert not log.exists()
    assert kept(folder)[: len(before) - 2] == before[: len(before) - 2]


def _has_landed_some(data: Path) -> bool:
    return any(m.read_bytes().count(b"\n") >= 4 for m in data.glob("facts/landing/eu_ted/*-31/manifest.jsonl"))


def _has_landed_the_second(data: Path) -> bool:
    return any(m.read_bytes().count(b"\n") >= 4 for m in data.glob("facts/landing/eu_ted/*-13/manifest.jsonl"))


def _is_keeping_the_second(data: Path) -> bool:
    return any(data.glob("facts/landing/eu_ted/*-13/stats.json"))


@pytest.mark.parametrize("moment", [_has_landed_some, _has_landed_the_second, _is_keeping_the_second])
def test_a_backfill_killed_at_any_moment_goes_on_where_it_was(
    moment: Callable[[Path], bool], unharmed: tuple[Path, list[dict[str, Any]]], tmp_path: Path
):
    _kill_when(moment, tmp_path)
    done = pib(tmp_path, *BACKFILL)
    assert done.returncode == 0, done.stderr
    stretches = [
        stretch_days for stretch_days in kept(unharmed[0]) if len(stretch_days) == 2 or stretch_days[0] >= FIRST
    ]  # type: ignore[operator]
    assert kept(tmp_path) == stretches


def _kill_when(is_so: Callable[[Path], bool], folder: Path) -> None:
    """SIGKILL to the backfill and all it started."""
    running = start_pib(folder, *BACKFILL)
    while not is_so(folder / "data" / "embedded"):
        try:
            running.wait(timeout=0.01)
        except subprocess.TimeoutExpired:
            continue
        return  # too fast to be killed: then there is nothing to resume, which holds too
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()


def test_a_backfill_that_a_publisher_turns_away_says_so_and_goes_on_when_let_in(tmp_path: Path):
    portal = Portal(publish_embedded(TODAY), Faults(["ted:waf:1"]))
    portal.start()
    try:
        address = portal.addresses["eu_ted"].removesuffix("/ted")
        words = (*BACKFILL, "--portals", f"at:{address}", "--data", str(tmp_path / "data" / "embedded"))
        away = pib(tmp_path, *words)
        assert away.returncode == 3
        assert "browser" in json.loads(away.stdout)[-1]["error"]
        assert pib(tmp_path, *words).returncode == 0
    finally:
        portal.end()
    with open_facts(workspace_at(tmp_path / "data" / "embedded")) as store:
        assert len(store.load_backfilled("eu_ted")) == 2
