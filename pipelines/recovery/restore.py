"""`pib restore`: a data folder from its backup, verified before anything is written."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from digests.delivery.outbox import LetterState, Outbox
from pipelines.config.workspace import Workspace
from pipelines.config.write_lock import LOCK_FILES, write_lock
from pipelines.errors import RestoreRefused
from pipelines.recovery.backup import INTEREST, MAIN
from pipelines.recovery.files import BackupManifest, copy_file, find_damage, read_manifest
from warehouse.made_files import mark_made


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: the moment of the backup, files, letters that may have left after it, and remarks."""

    taken_at: str
    files: int
    uncertain: int
    remarks: tuple[str, ...]


def restore(workspace: Workspace, source: Path, *, interest_source: Path | None = None) -> Restored:
    """Writes the data folder anew.

    Args:
        workspace: its data folder must not be there, or be empty.
        source: the folder of the backup.
        interest_source: where the part of interest lies, None for `source`.

    Raises RestoreRefused, and writes nothing, for a data folder in use, a backup with a missing or altered file, or one
    without the part of interest that it should have; DataFolderBusy.
    """
    data = workspace.data
    _refuse_what_is_in_use(data)
    parts = [(source / MAIN, Path(), _verified(source / MAIN))]
    interest = (interest_source or source) / INTEREST
    if interest.is_dir() or interest_source:
        parts.append((interest, Path("interest"), _verified(interest)))
    new = data.with_name(f"{data.name}.restoring")
    with write_lock(data, "pib restore"):
        _refuse_what_is_in_use(data)
        shutil.rmtree(new, ignore_errors=True)
        for folder, below, manifest in parts:
            for name in manifest.files:
                copy_file(folder / name, new / below / name)
            if below.parts:
                (new / below).chmod(0o700)
        uncertain = _mark_uncertain(new / workspace.outbox.name)
        for store in (workspace.warehouse, workspace.choices):
            if (new / store.name).is_file():
                mark_made(new / store.name)
        _put_in_place(new, data)
    (_, _, main), *secret = parts
    links = (_ENDED_LINKS,) if workspace.link_register.is_file() else ()
    remarks = (*main.remarks, *links, *(() if secret else (_NO_INTEREST,)))
    return Restored(main.taken_at, sum(len(m.files) for _, _, m in parts), uncertain, remarks)


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
