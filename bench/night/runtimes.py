"""The encoder beside every runtime that is installed, on the same texts: seconds, vectors and what they find.

Quality is equal when vectors have a mean cosine of .999 with torch's float32 and find no fewer twins, beyond twice the
standard error of the difference. A runtime that is not installed is reported; `pip install onnx onnxruntime
openvino` brings those compared here. None of them is needed to run a night.
"""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.crosslingual.__main__ import reciprocal_ranks
from bench.crosslingual.texts import read_labels
from bench.night.world import read_calls
from matching.encoder.encoding import batches_of, count_tokens, encode_raw, open_folder
from matching.text.sentences import split_sentences

Floats = NDArray[np.float32]
Forward = Callable[[NDArray[np.int64], NDArray[np.int64]], Floats]
Encode = Callable[[Sequence[str]], Floats]

SAME = 0.999
TWINS = 200
REPEAT = 3


def compare_runtimes(models: Path, name: str, shared: Path, count: int) -> dict[str, Any]:
    """Seconds (the least of three, interleaved), cosines and found translations of every runtime.

    `models` is the folder of models and `name` the model; `shared` is the folder of notices and code lists; `count`
    texts are encoded.
    """
    from matching.encoder.e5 import find_weights, rebuild_e5
    from matching.encoder.embedding import EMBEDDED

    folder = rebuild_e5(find_weights(), models) if name == EMBEDDED else Path(name)
    texts, twins = _texts(shared, count), _twins(shared)
    with tempfile.TemporaryDirectory() as work:
        runtimes, absent = _runtimes(folder, Path(work))
        rows = {name: _Row(encode) for name, encode in runtimes.items()}
        for _ in range(REPEAT):
            for row in rows.values():
                row.time(texts)
        reference = rows["torch float32"]
        found = {name: row.figures(reference, twins) for name, row in rows.items()}
    tokens = sum(count_tokens(open_folder(folder), texts))
    for row in found.values():
        row["tokens_a_second"] = tokens / row["seconds"]
    return {"texts": len(texts), "tokens": tokens, "runtimes": found, "not_installed": absent}


class _Row:
    def __init__(self, encode: Encode) -> None:
        self.encode = encode
        self.seconds: list[float] = []
        self.vectors = np.zeros((0, 0), dtype=np.float32)
        self._found: NDArray[np.float64] | None = None

    def time(self, texts: Sequence[str]) -> None:
        began = time.process_time()
        self.vectors = self.encode(texts)
        self.seconds.append(time.process_time() - began)

    def found(self, twins: tuple[list[str], list[str]]) -> NDArray[np.float64]:
        """Reciprocal ranks of twins, each language centred on its mean."""
        if self._found is None:
            sides = [self.encode(side) for side in twins]
            first, other = (v - v.mean(axis=0) for v in sides)
            first, other = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (first, other))
            self._found = reciprocal_ranks((first @ other.T).astype(np.float32), np.arange(len(first)))
        return self._found

    def figures(self, reference: _Row, twins: tuple[list[str], list[str]]) -> dict[str, Any]:
        """The figures; "is_equal" by cosine and by found translations."""
        cosines = (self.vectors * reference.vectors).sum(axis=1)
        lost = reference.found(twins) - self.found(twins)
        error = float(lost.std() / np.sqrt(len(lost)))
        return {
            "seconds": min(self.seconds),
            "seconds_spread": max(self.seconds) - min(self.seconds),
            "cosine": float(cosines.mean()),
            "cosine_least": float(cosines.min()),
            "mrr": float(self.found(twins).mean()),
            "mrr_lost": float(lost.mean()),
            "mrr_lost_se": error,
            "is_equal": bool(cosines.mean() >= SAME and lost.mean() <= 2 * error + 1e-9),
        }


def _runtimes(folder: Path, work: Path) -> tuple[dict[str, Encode], list[str]]:
    import torch

    torch.set_num_threads(1)
    ours, whole = open_folder(folder), open_folder(folder, halved=False)
    found: dict[str, Encode] = {
        "ours": lambda texts: encode_raw(ours, texts),
        "torch float32": lambda texts: encode_raw(whole, texts),
    }
    shrunk = open_folder(folder, halved=False)
    quantized = torch.ao.quantization.quantize_dynamic(shrunk[0], {torch.nn.Linear}, dtype=torch.qint8)
    shrunk[0] = quantized
    found["torch int8"] = lambda texts: encode_raw(shrunk, texts)
    absent = [name for name in ("onnx", "onnxruntime", "openvino") if importlib.util.find_spec(name) is None]
    if "onnx" not in absent:
        exported = _export(whole, work / "model.onnx")
        if "onnxruntime" not in absent:
            found |= {f"onnxruntime {kind}": _through(whole, f) for kind, f in _onnxruntime(exported).items()}
        if "openvino" not in absent:
            found |= {f"openvino {kind}": _through(whole, f) for kind, f in _openvino(exported).items()}
    return found, absent


def _through(model: Any, forward: Forward) -> Encode:
    """The same prompts, tokens, batches and pooling around another runtime."""

    def encode(texts: Sequence[str]) -> Floats:
        prompt = model.prompts.get("query") or ""
        out: Floats | None = None
        for batch in batches_of(count_tokens(model, texts)):
            read = model.tokenizer(
                [prompt + texts[i] for i in batch],
                padding=True,
                truncation=True,
                max_length=model.max_seq_length,
                return_tensors="np",
            )
            mask = read["attention_mask"].astype(np.int64)
            states = forward(read["input_ids"].astype(np.int64), mask)
            pooled = (states * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
            out = np.zeros((len(texts), pooled.shape[1]), dtype=np.float32) if out is None else out
            out[batch] = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return np.zeros((0, 0), dtype=np.float32) if out is None else out

    return encode


def _export(model: Any, path: Path) -> Path:
    import torch

    class Bare(torch.nn.Module):
        def __init__(self, bert: torch.nn.Module) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            return self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    ids = torch.randint(5, 1000, (2, 9))
    axes = {"input_ids": {0: "b", 1: "s"}, "attention_mask": {0: "b", 1: "s"}, "states": {0: "b", 1: "s"}}
    bert = model[0].auto_model
    before = bert.config._attn_implementation
    bert.set_attn_implementation("eager")  # the exporter knows no other
    with torch.no_grad():
        torch.onnx.export(
            Bare(bert).eval(),
            (ids, torch.ones_like(ids)),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["states"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    bert.set_attn_implementation(before)
    return path


def _onnxruntime(exported: Path) -> dict[str, Forward]:
    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic

    small = exported.with_name("small.onnx")
    quantize_dynamic(exported, small, weight_type=QuantType.QInt8, per_channel=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1

    def of(path: Path) -> Forward:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        return lambda ids, mask: session.run(None, {"input_ids": ids, "attention_mask": mask})[0]

    return {"float32": of(exported), "int8": of(small)}


def _openvino(exported: Path) -> dict[str, Forward]:
    import openvino

    def of(precision: str) -> Forward:
        choices = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": precision}
        request = openvino.Core().compile_model(str(exported), "CPU", choices).create_infer_request()
        return lambda ids, mask: request.infer([ids, mask])[0].copy()

    return {"float32": of("f32"), "bfloat16": of("bf16")}


def _texts(shared: Path, count: int) -> list[str]:
    """Real sentences drawn evenly from all of them by length."""
    sentences = {
        sentence[:300]
        for notice in read_calls(shared / "notices")
        for lot in notice.lots
        for text in (*lot.titles, *lot.descriptions)
        for sentence in split_sentences(text.value)
        if len(sentence) >= 12
    }
    ordered = sorted(sentences, key=lambda s: (len(s), s))
    return [ordered[i] for i in np.linspace(0, len(ordered) - 1, min(count, len(ordered))).astype(int)]


def _twins(shared: Path) -> tuple[list[str], list[str]]:
    labels = read_labels(shared / "codelists")
    rows = labels.part("choice")[:TWINS]
    one, other = ([labels.texts[x][i] for i in rows] for x in ("fr", "de"))
    return one, other
