"""`pib export` (tables, their dictionary, OCDS packages) and `pib digest preview`."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from digests.rendering.mime import render_html, render_text
from pipelines.config.portal_links import open_links
from pipelines.config.workspace import ZONE, Workspace
from pipelines.errors import NoMembers
from pipelines.nightly.digests import NightResults
from presentation.call_tables import TableCall, best_firms, tabulate_calls
from presentation.i18n import Phrases
from presentation.signed_links import PortalLinks
from scrapers.source import find_sources
from warehouse.atomic_files import complete
from warehouse.errors import NotInWarehouse
from warehouse.export.ocds_packages import PROVISIONAL_PREFIX, Origin
from warehouse.model.members import Preferences
from warehouse.sheets.readable_tables import write_csv, write_workbook
from warehouse.store import Store

LICENCE_OUVERTE = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
LICENCES = {
    "eu_ted": "http://data.europa.eu/eli/dec/2011/833/oj",
    "fr_approch": LICENCE_OUVERTE,
    "fr_boamp": LICENCE_OUVERTE,
    "fr_decp": LICENCE_OUVERTE,
}
"""The addresses of the licences that docs/sources.md names. Belgium's e-Procurement states none."""


def write_exports(workspace: Workspace, to: Path | None, day: date | None = None) -> None:
    """Writes every table, or with `day` what was published on that day into a folder of its own, and prints the rows of
    each file; `to` is another folder."""
    folder = to or (workspace.exports / day.isoformat() if day else workspace.exports)
    with workspace.reading() as store:
        for path, rows in store.export(folder.resolve(), day=day).items():
            sys.stdout.write(f"{rows:8d}  {path}\n")


def write_calls(workspace: Workspace, to: Path | None, language: str) -> None:
    """Writes the open calls of the last night as xlsx and CSV into the folder `to`, for a spreadsheet of the `language`
    (fr, nl, en, de), with the firms that fit each best, and prints the files."""
    with workspace.reading() as store:
        results = NightResults.of(store, last_night(store))
    portal = open_links(workspace, workspace.settings.portal_url) if workspace.settings.portal_url else None
    table = tabulate_calls(_calls_of(results, portal), Phrases(language, results.labels))
    folder = (to or workspace.exports).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for extension, body in (("xlsx", write_workbook(table)), ("csv", write_csv(table))):
        path = folder / f"calls-{language}.{extension}"
        with complete(path) as part:
            part.write_bytes(body)
        sys.stdout.write(f"{len(table.rows):8d}  {path}\n")


def _calls_of(results: NightResults, portal: PortalLinks | None) -> Iterator[TableCall]:
    names = {member.id: member.name for member in results.members.values()}
    scores = {found.lot_uid: {match.member: match.score for match in found.matches} for found in results.match_results}
    for lot in results.lots.values():
        fits = scores.get(lot.uid, {})
        yield TableCall(
            lot=lot,
            fit=max(fits.values(), default=None),
            firms=best_firms(fits, names, least=Preferences().threshold),
            page=portal.public_lot(lot.uid) if portal else "",
        )


def write_ocds(workspace: Workspace, to: Path | None) -> None:
    """Writes the release packages and prints how many releases of each source, and what keeps them from being
    published."""
    origins = origins_by_source()
    with workspace.reading() as store:
        packages = store.export_ocds(
            (to or workspace.exports / "ocds").resolve(), origins, workspace.settings.ocid_prefix
        )
    for source in sorted({package.path.parent for package in packages}):
        of = [package for package in packages if package.path.parent == source]
        sys.stdout.write(f"{sum(p.releases for p in of):8d} releases in {sum(p.releases > 0 for p in of)}  {source}\n")
        if origins[source.name].licence is None:
            sys.stderr.write(f"{source.name} states no licence to reuse: do not publish its packages\n")
    if undated := sum(package.undated for package in packages):
        sys.stderr.write(f"{undated} notices have no date at all, which a release must have: they are in no package\n")
    if workspace.settings.ocid_prefix == PROVISIONAL_PREFIX:
        sys.stderr.write(f"{PROVISIONAL_PREFIX} is a placeholder: register a prefix, set ocid_prefix, then publish\n")


def origins_by_source() -> dict[str, Origin]:
    """Publisher and licence of each source. Calls written down by hand have no publisher: they are left out."""
    return {
        name: Origin(source.publisher, source.base_url, LICENCES.get(name))
        for name, source in find_sources().items()
        if not source.is_folder
    }


def show_dictionary() -> None:
    """Prints the data dictionary, from an empty warehouse."""
    with Store.open(Path(":memory:")) as store:
        sys.stdout.write(store.describe_columns())


def preview(workspace: Workspace, night: date | None, member: str, html: Path | None) -> None:
    """Prints the letter of a `member` (its id) as text, as if it had not been notified of anything before.

    `workspace` is the data folder; `night` is the date, None for the newest; `html` is a file to write the HTML part
    to, None for none. Raises NoMembers for an unknown member.
    """
    with workspace.reading() as store:
        results = NightResults.of(store, night or last_night(store))
    if member not in results.members:
        raise NoMembers(f"there is no member {member!r}; `pib members list` shows their ids")
    digest = results.compose(results.members[member])
    if digest is None:
        sys.stdout.write(f"Nothing is worth a letter to {member} that night.\n")
        return
    sys.stdout.write(render_text(digest))
    if html:
        html.write_text(render_html(digest), encoding="utf-8")
        sys.stdout.write(f"\nHTML: {html}\n")


def last_night(store: Store) -> date:
    """The night the warehouse was last set to. Raises NotInWarehouse before the first."""
    moment = store.load_as_of()
    if moment is None:
        raise NotInWarehouse("no night has run in this data folder yet: pib night")
    return moment.astimezone(ZONE).date()
