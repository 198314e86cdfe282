"""Reads again what was set aside, after a reader was corrected: from the bytes at the paths of the rows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.backfill.reread import countries_of
from pipelines.config.workspace import Workspace
from pipelines.config.write_lock import write_lock
from pipelines.errors import NothingThere
from scrapers.errors import SourceChanged
from scrapers.landing import find_portions, read_portion
from scrapers.read import Reading
from warehouse.model.night_reports import Kept
from warehouse.model.notices import Notice, SetAside
from warehouse.model.set_aside_reasons import Reason, group_reasons


@dataclass(frozen=True, slots=True)
class RereadAside:
    """The result for what was set aside: `mended` rows are gone, `still` cannot be read, `lost` have no bytes any more.
    The three sum to the rows there were."""

    mended: tuple[SetAside, ...]
    still: tuple[SetAside, ...]
    lost: tuple[SetAside, ...]
    kept: Kept

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why the others still cannot be read."""
        return group_reasons(self.still)


def reread_set_aside(workspace: Workspace, source: str | None = None) -> RereadAside:
    """Reads again every response of which something was set aside, saves what can be read now and deletes those rows.

    `source` names one source; all without. Running it twice changes nothing more. Raises NothingThere, DataFolderBusy.
    """
    if not workspace.warehouse.is_file():
        raise NothingThere(f"{workspace.warehouse} does not exist; run a night first")
    with write_lock(workspace.facts, "pib reread"), workspace.open_facts() as store:
        rows = [row for row in store.load_set_aside() if source in {None, row.source}]
        lost = [row for row in rows if not (workspace.facts / row.path).is_file()]
        left: dict[tuple[str, str, str], str] = {}
        kept = Kept()
        for (name, folder), files in _places(workspace, [row for row in rows if row not in lost]).items():
            kept += store.save_notices(_notices(workspace, name, folder, files, left))
        still = [row for row in rows if _key(row) in left]
        mended = [row for row in rows if row not in lost and _key(row) not in left]
        store.delete_set_aside(mended)
        again = [SetAside(row.source, row.identifier, left[_key(row)], row.path, row.day) for row in still]
        store.save_set_aside(again)
        store.publish_copy(workspace.facts_copy)
    return RereadAside(tuple(mended), tuple(again), tuple(lost), kept)


def _key(row: SetAside) -> tuple[str, str, str]:
    return row.source, row.identifier, row.path


def _places(workspace: Workspace, rows: Iterable[SetAside]) -> dict[tuple[str, Path], frozenset[str]]:
    """The files to read, by source and landing folder."""
    found: dict[tuple[str, Path], set[str]] = defaultdict(set)
    for row in rows:
        path = workspace.facts / row.path
        found[row.source, path.parent].add(path.name)
    return {place: frozenset(files) for place, files in found.items()}


def _notices(
    workspace: Workspace, source: str, folder: Path, files: frozenset[str], left: dict[tuple[str, str, str], str]
) -> Iterator[Notice]:
    """What can be read of the files now; what cannot goes to `left`, with its reason."""
    for reading in _readings(workspace, source, folder, files):
        if reading.notice is not None:
            yield reading.notice
        else:
            path = reading.path.resolve().relative_to(workspace.facts).as_posix()
            left[source, reading.identifier, path] = reading.reason or "the reader gave no reason"


def _readings(workspace: Workspace, source: str, folder: Path, files: frozenset[str]) -> Iterator[Reading]:
    for portion in find_portions(source, folder, countries_of(workspace), files):
        try:
            yield from read_portion(portion)
        except SourceChanged as changed:
            for entry in portion.entries:
                yield Reading(entry.number or entry.key, folder / (entry.file or ""), None, str(changed))
