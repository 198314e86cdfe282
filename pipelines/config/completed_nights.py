"""Which night ended for a cluster: its last stage publishes the copy for readers, which bears the moment."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from pipelines.config.workspace import ZONE, Workspace
from warehouse.errors import WarehouseError
from warehouse.store import Store


def find_completed_night(workspace: Workspace) -> date | None:
    """The night that ended last for the workspace's cluster, None before the first or where its copy is unreadable."""
    with _published(workspace.reading_copy, workspace.reading_copy_facts) as store:
        moment = store.load_as_of() if store else None
    return moment.astimezone(ZONE).date() if moment else None


def find_unfinished_night(workspace: Workspace) -> Iterator[str]:
    """What a person must do where the newest night of the facts did not end for the cluster."""
    with _published(workspace.facts_copy, None) as store:
        last = store.load_last_night() if store else None
    completed = find_completed_night(workspace)
    if last is not None and completed is not None and completed < last:
        yield f"the night of {last} did not end for this cluster, its last is that of {completed}: run `pib night`"


@contextmanager
def _published(path: Path, facts: Path | None) -> Generator[Store | None]:
    """A published copy, None where there is none that can be read."""
    try:
        store = Store.open(path, read_only=True, facts=facts) if path.is_file() else None
    except WarehouseError:
        store = None
    if store is None:
        yield None
        return
    with store:
        yield store
