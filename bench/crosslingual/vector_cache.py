"""Vectors of a bench, saved in a file between its runs: encoding takes most of its time, and gives the same every
time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.encoder.embedding import Model, digest_of
from warehouse.model.notices import Text

Floats = NDArray[np.float32]


class CachedVectors:
    """A model that encodes a text once. `file` None keeps vectors in memory alone."""

    def __init__(self, model: Model, file: Path | None) -> None:
        self.id = model.id
        self._model = model
        self._file = file.with_name(f"{file.stem}-{model.id}.npz") if file else None
        self._kept: dict[str, Floats] = {}
        if self._file and self._file.is_file():
            with np.load(self._file, allow_pickle=False) as found:
                self._kept = dict(zip(found["digests"].tolist(), found["vectors"], strict=True))

    def encode(self, texts: Sequence[Text]) -> Floats:
        """Centred vectors of length 1, as Model.encode gives them."""
        missing = list({digest_of(text): text for text in texts if digest_of(text) not in self._kept}.values())
        if missing:
            self._kept |= dict(zip(map(digest_of, missing), self._model.encode(missing), strict=True))
            if self._file:
                np.savez(self._file, digests=np.array(list(self._kept)), vectors=np.stack(list(self._kept.values())))
        return np.stack([self._kept[digest_of(text)] for text in texts])
