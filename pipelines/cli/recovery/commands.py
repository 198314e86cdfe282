"""`pib backup` and `pib restore`: a data folder kept elsewhere, and brought back."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import with_workspace
from pipelines.config.workspace import ZONE, Workspace
from pipelines.recovery.backup import back_up
from pipelines.recovery.restore import restore as restore_data

Interest = Annotated[
    Path | None, typer.Option("--interest", help="Folder of the part of interest and its keys, kept elsewhere.")
]


@with_workspace
def backup(
    workspace: Workspace,
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where to; a backup there is renewed.")],
    interest: Interest = None,
) -> None:
    """Copy everything that cannot be made again, also while a night runs; landed files are copied once."""
    done = back_up(workspace, folder, interest_to=interest, at=datetime.now(ZONE))
    sys.stdout.write(f"{done.files} files, {done.bytes / 1e6:.1f} MB, {done.copied} of them copied now: {folder}\n")
    sys.stdout.write("".join(f"{remark}\n" for remark in done.remarks))


@with_workspace
def restore(
    workspace: Workspace,
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The folder of the backup.")],
    interest: Interest = None,
) -> None:
    """Bring a data folder back from its backup; verifies every file first, and never overwrites."""
    done = restore_data(workspace, folder, interest_source=interest)
    sys.stdout.write(f"{done.files} files of {done.taken_at} are in {workspace.data}\n")
    if done.uncertain:
        sys.stdout.write(
            f"{done.uncertain} letters may have left after the backup; they go under the same Message-ID.\n"
        )
    sys.stdout.write("".join(f"{remark}\n" for remark in done.remarks))
