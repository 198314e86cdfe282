"""Folders of invented awards, in the format of the benchmarks: notices.csv and awards.csv."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

Rows = Sequence[Mapping[str, str]]


def write_awards(folder: Path, notices: Rows, awards: Rows) -> Path:
    """Writes both tables, each with the columns of its first row; returns the folder."""
    for name, lines in (("notices", notices), ("awards", awards)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(lines[0]))
            writer.writeheader()
            writer.writerows(lines)
    return folder
