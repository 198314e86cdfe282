"""`pib status`: the operator's one page."""

import json
import sys
from dataclasses import asdict
from datetime import datetime

from rich.console import Console
from rich.table import Table

from pipelines.config.portal_links import open_links
from pipelines.config.workspace import ZONE, Workspace
from pipelines.monitoring.status import Status, read_status


def show_status(workspace: Workspace, *, as_json: bool) -> None:
    """One page of 80 columns, or JSON."""
    status = read_status(workspace)
    if as_json:
        plain = {**asdict(status), "needs": list(status.needs)}
        sys.stdout.write(json.dumps(plain, ensure_ascii=False, default=str) + "\n")
        return
    console = Console()
    if status.night is None:
        console.print(f"No night has run in {workspace.data} yet: pib night", highlight=False)
        return
    console.print(_sources(status))
    console.print(_kept(status))
    needs = list(status.needs)
    console.print("What needs a person:" if needs else "Nothing needs a person.", style="bold")
    for sentence in (*needs, *status.not_asked):
        console.print(f"- {sentence}", highlight=False, markup=False)
    link = _link(workspace)
    if link:
        console.print(f"The operator's page, for seven days: {link}", highlight=False, markup=False, soft_wrap=True)


def _link(workspace: Workspace) -> str | None:
    """The operator's page at the portal, where the portal has an address and has run; no secret is created here."""
    if workspace.settings.portal_url is None or not workspace.link_secret.is_file():
        return None
    return open_links(workspace, workspace.settings.portal_url).status(on=datetime.now(ZONE).date())


def _sources(status: Status) -> Table:
    table = Table("source", "days requested", "listed", "set aside", "state", title=f"Last night: {status.night}")
    for crawl in status.crawls:
        days = f"{crawl.window_from} - {crawl.window_to}"
        state = "complete" if crawl.complete else f"[red]{crawl.error_kind}[/red]"
        table.add_row(crawl.source, days, str(crawl.notices), str(crawl.set_aside), state)
    return table


def _kept(status: Status) -> Table:
    counts, letters = status.counts, status.letters
    table = Table("kept", "", show_header=False)
    table.add_row("notices", f"{counts.notices} ({counts.summaries} as summaries only)")
    table.add_row("lots", f"{counts.lots}, {counts.open_lots} open that night")
    table.add_row("awards", str(counts.awards))
    table.add_row("members", str(counts.members))
    table.add_row("that night", f"{counts.matches} matches, {counts.consortia} consortia, {counts.refusals} refusals")
    table.add_row("fit", status.fit)
    table.add_row("members' answers", str(status.answers))
    table.add_row(
        "letters", f"{letters.due} ever: {letters.sent} sent, {letters.deferred} wait, {letters.failed} failed"
    )
    return table
