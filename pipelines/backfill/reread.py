"""One landing folder is read, by readers abreast, and kept: what backfill and rebuild have in common."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pipelines.backfill.parallel_read import Bundle, Readers
from pipelines.config.workspace import House
from scrapers.errors import SourceChanged
from scrapers.landing import find_portions, find_summaries
from warehouse.database.arrow_batches import Parcel
from warehouse.model.night_reports import Kept
from warehouse.model.notices import SetAside
from warehouse.store import Store


@dataclass(frozen=True, slots=True)
class Folder:
    """A landing folder of a source; `day` is the night it was landed, or the last day of a stretch of the past."""

    source: str
    path: Path
    day: date


@dataclass(frozen=True, slots=True)
class Reread:
    """What became of a folder. `changed` is the sentence of a structure nobody knows; what came before it is kept."""

    folder: Folder
    kept: Kept
    notices: int
    set_aside: int
    changed: str | None = None


@dataclass(slots=True)
class _Taken:
    """What is counted while parcels pass to the warehouse."""

    aside: list[SetAside] = field(default_factory=list[SetAside])
    broken: set[str] = field(default_factory=set[str])
    notices: int = 0


def keep_folder(house: House, store: Store, readers: Readers, folder: Folder, on_read: Callable[[int], None]) -> Reread:
    """Reads the folder and keeps what is in it, and what cannot be read with its reason. `on_read` is told bytes."""
    taken = _Taken()
    countries = countries_of(house)
    kept, changed = Kept(), None
    try:
        bundles = readers.read(find_portions(folder.source, folder.path, countries))
        kept = store.keep_parcels(_parcels(house, folder, bundles, taken, on_read))
        # Notices whose full text cannot be read stay as the summaries their listing has.
        bundles = readers.read(find_summaries(folder.source, folder.path, frozenset(taken.broken)))
        kept += store.keep_parcels(_parcels(house, folder, bundles, taken, lambda _: None))
    except SourceChanged as unknown:
        changed = str(unknown)
    store.keep_set_aside(taken.aside)
    return Reread(folder, kept, taken.notices, len({(item.identifier, item.path) for item in taken.aside}), changed)


def countries_of(house: House) -> frozenset[str]:
    """Whose buyers are read out of packages, which hold every country's: all of what is replayed."""
    return frozenset() if house.settings.portals.startswith("replay:") else frozenset(house.settings.countries)


def _parcels(
    house: House, folder: Folder, bundles: Iterator[Bundle], taken: _Taken, on_read: Callable[[int], None]
) -> Iterator[Parcel]:
    for bundle in bundles:
        for reading in bundle.aside:
            path = reading.path.resolve().relative_to(house.data).as_posix()
            reason = reading.reason or "the reader gave no reason"
            taken.aside.append(SetAside(folder.source, reading.identifier, reason, path, folder.day))
            taken.broken.add(reading.identifier)
        taken.notices += len(bundle.parcel.heads)
        on_read(bundle.weight)
        if bundle.parcel.heads:
            yield bundle.parcel
