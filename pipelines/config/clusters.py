"""The clusters of an installation: a folder each, with its own stores and settings.

A cluster is its folder: what is not there does not exist, and whoever removes the folder has removed all of it.
"""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pipelines.config.settings import read_cluster_settings
from pipelines.config.workspace import DEFAULT_CLUSTER, Workspace
from pipelines.errors import BadSettings, UnknownCluster

CLUSTER_SETTINGS = "pib.toml"
"""The settings file in a cluster's folder; without one the installation's hold."""
VARIABLE = "PIB_CLUSTER"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")


def find_clusters(data: Path) -> tuple[str, ...]:
    """The clusters of a data folder, by name; none before the first was made."""
    folder = data / "clusters"
    found = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    return tuple(name for name in found if _NAME.fullmatch(name))


def choose_cluster(data: Path, named: str | None) -> str:
    """The cluster a command works on: the one `named`, else the only one, else the default one.

    Raises UnknownCluster for a name that no cluster has, and where several exist and none is named.
    """
    known = find_clusters(data)
    if named is None:
        if len(known) == 1:
            return known[0]
        if not known or DEFAULT_CLUSTER in known:
            return DEFAULT_CLUSTER
        raise UnknownCluster(f"there are several clusters ({', '.join(known)}): name one with --cluster or {VARIABLE}")
    if named in known or (named == DEFAULT_CLUSTER and not known):
        return named
    raise UnknownCluster(
        f"no cluster is called {named!r} (known: {', '.join(known) or 'none'}); make it with `pib cluster add {named}`"
    )


def of_cluster(workspace: Workspace, name: str, environment: Mapping[str, str] | None = None) -> Workspace:
    """The workspace of a cluster, with its own settings over the installation's. Raises BadSettings."""
    shared = workspace.installation
    file = workspace.clusters / name / CLUSTER_SETTINGS
    if not file.is_file():
        return replace(workspace, settings=shared, shared=shared, cluster=name)
    settings = read_cluster_settings(shared, file, name, os.environ if environment is None else environment)
    return replace(workspace, settings=settings, shared=shared, cluster=name)


def each_cluster(workspace: Workspace) -> Iterator[Workspace]:
    """The clusters whose settings can be read; the others fail by themselves, and stop none."""
    for name in find_clusters(workspace.data):
        try:
            yield of_cluster(workspace, name)
        except BadSettings:
            continue


def crawled_countries(workspace: Workspace) -> tuple[str, ...]:
    """The buyers' countries that any cluster watches, empty for all: what is fetched once serves every cluster."""
    watched = [cluster.settings.countries for cluster in each_cluster(workspace)] or [workspace.installation.countries]
    return () if () in watched else tuple(dict.fromkeys(country for countries in watched for country in countries))


def check_name(name: str) -> str:
    """The name, where it is one that a cluster can have. Raises BadSettings."""
    if not _NAME.fullmatch(name):
        raise BadSettings(f"{name!r} is no name of a cluster: write up to 32 small letters, digits and hyphens")
    return name


def add_cluster(workspace: Workspace, name: str) -> Path:
    """Makes the folder of a cluster; its stores are made by what first writes them. Raises BadSettings."""
    folder = workspace.clusters / check_name(name)
    if folder.exists():
        raise BadSettings(f"there is a cluster {name!r} already: {folder}")
    folder.mkdir(parents=True)
    return folder


def remove_cluster(workspace: Workspace) -> None:
    """Erases the folder of the workspace's cluster, and nothing else. Its name goes first, so that a removal ended
    half-way leaves no half cluster; the next removal clears what is left. The caller holds its write lock."""
    gone = workspace.clusters / f".{workspace.cluster}.removed"
    shutil.rmtree(gone, ignore_errors=True)
    workspace.home.rename(gone)
    shutil.rmtree(gone)
