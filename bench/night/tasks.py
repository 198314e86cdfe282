"""The tasks of bench.night, each one process: `python -m bench.night.tasks night|growth|runtimes FOLDER ...`."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from bench.night.runtimes import compare_runtimes
from bench.night.world import invent_members, invent_notices, read_calls
from matching.encoder.embedding import Model, digest_of, load_model
from matching.engine import match_lots, texts_to_encode
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace, as_of
from pipelines.nightly.embeddings import encode_missing
from pipelines.nightly.stages import run_lots, run_matches
from warehouse.model.notices import Text
from warehouse.store import Store

NIGHT = date(2026, 11, 20)
HALVINGS = 4


class Stages:
    """Processor seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def time(self, stage: str) -> Generator[None]:
        """Adds what happens inside to a stage."""
        began = time.process_time()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.process_time() - began


def run_night(workspace: Workspace, chosen: argparse.Namespace) -> dict[str, Any]:
    """A night through the stages of the product; `--again` saves nothing new and must encode nothing."""
    stages = Stages()
    began = time.perf_counter()
    if not chosen.again:
        invented = list(invent_notices(read_calls(chosen.shared / "notices"), chosen.notices, NIGHT))
        members = invent_members(chosen.shared / "benchmarks" / "decp2019", chosen.members)
        with stages.time("keeping"), Store.open(workspace.warehouse) as store:
            store.save_notices(invented)
            store.save_members(members)
        del invented
    with stages.time("lots"):
        lots = run_lots(workspace, NIGHT).open
    model = load_model(workspace.settings.model, workspace.models)
    with Store.open(workspace.warehouse) as store:
        with stages.time("gate"):
            store.set_as_of(as_of(NIGHT))
            known = store.load_members()
            references = store.load_references(m.company_number for m in known)
            texts = texts_to_encode(store.load_open_lots(), known, references)
        encoded = _encode(workspace, store, model, texts, chosen.sample, stages)
    with stages.time("judging"):
        counts = run_matches(workspace, NIGHT)
    return {
        "notices": chosen.notices,
        "members": chosen.members,
        "lots": lots,
        "texts": len(texts),
        **encoded,
        "matches": counts.matches,
        "consortia": counts.consortia,
        "seconds": stages.seconds,
        "wall": time.perf_counter() - began,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _encode(
    workspace: Workspace, store: Store, model: Model, texts: Sequence[Text], sample: int, stages: Stages
) -> dict[str, Any]:
    """Encodes what is missing, whole or a sample of it; the encoder's seconds are those of whole."""
    known = store.load_vectors(model.id, map(digest_of, texts))
    missing = [text for text in texts if digest_of(text) not in known]
    if not missing:
        with stages.time("encoder"):
            return {"encoded": encode_missing(workspace, store, model, texts), "tokens": 0, "sampled": 1.0}
    with stages.time("loading"):
        tokens = np.array(model.count_tokens(missing))
    order = np.argsort(tokens, kind="stable")
    places = np.unique(np.linspace(0, len(order) - 1, min(sample or len(order), len(order))).astype(int))
    part = [missing[i] for i in order[places]]
    clock = Stages()
    with clock.time("encoder"):
        encode_missing(workspace, store, model, part)
    share = float(tokens[order[places]].sum() / tokens.sum())
    stages.seconds["encoder"] = clock.seconds["encoder"] / share
    if len(part) < len(missing):
        vectors = store.load_vectors(model.id, map(digest_of, part))
        lenders = np.searchsorted(places, np.arange(len(order))).tolist()  # the next longer text that was encoded
        lent = {digest_of(missing[i]): vectors[digest_of(part[n])] for i, n in zip(order, lenders, strict=True)}
        store.save_vectors(model.id, lent)
    return {"encoded": len(missing), "tokens": int(tokens.sum()), "sampled": share}


def run_growth(workspace: Workspace, chosen: argparse.Namespace) -> dict[str, Any]:
    """Prefilter and matching of the first half, quarter and eighth of the lots, then of the members, with stored
    vectors."""
    model = load_model(workspace.settings.model, workspace.models)
    with Store.open(workspace.warehouse, read_only=True) as store:
        lots, members = store.load_open_lots(), store.load_members()
        vectors = store.load_vectors(model.id, map(digest_of, texts_to_encode(lots, members)))
    lots.sort(key=lambda lot: lot.uid)  # uids are drawn: any first part is a fair sample
    list(match_lots(lots[:20], members, (), vectors, as_of=as_of(NIGHT)))  # compiles what is compiled
    found: dict[str, Any] = {"notices": [], "members": []}
    fewer = lots[: max(8, len(lots) // 4)]
    for _ in range(chosen.repeat):
        for halving in reversed(range(HALVINGS)):
            some, few = lots[: len(lots) >> halving], members[: len(members) >> halving]
            for kind, inputs in (("notices", (some, members)), ("members", (fewer, few))):
                began = time.process_time()
                texts_to_encode(*inputs)
                for _result in match_lots(*inputs, (), vectors, as_of=as_of(NIGHT)):
                    pass
                size = chosen.notices >> halving if kind == "notices" else len(few)
                found[kind].append({"size": size, "seconds": time.process_time() - began})
    return found


def main() -> int:
    """One task, its figures as one line of JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("run_task", choices=("night", "growth", "runtimes"))
    options.add_argument("folder", type=Path)
    options.add_argument("--shared", type=Path, required=True)
    options.add_argument("--model", required=True)
    options.add_argument("--notices", type=int, default=0)
    options.add_argument("--members", type=int, default=0)
    options.add_argument("--sample", type=int, default=0)
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--texts", type=int, default=240)
    options.add_argument("--again", action="store_true")
    chosen = options.parse_args()
    workspace = Workspace(Settings(data=chosen.folder / "portal", model=chosen.model))
    workspace.data.mkdir(exist_ok=True)
    if chosen.run_task == "night":
        found = run_night(workspace, chosen)
    elif chosen.run_task == "growth":
        found = run_growth(workspace, chosen)
    else:
        found = compare_runtimes(workspace.models, workspace.settings.model, chosen.shared, chosen.texts)
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
