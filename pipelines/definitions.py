"""The graph of the night for Dagster: landed, notices, procedures, lots, vectors, matches, digests, exports.

One daily partition is one night. Assets call the stages and report what they measured; they decide nothing themselves.
Sources, their landed assets, their checks and their schedules follow from the files in scrapers/sources.
"""

import os
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetsDefinition,
    AssetSelection,
    DailyPartitionsDefinition,
    DefaultScheduleStatus,
    Definitions,
    MaterializeResult,
    ResourceDefinition,
    ResourceParam,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    asset,
    define_asset_job,
    in_process_executor,
)

from pipelines.alert_sensors import make_sensors
from pipelines.config.settings import Settings, read_settings
from pipelines.config.workspace import ZONE, Workspace
from pipelines.nightly import interest, stages
from pipelines.nightly.mail import MAIL_CHECK
from pipelines.stage_log import start_logging
from scrapers.source import Source, find_sources
from warehouse.database.schema import data_checks
from warehouse.model.alarms import Alarm

NIGHTS = DailyPartitionsDefinition(start_date="2015-01-01", timezone="Europe/Brussels", end_offset=1)
WRITER = "warehouse_writer"
"""The pool of assets that open the warehouse for writing: DuckDB admits one process at a time."""


def _night(context: AssetExecutionContext) -> date:
    return date.fromisoformat(context.partition_key)


def _landed(source: Source) -> AssetsDefinition:
    key = ["landed", source.name]

    @asset(
        key=key,
        partitions_def=NIGHTS,
        pool=WRITER,
        kinds={"scrapy"},
        description=f"What {source.title} published, byte for byte.",
        check_specs=[AssetCheckSpec("the_crawl_is_complete", asset=key)],
    )
    def landed(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
        crawl_result = stages.run_landed(workspace, source, _night(context))
        return MaterializeResult(
            metadata={
                "requests": crawl_result.requests,
                "notices": crawl_result.listed,
                "bytes": crawl_result.bytes,
                "since": crawl_result.window.since.isoformat(),
                "error": crawl_result.error or "",
            },
            check_results=[
                AssetCheckResult(
                    check_name="the_crawl_is_complete",
                    passed=crawl_result.is_complete,
                    description=crawl_result.error or crawl_result.skipped or "every answer came",
                )
            ],
        )

    return landed


LANDED = [_landed(source) for source in find_sources().values()]


def _no_alarm(source: Source) -> str:
    return f"{source.name}_raises_no_alarm"


@asset(
    partitions_def=NIGHTS,
    pool=WRITER,
    deps=LANDED,
    kinds={"duckdb"},
    check_specs=[AssetCheckSpec(_no_alarm(source), asset="notices") for source in find_sources().values()],
)
def notices(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
    """Landed bytes read into facts and saved once; what cannot be read is set aside with its reason."""
    read = stages.run_notices(workspace, _night(context))
    kept, aside = read.kept, sum(crawl.set_aside for crawl in read.crawls)
    return MaterializeResult(
        metadata={"new": kept.new, "completed": kept.completed, "same": kept.same, "set_aside": aside},
        check_results=[_alarm_check(source, read.alarms) for source in find_sources().values()],
    )


def _alarm_check(source: Source, alarms: tuple[Alarm, ...]) -> AssetCheckResult:
    """A warning with every alarm's sentence: too few or too many notices, unknown codes, what the crawl reported."""
    sentences = [alarm.sentence for alarm in alarms if alarm.source == source.name]
    return AssetCheckResult(
        check_name=_no_alarm(source),
        passed=not sentences,
        severity=AssetCheckSeverity.WARN,
        description="; ".join(sentences) or "as much as usual, and no code unknown",
        metadata={"alarms": len(sentences)},
    )


@asset(partitions_def=NIGHTS, pool=WRITER, deps=[notices], kinds={"duckdb", "python"})
def procedures(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
    """The same purchase at several portals is one procedure; each link keeps its evidence."""
    joined = stages.run_procedures(workspace, _night(context))
    return MaterializeResult(
        metadata={
            "compared": joined.compared,
            "certain": joined.certain,
            "alike": joined.scored,
            "joined": joined.merged,
        }
    )


@asset(
    partitions_def=NIGHTS,
    pool=WRITER,
    deps=[procedures],
    kinds={"duckdb", "sql"},
    check_specs=[AssetCheckSpec(check.stem, asset="lots") for check in data_checks()],
)
def lots(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
    """The lots that accept tenders this night, and the data checks."""
    seen = stages.run_lots(workspace, _night(context))
    broken = {b.name: b for b in seen.broken}
    return MaterializeResult(
        metadata={"open": seen.open},
        check_results=[
            AssetCheckResult(
                check_name=check.stem,
                passed=check.stem not in broken,
                metadata={"rows": broken[check.stem].count if check.stem in broken else 0},
            )
            for check in data_checks()
        ],
    )


@asset(partitions_def=NIGHTS, pool=WRITER, deps=[lots], kinds={"python"})
def vectors(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
    """The texts of lots and members that pass the prefilter, each encoded once."""
    encoded = stages.run_vectors(workspace, _night(context))
    return MaterializeResult(metadata={"texts": encoded.texts, "encoded": encoded.encoded, "model": encoded.model})


@asset(partitions_def=NIGHTS, pool=WRITER, deps=[vectors], kinds={"python"})
def matches(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
    """Each open lot matched: who fits, who was refused and why, which consortia cover it."""
    counts = stages.run_matches(workspace, _night(context))
    return MaterializeResult(
        metadata={"lots": counts.lots, "matches": counts.matches, "consortia": counts.consortia, "fit": counts.fit}
    )


@asset(
    partitions_def=NIGHTS,
    pool=WRITER,
    deps=[matches],
    kinds={"email"},
    check_specs=[AssetCheckSpec(name, asset="digests") for name in ("every_letter_due_has_left", MAIL_CHECK)],
)
def digests(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
    """One letter per member and edition, saved before it is sent, sent once."""
    letters = stages.run_digests(workspace, _night(context))
    return MaterializeResult(
        metadata={"written": letters.written, "sent": letters.report.sent},
        check_results=[
            AssetCheckResult(
                check_name="every_letter_due_has_left",
                passed=not letters.report.troubles and not letters.to_mend,
                description="; ".join((*letters.to_mend, *letters.report.troubles)) or "nothing waits",
            ),
            AssetCheckResult(
                check_name=MAIL_CHECK,
                passed=letters.report.stopped is None,
                description=letters.report.stopped or "no letter was refused because of its sender or the login",
            ),
        ],
    )


@asset(partitions_def=NIGHTS, pool=WRITER, deps=[digests], kinds={"csv", "parquet", "json"})
def exports(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
    """Notices, lots, matches and consortia for analysts, and the copy that readers open."""
    written = stages.run_exports(workspace, _night(context))
    return MaterializeResult(metadata={"files": len(written)})


@asset(
    partitions_def=NIGHTS,
    pool=WRITER,
    deps=[matches],
    kinds={"python"},
    check_specs=[AssetCheckSpec(interest.CLOCK_CHECK, asset="interest_keys")],
)
def interest_keys(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
    """Keys for new lots, none for those whose time is over. What interest does is the same whoever declared."""
    held = interest.run_interest_keys(workspace, _night(context))
    return MaterializeResult(
        check_results=[
            AssetCheckResult(
                check_name=interest.CLOCK_CHECK,
                passed=held is None,
                description=held or "the night came within three days of the last one",
            )
        ]
    )


@asset(partitions_def=NIGHTS, pool=WRITER, deps=[interest_keys], kinds={"python"})
def interest_gate(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
    """The release gate's night: decided once, in a folder of its own. Nothing is measured here, on purpose."""
    interest.run_interest_gate(workspace, _night(context))
    return MaterializeResult()


@asset(partitions_def=NIGHTS, pool=WRITER, deps=[interest_gate], kinds={"csv", "parquet", "json"})
def interest_exports(workspace: ResourceParam[Workspace]):
    """The exports that the release gate allowed. Nothing is measured here, on purpose."""
    interest.run_interest_exports(workspace)
    return MaterializeResult()


INTEREST = (interest_keys, interest_gate, interest_exports)
NIGHT = define_asset_job("night", selection=AssetSelection.all())


def _schedules(sources: list[Source]) -> Iterator[ScheduleDefinition]:
    """Every source is crawled at its own hour; the last of them is followed by the whole night, which finds the
    earlier crawls complete and does not repeat them."""
    by_hour = sorted(sources, key=lambda s: _minutes(s.cron))
    for source in by_hour[:-1]:
        job = define_asset_job(f"crawl_{source.name}", selection=f'key:"landed/{source.name}"')
        yield _schedule(f"crawl_{source.name}", source.cron, job)
    yield _schedule("night", by_hour[-1].cron, NIGHT)


def _minutes(cron: str) -> int:
    minute, hour = cron.split()[:2]
    return 60 * int(hour) + int(minute)


def _schedule(name: str, cron: str, job: object) -> ScheduleDefinition:
    def tonight(context: ScheduleEvaluationContext) -> RunRequest:
        return RunRequest(partition_key=_brussels_day(context.scheduled_execution_time))

    return ScheduleDefinition(
        name=f"{name}_schedule",
        job=job,  # type: ignore[arg-type]
        cron_schedule=cron,
        execution_timezone="Europe/Brussels",
        default_status=DefaultScheduleStatus.RUNNING,
        execution_fn=tonight,
    )


def _brussels_day(moment: datetime) -> str:
    return moment.astimezone(ZONE).date().isoformat()


def _settings() -> Settings:
    """Those of `pib dagster --config`, else of ./pib.toml."""
    named = os.environ.get("PIB_CONFIG")
    return read_settings(Path(named) if named else None)


start_logging()

defs = Definitions(
    assets=[*LANDED, notices, procedures, lots, vectors, matches, digests, exports, *INTEREST],
    jobs=[NIGHT],
    schedules=list(_schedules(list(find_sources().values()))),
    sensors=make_sensors(_settings()),
    resources={"workspace": ResourceDefinition(lambda _: Workspace(_settings()))},
    executor=in_process_executor,
)
