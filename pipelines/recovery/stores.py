"""The stores of a cluster: each that is damaged or gone is made anew, or left with a sentence that says why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from digests.delivery.outbox_records import outbox_damage_of, recover_outbox
from digests.errors import OutboxError
from interest.errors import InterestError
from interest.roles.room_check import check_room
from pipelines.config.workspace import Workspace
from pipelines.config.write_lock import write_lock
from pipelines.nightly.interest import is_set_up, room_of
from pipelines.recovery.damaged_warehouse import salvage_cluster
from pipelines.recovery.member_records import read_records, written_at
from portal.choices_records import choices_damage_of, recover_choices
from portal.errors import ChoicesError
from presentation.errors import SecretUnfit
from presentation.signed_links import load_or_create_secret, renew_secret
from warehouse.database.parts import StorePart
from warehouse.database.rebuild import settle
from warehouse.database.salvage import damage_of
from warehouse.made_files import mark_made, mark_of, set_apart
from warehouse.store import Store


@dataclass(frozen=True, slots=True)
class MendedStore:
    """A store that was damaged: its file, what was wrong, whether it was made anew, and a sentence for each loss or for
    what a person must do."""

    store: str
    damage: str
    is_mended: bool
    losses: tuple[str, ...]


def mend_stores(workspace: Workspace, *, at: datetime) -> tuple[MendedStore, ...]:
    """Makes the cluster's store, over whole facts, its outbox, choices and links' secret anew where they are damaged;
    what was said of interest can only be brought back from a backup. `at` is now, with a zone. Raises DataFolderBusy,
    and the errors of stores of a later version."""
    with write_lock(workspace.home, "pib rebuild"):
        return (
            *_mend_cluster(workspace, at),
            *_mend_outbox(workspace, at),
            *_mend_choices(workspace, at),
            *_mend_secret(workspace),
            *_look_at_interest(workspace),
        )


def _mend_cluster(workspace: Workspace, at: datetime) -> Iterator[MendedStore]:
    path = workspace.store
    damage = damage_of(path)
    if damage is None:
        return
    new = path.with_name(f"{path.name}.rebuilding")
    _clear(new)
    try:
        with Store.open(new, part=StorePart.CLUSTER, facts=workspace.facts_copy) as store:
            losses = salvage_cluster(workspace, store, at.date())
        settle(new)
        set_apart(path)
        new.replace(path)
    finally:
        _clear(new)
    mark_made(path)
    yield MendedStore(path.name, damage, is_mended=True, losses=losses)


def _clear(new: Path) -> None:
    """Nothing of an earlier attempt."""
    for part in (new, new.with_name(f"{new.name}.wal"), mark_of(new)):
        part.unlink(missing_ok=True)


def _mend_outbox(workspace: Workspace, at: datetime) -> Iterator[MendedStore]:
    path = workspace.outbox
    damage = outbox_damage_of(path)
    if damage is None:
        return
    new = path.with_name(f"{path.name}.rebuilding")
    new.unlink(missing_ok=True)
    folder = workspace.member_records
    records = read_records(folder, "letters")
    try:
        done = recover_outbox(path, new, records, at=at)
    except OutboxError as error:
        yield MendedStore(path.name, damage, is_mended=False, losses=(str(error),))
        return
    set_apart(path)
    new.replace(path)
    losses: list[str] = []
    if done.from_records:
        losses.append(f"the bytes of {done.from_records} letters are lost: the portal shows them no more")
    if records is not None:
        losses.append(f"letters written after {written_at(folder, 'letters')} and not readable would be written again")
    if done.uncertain:
        losses.append(f"not known to have left, and not sent again: the letters of {', '.join(done.uncertain)}")
    yield MendedStore(path.name, damage, is_mended=True, losses=tuple(losses))


def _mend_choices(workspace: Workspace, at: datetime) -> Iterator[MendedStore]:
    path = workspace.choices
    damage = choices_damage_of(path)
    if damage is None:
        return
    folder = workspace.member_records
    stopped, preferences = read_records(folder, "stopped"), read_records(folder, "preferences")
    try:
        done = recover_choices(path, stopped, preferences, at=at)
    except ChoicesError as error:
        yield MendedStore(path.name, damage, is_mended=False, losses=(str(error),))
        return
    losses: list[str] = []
    if not done.is_whole:
        losses.append(
            f"what members chose after {written_at(folder, 'stopped')}, to stop their letters too, is lost where it "
            "could not be read; feedback of nights before is in the cluster's store"
        )
    yield MendedStore(path.name, damage, is_mended=True, losses=tuple(losses))


def _mend_secret(workspace: Workspace) -> Iterator[MendedStore]:
    path = workspace.link_secret
    if not path.exists() and not mark_of(path).exists():
        return
    try:
        load_or_create_secret(path)
    except SecretUnfit as error:
        if path.is_file() and path.stat().st_mode & 0o077:
            yield MendedStore(path.name, str(error), is_mended=False, losses=(str(error),))
            return
        renew_secret(path)
        loss = "no link of a letter sent before opens anything, to unsubscribe neither; a backup would bring them back"
        yield MendedStore(path.name, str(error), is_mended=True, losses=(loss,))


def _look_at_interest(workspace: Workspace) -> Iterator[MendedStore]:
    room = room_of(workspace)
    if not is_set_up(room):
        return
    try:
        check_room(room)
    except InterestError as error:
        yield MendedStore("interest", str(error), is_mended=False, losses=(str(error),))
