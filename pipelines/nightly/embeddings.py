"""The vectors of a night: which texts of lots the clusters need; the stored ones loaded, the missing ones encoded.

Vectors of lots are facts, made once whatever the number of clusters; those of members' texts stay with their cluster.
"""

from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate

from matching.encoder.embedding import Model, digest_of
from matching.engine import texts_to_encode
from matching.errors import WeightsRefused
from pipelines.config.clusters import each_cluster
from pipelines.config.workspace import Workspace
from pipelines.config.write_lock import print_waiting, write_lock
from pipelines.errors import NoMembers
from pipelines.nightly.matching_inputs import load_matching_inputs
from warehouse.errors import WarehouseError
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


def texts_of_new_lots(workspace: Workspace, model: str) -> Mapping[str, Text]:
    """The distinct texts of lots that are new to a cluster and pass its prefilter, by digest, without texts of members.

    `workspace` is of the installation, whose facts have the moment of the night and are not open for writing; `model`
    is the id of the model. A cluster that cannot be matched is left out: its own stages name the reason.
    """
    found: dict[str, Text] = {}
    for cluster in each_cluster(workspace):
        try:
            with _reading(cluster) as store:
                inputs = load_matching_inputs(cluster, store, model)
        except (WarehouseError, NoMembers, WeightsRefused):
            continue
        if inputs.new:
            own = set(map(digest_of, texts_to_encode((), inputs.members, inputs.references)))
            texts = texts_to_encode(inputs.new, inputs.members, inputs.references, inputs.feedback)
            found |= {digest: text for text in texts if (digest := digest_of(text)) not in own}
    return found


def load_cluster_vectors(workspace: Workspace, model: str, digests: Collection[str]) -> Mapping[str, bytes]:
    """Vectors of texts of lots that a cluster's store holds, by digest: those of a data folder from before facts and
    clusters were stored apart."""
    found: dict[str, bytes] = {}
    for cluster in each_cluster(workspace):
        try:
            with _reading(cluster) as store:
                found |= store.load_vectors(model, digests)
        except WarehouseError:
            continue
    return found


@contextmanager
def _reading(cluster: Workspace) -> Generator[Store]:
    """The cluster's store, once nobody writes it, over the facts themselves."""
    with (
        write_lock(cluster.home, "a night, reading members", on_wait=print_waiting),
        Store.open(cluster.store, read_only=True, facts=cluster.warehouse) as store,
    ):
        yield store
