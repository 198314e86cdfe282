from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from matching.encoder.embedding import Model, digest_of, load_model
from pipelines.config.settings import Settings
from pipelines.config.workspace import Workspace
from pipelines.nightly.embeddings import CHUNK, encode_missing
from tests.support.stores import open_store
from warehouse.model.notices import Text
from warehouse.store import Store

TEXTS = [Text(f"serveur {'rapide ' * (n % 7)}{n}", "fr") for n in range(20)]


@dataclass
class Watcher:
    """Records the progress of a night."""

    stages: list[str] = field(default_factory=list)
    seen: list[tuple[int, int | None]] = field(default_factory=list)

    def begin(self, stage: str) -> None:
        self.stages.append(stage)

    def advance(self, done: int, total: int | None) -> None:
        self.seen.append((done, total))


@pytest.fixture(scope="module")
def model(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_model(str(small_model), tmp_path_factory.mktemp("home"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "warehouse.duckdb") as opened:
        yield opened


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(Settings(data=tmp_path), progress=Watcher())


def test_a_text_is_encoded_once(workspace: Workspace, store: Store, model: Model) -> None:
    assert [encode_missing(workspace, store, model, TEXTS[:12]), encode_missing(workspace, store, model, TEXTS)] == [
        12,
        8,
    ]
    assert len(store.load_vectors(model.id, map(digest_of, TEXTS))) == 20


@pytest.mark.parametrize("numbers", [16, 64])
def test_vectors_of_another_dimension_are_encoded_again(
    workspace: Workspace, store: Store, model: Model, numbers: int
) -> None:
    store.save_vectors(model.id, {digest_of(TEXTS[3]): np.ones(numbers, dtype="<f4").tobytes()})
    assert encode_missing(workspace, store, model, TEXTS) == 20
    found = store.load_vectors(model.id, map(digest_of, TEXTS))
    assert {len(vector) for vector in found.values()} == {4 * model.dimension}


def test_one_odd_vector_among_kept_ones_is_found_although_nothing_is_missing(
    workspace: Workspace, store: Store, model: Model
) -> None:
    encode_missing(workspace, store, model, TEXTS[1:])
    store.save_vectors(model.id, {digest_of(TEXTS[0]): np.ones(5, dtype="<f4").tobytes()})
    assert encode_missing(workspace, store, model, TEXTS) == 1
    assert encode_missing(workspace, store, model, TEXTS) == 0


def test_another_models_vectors_are_left_alone(workspace: Workspace, store: Store, model: Model) -> None:
    other = {digest_of(TEXTS[3]): bytes(4 * 768)}
    store.save_vectors("other", other)
    encode_missing(workspace, store, model, TEXTS)
    assert store.load_vectors("other", other) == other


def test_a_progress_bar_receives_tokens_up_to_the_last(workspace: Workspace, store: Store, model: Model) -> None:
    texts = [Text(f"mot {n}", "fr") for n in range(CHUNK + 40)]
    encode_missing(workspace, store, model, texts)
    watcher, tokens = workspace.progress, sum(model.count_tokens(texts))
    assert isinstance(watcher, Watcher)
    assert watcher.seen == sorted(watcher.seen)
    assert watcher.seen[-1] == (tokens, tokens)


def test_forgetting_says_how_many_there_were(store: Store) -> None:
    store.save_vectors("small", {"a": bytes(4), "b": bytes(4)})
    assert [store.delete_vectors("small", ["a", "z"]), store.delete_vectors("small", ["a"])] == [1, 0]
    assert store.load_vectors("small", ["a", "b"]) == {"b": bytes(4)}
