"""The job of a night: the assets of the facts, then those of each cluster."""

from collections.abc import Callable, Iterable

from dagster import AssetSelection, Definitions, ResourceDefinition, define_asset_job, in_process_executor

from pipelines.assets.cluster import cluster_assets
from pipelines.assets.facts import FACTS
from pipelines.config.workspace import Workspace

NIGHT = define_asset_job("night", selection=AssetSelection.all())


def night_definitions(clusters: Iterable[str], make_workspace: Callable[[], Workspace]) -> Definitions:
    """The graph of a night for these clusters; runs receive the workspace that `make_workspace` returns."""
    return Definitions(
        assets=[*FACTS, *(asset for cluster in clusters for asset in cluster_assets(cluster))],
        jobs=[NIGHT],
        resources={"workspace": ResourceDefinition(lambda _: make_workspace())},
        executor=in_process_executor,
    )
