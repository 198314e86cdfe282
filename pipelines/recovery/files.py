"""Copies of files with their digests, and the manifest that names them."""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import RestoreRefused
from warehouse.atomic_files import complete, write_whole

MANIFEST = "manifest.json"
FORMAT = 1
"""The version of a backup's layout."""
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """One file of a backup: its size in bytes, the SHA-256 of its content, and the time of its last change (ns), by
    which an unchanged file is known without reading it."""

    size: int
    sha256: str
    changed_ns: int


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What a part of a backup holds: files by path relative to its folder, when it was taken (ISO 8601 with offset),
    and one sentence for each thing that is not as one would expect."""

    taken_at: str
    files: Mapping[str, CopiedFile]
    remarks: tuple[str, ...] = ()


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            sha.update(chunk)
    return sha.hexdigest()


def copy_file(
    source: Path, target: Path, known: CopiedFile | None = None, *, copy: Callable[[Path, Path], object] = shutil.copy2
) -> CopiedFile:
    """Copies the file `source` to `target` with its rights and time, whole or not at all, by `copy`. `known` is what an
    earlier backup holds there: a file of the same size and time is not copied again."""
    state = source.stat()
    if known and target.is_file() and (known.size, known.changed_ns) == (state.st_size, state.st_mtime_ns):
        return known
    target.parent.mkdir(parents=True, exist_ok=True)
    with complete(target) as part:
        copy(source, part)
        _flush(part)
    return CopiedFile(target.stat().st_size, digest_of(target), state.st_mtime_ns)


def copy_sqlite(source: Path, target: Path) -> CopiedFile:
    """A consistent copy of an SQLite file that others may write meanwhile (SQLite's backup API)."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with complete(target) as part:
        with closing(sqlite3.connect(source, timeout=30)) as read, closing(sqlite3.connect(part)) as written:
            read.backup(written)
            written.execute("pragma journal_mode = delete")
        part.chmod(source.stat().st_mode & 0o777)
        _flush(part)
    return CopiedFile(target.stat().st_size, digest_of(target), target.stat().st_mtime_ns)


def write_manifest(folder: Path, manifest: BackupManifest) -> None:
    """Writes the manifest last: a folder without one is no backup."""
    plain = {"format": FORMAT, **asdict(manifest)}
    write_whole(folder / MANIFEST, (json.dumps(plain, indent=1, sort_keys=True) + "\n").encode())


def read_manifest(folder: Path) -> BackupManifest:
    """The manifest of a folder. Raises RestoreRefused where there is none that can be read."""
    path = folder / MANIFEST
    try:
        read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        files = {name: CopiedFile(**entry) for name, entry in read["files"].items()}
        manifest = BackupManifest(read["taken_at"], files, tuple(read["remarks"]))
        is_known = read["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RestoreRefused(f"{path} cannot be read ({error}); name the folder that `pib backup` wrote") from error
    if not is_known:
        raise RestoreRefused(f"{path} is of another version of `pib backup`; restore it with the version that wrote it")
    outside = [name for name in files if Path(name).is_absolute() or ".." in Path(name).parts]
    if outside:
        raise RestoreRefused(f"{path} names {outside[0]!r}, which lies outside of the backup; it was altered")
    return manifest


def find_damage(folder: Path, manifest: BackupManifest) -> str | None:
    """The first file of a backup that is missing or differs from its digest, as a sentence; None where none does."""
    for name, copied in manifest.files.items():
        path = folder / name
        if not path.is_file():
            return f"{path} is missing"
        if path.stat().st_size != copied.size or digest_of(path) != copied.sha256:
            return f"{path} is not what was backed up (its SHA-256 differs)"
    return None


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
