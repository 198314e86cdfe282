"""The tasks of bench.night, each one process: `python -m bench.night.tasks TASK FOLDER ...`."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
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
from pipelines.nightly.matching_inputs import load_matching_inputs
from pipelines.nightly.stages import run_lots, run_matches
from warehouse.model.notices import Text
from warehouse.results.plain_values import to_plain
from warehouse.store import Store

NIGHT = date(2026, 11, 20)
HALVINGS = 4
TOLERANCE = 1e-6
"""Numbers of one lot may differ by rounding: vectors of other lots are multiplied in the same call."""


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
    """A night through the stages of the product: the first one, the same one again (`--again`), which saves nothing new
    and must encode nothing, or the next one (`--new`), with so many more notices."""
    stages, night = Stages(), NIGHT + timedelta(days=1) if chosen.new else NIGHT
    began = time.perf_counter()
    if not chosen.again:
        _save_inputs(workspace, chosen, night, stages)
    with stages.time("lots"):
        lots = run_lots(workspace, night).open
    model = load_model(workspace.settings.model, workspace.models)
    with stages.time("lots"):
        workspace.publish_facts()
    with workspace.reading() as store:
        with stages.time("gate"):
            inputs = load_matching_inputs(workspace, store, model.id)
            texts = texts_to_encode(inputs.new, inputs.members, inputs.references) if inputs.new else ()
        del inputs
    with workspace.open_facts() as store:
        encoded = _encode(workspace, store, model, texts, chosen.sample, stages)
        store.publish_copy(workspace.facts_copy)
    with stages.time("judging"):
        counts = run_matches(workspace, night)
    return {
        "notices": chosen.new or chosen.notices,
        "members": chosen.members,
        "lots": lots,
        "new": counts.new,
        "texts": len(texts),
        **encoded,
        "matches": counts.matches,
        "consortia": counts.consortia,
        "seconds": stages.seconds,
        "wall": time.perf_counter() - began,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _save_inputs(workspace: Workspace, chosen: argparse.Namespace, night: date, stages: Stages) -> None:
    """Saves the notices of the night and, before the first one, the members."""
    real = read_calls(chosen.shared / "notices")
    # The next night's notices are of another draw, so that no identity is that of a notice of the first one.
    invented = list(invent_notices(real, chosen.new or chosen.notices, night, seed=8 if chosen.new else 7))
    with stages.time("keeping"), workspace.open_facts() as store:
        store.save_notices(invented)
    if not chosen.new:
        with stages.time("keeping"), workspace.open_cluster() as store:
            store.save_members(invent_members(chosen.shared / "benchmarks" / "decp2019", chosen.members))


def compare_with_matching_all(workspace: Workspace, _chosen: argparse.Namespace) -> dict[str, Any]:
    """Lots whose stored result of the next night differs from that of matching every open lot again: at all, and by
    more than TOLERANCE in a number or by anything else."""
    night, model = NIGHT + timedelta(days=1), load_model(workspace.settings.model, workspace.models)
    with workspace.reading() as store:
        inputs, lots = load_matching_inputs(workspace, store, model.id), store.load_open_lots()
        stored = {result.lot_uid: result for result in store.load_match_results(night)}
        matched = match_lots(
            lots,
            inputs.members,
            inputs.references,
            partial(store.load_vectors, model.id),
            as_of=as_of(night),
            fit=inputs.fit,
            feedback=inputs.feedback,
            model=model.id,
        )
        began = time.process_time()
        unequal = [(result, stored.get(result.lot_uid)) for result in matched if stored.get(result.lot_uid) != result]
    different = [ours.lot_uid for ours, theirs in unequal if not _is_close(to_plain(ours), to_plain(theirs))]
    return {
        "lots": len(lots),
        "unequal": len(unequal),
        "different": len(different) + len(stored.keys() - {lot.uid for lot in lots}),
        "seconds": time.process_time() - began,
    }


def _is_close(ours: Any, theirs: Any) -> bool:
    """Whether two plain values are the same but for TOLERANCE in their numbers."""
    if isinstance(ours, float) and isinstance(theirs, float):
        return abs(ours - theirs) <= TOLERANCE
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(_is_close, ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(_is_close(value, theirs[name]) for name, value in ours.items())
    return bool(ours == theirs)


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
    with workspace.reading() as store:
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
    options.add_argument("run_task", choices=("night", "compare", "growth", "runtimes"))
    options.add_argument("folder", type=Path)
    options.add_argument("--shared", type=Path, required=True)
    options.add_argument("--model", required=True)
    options.add_argument("--notices", type=int, default=0)
    options.add_argument("--members", type=int, default=0)
    options.add_argument("--sample", type=int, default=0)
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--texts", type=int, default=240)
    options.add_argument("--again", action="store_true")
    options.add_argument("--new", type=int, default=0)
    chosen = options.parse_args()
    workspace = Workspace(Settings(data=chosen.folder / "portal", model=chosen.model))
    workspace.data.mkdir(exist_ok=True)
    if chosen.run_task == "night":
        found = run_night(workspace, chosen)
    elif chosen.run_task == "compare":
        found = compare_with_matching_all(workspace, chosen)
    elif chosen.run_task == "growth":
        found = run_growth(workspace, chosen)
    else:
        found = compare_runtimes(workspace.models, workspace.settings.model, chosen.shared, chosen.texts)
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
