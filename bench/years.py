"""Years of nights under a simulated clock: `python -m bench.years [--nights 730] [--lots 250000] [--json]`.

Small days: each night a few notices are saved, the lots are worked out, the new ones get an invented result with a
refusal or a match of every member, and older nights are archived, by the functions that a night uses. What match
results take in the warehouse must not grow from the eighth night on; facts grow, and so does the archive until its
oldest month leaves it. Then a warehouse of so many invented lots is published, by the file and, for comparison, row by
row, and open lots are loaded from it.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from warehouse.codes.classifications import Cpv
from warehouse.model.match_results import Facet, FacetKind, Match, MatchResult, Reason, ReasonKind, Refusal, RefusalKind
from warehouse.model.notices import Deadline, DeadlineKind, Form, Lot, Notice, Publication, Text
from warehouse.results.archive import Retention
from warehouse.store import Store

FIRST = date(2024, 1, 1)
RETENTION = Retention(nights=7, months=24)
OPEN_DAYS = 30
GROWTH, PUBLISHING = 1.1, 5.0
"""Bars: how much more the results of the last nights may take than those of the eighth, and seconds to publish."""
BASE = 2500
"""Notices saved one by one; the others of the large warehouse are copies under other names."""
COPIED = {
    "notice": ("uid", "id", "number", "procedure", "procedure_uid"),
    "lot": ("notice",),
    "publication": ("notice", "number"),
}
"""The columns of each table that name a notice: a copy has its number before the version, where there is one."""
WORDS = ("serveurs", "réseau", "logiciel", "maintenance", "capteurs", "données", "bâtiment", "routes", "école")


def invent_notice(n: int, night: date, draw: random.Random, lots: int = 1) -> Notice:
    """Call number `n`, published on `night`, open for OPEN_DAYS, with so many `lots`; words by `draw`."""
    closes = datetime(night.year, night.month, night.day, 12, tzinfo=UTC) + timedelta(days=OPEN_DAYS)

    def text(words: int) -> tuple[Text, ...]:
        return (Text(" ".join(draw.choices(WORDS, k=words)), "FRA"),)

    parts = tuple(
        Lot(
            f"LOT-{place:04d}",
            text(6),
            text(60),
            cpv=(Cpv("72000000"),),
            deadline=Deadline(closes, DeadlineKind.TENDER, "UTC"),
        )
        for place in range(1, lots + 1)
    )
    return Notice(
        id=f"n{n}",
        version=1,
        form=Form.COMPETITION,
        publication=Publication("eu_ted", f"{n}-{night.year}", night),
        procedure=f"p{n}",
        titles=text(8),
        descriptions=text(120),
        lots=parts,
    )


def invent_result(lot: str, members: int, draw: random.Random) -> MatchResult:
    """One match, and a refusal of every other member."""
    reason = Reason(ReasonKind.WORDS, 0.6, "serveurs", "serveurs")
    refused = (Refusal(lot, f"m{n}", RefusalKind.NO_SIMILARITY, draw.choice(WORDS)) for n in range(1, members))
    facets = (Facet(FacetKind.TITLE, draw.choice(WORDS), 1.0, "fr"),)
    return MatchResult(lot, facets, (Match(lot, "m0", 0.6, (reason,)),), tuple(refused), ())


def run_nights(folder: Path, chosen: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Each night, with what results and facts take after it. The stock of open lots is there before the first."""
    draw, saved = random.Random(7), 0
    for n in range(chosen.nights):
        night = FIRST + timedelta(days=n)
        with Store.open(folder / "warehouse.duckdb") as store:
            days = range(OPEN_DAYS) if n == 0 else range(1)
            for ago in days:
                published = night - timedelta(days=ago)
                store.save_notices(invent_notice(saved + k, published, draw) for k in range(chosen.new))
                saved += chosen.new
            store.set_as_of(datetime(night.year, night.month, night.day, 10, tzinfo=UTC))
            digests = store.load_open_lot_digests()
            stored = store.load_stored_digests(digests.values())
            new = [lot for lot, digest in digests.items() if digest not in stored]
            store.save_match_results(night, (invent_result(lot, chosen.members, draw) for lot in new), digests)
            store.archive_results(folder / "archive", RETENTION)
            kept = store._con.execute("select count(*) from match_result").fetchall()[0][0]
            sizes = {"results": table_bytes(store, "matched_lot", "match_result"), "facts": table_bytes(store, "lot")}
        archive = sum(path.stat().st_size for path in folder.glob("archive/*"))
        yield {"night": n + 1, "open": len(digests), "new": len(new), "kept": kept, **sizes, "archive": archive}


def table_bytes(store: Store, *tables: str) -> int:
    """What tables take in the file: bytes of the blocks that hold their columns, shared blocks counted once."""
    queries = (f"select block_id, additional_block_ids from pragma_storage_info('{table}')" for table in tables)  # noqa: S608
    rows = store._con.execute(" union all ".join(queries)).fetchall()
    return len({block for first, more in rows for block in (first, *(more or ())) if block is not None}) * 262144


def publish_many(folder: Path, lots: int) -> dict[str, Any]:
    """Seconds to publish a warehouse of so many lots, by the file and row by row, and to load some open lots."""
    path, draw = folder / "large.duckdb", random.Random(8)
    with Store.open(path) as store:
        store.save_notices(invent_notice(n, FIRST, draw, lots=2) for n in range(BASE))
        con = store._con
        con.execute("create temp table many as from range(?) as many (copy)", [max(1, lots // (2 * BASE)) - 1])
        for table, names in COPIED.items():
            changed = ", ".join(f"regexp_replace({name}, '(-01)?$', '-' || copy || '\\1') as {name}" for name in names)
            changed += ", day - (hash(number, copy) % 365)::integer as day" if table == "publication" else ""
            query = f"select {table}.* replace ({changed}) from {table}, many"  # noqa: S608  our own tables
            con.execute(f"insert into {table} by name {query}")
        store.set_as_of(datetime(2024, 1, 2, 10, tzinfo=UTC))
        found = {"worked_out": seconds(store.refresh_lots)}
        found["published"] = seconds(lambda: store.publish_copy(folder / "published.duckdb"))
        con.execute(f"attach '{folder / 'rows.duckdb'}' as published")
        found["row_by_row"] = seconds(lambda: con.execute("copy from database large to published"))
        equal = "select count(*) from (from large.{0} except all from other.{0})"
        con.execute("detach published")
        con.execute(f"attach '{folder / 'published.duckdb'}' as other (read_only)")
        found["missing"] = sum(con.execute(equal.format(t)).fetchall()[0][0] for t in ("notice", "lot", "current_lot"))
        con.execute("detach other")
        digests = store.load_open_lot_digests()
        found |= {"lots": len(digests), "digests": seconds(store.load_open_lot_digests)}
        found["export_of_a_day"] = seconds(lambda: store.export(folder / "day", day=FIRST - timedelta(days=100)))
        some = list(digests)[:2000]
        found["load_ms"] = seconds(lambda: store.load_lots(some)) / len(some) * 1000
    return {**found, "megabytes": path.stat().st_size / 1e6}


def seconds(work: Any) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> int:
    """The measurements, printed. Exit code 1 when one is over its bar."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--nights", type=int, default=730)
    options.add_argument("--new", type=int, default=10, help="new lots a night")
    options.add_argument("--members", type=int, default=100)
    options.add_argument("--lots", type=int, default=250_000, help="lots of the large warehouse (0: none)")
    options.add_argument("--json", action="store_true", help="for a machine")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        nights = list(run_nights(Path(folder), chosen))
        large = publish_many(Path(folder), chosen.lots) if chosen.lots else {}
    growth = max(night["results"] for night in nights[7:]) / nights[7]["results"]
    bars = [{"name": "results of later nights / of the eighth", "value": growth, "bound": GROWTH}]
    if large:
        bars.append({"name": "seconds to publish", "value": large["published"], "bound": PUBLISHING})
    found = {"nights": nights[:9] + nights[9 :: max(1, len(nights) // 24)], "large": large, "bars": bars}
    print(json.dumps(found) if chosen.json else page(found))
    return 0 if all(bar["value"] <= bar["bound"] for bar in bars) else 1


def page(found: dict[str, Any]) -> str:
    """Everything as text."""
    lines = [f"{'night':>6}{'open':>7}{'new':>6}{'kept':>7}{'results MB':>12}{'lots MB':>9}{'archive MB':>12}"]
    for night in found["nights"]:
        sizes = (night[name] / 1e6 for name in ("results", "facts", "archive"))
        shown = "{:>12.2f}{:>9.2f}{:>12.2f}".format(*sizes)
        lines.append(f"{night['night']:>6}{night['open']:>7}{night['new']:>6}{night['kept']:>7}{shown}")
    lines += [f"{name}: {value:.3f}" for name, value in found["large"].items()]
    lines += [f"{bar['name']}: {bar['value']:.2f} (bar {bar['bound']})" for bar in found["bars"]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
