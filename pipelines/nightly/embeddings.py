"""The vectors of a night: loads the stored ones, encodes the missing ones."""

from collections.abc import Sequence
from itertools import accumulate

from matching.encoder.embedding import Model, digest_of
from pipelines.config.workspace import Workspace
from warehouse.model.notices import Text
from warehouse.store import Store

CHUNK = 512
"""Texts encoded between two writings of their vectors: a killed night loses half a minute of encoding."""


def encode_missing(workspace: Workspace, store: Store, model: Model, texts: Sequence[Text]) -> int:
    """Encodes the `texts` whose vectors are not in the `store` under the id of the `model`, shortest first, and saves
    them; returns how many.

    The progress of the `workspace` counts tokens, for the time of a text grows with them. Stored vectors of another
    length than the model's (a damaged file, a folder whose weights were changed) are deleted and encoded again.
    """
    known = store.load_vectors(model.id, map(digest_of, texts))
    missing = [text for text in texts if digest_of(text) not in known]
    if missing or len(set(map(len, known.values()))) > 1:
        unlike = [digest for digest, numbers in known.items() if len(numbers) != 4 * model.dimension]
        store.delete_vectors(model.id, unlike)
        missing += [text for text in texts if digest_of(text) in set(unlike)]
    costs = model.count_tokens(missing)
    order = sorted(range(len(missing)), key=costs.__getitem__)
    before = [0, *accumulate(costs[i] for i in order)]
    for start in range(0, len(order), CHUNK):
        chunk = [missing[i] for i in order[start : start + CHUNK]]
        store.save_vectors(model.id, model.encode_kept(chunk, workspace.advancing(before[start], before[-1])))
    return len(missing)
