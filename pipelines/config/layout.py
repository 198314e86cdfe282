"""The layout of a data folder: facts once, a folder for each cluster. A folder of before, where all lay together, is
brought to it in place, as the facts and one cluster.

Each step can be repeated, and the one that ends it (the old file goes, or takes its new name) is the last: a move that
was killed is finished by the next command, before it opens anything.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from pipelines.config.workspace import DEFAULT_CLUSTER, Workspace
from pipelines.config.write_lock import print_waiting, write_lock
from pipelines.errors import LayoutMixed
from warehouse.atomic_files import link_whole
from warehouse.database.parts import StorePart
from warehouse.errors import StoreRefused, StoreUnreadable
from warehouse.made_files import is_gone, mark_made, mark_of
from warehouse.store import Store

_OF_FACTS = ("landing", "portal.log", "rebuild-differences.csv")
_OF_CLUSTER = (
    "outbox.sqlite*", "choices.sqlite*", "links.secret*", "link-register.json*", "link-requests.sqlite*",
    "link-outbox.sqlite*", "mail", "exports", "interest", "member-records", "archive", "alerts.json", "operator-mail",
    "fit_weights.toml", "background.toml",
)  # fmt: skip
"""What moves as it is. A database moves with its journal and its mark: no other process has it open under the lock."""
_WAREHOUSE, _PUBLISHED = "warehouse.duckdb", "published.duckdb"


def bring_to_layout(workspace: Workspace) -> None:
    """Moves what lies in the data folder as before facts and clusters were apart. Nothing is done, or locked, where
    there is no such thing.

    Raises LayoutMixed where something exists in both places, StoreTooOld, StoreTooNew, StoreLocked while an earlier
    version of PIB has the warehouse open.
    """
    data = workspace.data
    if not _has_earlier_layout(data):
        return
    home = Workspace(workspace.installation, cluster=DEFAULT_CLUSTER)
    with (
        write_lock(data, "pib, moving the data folder to facts and clusters", on_wait=print_waiting),
        write_lock(home.facts, "pib, moving the data folder to facts and clusters", on_wait=print_waiting),
        write_lock(home.home, "pib, moving the data folder to facts and clusters", on_wait=print_waiting),
    ):
        if _has_earlier_layout(data):
            _move(data, home)
            sys.stderr.write(f"pib: {data} holds its facts in facts/ and its cluster in clusters/{home.cluster}/ now\n")


def _has_earlier_layout(data: Path) -> bool:
    return any(True for _ in _earlier(data, (f"{_WAREHOUSE}*", _PUBLISHED, *_OF_FACTS, *_OF_CLUSTER)))


def _earlier(data: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    for pattern in patterns:
        yield from sorted(data.glob(pattern))


def _move(data: Path, home: Workspace) -> None:
    for path in _earlier(data, _OF_FACTS):
        _rename(path, home.facts / path.name)
    for path in _earlier(data, _OF_CLUSTER):
        _rename(path, home.home / path.name)
    whole = data / _WAREHOUSE
    if is_gone(whole):
        mark_made(home.warehouse)
        mark_made(home.store)
    elif whole.is_file():
        try:
            _split(whole, home)
        except (StoreUnreadable, StoreRefused):
            _keep_damaged(whole, data / _PUBLISHED, home)
    for path in _earlier(data, (f"{_WAREHOUSE}*", _PUBLISHED)):
        path.unlink()


def _rename(path: Path, target: Path) -> None:
    if target.exists():
        raise LayoutMixed(
            f"{path} and {target} are both there: an earlier version of PIB wrote after the folder was moved. Look at "
            "both, keep one, and run again"
        )
    path.rename(target)


def _split(whole: Path, home: Workspace) -> None:
    """Both parts as new files, so that the facts hold no trace of members; then the copies that readers open."""
    Store.open(whole).close()  # one of an earlier version is made one of this first
    facts, cluster = (path.with_name(f"{path.name}.moving") for path in (home.warehouse, home.store))
    for path in (facts, cluster):
        _clear(path)
    with Store.open(facts, part=StorePart.FACTS) as store:
        store.take_part(whole)
    with Store.open(cluster, part=StorePart.CLUSTER, facts=facts) as store:
        store.take_part(whole)
    for path, target in ((facts, home.warehouse), (cluster, home.store)):
        path.replace(target)
        mark_made(target)
        _clear(path)
    home.publish_facts()
    with home.open_cluster() as store:
        home.publish_cluster(store)


def _clear(path: Path) -> None:
    for part in (path, path.with_name(f"{path.name}.wal"), mark_of(path)):
        part.unlink(missing_ok=True)


def _keep_damaged(whole: Path, published: Path, home: Workspace) -> None:
    """A file that cannot be read whole is both parts' damaged store: `pib rebuild` takes from it what each needs."""
    for target, copy in ((home.warehouse, home.facts_copy), (home.store, home.reading_copy)):
        link_whole(whole, target)
        mark_made(target)
        if published.is_file():
            link_whole(published, copy)
