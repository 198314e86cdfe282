"""Results of older nights leave the warehouse for Parquet, and `load_match_result` answers for any night kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.stores import open_store
from warehouse.errors import BadFact
from warehouse.model.match_results import (
    Consortium,
    Facet,
    FacetKind,
    Match,
    MatchResult,
    PastGroup,
    Reason,
    ReasonKind,
    Refusal,
    RefusalKind,
    Role,
)
from warehouse.results.archive import Retention
from warehouse.store import Store

FIRST = date(2026, 9, 27)
NIGHTS = [FIRST + timedelta(days=3 * n) for n in range(14)]
"""From September to November: some nights are missing."""
KEPT = Retention(nights=7, months=2)
OLD, GONE = date(2026, 10, 6), FIRST


def a_result(lot: str) -> MatchResult:
    reason = Reason(ReasonKind.WORDS, 0.6, "capteurs", "capteurs de niveau")
    roles = (Role("aquila", (0,), (0,), 0.5, 0.5, ()), Role("cygnus", (0,), (), 0.5, 0.5, ()))
    return MatchResult(
        lot,
        (Facet(FacetKind.TITLE, "Capteurs", 1.0),),
        (Match(lot, "aquila", 0.6, (reason,)),),
        (Refusal(lot, "cygnus", RefusalKind.LANGUAGE, "NL"),),
        (Consortium(lot, 1, 0.7, 0.7, roles, (), "aquila", 0.5, None, 0.0),),
        past_groups=(PastGroup(("aquila", "cygnus"), 0.5, "n-01", "LOT-1", "Capteurs"),),
    )


def save_night(store: Store, night: date) -> None:
    """A lot that is open all the time, and one of that night alone."""
    digests = {"long:1": "inputs of long", f"{night}:1": f"inputs of {night}"}
    stored = store.load_stored_digests(digests.values())
    store.save_match_results(night, [a_result(lot) for lot in digests if digests[lot] not in stored], digests)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def archive(folder: Path) -> Path:
    return folder / "archive"


@pytest.fixture(scope="module")
def store(folder: Path, archive: Path) -> Iterator[Store]:
    """Fourteen nights, archived after each."""
    with open_store(folder / "warehouse.duckdb") as opened:
        for night in NIGHTS:
            save_night(opened, night)
            opened.archive_results(archive, KEPT)
        yield opened


def test_the_newest_nights_stay_in_the_warehouse_and_a_result_is_there_once(store: Store) -> None:
    assert [bool(store.load_match_results(night)) for night in NIGHTS] == [False] * 7 + [True] * 7
    assert store._con.execute("select count(*) from match_result").fetchall() == [(8,)]
    assert store.load_failed_checks() == ()


@pytest.mark.parametrize("night", [NIGHTS[-1], NIGHTS[-8], OLD])
def test_any_night_kept_is_answered_for(store: Store, archive: Path, night: date) -> None:
    for lot in ("long:1", f"{night}:1"):
        assert store.load_match_result(night, lot, archive) == a_result(lot)
    assert store.load_match_result(night, "other:1", archive) is None


def test_months_beyond_the_retention_are_deleted(store: Store, archive: Path) -> None:
    assert {path.name[:7] for path in archive.iterdir()} == {"2026-10"}
    assert store.load_match_result(GONE, "long:1", archive) is None


def test_archiving_again_changes_nothing(store: Store, archive: Path) -> None:
    before = {path.name: path.read_bytes() for path in archive.iterdir()}
    save_night(store, OLD)  # an old night that is run again
    assert store.archive_results(archive, KEPT) == 1
    assert {path.name: path.read_bytes() for path in archive.iterdir()} == before


def test_an_old_night_with_other_lots_replaces_what_the_archive_had(store: Store, archive: Path) -> None:
    night = date(2026, 10, 9)
    store.save_match_results(night, [a_result("new:1")], {"new:1": "inputs of new"})
    store.archive_results(archive, KEPT)
    assert store.load_match_result(night, "new:1", archive) == a_result("new:1")
    assert store.load_match_result(night, "long:1", archive) is None
    assert store.load_match_result(OLD, "long:1", archive) == a_result("long:1")


def test_a_lot_without_a_result_is_refused(store: Store) -> None:
    with pytest.raises(BadFact, match="lacking:1"):
        store.save_match_results(NIGHTS[-1], [], {"lacking:1": "no inputs"})
    assert store.load_match_results(NIGHTS[-1])


def test_erasing_a_member_reaches_the_warehouse_and_the_archive(store: Store, archive: Path) -> None:
    store.erase_member("cygnus", archive)
    for night in (NIGHTS[-1], OLD):
        result = store.load_match_result(night, "long:1", archive)
        assert result
        assert (len(result.matches), result.refusals, result.consortia, result.past_groups) == (1, (), (), ())
    assert all(b"cygnus" not in path.read_bytes() for path in archive.iterdir())
