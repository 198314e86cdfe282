"""A store that cannot be read whole, of the facts or of a cluster: what is taken from it, from its published copy, from
what nights wrote as plain files, and from landing; and a sentence for each thing that is lost."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from pipelines.backfill.reread import LandedFolder
from pipelines.config.workspace import ZONE, Workspace, as_of
from pipelines.nightly.crawl import load_crawl_result
from pipelines.recovery.member_records import read_feedback, read_members, read_undone_merges, written_at
from scrapers.code_lists import SOURCE as CODE_LISTS
from scrapers.code_lists import read_landed_lists
from scrapers.errors import SourceError
from scrapers.source import find_sources
from warehouse.database.salvage import Origin, Recovered
from warehouse.model.night_reports import Crawl
from warehouse.store import Store

_NAMES = {
    "member": "members",
    "feedback": "members' feedback",
    "not_same_procedure": "undone merges",
    "matched_lot": "what nights concluded",
    "vector": "vectors of texts",
    "crawl": "crawls",
    "code": "code lists",
    "night": "the moment of the last night",
    "volume": "how much sources published",
    "alarm": "alarms",
}
_AGAIN = {
    "vector": "the next night encodes them again",
    "matched_lot": "the next night judges again; earlier ones stay unknown",
    "volume": "the next nights count again",
    "alarm": "the next nights notice again",
}
"""What becomes of tables that can be lost without harm."""


def salvage(
    workspace: Workspace, store: Store, folders: Sequence[LandedFolder], on: date
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Fills a new file of facts with what landing's notices do not tell.

    Args:
        workspace: its warehouse is the damaged file.
        store: the new warehouse.
        folders: what was landed, oldest first.
        on: today, the day undone merges are kept under.

    Returns the rows taken over by table (the first of those that belong together), and a sentence for each thing that
    is older than it was, or lost.
    """
    recovered = store.recover(workspace.warehouse, workspace.facts_copy)
    losses = _losses(workspace, store, recovered, on, workspace.facts_copy)
    origin = {found.tables[0]: found.origin for found in recovered}
    if origin["crawl"] is not Origin.FILE:
        _save_landed_crawls(store, folders)
    if origin["code"] in (Origin.PART, Origin.NOWHERE):
        losses += _save_landed_codes(workspace, store)
    _set_moment(store)
    return {found.tables[0]: found.rows for found in recovered}, tuple(losses)


def salvage_cluster(workspace: Workspace, store: Store, on: date) -> tuple[str, ...]:
    """Fills a new store of a cluster, over whole facts, from its damaged one, the copy for readers and the plain files.

    Args:
        workspace: its store is the damaged file.
        store: the new one.
        on: today.

    Returns a sentence for each thing that is older than it was, or lost.
    """
    recovered = store.recover(workspace.store, workspace.reading_copy)
    losses = _losses(workspace, store, recovered, on, workspace.reading_copy)
    return tuple(losses)


def _losses(workspace: Workspace, store: Store, recovered: Sequence[Recovered], on: date, copy: Path) -> list[str]:
    """Restores from the plain files what neither the file nor its copy gave; what is lost, in sentences."""
    losses = [sentence for found in recovered if (sentence := _loss(copy, found))]
    origin = {found.tables[0]: found.origin for found in recovered}
    for table, restore in _FROM_RECORDS.items():
        if origin.get(table) in (Origin.PART, Origin.NOWHERE):
            losses.append(restore(workspace, store, on))
    return losses


def _loss(copy: Path, found: Recovered) -> str | None:
    """What is to be said of a table, None where nothing is lost, or another source tells it."""
    table = found.tables[0]
    name = _NAMES.get(table, f"table {table}")
    is_incomplete = found.origin in (Origin.PART, Origin.NOWHERE)
    if found.origin is Origin.FILE or table in _ELSEWHERE or (is_incomplete and table in _FROM_RECORDS):
        return None
    if found.origin is Origin.NOWHERE:
        return f"{name}: lost; {_AGAIN.get(table, 'nothing else holds them')}"
    if found.origin is Origin.PART:
        return (
            f"{name}: {found.rows} rows could be read, the others are lost; {_AGAIN.get(table, 'nothing holds them')}"
        )
    moment = datetime.fromtimestamp(copy.stat().st_mtime, ZONE)
    what = "what was added after that and cannot be read" if found.origin is Origin.COPY_AND_PART else "later changes"
    return f"{name}: as of {moment:%d %B %Y, %H:%M}, when its copy was published; {what} is lost"


def _members(workspace: Workspace, store: Store, _: date) -> str:
    members = read_members(workspace)
    if members is None:
        return "members: lost; run `pib members import FILE` before the next night"
    store.save_members(members)
    return f"members: as of {written_at(workspace.member_records, 'members')} (member-records); a later import is lost"


def _feedback(workspace: Workspace, store: Store, _: date) -> str:
    answers = read_feedback(workspace)
    if answers is None:
        return "members' feedback: what could not be read is lost, but for what choices.sqlite holds"
    store.save_feedback(*answers)
    moment = written_at(workspace.member_records, "feedback")
    return f"members' feedback: as of {moment} (member-records); later answers are lost"


def _undone_merges(workspace: Workspace, store: Store, on: date) -> str:
    pairs = read_undone_merges(workspace)
    if pairs is None:
        return "undone merges: what could not be read is lost; run `pib identity undo` again"
    store.save_separations(pairs, on)
    return f"undone merges: as of {written_at(workspace.fact_records, 'undone_merges')} (records); later ones are lost"


_FROM_RECORDS: dict[str, Callable[[Workspace, Store, date], str]] = {
    "member": _members,
    "feedback": _feedback,
    "not_same_procedure": _undone_merges,
}
_ELSEWHERE = frozenset({"crawl", "code", "night"})
"""Tables that landing tells as well."""


def _save_landed_crawls(store: Store, folders: Sequence[LandedFolder]) -> None:
    """How sources were read, and so their watermarks, as each crawl noted beside what it landed."""
    known = {(crawl.source, crawl.night) for crawl in store.load_crawls_since(date.min)}
    for folder in folders:
        if folder.path.name.startswith("backfill-") or (folder.source, folder.day) in known:
            continue
        if crawl := _landed_crawl(folder):
            store.save_crawl(crawl)


def _landed_crawl(folder: LandedFolder) -> Crawl | None:
    result = load_crawl_result(find_sources()[folder.source], folder.path)
    return result and Crawl(
        source=folder.source,
        night=folder.day,
        window_from=result.window.since,
        window_to=result.window.until,
        complete=result.is_complete,
        error_kind=result.error_kind,
        error=result.error,
        requests=result.requests,
        notices=result.listed,
        summaries=result.summaries,
        bytes=result.bytes,
    )


def _save_landed_codes(workspace: Workspace, store: Store) -> Iterator[str]:
    """Keeps every edition of the code lists that was landed, oldest first."""
    landed = sorted((workspace.facts / "landing" / CODE_LISTS.name).glob("????-??-??"))
    for folder in landed:
        try:
            store.save_codes(read_landed_lists(folder), date.fromisoformat(folder.name))
        except (SourceError, ValueError) as error:
            yield f"code lists of {folder.name}: {error}"


def _set_moment(store: Store) -> None:
    """The warehouse looks from its newest night, where the moment itself is lost."""
    night = store.load_last_night()
    if store.load_as_of() is None and night is not None:
        store.set_as_of(as_of(night))
