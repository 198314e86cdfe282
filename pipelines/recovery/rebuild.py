"""Everything landed is read again into a new file of facts, which takes the place of the old one in one step.

So a corrected reader, a new column or another choice of countries needs no new crawl. What landing does not hold
(vectors, watermarks, code lists, undone merges) is carried over; of a file that cannot be read whole, what
can be (damaged_warehouse.py). The old file is untouched until the new one is whole, and a damaged one stays beside it;
a rebuild ended half-way leaves nothing but a part file, which the next one begins again.
"""

import csv
import io
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path

from pipelines.backfill.parallel_read import Readers, reading
from pipelines.backfill.reread import LandedFolder, Reread, reread_folder
from pipelines.config.workspace import Workspace
from pipelines.config.write_lock import write_lock
from pipelines.errors import Unrebuilt
from pipelines.nightly.crawl import load_crawl_result
from pipelines.recovery.damaged_warehouse import salvage
from scrapers.landing import find_portions
from scrapers.source import find_sources
from warehouse.atomic_files import write_whole
from warehouse.database.parts import StorePart
from warehouse.database.rebuild import Drift, RowDifference, settle
from warehouse.database.salvage import damage_of
from warehouse.errors import StoreTooOld
from warehouse.made_files import mark_made, mark_of, set_apart
from warehouse.model.night_reports import Backfilled
from warehouse.store import Store

_BACKFILL_FOLDER = re.compile(r"backfill-(\d{4}-\d\d-\d\d)_(\d{4}-\d\d-\d\d)(-month)?")


DIFFERENCES = "rebuild-differences.csv"
"""File in the folder of the facts that lists each value that the last rebuild changed."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild came to: each folder read, how the tables differ from before (nothing where there was no file) and
    each value that does, rows carried over by table; what was wrong with the file before, None for nothing, and then a
    sentence for each thing that is lost."""

    folders: tuple[Reread, ...]
    drifts: tuple[Drift, ...]
    carried: Mapping[str, int]
    differences: tuple[RowDifference, ...] = ()
    damage: str | None = None
    losses: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[Reread, ...]:
        """The folders with an unknown structure."""
        return tuple(reread for reread in self.folders if reread.changed)


def run_rebuild(
    workspace: Workspace, *, processes: int | None, anyway: bool, on: date, on_done: Callable[[int, int, str], None]
) -> Rebuilt:
    """Rebuilds the facts. `on_done` is called with bytes read, bytes in all, and the present step.

    Raises Unrebuilt, and leaves the old file in place, when nothing was landed and nothing is damaged, and unless
    `anyway` when a folder holds a structure nobody knows; DataFolderBusy; StoreTooOld when a table cannot be carried
    over; StoreTooNew.

    `workspace` is the data folder, `processes` how many read (None: one a core), `on` is today.
    """
    with write_lock(workspace.facts, "pib rebuild"):
        folders = tuple(landed_folders(workspace))
        if not folders and not damage_of(workspace.warehouse):
            raise Unrebuilt(f"nothing was landed in {workspace.facts / 'landing'}; there is nothing to rebuild from")
        new = part_of(workspace.warehouse)
        _clear(new)
        try:
            rebuilt = _rebuild(workspace, new, folders, processes or os.cpu_count() or 1, on, on_done)
            if rebuilt.changed and not anyway:
                raise Unrebuilt(
                    f"{rebuilt.changed[0].folder.path} holds an unknown structure ({rebuilt.changed[0].changed}); the "
                    "warehouse was left as it is: correct the reader, or use --anyway"
                )
            settle(new)
            _write_differences(workspace.facts / DIFFERENCES, rebuilt.differences)
            _put_in_place(new, workspace, is_damaged=rebuilt.damage is not None)
        finally:
            _clear(new)
    return rebuilt


def part_of(warehouse: Path) -> Path:
    """Where the new file grows."""
    return warehouse.with_name(f"{warehouse.name}.rebuilding")


def landed_folders(workspace: Workspace) -> Iterator[LandedFolder]:
    """Every landing folder, oldest first, a stretch of the past before the night of its last day; sources by name, as
    nights read them, so that the same text is kept of a notice seen at two portals."""
    found: list[tuple[date, bool, str, Path]] = []
    for source in find_sources():
        for path in (workspace.facts / "landing" / source).glob("*"):
            day = _day_of(path)
            if path.is_dir() and day:
                found.append((day, not path.name.startswith("backfill-"), source, path))
    for day, _, source, path in sorted(found):
        yield LandedFolder(source, path, day)


def _day_of(path: Path) -> date | None:
    """The night of a folder, or the last day of its stretch; None for what is no landing folder."""
    stretch = _BACKFILL_FOLDER.fullmatch(path.name)
    try:
        return date.fromisoformat(stretch[2] if stretch else path.name)
    except ValueError:
        return None


def _rebuild(
    workspace: Workspace,
    new: Path,
    folders: tuple[LandedFolder, ...],
    processes: int,
    on: date,
    on_done: Callable[[int, int, str], None],
) -> Rebuilt:
    """The new file, whole, and how it differs from the file before, or where that is damaged from the published
    copy."""
    damage = damage_of(workspace.warehouse)
    before = _whole(workspace.facts_copy if damage else workspace.warehouse)
    if before and not damage:
        _migrate(before)
    with Store.open(new, part=StorePart.FACTS) as store, reading(store.batch_builder(), processes) as readers:
        losses: tuple[str, ...] = ()
        if damage:
            carried, losses = salvage(workspace, store, folders, on)
        else:
            carried = store.carry_over(before) if before else {}
        rereads = tuple(_read_folders(workspace, store, readers, folders, on, on_done))
        _join(store)
        drifts = store.compare(before) if before else ()
        differences = store.list_differences(before) if before else ()
    return Rebuilt(rereads, drifts, carried, differences, damage, losses)


def _migrate(before: Path) -> None:
    """Writes into the file itself what a killed writer left beside it, and brings its tables to this version, so that
    all that is carried over fits; a file too old for that gives what it can."""
    try:
        Store.open(before).close()
    except StoreTooOld:
        settle(before)


def _read_folders(
    workspace: Workspace,
    store: Store,
    readers: Readers,
    folders: tuple[LandedFolder, ...],
    on: date,
    on_done: Callable[[int, int, str], None],
) -> Iterator[Reread]:
    total = sum(portion.weight for folder in folders for portion in find_portions(folder.source, folder.path))
    done = 0
    for folder in folders:

        def report(weight: int, where: Path = folder.path) -> None:
            nonlocal done
            done += weight
            on_done(done, total, f"{where.parent.name} {where.name}")

        reread = reread_folder(workspace, store, readers, folder, report)
        _save_window(store, folder, reread, on)
        yield reread


def _whole(path: Path) -> Path | None:
    """A file to compare with, None where there is none that can be read."""
    return path if path.is_file() and damage_of(path) is None else None


def _put_in_place(new: Path, workspace: Workspace, *, is_damaged: bool) -> None:
    """The new file takes the name, and the copy that clusters read is published again. A damaged one, and what was
    written beside it, stays under another."""
    warehouse = workspace.warehouse
    if is_damaged:
        set_apart(warehouse)
    new.replace(warehouse)
    mark_made(warehouse)
    workspace.publish_facts()


def _save_window(store: Store, folder: LandedFolder, reread: Reread, on: date) -> None:
    """A stretch that came in full is known as kept, so that a backfill goes on after it."""
    stretch = _BACKFILL_FOLDER.fullmatch(folder.path.name)
    crawl_result = load_crawl_result(find_sources()[folder.source], folder.path) if stretch else None
    if stretch and crawl_result and crawl_result.is_complete and not reread.changed:
        store.save_backfilled(
            Backfilled(
                source=folder.source,
                window_from=date.fromisoformat(stretch[1]),
                window_to=date.fromisoformat(stretch[2]),
                span="month" if stretch[3] else "day",
                notices=reread.notices,
                set_aside=reread.set_aside,
                bytes=crawl_result.bytes,
                kept_on=on,
            )
        )


def _write_differences(path: Path, differences: tuple[RowDifference, ...]) -> None:
    """A row for each value, with a heading; an empty list is a heading alone."""
    with io.StringIO(newline="") as text:
        writer = csv.writer(text)
        writer.writerow([column.name for column in fields(RowDifference)])
        writer.writerows(astuple(difference) for difference in differences)
        write_whole(path, text.getvalue().encode())


def _join(store: Store) -> None:
    """Procedures are joined as the last night joined them."""
    moment = store.load_as_of()
    if moment is not None:
        store.join_procedures(moment.date())


def _clear(new: Path) -> None:
    """Nothing of an earlier attempt."""
    for part in (new, new.with_name(f"{new.name}.wal"), mark_of(new)):
        part.unlink(missing_ok=True)
