"""`pib backup`: everything of a data folder that cannot be made again, consistent while a night runs.

Two parts, each with a manifest of its own: `main` and `interest`. The second holds the keys and the sealed store, and
can be kept elsewhere: who has both parts has what the privacy of interest rests on.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from interest.atomic_files import exclusive
from pipelines.config.workspace import Workspace
from pipelines.errors import NothingKept, RestoreRefused
from pipelines.nightly.interest import is_set_up, room_of
from pipelines.recovery.files import BackupManifest, CopiedFile, copy_file, copy_sqlite, read_manifest, write_manifest
from warehouse.atomic_files import copy_held
from warehouse.errors import StoreLocked

MAIN, INTEREST = "main", "interest"
_FOLDERS = ("landing", "mail", "member-records", "archive")
"""Folders whose files are written once or replaced as a whole: what the backup holds already is not copied again."""
_FILES = ("links.secret", "link-register.json", "fit_weights.toml", "background.toml")
_PATIENCE, _PAUSE = 120.0, 0.5
"""Seconds to wait for a stage of a night to let go of the warehouse, and between two tries."""
_BUSY = "the warehouse was held by a night all the time: it is the copy that was published last, without later changes"


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds: files and bytes of both parts, files copied now, and what is not as one would expect."""

    files: int
    bytes: int
    copied: int
    remarks: tuple[str, ...]


def back_up(
    workspace: Workspace,
    to: Path,
    *,
    interest_to: Path | None = None,
    at: datetime,
    pause: Callable[[float], None] = time.sleep,
) -> BackedUp:
    """Writes or renews the backup of a data folder.

    Args:
        workspace: its data folder is copied.
        to: the folder of the backup; landed files that it holds already are not copied again.
        interest_to: where the part of interest goes, None for `to`.
        at: zone-aware moment, for the manifest.
        pause: waits some seconds while a night holds the warehouse.

    Raises NothingKept before the first night, OSError when the disk refuses.
    """
    if not workspace.warehouse.is_file():
        raise NothingKept(f"nothing is kept in {workspace.data} yet, so there is nothing to back up")
    main, known = to / MAIN, _known(to / MAIN)
    files: dict[str, CopiedFile] = {}
    remarks = list(_copy_warehouse(workspace, main / "warehouse.duckdb", files, pause))
    for name in _FOLDERS:
        for path in _files_below(workspace.data / name):
            relative = path.relative_to(workspace.data).as_posix()
            files[relative] = copy_file(path, main / relative, known.get(relative))
    for name in _FILES:
        if (workspace.data / name).is_file():
            files[name] = copy_file(workspace.data / name, main / name)
    # The letters last: what was sent until now must not be sent again.
    for path in (workspace.choices, workspace.outbox):
        if path.is_file():
            files[path.name] = copy_sqlite(path, main / path.name)
    copied = sum(known.get(name) != file for name, file in files.items())
    write_manifest(main, BackupManifest(at.isoformat(), files, tuple(remarks)))
    secret = _copy_interest(workspace, (interest_to or to) / INTEREST, at)
    every = (*files.values(), *secret.values())
    return BackedUp(len(every), sum(file.size for file in every), copied + len(secret), tuple(remarks))


def _known(folder: Path) -> dict[str, CopiedFile]:
    """The files of an earlier backup in that folder, by name."""
    try:
        return dict(read_manifest(folder).files)
    except RestoreRefused:
        return {}


def _copy_warehouse(
    workspace: Workspace, target: Path, files: dict[str, CopiedFile], pause: Callable[[float], None]
) -> Iterator[str]:
    """Copies the warehouse while no stage writes it: DuckDB admits no writer while it is open for reading."""
    waited = 0.0
    while waited < _PATIENCE:
        try:
            with workspace.reading():
                for path in (workspace.warehouse, workspace.warehouse.with_name(f"{workspace.warehouse.name}.wal")):
                    if path.is_file():
                        files[path.name] = copy_file(path, target.with_name(path.name), copy=copy_held)
            return
        except StoreLocked:
            pause(_PAUSE)
            waited += _PAUSE
    if not workspace.reading_copy.is_file():
        raise StoreLocked(f"{workspace.warehouse} is held by another process; back up when the night has ended")
    files[workspace.warehouse.name] = copy_file(workspace.reading_copy, target)
    yield _BUSY


def _copy_interest(workspace: Workspace, target: Path, at: datetime) -> dict[str, CopiedFile]:
    """Copies the room of interest under its own locks, so that its keys and its sealed store belong together."""
    room = room_of(workspace)
    if not is_set_up(room):
        return {}
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
    return files


def _files_below(folder: Path) -> list[Path]:
    """The files of a folder, without those that are being written."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return [path for path in found if not path.name.endswith((".part", ".lock")) and "tmp" not in path.parent.name]
