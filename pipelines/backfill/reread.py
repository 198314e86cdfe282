"""Reads one landing folder in parallel and saves it: what backfill and rebuild have in common."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pipelines.backfill.parallel_read import ReadBatch, Readers
from pipelines.config.clusters import crawled_countries
from pipelines.config.workspace import Workspace
from scrapers.errors import SourceChanged
from scrapers.landing import find_portions, find_summaries
from warehouse.database.arrow_batches import RecordBatch
from warehouse.model.night_reports import Kept
from warehouse.model.notices import SetAside
from warehouse.store import Store


@dataclass(frozen=True, slots=True)
class LandedFolder:
    """A landing folder of a source; `day` is the night it was landed, or the last day of a stretch of the past."""

    source: str
    path: Path
    day: date


@dataclass(frozen=True, slots=True)
class Reread:
    """The result for a folder. `changed` is the sentence of an unknown structure; what came before it is saved."""

    folder: LandedFolder
    kept: Kept
    notices: int
    set_aside: int
    changed: str | None = None


@dataclass(slots=True)
class _FolderTotals:
    """Counts, while batches pass to the warehouse."""

    aside: list[SetAside] = field(default_factory=list[SetAside])
    broken: set[str] = field(default_factory=set[str])
    notices: int = 0


def reread_folder(
    workspace: Workspace, store: Store, readers: Readers, folder: LandedFolder, on_read: Callable[[int], None]
) -> Reread:
    """Reads the `folder` by the `readers` and saves its notices in the `store`, and what cannot be read with its
    reason.

    `workspace` gives the countries whose buyers are read; `on_read` is called with the bytes read.
    """
    totals = _FolderTotals()
    countries = countries_of(workspace)
    kept, changed = Kept(), None
    try:
        batches = readers.read(find_portions(folder.source, folder.path, countries))
        kept = store.save_batches(_batches(workspace, folder, batches, totals, on_read))
        # Notices whose full text cannot be read stay as the summaries their listing has.
        batches = readers.read(find_summaries(folder.source, folder.path, frozenset(totals.broken)))
        kept += store.save_batches(_batches(workspace, folder, batches, totals, lambda _: None))
    except SourceChanged as unknown:
        changed = str(unknown)
    store.save_set_aside(totals.aside)
    return Reread(folder, kept, totals.notices, len({(item.identifier, item.path) for item in totals.aside}), changed)


def countries_of(workspace: Workspace) -> frozenset[str]:
    """Whose buyers are read from packages, which hold every country's; empty (all) for replayed notices."""
    return frozenset() if workspace.settings.portals.startswith("replay:") else frozenset(crawled_countries(workspace))


def _batches(
    workspace: Workspace,
    folder: LandedFolder,
    batches: Iterator[ReadBatch],
    totals: _FolderTotals,
    on_read: Callable[[int], None],
) -> Iterator[RecordBatch]:
    for batch in batches:
        for reading in batch.aside:
            path = reading.path.resolve().relative_to(workspace.facts).as_posix()
            reason = reading.reason or "the reader gave no reason"
            totals.aside.append(SetAside(folder.source, reading.identifier, reason, path, folder.day))
            totals.broken.add(reading.identifier)
        totals.notices += len(batch.batch.heads)
        on_read(batch.weight)
        if batch.batch.heads:
            yield batch.batch
