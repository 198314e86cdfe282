"""`pib backup`: everything of a data folder that cannot be made again, consistent while a night runs.

Parts, each with a manifest of its own: `facts`, and for each cluster `clusters/<name>/main` and
`clusters/<name>/interest`. The last holds the keys and the sealed store of interest, and can be kept elsewhere: who has
both parts of a cluster has what the privacy of interest rests on. A part can be restored without the others.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from interest.atomic_files import exclusive
from pipelines.config.clusters import CLUSTER_SETTINGS, find_clusters
from pipelines.config.workspace import Workspace
from pipelines.errors import NothingKept, RestoreRefused
from pipelines.nightly.interest import is_set_up, room_of
from pipelines.recovery.files import BackupManifest, CopiedFile, copy_file, copy_sqlite, read_manifest, write_manifest
from warehouse.atomic_files import copy_held
from warehouse.errors import StoreLocked
from warehouse.store import Store

FACTS, CLUSTERS, MAIN, INTEREST = "facts", "clusters", "main", "interest"
"""The folders of a backup."""
_FACT_FOLDERS, _CLUSTER_FOLDERS = ("landing", "records"), ("mail", "member-records", "archive")
"""Folders whose files are written once or replaced as a whole: what the backup holds already is not copied again."""
_CLUSTER_FILES = ("links.secret", "link-register.json", "fit_weights.toml", "background.toml", CLUSTER_SETTINGS)
_PATIENCE, _PAUSE = 120.0, 0.5
"""Seconds to wait for a stage of a night to let go of a store, and between two tries."""
_BUSY = "was held by a night all the time: it is the copy that was published last, without later changes"


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds: files and bytes of all parts, files copied now, and what is not as one would expect."""

    files: int
    bytes: int
    copied: int
    remarks: tuple[str, ...]


def back_up(
    workspace: Workspace,
    to: Path,
    *,
    interest_to: Path | None = None,
    cluster: str | None = None,
    at: datetime,
    pause: Callable[[float], None] = time.sleep,
) -> BackedUp:
    """Writes or renews the backup of a data folder, or of one cluster.

    Args:
        workspace: its data folder is copied.
        to: the folder of the backup; landed files that it holds already are not copied again.
        interest_to: where the parts of interest go, None for `to`.
        cluster: the only one to copy, without the facts; None for the facts and every cluster.
        at: zone-aware moment, for the manifests.
        pause: waits some seconds while a night holds a store.

    Raises NothingKept before the first night, OSError when the disk refuses.
    """
    names = find_clusters(workspace.data) if cluster is None else (cluster,)
    homes = [replace(workspace, cluster=name) for name in names]
    if (cluster is None and not workspace.warehouse.is_file()) or not any(home.store.is_file() for home in homes):
        raise NothingKept(f"nothing is kept in {workspace.data} yet, so there is nothing to back up")
    parts = [] if cluster else [_back_up_facts(workspace, to / FACTS, at, pause)]
    for home in homes:
        parts.append(_back_up_cluster(home, to / CLUSTERS / home.cluster / MAIN, at, pause))
        parts.append(_copy_interest(home, (interest_to or to) / CLUSTERS / home.cluster / INTEREST, at))
    return BackedUp(
        sum(part.files for part in parts),
        sum(part.bytes for part in parts),
        sum(part.copied for part in parts),
        tuple(remark for part in parts for remark in part.remarks),
    )


def _back_up_facts(workspace: Workspace, target: Path, at: datetime, pause: Callable[[float], None]) -> BackedUp:
    files: dict[str, CopiedFile] = {}
    known = _known(target)
    remarks = _copy_store(
        workspace.hold_facts,
        (workspace.warehouse, workspace.facts_copy),
        target,
        files,
        pause,
    )
    _copy_folders(workspace.facts, _FACT_FOLDERS, target, files, known)
    return _written(target, files, known, remarks, at)


def _back_up_cluster(home: Workspace, target: Path, at: datetime, pause: Callable[[float], None]) -> BackedUp:
    files: dict[str, CopiedFile] = {}
    known, remarks = _known(target), ()
    if home.store.is_file():
        remarks = _copy_store(home.reading, (home.store, home.reading_copy), target, files, pause)
    _copy_folders(home.home, _CLUSTER_FOLDERS, target, files, known)
    for name in _CLUSTER_FILES:
        if (home.home / name).is_file():
            files[name] = copy_file(home.home / name, target / name)
    # The letters last: what was sent until now must not be sent again.
    for path in (home.choices, home.outbox):
        if path.is_file():
            files[path.name] = copy_sqlite(path, target / path.name)
    return _written(target, files, known, remarks, at)


def _copy_folders(
    folder: Path, names: tuple[str, ...], target: Path, files: dict[str, CopiedFile], known: dict[str, CopiedFile]
) -> None:
    for name in names:
        for path in _files_below(folder / name):
            relative = path.relative_to(folder).as_posix()
            files[relative] = copy_file(path, target / relative, known.get(relative))


def _written(
    target: Path,
    files: dict[str, CopiedFile],
    known: dict[str, CopiedFile],
    remarks: tuple[str, ...],
    at: datetime,
) -> BackedUp:
    """Writes the manifest of a part."""
    write_manifest(target, BackupManifest(at.isoformat(), files, remarks))
    copied = sum(known.get(name) != file for name, file in files.items())
    return BackedUp(len(files), sum(file.size for file in files.values()), copied, remarks)


def _known(folder: Path) -> dict[str, CopiedFile]:
    """The files of an earlier backup in that folder, by name."""
    try:
        return dict(read_manifest(folder).files)
    except RestoreRefused:
        return {}


def _copy_store(
    open_store: Callable[[], Store],
    paths: tuple[Path, Path],
    target: Path,
    files: dict[str, CopiedFile],
    pause: Callable[[float], None],
) -> tuple[str, ...]:
    """Copies a DuckDB file (the first of `paths`) while no stage writes it: DuckDB admits no writer while it is open to
    read. Where it is never free, its published copy (the second) is taken, which a remark says."""
    path, published = paths
    waited = 0.0
    while waited < _PATIENCE:
        try:
            with open_store():
                for file in (path, path.with_name(f"{path.name}.wal")):
                    if file.is_file():
                        files[file.name] = copy_file(file, target / file.name, copy=copy_held)
            return ()
        except StoreLocked:
            pause(_PAUSE)
            waited += _PAUSE
    if not published.is_file():
        raise StoreLocked(f"{path} is held by another process; back up when the night has ended")
    files[path.name] = copy_file(published, target / path.name)
    return (f"{path.name} {_BUSY}",)


def _copy_interest(workspace: Workspace, target: Path, at: datetime) -> BackedUp:
    """Copies the room of interest under its own locks, so that its keys and its sealed store belong together."""
    room = room_of(workspace)
    if not is_set_up(room):
        return BackedUp(0, 0, 0, ())
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    files: dict[str, CopiedFile] = {}
    with ExitStack() as locks:
        for lock in (room.collector / "sealed.lock", room.issuer / "issued.lock"):
            if lock.parent.is_dir():
                locks.enter_context(exclusive(lock))
        for path in _files_below(room.folder):
            relative = path.relative_to(room.folder).as_posix()
            files[relative] = copy_file(path, target / relative)
    write_manifest(target, BackupManifest(at.date().isoformat(), files))
    return BackedUp(len(files), sum(file.size for file in files.values()), len(files), ())


def _files_below(folder: Path) -> list[Path]:
    """The files of a folder, without those that are being written."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return [path for path in found if not path.name.endswith((".part", ".lock")) and "tmp" not in path.parent.name]
