"""The assets of one cluster: answers, matches, digests, exports, and those of interest.

They read the published facts and write the cluster's own store, so those of one cluster fail alone. The default
cluster's have plain names, those of another its name before theirs.
"""

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
    ResourceParam,
    asset,
)

from pipelines.assets.facts import NIGHTS, check_results, night_of
from pipelines.config.clusters import of_cluster
from pipelines.config.workspace import DEFAULT_CLUSTER, Workspace
from pipelines.nightly import interest, stages
from pipelines.nightly.mail import MAIL_CHECK
from warehouse.database.parts import StorePart
from warehouse.database.schema import data_checks


def asset_key(cluster: str, name: str) -> AssetKey:
    """The key of a cluster's asset."""
    return AssetKey(name if cluster == DEFAULT_CLUSTER else [cluster, name])


def pool_of(cluster: str) -> str:
    """The pool of assets that write the store of a cluster."""
    return f"cluster_{cluster.replace('-', '_')}"


def cluster_assets(cluster: str) -> list[AssetsDefinition]:
    """The assets of a cluster, each after the one before it; those of interest after the matches."""
    answers = _answers(cluster)
    matches = _matches(cluster, answers)
    digests = _digests(cluster, matches)
    return [answers, matches, digests, _exports(cluster, digests), *_interest(cluster, matches)]


def _answers(cluster: str) -> AssetsDefinition:
    key = asset_key(cluster, "answers")

    @asset(
        key=key,
        partitions_def=NIGHTS,
        pool=pool_of(cluster),
        deps=["facts"],
        kinds={"duckdb", "sql"},
        check_specs=[AssetCheckSpec(check.stem, asset=key) for check in data_checks(StorePart.CLUSTER)],
        description="Members' feedback at the portal, saved, and the data checks of the cluster's store.",
    )
    def answers(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
        seen = stages.run_answers(of_cluster(workspace, cluster), night_of(context))
        return MaterializeResult(
            metadata={"saved": seen.saved}, check_results=check_results(StorePart.CLUSTER, seen.broken)
        )

    return answers


def _matches(cluster: str, answers: AssetsDefinition) -> AssetsDefinition:
    @asset(
        key=asset_key(cluster, "matches"),
        partitions_def=NIGHTS,
        pool=pool_of(cluster),
        deps=[answers],
        kinds={"python"},
        description="Each open lot matched: who fits, who was refused and why, which consortia cover it.",
    )
    def matches(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
        counts = stages.run_matches(of_cluster(workspace, cluster), night_of(context))
        return MaterializeResult(
            metadata={"lots": counts.lots, "matches": counts.matches, "consortia": counts.consortia, "fit": counts.fit}
        )

    return matches


def _digests(cluster: str, matches: AssetsDefinition) -> AssetsDefinition:
    key = asset_key(cluster, "digests")

    @asset(
        key=key,
        partitions_def=NIGHTS,
        pool=pool_of(cluster),
        deps=[matches],
        kinds={"email"},
        check_specs=[AssetCheckSpec(name, asset=key) for name in ("every_letter_due_has_left", MAIL_CHECK)],
        description="One letter per member and edition, saved before it is sent, sent once.",
    )
    def digests(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
        letters = stages.run_digests(of_cluster(workspace, cluster), night_of(context))
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

    return digests


def _exports(cluster: str, digests: AssetsDefinition) -> AssetsDefinition:
    @asset(
        key=asset_key(cluster, "exports"),
        partitions_def=NIGHTS,
        pool=pool_of(cluster),
        deps=[digests],
        kinds={"csv", "parquet", "json"},
        description="Notices, lots, matches and consortia for analysts, and the copy that readers open.",
    )
    def exports(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
        written = stages.run_exports(of_cluster(workspace, cluster), night_of(context))
        return MaterializeResult(metadata={"files": len(written)})

    return exports


def _interest(cluster: str, matches: AssetsDefinition) -> list[AssetsDefinition]:
    """What interest does is the same whoever declared: its gate and exports measure nothing, on purpose."""
    key = asset_key(cluster, "interest_keys")

    @asset(
        key=key,
        partitions_def=NIGHTS,
        pool=pool_of(cluster),
        deps=[matches],
        kinds={"python"},
        check_specs=[AssetCheckSpec(interest.CLOCK_CHECK, asset=key)],
        description="Keys for new lots, none for those whose time is over.",
    )
    def interest_keys(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
        held = interest.run_interest_keys(of_cluster(workspace, cluster), night_of(context))
        return MaterializeResult(
            check_results=[
                AssetCheckResult(
                    check_name=interest.CLOCK_CHECK,
                    passed=held is None,
                    description=held or "the night came within three days of the last one",
                )
            ]
        )

    @asset(
        key=asset_key(cluster, "interest_gate"),
        partitions_def=NIGHTS,
        pool=pool_of(cluster),
        deps=[interest_keys],
        kinds={"python"},
        description="The release gate's night: decided once, in a folder of its own.",
    )
    def interest_gate(context: AssetExecutionContext, workspace: ResourceParam[Workspace]):
        interest.run_interest_gate(of_cluster(workspace, cluster), night_of(context))
        return MaterializeResult()

    @asset(
        key=asset_key(cluster, "interest_exports"),
        partitions_def=NIGHTS,
        pool=pool_of(cluster),
        deps=[interest_gate],
        kinds={"csv", "parquet", "json"},
        description="The exports that the release gate allowed.",
    )
    def interest_exports(workspace: ResourceParam[Workspace]):
        interest.run_interest_exports(of_cluster(workspace, cluster))
        return MaterializeResult()

    return [interest_keys, interest_gate, interest_exports]
