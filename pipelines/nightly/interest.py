"""The nights of interest: which lots may be declared, the release gate and its exports, each a stage of the night.

No function here returns a measure, logs, or names in an error what a member did: the steps are the same whoever
declared. A cluster that has not set up the service (`pib interest setup`) has no such stages: they end at once.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from interest.atomic_files import make_private_folder, write_undated
from interest.competence_families import Directory, DirectoryEntry, families_of, size_class
from interest.crypto.key_manifest import Chain
from interest.crypto.key_rotation import hold_ceremony, read_windows
from interest.crypto.trusted_day import confirm_day, describe_held_night, read_trusted_day, trust_day
from interest.errors import DayUnconfirmed, NotSetUp
from interest.folders import Mode, Room, write_mode
from interest.policy import SHIPPED, Policy, read_policy
from interest.release.release_gate import ReleaseGate
from interest.roles.issuer import Issuer
from interest.roles.vault import Vault
from pipelines.config.workspace import ZONE, Workspace
from pipelines.config.write_lock import writes
from warehouse.model.members import Member

CLOCK_CHECK = "the_clock_has_not_jumped"


def room_of(workspace: Workspace) -> Room:
    """The cluster's room."""
    return Room(workspace.interest)


def is_set_up(room: Room) -> bool:
    """Whether `pib interest setup` was run here."""
    return _policy_path(room).is_file()


@writes("pib interest setup")
def set_up(workspace: Workspace, policy: Path | None, mode: str = "vault") -> None:
    """Makes the room, with the policy shipped or the operator's own. Raises PolicyRefused, NotSetUp."""
    room = room_of(workspace)
    chosen = policy or SHIPPED
    read_policy(chosen)
    if mode not in set(Mode):
        raise NotSetUp("a mode is vault or blind")
    make_private_folder(room.folder)
    write_mode(room.public, Mode(mode))
    write_undated(_policy_path(room), chosen.read_bytes())


def policy_of(room: Room) -> Policy:
    """The cluster's policy. Raises PolicyRefused."""
    return read_policy(_policy_path(room))


def _policy_path(room: Room) -> Path:
    return room.public / "policy.toml"


def directory_of(members: Iterable[Member]) -> Directory:
    """The directory as members see it."""
    return Directory(tuple(_entry(member) for member in members))


def _entry(member: Member) -> DirectoryEntry:
    families = families_of(cpv.code for competence in member.competences for cpv in competence.cpv)
    return DirectoryEntry(member.id, families, member.nuts.code, size_class(member.headcount))


@writes("a night, keys of interest")
def run_interest_keys(workspace: Workspace, night: date) -> str | None:
    """The key ceremony: keys for the lots that anybody was told of, none for those whose time is over. A backfill of
    an older night finds it held. Returns what a person must do where the clock jumped, else None."""
    room = room_of(workspace)
    if not is_set_up(room):
        return None
    if not gate_of(workspace).is_over(night):
        hold_ceremony(room, _declarable(workspace, night), today=night, policy=policy_of(room))
        Issuer(room.issuer).forget()
    return describe_held_night(room)


def find_interest_needs(workspace: Workspace) -> tuple[str, ...]:
    """What a person must do about interest, a sentence each: nothing of it depends on what anybody declared."""
    sentence = describe_held_night(room_of(workspace)) if is_set_up(room_of(workspace)) else None
    return (sentence,) if sentence else ()


@writes("pib interest confirm-day")
def confirm_today(workspace: Workspace, stated: date, today: date) -> None:
    """A person vouches for the clock. Raises DayUnconfirmed."""
    confirm_day(room_of(workspace), stated, today)


def _declarable(workspace: Workspace, night: date) -> list[tuple[str, date]]:
    """The open lots that fit some member, alone or in a group, and state a deadline, with its day."""
    with workspace.reading() as store:
        declarable = {
            match_result.lot_uid
            for match_result in store.load_match_results(night, without_refusals=True)
            if match_result.matches or match_result.consortia
        }
        lots = store.load_open_lots()
    due = ((lot.uid, lot.lot.deadline) for lot in lots if lot.uid in declarable)
    return [(uid, deadline.at.astimezone(ZONE).date()) for uid, deadline in due if deadline]


def gate_of(workspace: Workspace) -> ReleaseGate:
    """The release gate of the cluster, with the directory as it is today."""
    room = room_of(workspace)
    with workspace.reading() as store:
        directory = directory_of(store.load_members())
    return ReleaseGate(room, directory, policy_of(room))


@writes("a night, the gate of interest")
def run_interest_gate(workspace: Workspace, night: date) -> None:
    """The gate's night; once decided, a run decides nothing more, and a backfill of an older night, or a night that the
    clock jumped to, nothing at all: the ledger never goes back."""
    room = room_of(workspace)
    if is_set_up(room) and not gate_of(workspace).is_over(night) and trust_day(room, night):
        gate_of(workspace).decide(night)


@writes("a night, exports of interest")
def run_interest_exports(workspace: Workspace) -> None:
    """Publishes the newest night of the release gate."""
    if is_set_up(room_of(workspace)):
        gate_of(workspace).publish()


def find_key_manifest(workspace: Workspace) -> str:
    """The SHA-256 of the newest manifest of keys, which every letter prints; "" where the service is not set up."""
    room = room_of(workspace)
    return Chain(room.public / "manifests").last().sha256 if is_set_up(room) else ""


@writes("pib interest erase")
def erase_member(workspace: Workspace, member: str, today: date) -> None:
    """Deletes whatever the vault and the issuer hold of a member, and what followed it."""
    room, gate = room_of(workspace), gate_of(workspace)
    Vault(room, gate.directory).erase(member)
    Issuer(room.issuer).erase(member)
    gate.clean(min(today, read_trusted_day(room).trusted or today))


@writes("pib interest purge")
def purge(workspace: Workspace, today: date) -> None:
    """What the night does for those whose time is over, at once: keys destroyed, the store written anew. Raises
    DayUnconfirmed when the clock jumped; then nothing is destroyed."""
    room = room_of(workspace)
    if not trust_day(room, today):
        raise DayUnconfirmed(describe_held_night(room))
    windows = [(window.lot_uid, window.deadline_on) for window in read_windows(room.public)]
    hold_ceremony(room, windows, today=today, policy=policy_of(room))
    Issuer(room.issuer).forget()
    gate_of(workspace).clean(today)
