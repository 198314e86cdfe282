"""How texts go through a model: opened from its folder, in the arithmetic this processor is fastest at, in batches of
texts of one length.

Loading, precision and batches. Which model it is, its centring and the keys of its vectors are in embedding.py. Torch
is imported inside the functions that need it (it costs some 10 s and 500 MB).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matching.encoder import e5
from matching.errors import ModelUnusable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Floats = NDArray[np.float32]
Progress = Callable[[int, int], None]

TOKENS_AT_ONCE = 768
"""Tokens of one batch, padding included. Of 256 to 4,096 the speeds from 512 to 1,024 are equal and the best; 4,096 is
a third slower (its intermediate values leave the processor's cache)."""

_WORTH_HALVING = 1_000_000  # numbers of a model below which halving them gains nothing


def open_folder(folder: Path, *, halved: bool = True) -> SentenceTransformer:
    """The sentence-transformers model in a folder. `halved` lets it multiply in bfloat16 where the processor does so by
    itself: twice the texts a second of float32, and vectors whose cosine with float32's is .99997 or more (e5-small,
    160 real sentences; int8 is faster still, but its cosines go down to .976). Raises ModelUnusable."""
    import safetensors

    with _without_hub():
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        try:
            model = SentenceTransformer(
                str(folder), device="cpu", local_files_only=True, model_kwargs=_loading_choices(folder)
            )
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, safetensors.SafetensorError) as error:
            first = str(error).strip().partition("\n")[0]
            raise ModelUnusable(f"{folder}: cannot be loaded ({first}); delete this folder and run again") from error
    model.max_seq_length = min(model.max_seq_length or e5.MAX_TOKENS, e5.MAX_TOKENS)
    if halved and multiplies_halves():
        _halve(model)
    return model


def multiplies_halves() -> bool:
    """Whether this processor has instructions for bfloat16; emulating them is slower than float32."""
    import torch

    found = torch.cpu.get_capabilities()
    return bool(found.get("avx512_bf16") or found.get("amx_bf16"))


def _halve(model: SentenceTransformer) -> None:
    """The transformer's numbers become bfloat16; its output for each token is pooled in float32."""
    import torch

    def whole(_module: object, _inputs: object, output: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value.float() if isinstance(value, torch.Tensor) and value.dtype == torch.bfloat16 else value
            for name, value in output.items()
        }

    transformer = model[0]
    if sum(numbers.numel() for numbers in transformer.parameters()) >= _WORTH_HALVING:
        transformer.to(torch.bfloat16)
        transformer.register_forward_hook(whole)


def _loading_choices(folder: Path) -> dict[str, Any]:
    """The embedded model has no pooling layer of its own: without this, one is made up at random."""
    return {"add_pooling_layer": False} if folder.name == e5.folder_name() else {}


@contextmanager
def _without_hub() -> Generator[None]:
    """The environment has HF_HUB_OFFLINE while a folder is loaded, and only then: an unreachable hub is noticed after
    71 s, and a folder needs none. Written here because the hub's library reads nothing else."""
    before = os.environ.get("HF_HUB_OFFLINE")
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["HF_HUB_OFFLINE"]
        else:
            os.environ["HF_HUB_OFFLINE"] = before


def count_tokens(model: SentenceTransformer, texts: Sequence[str]) -> list[int]:
    """The tokens each text becomes, with its prompt and cut as it will be: what it costs to encode it."""
    prompt, most = model.prompts.get("query") or "", model.max_seq_length or e5.MAX_TOKENS
    read = model.tokenizer([prompt + text for text in texts], truncation=True, max_length=most)
    return [len(ids) for ids in read["input_ids"]]


def batches_of(tokens: Sequence[int], at_once: int = TOKENS_AT_ONCE) -> Iterator[list[int]]:
    """The positions of all texts, shortest first, in batches that hold at most so many tokens once each text is padded
    to the longest; a text longer than that goes alone."""
    batch: list[int] = []
    for i in sorted(range(len(tokens)), key=lambda i: (tokens[i], i)):
        if batch and (len(batch) + 1) * tokens[i] > at_once:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def encode_raw(model: SentenceTransformer, texts: Sequence[str], on_progress: Progress | None = None) -> Floats:
    """Vectors of length 1 before centring, float32 of shape (texts, dimension). Every text is prefixed with "query: ",
    as e5's authors require for symmetric similarity. `on_progress` is called with tokens, done and in all."""
    prompt = "query" if model.prompts.get("query") else None
    tokens = count_tokens(model, texts) if texts else []
    vectors = np.zeros((len(texts), 0), dtype=np.float32)
    done = 0
    for batch in batches_of(tokens):
        encoded = model.encode(
            [texts[i] for i in batch],
            prompt_name=prompt,
            batch_size=len(batch),
            convert_to_numpy=True,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        if not done:
            vectors = np.zeros((len(texts), encoded.shape[1]), dtype=np.float32)
        vectors[batch] = encoded
        done += sum(tokens[i] for i in batch)
        if on_progress:
            on_progress(done, sum(tokens))
    return vectors
