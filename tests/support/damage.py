"""Six ways in which a file is broken."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

_BLOCK = 4096


def fill_with_garbage(path: Path) -> None:
    """Random bytes, as many as there were."""
    path.write_bytes(random.Random(1).randbytes(path.stat().st_size))


def cut_in_half(path: Path) -> None:
    """The first half of the file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_blocks(path: Path) -> None:
    """Every second block inverted, but for the first three, where databases keep their headers."""
    body = bytearray(path.read_bytes())
    first = min(3 * _BLOCK, len(body) // 2)
    for at in range(first, len(body), 2 * _BLOCK):
        body[at : at + _BLOCK] = bytes(255 - byte for byte in body[at : at + _BLOCK])
    path.write_bytes(bytes(body))


def remove(path: Path) -> None:
    """No file."""
    path.unlink()


def empty(path: Path) -> None:
    """A file of no bytes."""
    path.write_bytes(b"")


def replace_by_text(path: Path) -> None:
    """A file of another kind."""
    path.write_text("This is a letter, and no database.\n" * 50, encoding="utf-8")


DAMAGES: tuple[Callable[[Path], None], ...] = (
    fill_with_garbage,
    cut_in_half,
    flip_blocks,
    remove,
    empty,
    replace_by_text,
)
