"""`pib codes`: the official code lists, fetched from their publisher or taken from a folder."""

import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipelines.config.base_urls import opened_portals
from pipelines.config.workspace import Workspace
from pipelines.config.write_lock import print_waiting, write_lock
from pipelines.nightly.crawl import Numbers, Window, run_crawl
from scrapers.code_lists import SOURCE, land_folder, read_landed_lists
from scrapers.crawl.manifest import Ledger, hold
from scrapers.errors import SourceUnreachable, Unreadable
from warehouse.database.code_lists import Imported


def update_codes(workspace: Workspace, today: date, folder: Path | None, *, is_live: bool) -> tuple[Imported, ...]:
    """Lands the code lists under the day `today`, then saves them in the warehouse of the `workspace`.

    The lists are those of `folder`, where it is not None; else the publisher's own with `is_live` or live portals, else
    those of the local portal. Raises SourceError where one cannot be fetched or read; the stored editions then stay.
    """
    landing = workspace.landing(SOURCE.name, today)
    workspace.facts.mkdir(parents=True, exist_ok=True)
    if folder is not None:
        _land(folder, landing)
    elif is_live:
        _fetch(workspace, landing, today, None)
    else:
        with opened_portals(workspace.settings, today, log=workspace.facts / "portal.log") as base_urls:
            _fetch(workspace, landing, today, base_urls)
    with (
        write_lock(workspace.facts, "pib codes update", on_wait=print_waiting),
        workspace.open_facts() as store,
    ):
        imported = store.save_codes(read_landed_lists(landing), today)
        store.publish_copy(workspace.facts_copy)
    return imported


def show_update(imported: tuple[Imported, ...]) -> None:
    """Prints a table with the result for each list."""
    table = Table("list", "codes in force", "new", "retired now")
    for imported_list in imported:
        table.add_row(imported_list.list, str(imported_list.codes), str(imported_list.new), str(imported_list.retired))
    Console().print(table)


def _land(folder: Path, landing: Path) -> None:
    with hold(landing, lambda: None):
        for refused in land_folder(folder, Ledger(landing, lambda: datetime.now(UTC))):
            sys.stderr.write(f"pib: {refused.name} is left out: {refused.reason}\n")
    if not any(landing.glob("manifest.jsonl")):
        raise Unreadable(f"{folder} holds no code list (.gc, .gc.gz or .csv)")


def _fetch(workspace: Workspace, landing: Path, today: date, base_urls: Mapping[str, str] | None) -> None:
    crawl_result = run_crawl(
        SOURCE,
        Window(today, today),
        landing,
        base_url=base_urls[SOURCE.name] if base_urls is not None else None,
        endpoint=None,
        calls=None,
        countries=(),
        contact=workspace.settings.contact,
        numbers=Numbers((), ()),
        on_landed=lambda landed: workspace.progress.advance(landed, None),
    )
    for alarm in crawl_result.alarms:
        sys.stderr.write(f"pib: {alarm}; the list kept before stays\n")
    if crawl_result.error:
        raise SourceUnreachable(crawl_result.error)
