"""The assets of the facts: landed, notices, procedures, lots, vectors, facts. Once per night, whatever the clusters.

One daily partition is one night. Assets call the stages and report what they measured; they decide nothing themselves.
Sources, their landed assets and their checks follow from the files in scrapers/sources.
"""

from datetime import date

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetsDefinition,
    DailyPartitionsDefinition,
    MaterializeResult,
    ResourceParam,
    asset,
)

from pipelines.config.workspace import Workspace
from pipelines.nightly import stages
from scrapers.source import Source, find_sources
from warehouse.database.parts import StorePart
from warehouse.database.schema import data_checks
from warehouse.model.alarms import Alarm
from warehouse.model.night_reports import FailedCheck

NIGHTS = DailyPartitionsDefinition(start_date="2015-01-01", timezone="Europe/Brussels", end_offset=1)
WRITER = "warehouse_writer"
"""The pool of assets that open the facts for writing: DuckDB admits one process at a time."""


def night_of(context: AssetExecutionContext) -> date:
    """The night of a run."""
    return date.fromisoformat(context.partition_key)


def check_results(part: StorePart, broken: tuple[FailedCheck, ...]) -> list[AssetCheckResult]:
    """A result for each data check of a part."""
    failed = {check.name: check.count for check in broken}
    return [
        AssetCheckResult(
            check_name=check.stem, passed=check.stem not in failed, metadata={"rows": failed.get(check.stem, 0)}
        )
        for check in data_checks(part)
    ]


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
        crawl_result = stages.run_landed(workspace, source, night_of(context))
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
    read = stages.run_notices(workspace, night_of(context))
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
    joined = stages.run_procedures(workspace, night_of(context))
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
    check_specs=[AssetCheckSpec(check.stem, asset="lots") for check in data_checks(StorePart.FACTS)],
)
def lots(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
    """The lots that accept tenders this night, and the data checks of the facts."""
    seen = stages.run_lots(workspace, night_of(context))
    return MaterializeResult(metadata={"open": seen.open}, check_results=check_results(StorePart.FACTS, seen.broken))


@asset(partitions_def=NIGHTS, pool=WRITER, deps=[lots], kinds={"python"})
def vectors(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
    """The texts of lots that pass the prefilter of any cluster, each encoded once."""
    encoded = stages.run_vectors(workspace, night_of(context))
    return MaterializeResult(metadata={"texts": encoded.texts, "encoded": encoded.encoded, "model": encoded.model})


@asset(partitions_def=NIGHTS, pool=WRITER, deps=[vectors], kinds={"duckdb"})
def facts(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
    """The copy of the facts that every cluster reads."""
    stages.run_publish(workspace, night_of(context))
    return MaterializeResult()


FACTS = [*LANDED, notices, procedures, lots, vectors, facts]
