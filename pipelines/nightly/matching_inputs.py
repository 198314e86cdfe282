"""What a night's matching rests on, and which lots are new: those whose inputs no stored result was computed with.

A result depends on the facts of its lot and on what is the same for all lots of a cluster: members, references,
feedback, declared consortia, weights, model and code. It does not depend on the day, and holds until one changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from matching.fit.member_offsets import FeedbackExample
from matching.fit.model import Fit
from matching.fit.weights import find_fit
from pipelines.config.clusters import crawled_countries
from pipelines.config.workspace import Workspace
from pipelines.errors import NoMembers
from pipelines.nightly.declared_consortia import load_declared
from pipelines.nightly.feedback import load_feedback_examples
from pipelines.nightly.source_selection import watched_lots, watches_less
from warehouse.model.match_results import Joint
from warehouse.model.members import Member
from warehouse.model.notices import OpenLot, Reference
from warehouse.store import Store

ROOMS = ("matching", "warehouse")
"""The packages whose code and tables matching uses."""


@dataclass(frozen=True, slots=True)
class MatchingInputs:
    """The inputs of the night's matching that are the same for all lots, the digest of all inputs of each open lot by
    lot, and the lots that no stored result has these inputs for."""

    members: tuple[Member, ...]
    references: tuple[Reference, ...]
    feedback: tuple[FeedbackExample, ...]
    declared: tuple[Joint, ...]
    fit: Fit
    digests: Mapping[str, str]
    new: Sequence[OpenLot]


def load_matching_inputs(workspace: Workspace, store: Store, model: str) -> MatchingInputs:
    """The inputs at the moment that is set in the `store`; `model` is the id of the model that encodes the texts.
    Raises NoMembers, WeightsRefused."""
    members = store.load_members()
    if not members:
        raise NoMembers("there are no members; run `pib members import FILE` (or --demo) first")
    references = store.load_references(member.company_number for member in members)
    feedback, declared = load_feedback_examples(store), load_declared(workspace)
    fit = find_fit(workspace.weights, workspace.background, model)
    shared = fingerprint_of(fit, model, members, references, feedback, declared)
    digests = {lot: _joined(shared, facts) for lot, facts in _watched_digests(workspace, store).items()}
    stored = store.load_stored_digests(digests.values())
    new = store.load_lots(lot for lot, digest in digests.items() if digest not in stored)
    return MatchingInputs(members, references, feedback, declared, fit, digests, new)


def _watched_digests(workspace: Workspace, store: Store) -> dict[str, str]:
    """The digests of the facts of the open lots that the cluster is shown."""
    digests, crawled = store.load_open_lot_digests(), crawled_countries(workspace)
    if not watches_less(workspace.settings, crawled):
        return digests
    watched = {lot.uid for lot in watched_lots(workspace.settings, crawled, store.load_open_lots())}
    return {lot: digest for lot, digest in digests.items() if lot in watched}


def fingerprint_of(fit: Fit, model: str, *facts: Iterable[object]) -> str:
    """The digest of what is the same for all lots, in hex. `facts` are frozen values (members, references, feedback),
    each in an order that is the same for the same warehouse."""
    digest = hashlib.sha256(f"{_code()}\n{model}\n{fit.id}\n{fit.base!r}\n".encode())
    digest.update(fit.weights.tobytes())
    digest.update(repr(sorted(fit.codes.rows.items())).encode())
    for some in facts:
        digest.update(b"\0")
        for value in some:
            digest.update(repr(value).encode() + b"\n")
    return digest.hexdigest()


def _joined(shared: str, facts: str) -> str:
    return hashlib.sha256(f"{shared} {facts}".encode()).hexdigest()


@cache
def _code() -> str:
    """A digest of the rooms' files: lots matched by other code are matched again."""
    digest = hashlib.sha256()
    for room in ROOMS:
        for entry in files_in(resources.files(room)):
            digest.update(entry.name.encode() + entry.read_bytes())
    return digest.hexdigest()


def files_in(folder: Traversable) -> Iterator[Traversable]:
    """Every file of a folder and of those in it, by name; what Python compiles is left out."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_file():
            yield entry
        elif entry.name != "__pycache__":
            yield from files_in(entry)
