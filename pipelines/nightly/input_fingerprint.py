"""The inputs of a night's match results as one digest: with the same digest, matching again would give the same
results."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from matching.fit.model import Fit

ROOMS = ("matching", "warehouse")
"""The packages whose code and tables matching uses."""


def fingerprint_of(fit: Fit, model: str, moment: datetime, *facts: Iterable[object]) -> str:
    """The digest, in hex. `facts` are frozen values (lots, members, references, answers), each in an order that is the
    same for the same warehouse."""
    digest = hashlib.sha256(f"{_code()}\n{model}\n{moment.isoformat()}\n{fit.id}\n{fit.base!r}\n".encode())
    digest.update(fit.weights.tobytes())
    digest.update(repr(sorted(fit.codes.rows.items())).encode())
    for some in facts:
        digest.update(b"\0")
        for value in some:
            digest.update(repr(value).encode() + b"\n")
    return digest.hexdigest()


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
