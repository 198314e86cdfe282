"""`pib`, the command line, and its exit codes.

0 done | 1 the work failed | 2 wrong usage
3 done, but a source is missing, letters wait, the clock jumped, or a rebuild lost something
"""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from interest.errors import InterestError
from matching.errors import MatchingError
from pipelines.backfill.backfill import backfill_request
from pipelines.cli import cluster as cli_cluster
from pipelines.cli import export as cli_export
from pipelines.cli import mail as cli_mail
from pipelines.cli import members as cli_members
from pipelines.cli import train as cli_train
from pipelines.cli.codes import show_update, update_codes
from pipelines.cli.doctor import show_examined
from pipelines.cli.interest import operator as cli_interest
from pipelines.cli.landed import reread as cli_reread
from pipelines.cli.landed.backfill import backfill as run_backfill
from pipelines.cli.landed.backfill import rebuild as run_rebuild
from pipelines.cli.landed.read import print_facts
from pipelines.cli.lots import feedback as cli_feedback
from pipelines.cli.lots import identity as cli_identity
from pipelines.cli.lots import matches as cli_lots
from pipelines.cli.lots.facets import show_facets
from pipelines.cli.monitoring import report_problems, show_metrics
from pipelines.cli.options import (
    AsJson,
    Config,
    On,
    OnlyCluster,
    Portals,
    Processes,
    day_of,
    night_of,
    settings_of,
    stated_day,
    with_facts,
    with_workspace,
)
from pipelines.cli.progress import show_night, watching
from pipelines.cli.recovery import commands as cli_recovery
from pipelines.cli.serve import serve_portal
from pipelines.cli.sources import show_sources
from pipelines.cli.status import show_status
from pipelines.config.clusters import choose_cluster
from pipelines.config.settings import read_settings
from pipelines.config.workspace import Workspace
from pipelines.errors import BadSettings, PipelineError
from pipelines.run_night import run_dagster, run_night
from pipelines.stage_log import start_logging
from portal.errors import PortalError
from presentation.errors import DigestError
from presentation.languages import LOCALES
from scrapers.errors import SourceError
from scrapers.feeds.packages import Span
from warehouse.errors import WarehouseError

FAILED, WRONG_USAGE, SOURCE_MISSING = 1, 2, 3

app = typer.Typer(
    name="pib",
    help="A watch on public procurement for the members of a cluster.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
members = typer.Typer(help="The cluster's members.", no_args_is_help=True)
digest = typer.Typer(help="What members are written.", no_args_is_help=True)
app.add_typer(members, name="members")
app.add_typer(digest, name="digest")
codes = typer.Typer(help="The official code lists.", no_args_is_help=True)
app.add_typer(codes, name="codes")
app.add_typer(cli_identity.app, name="identity")
app.add_typer(cli_cluster.app, name="cluster")
app.add_typer(cli_interest.app, name="interest")
app.command()(cli_feedback.feedback)
app.command()(cli_train.train)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"pib {version('pib')}\n")
        raise typer.Exit


@app.callback()
def common(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """A watch on public procurement for the members of a cluster."""


@app.command()
@with_facts
def night(
    workspace: Workspace,
    on: On = None,
    cluster: OnlyCluster = None,
    days: Annotated[int | None, typer.Option(min=0, help="Days to look back; each source's overlap if absent.")] = None,
    as_json: AsJson = False,
) -> None:
    """Gather, clean, match, write: one night from the portals to the letters."""
    with watching(quiet=as_json) as progress:
        only = choose_cluster(workspace.data, cluster) if cluster else None
        report = run_night(workspace.settings, day_of(on), days=days, progress=progress, cluster=only)
    show_night(report, as_json=as_json)
    is_partial = report.missing_sources or report.mail or report.clock
    raise typer.Exit(FAILED if report.failures else SOURCE_MISSING if is_partial else 0)


@app.command()
def read(
    paths: Annotated[list[Path], typer.Argument(exists=True, help="Raw notices: files or folders.")],
) -> None:
    """Raw notices to facts: JSON Lines on stdout, counts and what is set aside on stderr."""
    print_facts(paths)


app.command()(cli_reread.reread)
app.command()(cli_mail.send)
app.command()(cli_mail.bounces)
app.command()(cli_recovery.backup)
app.command()(cli_recovery.restore)


@members.command("import")
@with_workspace
def members_import(
    workspace: Workspace,
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="xlsx, CSV or TOML.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="The invented cluster of 24 firms.")] = False,
) -> None:
    """Replace the members by those of a file: all of it, or nothing."""
    if (file is None) is not demo:
        raise typer.BadParameter("give one file, or --demo")
    cli_members.import_members(workspace, file)


@members.command("check")
@with_workspace
def members_check(
    workspace: Workspace,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="xlsx, CSV or TOML.")],
) -> None:
    """Report every fault of a members file, by line and column, and what it means; import nothing."""
    cli_members.check_members(workspace, file)


@members.command("template")
def members_template(file: Annotated[Path, typer.Argument(dir_okay=False, help="The .xlsx to write.")]) -> None:
    """Write an empty members file for a spreadsheet, with an invented firm as example and a sheet of help."""
    cli_members.write_template(file)


@members.command("revoke")
@with_workspace
def members_revoke(
    workspace: Workspace, member: Annotated[str, typer.Argument(help="Its id, as `pib members list` shows it.")]
) -> None:
    """End every link of a member, in letters and elsewhere; those that stop its letters go on."""
    cli_members.revoke_links(workspace, member)


@members.command("erase")
@with_workspace
def members_erase(workspace: Workspace, member: Annotated[str, typer.Argument(help="Its id.")]) -> None:
    """Answer an erasure request: delete all that is kept here of a member, older nights and letters included."""
    cli_members.erase(workspace, member)


@members.command("list")
@with_workspace
def members_list(workspace: Workspace, as_json: AsJson = False) -> None:
    """The members stored in the warehouse."""
    cli_members.list_members(workspace, as_json=as_json)


@app.command()
@with_workspace
def match(
    workspace: Workspace,
    lot: Annotated[str, typer.Argument(help="A lot, or the beginning of its name or publication number.")],
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Who fits a lot, alone and together, and why."""
    cli_lots.show_lot(workspace, night_of(on), lot, as_json=as_json)


@app.command()
@with_workspace
def facets(
    workspace: Workspace,
    lot: Annotated[str, typer.Argument(help="A lot, or the beginning of its name or publication number.")],
    as_json: AsJson = False,
) -> None:
    """What a lot requires, the ICT inside it, and how the members meet its requirements."""
    show_facets(workspace, lot, as_json=as_json)


@app.command()
@with_workspace
def radar(
    workspace: Workspace,
    whole: Annotated[bool, typer.Option("--whole", help="Whole procedures: several lots of one purchase.")] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """The calls that no member could take alone but a consortium could, nearest deadline first."""
    from pipelines.cli.lots.radar import show_radar  # late: it loads the encoder's libraries, a second and a half

    show_radar(workspace, night_of(on), whole=whole, as_json=as_json)


@app.command()
@with_workspace
def why(
    workspace: Workspace,
    member: Annotated[str, typer.Argument(help="The member's id.")],
    lot: Annotated[
        str | None, typer.Argument(help="A lot, or the beginning of its name or publication number.")
    ] = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Why a member was, or was not, notified of a lot; without one, the nearest lots below its threshold."""
    if lot is None:
        from pipelines.cli.lots.near_misses import show_near_misses  # late: it loads the encoder's libraries

        show_near_misses(workspace, night_of(on), member, as_json=as_json)
    else:
        cli_lots.show_why(workspace, night_of(on), member, lot, as_json=as_json)


@codes.command("update")
@with_facts
def codes_update(
    workspace: Workspace,
    folder: Annotated[
        Path | None, typer.Option("--from", exists=True, file_okay=False, help="Lists at hand: .gc, .gc.gz, .csv.")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="From their publisher, whatever the portals.")] = False,
    on: On = None,
) -> None:
    """Fetch CPV, NUTS and the lists of eForms, and store them with their labels in four languages."""
    if folder is not None and live:
        raise typer.BadParameter("give --from or --live, not both")

    show_update(update_codes(workspace, day_of(on), folder, is_live=live))


@digest.command("preview")
@with_workspace
def digest_preview(
    workspace: Workspace,
    member: Annotated[str, typer.Option(help="The member's id.")],
    on: On = None,
    html: Annotated[Path | None, typer.Option(help="Write the HTML part there.")] = None,
) -> None:
    """The letter of the last night to a member, as if it had not been notified of anything before; nothing is sent."""
    cli_export.preview(workspace, night_of(on), member, html)


@app.command()
@with_workspace
def export(
    workspace: Workspace,
    to: Annotated[Path | None, typer.Option(help="Folder; the data folder's exports by default.")] = None,
    ocds: Annotated[bool, typer.Option("--ocds", help="OCDS 1.1 release packages instead.")] = False,
    dictionary: Annotated[bool, typer.Option("--dictionary", help="Only what the columns mean, on stdout.")] = False,
    day: Annotated[str | None, typer.Option(help="Only what was published on that day, as 2026-11-20.")] = None,
    table: Annotated[str, typer.Option(help="fr, nl, en or de: open calls for a spreadsheet, in words.")] = "",
) -> None:
    """Notices, lots, procedures, buyers, awards, matches and consortia as CSV, JSON Lines and Parquet."""
    if sum(map(bool, (ocds, dictionary, day, table))) > 1:
        raise typer.BadParameter("give one of --ocds, --dictionary, --day and --table")
    if table and table not in LOCALES:
        raise typer.BadParameter(f"--table {table!r}: give one of {', '.join(LOCALES)}")
    if table:
        cli_export.write_calls(workspace, to, table)
    elif dictionary:
        cli_export.show_dictionary()
    elif ocds:
        cli_export.write_ocds(workspace, to)
    else:
        cli_export.write_exports(workspace, to, stated_day(day, "--day") if day else None)


@app.command()
@with_facts
def backfill(
    workspace: Workspace,
    source: Annotated[str, typer.Option(help="eu_ted, fr_boamp ...")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First day of publication, as 2023-01-01.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last day of publication, before today.")],
    by: Annotated[Span, typer.Option(help="TED's packages of a day, or those of a month (200 to 400 MB).")] = Span.DAY,
    processes: Processes = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Fetch the past of a source: polite, resumable at any moment, beside the nights."""
    days = (stated_day(first, "--from"), stated_day(last, "--to"))
    request = backfill_request(source, *days, by, processes, day_of(on))
    raise typer.Exit(0 if run_backfill(workspace, request, as_json=as_json) else SOURCE_MISSING)


@app.command()
@with_facts
def rebuild(
    workspace: Workspace,
    anyway: Annotated[bool, typer.Option("--anyway", help="Though a folder cannot be read whole.")] = False,
    processes: Processes = None,
    as_json: AsJson = False,
) -> None:
    """Read everything landed again into a new warehouse, make damaged stores anew, report what differs and is lost."""
    is_whole = run_rebuild(workspace, processes=processes, anyway=anyway, on=day_of(None), as_json=as_json)
    raise typer.Exit(0 if is_whole else SOURCE_MISSING)


@app.command()
@with_workspace
def status(workspace: Workspace, as_json: AsJson = False) -> None:
    """Results of the last night, what is stored, and what needs a person."""
    show_status(workspace, as_json=as_json)


@app.command()
@with_facts
def alerts(workspace: Workspace) -> None:
    """Tell the operator by [alerts] of pib.toml what is new to act on, what lasts for a day, or that it is over."""
    raise typer.Exit(0 if report_problems(workspace) else SOURCE_MISSING)


@app.command()
@with_workspace
def metrics(
    workspace: Workspace,
    port: Annotated[
        int | None, typer.Option("--serve", min=0, max=65535, help="Serve /metrics at this port of 127.0.0.1.")
    ] = None,
) -> None:
    """Measurements of nights, sources, letters and stores for Prometheus, on stdout."""
    show_metrics(workspace, port)


@app.command()
def sources(
    markdown: Annotated[bool, typer.Option("--markdown", help="The page docs/sources.md.")] = False,
) -> None:
    """The sources: publishers, hours, licences, caveats."""
    show_sources(as_markdown=markdown)


@app.command()
def doctor(
    live: Annotated[bool, typer.Option("--live", help="Probe the publishers themselves, read-only.")] = False,
    on: On = None,
    portals: Portals = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Probe every portal once: what answers, what differs from its contract, what a person must check."""
    if live is (portals is not None):
        raise typer.BadParameter("give --live, or --portals with a local portal")
    settings = settings_of(config, "live" if live else portals, None)
    raise typer.Exit(0 if show_examined(settings, day_of(on), as_json=as_json) else SOURCE_MISSING)


@app.command()
@with_workspace
def serve(
    workspace: Workspace,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen at; a proxy in front ends TLS.")] = "127.0.0.1",
) -> None:
    """The members' portal: letters, lots, preferences, feedback, feeds, the operator's page."""
    serve_portal(workspace, host, port)


@app.command()
def dagster(
    port: Annotated[
        int, typer.Option(help="Port of the web page, on this machine only; the code server takes the next.")
    ] = 3000,
    config: Config = None,
) -> None:
    """Start the orchestrator: the graph, the nightly schedule and its history, on http://127.0.0.1:3000."""
    run_dagster(read_settings(config), config, port)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs `pib`; an error of the project's own is one sentence on stderr and exit code 1 (2 where the usage is
    wrong)."""
    try:
        start_logging()
        app(args=arguments)
    except BadSettings as error:
        _complain(error, WRONG_USAGE)
    except (
        PipelineError,
        SourceError,
        WarehouseError,
        MatchingError,
        DigestError,
        PortalError,
        InterestError,
    ) as error:
        _complain(error, FAILED)
    except OSError as error:
        _complain(f"{error.filename or 'the disk'}: {error.strerror}", FAILED)


def _complain(error: object, code: int) -> None:
    sys.stderr.write(f"pib: {error}\n")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
