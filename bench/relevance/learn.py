"""Learns the background that ships: `python -m bench.relevance.learn --data DIR --notices DIR --write FILE`.

From all judged lots and members of the folder, and all other lots of the notices. Its quality on lots and members
that it has not seen is measured by `bench.relevance --cv`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bench.relevance.folder import Unusable
from bench.relevance.scoring import learn
from bench.relevance.world import read_world
from matching.encoder.embedding import EMBEDDED, load_model
from matching.relevance.background import format_background


def run(argv: Sequence[str] | None = None) -> int:
    """The command; 2 when the folder cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m bench.relevance.learn", description="The background that ships.")
    parser.add_argument("--data", type=Path, required=True, help="folder with members.csv, lots.csv, judgements.csv")
    parser.add_argument("--notices", type=Path, required=True, help="folder that the files of lots.csv lie in")
    parser.add_argument("--models", type=Path, default=Path("data/models"), help="where the embedded model is kept")
    parser.add_argument("--vectors", type=Path, help="keep the vectors in this file between runs")
    parser.add_argument("--write", type=Path, required=True, help="the file to write")
    given = parser.parse_args(argv)
    try:
        model = load_model(EMBEDDED, given.models)
        world = read_world(given.data, given.notices, model, given.vectors, with_others=True)
    except Unusable as error:
        print(error, file=sys.stderr)
        return 2
    lots, members = world.folder.grades.shape
    found = learn(world, np.arange(lots), np.arange(members))
    day = datetime.now(UTC).date()
    trained = f"{day}: {lots} judged lots, {members} members, {len(world.others)} other lots; {model.id}"
    given.write.write_text(format_background(replace(found, trained=trained)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run())
