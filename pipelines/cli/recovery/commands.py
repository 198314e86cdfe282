"""`pib backup` and `pib restore`: a data folder kept elsewhere, and brought back."""

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import OnlyCluster, with_facts
from pipelines.config.clusters import check_name, choose_cluster
from pipelines.config.workspace import ZONE, Workspace
from pipelines.recovery.backup import back_up
from pipelines.recovery.restore import restore as restore_data

Interest = Annotated[
    Path | None, typer.Option("--interest", help="Folder of the part of interest and its keys, kept elsewhere.")
]


@with_facts
def backup(
    workspace: Workspace,
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where to; a backup there is renewed.")],
    interest: Interest = None,
    cluster: OnlyCluster = None,
) -> None:
    """Copy everything that cannot be made again, also while a night runs; landed files are copied once."""
    only = choose_cluster(workspace.data, cluster) if cluster else None
    done = back_up(workspace, folder, interest_to=interest, cluster=only, at=datetime.now(ZONE))
    sys.stdout.write(f"{done.files} files, {done.bytes / 1e6:.1f} MB, {done.copied} of them copied now: {folder}\n")
    sys.stdout.write("".join(f"{remark}\n" for remark in done.remarks))


@with_facts
def restore(
    workspace: Workspace,
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The folder of the backup.")],
    interest: Interest = None,
    cluster: OnlyCluster = None,
    new_name: Annotated[str | None, typer.Option("--as", metavar="NAME", help="Another name for the cluster.")] = None,
) -> None:
    """Bring a data folder, or one cluster, back from its backup; verifies every file first, and never overwrites."""
    if new_name and not cluster:
        raise typer.BadParameter("--as names the cluster of --cluster anew: give both")
    name = check_name(new_name or cluster or workspace.cluster)
    target = replace(workspace, cluster=name)
    done = restore_data(target, folder, interest_source=interest, cluster=cluster)
    sys.stdout.write(f"{done.files} files of {done.taken_at} are in {target.home if cluster else target.data}\n")
    if done.uncertain:
        sys.stdout.write(
            f"{done.uncertain} letters may have left after the backup; they go under the same Message-ID.\n"
        )
    sys.stdout.write("".join(f"{remark}\n" for remark in done.remarks))
