"""Meaning: texts become vectors that agree across languages. The model is found when it is requested and loaded at
first use.

Which model, the keys of its vectors, and the centring by language. How texts go through it is in encoding.py, how the
embedded model is rebuilt from the package index in e5.py, what vectors are compared with in matching/similarity. Torch
is imported only when there is something to encode.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matching.encoder import e5
from matching.encoder.encoding import Progress, count_tokens, encode_raw, open_folder
from matching.errors import ModelUnusable
from matching.text.language import language_of
from warehouse.codes.cpv_labels import shipped_labels
from warehouse.model.notices import Text

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Floats = NDArray[np.float32]

EMBEDDED = "embedded:e5-small"
"""The name of the model that needs no hub: its weights come with the package index."""

_LANGUAGES = ("fr", "nl", "en", "de")


def digest_of(text: Text) -> str:
    """The key under which a text's vector is stored: sha256, in hex, of its language and words; of its language because
    vectors are centred by it."""
    return hashlib.sha256(f"{language_of(text)}\n{text.value}".encode()).hexdigest()


class Model:
    """A sentence-transformers model in a folder. `id` changes with its weights and with the centring, so that vectors
    stored under one id are never compared with those of another."""

    def __init__(self, model_id: str, home: Path, find_folder: Callable[[], Path]) -> None:
        self.id = model_id
        self.home = home
        self._find_folder = find_folder
        self._loaded: SentenceTransformer | None = None
        self._means: Mapping[str, Floats] = {}

    def encode(self, texts: Sequence[Text], on_progress: Progress | None = None) -> Floats:
        """Centred vectors of length 1, float32 of shape (texts, dimension), in the order of the texts; (0, 0) when
        there are none, and then nothing is loaded.

        `on_progress(done, total)` is called after each batch, in tokens: texts are sorted by length, so that the number
        of texts done is no measure of the time left. Raises ModelUnusable.

        Plain e5 clusters by language; subtracting the mean vector of the text's language corrects it (NL to FR
        translations at rank 1: .446 to .476; title to CPV division across languages: .331 to .373).
        """
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        model = self._load()
        raw = encode_raw(model, [text.value for text in texts], on_progress)
        elsewhere = np.mean([self._means[language] for language in _LANGUAGES], axis=0)
        return _normalised(raw - np.stack([self._means.get(language_of(text), elsewhere) for text in texts]))

    def encode_kept(self, texts: Sequence[Text], on_progress: Progress | None = None) -> dict[str, bytes]:
        """The same vectors as they are stored: float32, little-endian, by digest of their text."""
        vectors = self.encode(texts, on_progress).astype("<f4")
        return {digest_of(text): vector.tobytes() for text, vector in zip(texts, vectors, strict=True)}

    def count_tokens(self, texts: Sequence[Text]) -> list[int]:
        """The tokens each text costs, in the order of the texts; nothing is loaded for none. Raises ModelUnusable."""
        return count_tokens(self._load(), [text.value for text in texts]) if texts else []

    @property
    def dimension(self) -> int:
        """How many numbers its vectors hold; opens the model. Raises ModelUnusable."""
        self._load()
        return len(next(iter(self._means.values())))

    def _load(self) -> SentenceTransformer:
        if self._loaded is None:
            model = open_folder(self._find_folder())
            self._means = self._find_means(model)
            self._loaded = model
        return self._loaded

    def _find_means(self, model: SentenceTransformer) -> Mapping[str, Floats]:
        """The mean vector of the CPV's division labels in each language, computed once per model and stored beside
        it."""
        kept = self.home / f"means-{hashlib.sha256(self.id.encode()).hexdigest()[:16]}.npy"
        if kept.is_file():
            means = np.load(kept, allow_pickle=False)
        else:
            labels = [_label_texts(language) for language in _LANGUAGES]
            means = np.stack([encode_raw(model, texts).mean(axis=0) for texts in labels]).astype(np.float32)
            self.home.mkdir(parents=True, exist_ok=True)
            being_written = kept.with_suffix(f".{os.getpid()}.tmp.npy")
            np.save(being_written, means, allow_pickle=False)
            being_written.replace(kept)
        return dict(zip(_LANGUAGES, means, strict=True))


def load_model(name: str, home: Path) -> Model:
    """The model of that name: EMBEDDED, a folder written by sentence-transformers, or a name on the hub. `home` is the
    folder for what is derived from it (500 MB for the embedded one). Weights are opened at the first text, not here.
    Raises ModelUnusable with what to do."""
    if name == EMBEDDED:
        built = home / e5.folder_name()
        weights = built if built.is_dir() else e5.find_weights()
        return Model(f"{e5.folder_name()}-{_centring()}", home, lambda: e5.rebuild_e5(weights, home))
    if name.startswith("embedded:"):
        raise ModelUnusable(f"no model {name!r} comes embedded; write {EMBEDDED}, a folder, or a name on the hub")
    folder = Path(name) if name.strip() and Path(name).is_dir() else _find_on_hub(name)
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise ModelUnusable(
            f"{folder}: neither modules.json nor config.json is there; give a sentence-transformers folder"
        )
    return Model(f"{Path(name).name}-{_digest_of_folder(folder)}-{_centring()}", home, lambda: folder)


def _label_texts(language: str) -> list[str]:
    """The labels of the CPV's 45 divisions: all subjects equally, so that their mean is the language and not a trade.
    (The means of 400 labels drawn from all 9,454 do no better: translations at rank 1, .735 against .738.)"""
    rows = shipped_labels()
    return [rows[code].text(language) for code in sorted(rows) if code == code.division]


def _centring() -> str:
    """Names the texts whose means are subtracted: other labels are another centring, and other vectors."""
    whole = "\n".join(text for language in _LANGUAGES for text in _label_texts(language))
    return "c" + hashlib.sha256(whole.encode()).hexdigest()[:8]


def _digest_of_folder(folder: Path) -> str:
    seen = hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in {".json", ".safetensors", ".bin"}):
        seen.update(file.relative_to(folder).as_posix().encode())
        with file.open("rb") as body:
            seen.update(hashlib.file_digest(body, "sha256").digest())
    return seen.hexdigest()[:12]


def _find_on_hub(name: str) -> Path:
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or not name.strip():
        raise ModelUnusable(f"{name!r}: there is no such folder; give one that exists, or write {EMBEDDED}")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, etag_timeout=10))
    except (OSError, ValueError) as error:  # the hub's own errors are OSErrors, a name it cannot have a ValueError
        first = str(error).strip().partition("\n")[0]
        raise ModelUnusable(
            f"{name!r}: the hub did not give this model ({first}); write {EMBEDDED} to work without it"
        ) from error


def _normalised(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
