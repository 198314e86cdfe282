"""`pib cluster`: the clusters that share an installation's facts."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipelines.cli.options import AsJson, with_facts
from pipelines.config.clusters import add_cluster, choose_cluster, find_clusters, remove_cluster
from pipelines.config.completed_nights import find_completed_night
from pipelines.config.workspace import Workspace
from pipelines.config.write_lock import write_lock
from warehouse.errors import WarehouseError

app = typer.Typer(help="The clusters that share the facts of this installation.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Small letters, digits and hyphens.")]


@app.command()
@with_facts
def add(workspace: Workspace, name: Name) -> None:
    """Make a cluster: a folder for its members, letters and settings."""
    folder = add_cluster(workspace, name)
    sys.stdout.write(
        f"{folder} is made. Its settings, where they differ: {folder / 'pib.toml'}. "
        f"Then: pib members import FILE --cluster {name}\n"
    )


@app.command("list")
@with_facts
def show_clusters(workspace: Workspace, as_json: AsJson = False) -> None:
    """The clusters, their members, and the last night that ended for each."""
    found = [_describe(replace(workspace, cluster=name)) for name in find_clusters(workspace.data)]
    if as_json:
        sys.stdout.write(json.dumps([asdict(cluster) for cluster in found], default=str) + "\n")
        return
    table = Table("cluster", "members", "last night that ended", "what is wrong")
    for cluster in found:
        members = "" if cluster.members is None else str(cluster.members)
        table.add_row(cluster.name, members, str(cluster.completed or "none"), cluster.fault or "")
    Console().print(table)


@app.command()
@with_facts
def remove(
    workspace: Workspace,
    name: Name,
    again: Annotated[
        str | None, typer.Option("--again", metavar="NAME", help="The name again; asked if absent.")
    ] = None,
) -> None:
    """Erase a cluster: members, letters, choices, keys, exports; the facts and other clusters stay. It is final."""
    chosen = choose_cluster(workspace.data, name)
    typed = again or typer.prompt(f"All data of {chosen} will be erased. Type its name again")
    if typed != chosen:
        raise typer.BadParameter(f"{typed!r} is not {chosen!r}; nothing was erased")
    home = replace(workspace, cluster=chosen)
    with write_lock(home.home, "pib cluster remove"):
        remove_cluster(home)
    sys.stdout.write(f"{home.home} is erased; backups of it are not\n")


@dataclass(frozen=True, slots=True)
class _Cluster:
    """A cluster as the operator sees it: `members` None where they cannot be read, `completed` None before its first
    night, `fault` in words."""

    name: str
    members: int | None
    completed: date | None
    fault: str | None


def _describe(home: Workspace) -> _Cluster:
    completed, faults = find_completed_night(home), list(_faults(home))
    members: int | None = None
    try:
        if home.store.is_file():
            with home.reading() as store:
                members = len(store.load_members())
                last = store.load_last_night()
            if last and completed != last:
                faults.append(f"the night of {last} did not end")
    except WarehouseError as error:
        faults.append(str(error))
    return _Cluster(home.cluster, members, completed, "; ".join(faults) or None)


def _faults(home: Workspace) -> Iterator[str]:
    if not home.store.is_file():
        yield "no members were imported"
