"""`pib reread --set-aside`: what was set aside, read again after a correction, and the result."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from pipelines.backfill.set_aside import RereadAside, reread_set_aside
from pipelines.cli.options import AsJson, with_facts
from pipelines.config.workspace import Workspace


@with_facts
def reread(
    workspace: Workspace,
    set_aside: Annotated[bool, typer.Option("--set-aside", help="What could not be read when it came.")] = False,
    source: Annotated[str | None, typer.Option(help="One source, by name; all without.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read again what was set aside, after a reader was corrected; saves what can be read now."""
    if not set_aside:
        raise typer.BadParameter("name what to read again: --set-aside (for everything landed: pib rebuild)")
    found = reread_set_aside(workspace, source)
    if as_json:
        sys.stdout.write(json.dumps(asdict(found), ensure_ascii=False, default=str) + "\n")
    else:
        _show(found)


def _show(found: RereadAside) -> None:
    console = Console()
    counted = (
        f"{len(found.mended)} read now, {len(found.still)} still set aside, {len(found.lost)} whose bytes are gone"
    )
    console.print(f"{counted}; notices: {found.kept.new} new, {found.kept.completed} completed", highlight=False)
    for reason in found.reasons:
        sentence = f"- {reason.source}: {len(reason.identifiers)} x {reason.example} ({reason.named})"
        console.print(sentence, highlight=False, markup=False)
