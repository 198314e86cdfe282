"""`pib restore`: a data folder, or one cluster, from its backup, verified before anything is written."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from digests.delivery.outbox import LetterState, Outbox
from pipelines.config.workspace import Workspace
from pipelines.config.write_lock import LOCK_FILES, write_lock
from pipelines.errors import RestoreRefused
from pipelines.recovery.backup import CLUSTERS, FACTS, INTEREST, MAIN
from pipelines.recovery.files import BackupManifest, copy_file, find_damage, read_manifest
from warehouse.made_files import mark_made


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: the moment of the backup, files, letters that may have left after it, and remarks."""

    taken_at: str
    files: int
    uncertain: int
    remarks: tuple[str, ...]


def restore(
    workspace: Workspace, source: Path, *, interest_source: Path | None = None, cluster: str | None = None
) -> Restored:
    """Writes the data folder anew, or the folder of one cluster beside the others.

    Args:
        workspace: its data folder must not be there, or be empty; with `cluster` that of its cluster.
        source: the folder of the backup.
        interest_source: where the parts of interest lie, None for `source`.
        cluster: the cluster, by its name in the backup; None for all that was backed up. The cluster of `workspace` is
            its name from now on.

    Raises RestoreRefused, and writes nothing, for a folder in use, a backup with a missing or altered file, or one
    without the part of interest that it should have; DataFolderBusy.
    """
    target = workspace.home if cluster else workspace.data
    _refuse_what_is_in_use(target)
    parts = list(_parts(source, interest_source or source, cluster))
    if interest_source and not any(part.is_secret for part in parts):
        raise RestoreRefused(f"{interest_source} holds no part of interest of what is to be restored")
    new = target.with_name(f".{target.name}.restoring")
    with write_lock(target, "pib restore"):
        _refuse_what_is_in_use(target)
        shutil.rmtree(new, ignore_errors=True)
        for part in parts:
            for name in part.manifest.files:
                copy_file(part.folder / name, new / part.below / name)
            if part.is_secret:
                (new / part.below).chmod(0o700)
        uncertain = sum(_mark_uncertain(path) for path in sorted(new.rglob(workspace.outbox.name)))
        for store in (workspace.warehouse, workspace.store, workspace.choices):
            for path in sorted(new.rglob(store.name)):
                mark_made(path)
        has_ended_links = any(new.rglob(workspace.link_register.name))
        _put_in_place(new, target)
    main = [part for part in parts if not part.is_secret]
    secret = any(part.is_secret for part in parts)
    remarks = (
        *(remark for part in main for remark in part.manifest.remarks),
        *((_ENDED_LINKS,) if has_ended_links else ()),
        *(() if secret else (_NO_INTEREST,)),
    )
    return Restored(main[0].manifest.taken_at, sum(len(part.manifest.files) for part in parts), uncertain, remarks)


@dataclass(frozen=True, slots=True)
class _BackupPart:
    """A verified part of a backup: its folder, where it goes below what is restored, and whether it holds interest."""

    folder: Path
    below: Path
    manifest: BackupManifest
    is_secret: bool = False


def _parts(source: Path, interest_source: Path, cluster: str | None) -> Iterator[_BackupPart]:
    if (
        source / MAIN
    ).is_dir() and cluster is None:  # of before facts and clusters were apart; the next command moves it
        yield _BackupPart(source / MAIN, Path(), _verified(source / MAIN))
        yield from _secret_part(interest_source / INTEREST, Path())
        return
    if cluster is None:
        yield _BackupPart(source / FACTS, Path(FACTS), _verified(source / FACTS))
    kept = sorted(path.name for path in (source / CLUSTERS).glob("*"))
    for name in kept if cluster is None else [cluster]:
        below = Path() if cluster else Path(CLUSTERS) / name
        folder = source / CLUSTERS / name / MAIN
        yield _BackupPart(folder, below, _verified(folder))
        yield from _secret_part(interest_source / CLUSTERS / name / INTEREST, below)


def _secret_part(folder: Path, below: Path) -> Iterator[_BackupPart]:
    if folder.is_dir():
        yield _BackupPart(folder, below / INTEREST, _verified(folder), is_secret=True)


_ENDED_LINKS = (
    "members' links that were ended after the backup hold again: import the members file of today, and end the others "
    "anew (pib members revoke)"
)


def _refuse_what_is_in_use(data: Path) -> None:
    if data.is_dir() and any(path.name not in LOCK_FILES for path in data.iterdir()):
        raise RestoreRefused(f"{data} holds something; move it away first, for a restore never overwrites")


def _put_in_place(new: Path, data: Path) -> None:
    """The restored folder takes the name, in one step: the empty one, with the files of its lock, goes before."""
    for name in LOCK_FILES:
        (data / name).unlink(missing_ok=True)
    try:
        data.rmdir()
        new.replace(data)
    except OSError as error:
        raise RestoreRefused(f"another process began to write in {data}; stop it, and restore again") from error


_NO_INTEREST = "the backup holds no part of interest: declarations and their keys are not restored (--interest DIR)"


def _verified(folder: Path) -> BackupManifest:
    manifest = read_manifest(folder)
    if damage := find_damage(folder, manifest):
        raise RestoreRefused(f"{damage}; nothing was restored, take another backup")
    return manifest


def _mark_uncertain(path: Path) -> int:
    """Letters that were leaving or about to when the backup was taken may have left since: they are sent again under
    the same Message-ID only, and reported. Returns their number."""
    if not path.is_file():
        return 0
    with Outbox.open(path) as outbox, outbox.transaction() as connection:
        return connection.execute(
            "update letter set state = ?, detail = ?, worker = null, not_before = null where state in (?, ?, ?)",
            (
                *(LetterState.UNKNOWN, "restored from a backup: it may have left since that was taken"),
                *(LetterState.RENDERED, LetterState.DEFERRED, LetterState.SENDING),
            ),
        ).rowcount
