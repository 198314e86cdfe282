"""The weights of the fit as a small text file: the shipped one, and those a data folder was trained to.

The file's format. A file that is incomplete, or of other measures, is refused, never half used.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from dataclasses import replace
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from matching.errors import WeightsRefused
from matching.fit.awards.code_embeddings import CodeVectors
from matching.fit.features import AT, NAMES, OWN, STATED_KINDS
from matching.fit.model import Fit, join_fit, record_base
from matching.relevance.background import read_background, shipped_background
from warehouse.atomic_files import write_whole

SHIPPED = "weights.toml"
KEPT = tuple(name for name in NAMES if name not in STATED_KINDS and name != "record")
"""Measures whose weights the file holds; those of statements come with the background."""


@cache
def shipped_fit() -> Fit:
    """The shipped weights; their provenance is in their `trained`."""
    text = (resources.files("matching.fit") / SHIPPED).read_text(encoding="utf-8")
    return _fit_from(text, f"matching/fit/{SHIPPED}")


def find_fit(path: Path, background: Path | None = None, model: str | None = None) -> Fit:
    """The weights at `path`, or the shipped ones where there is no such file. The scales of relevance are those at
    `background` where they were learned for the `model` (its id) that encodes the texts: to vectors of another model
    they mean nothing. Raises WeightsRefused."""
    if background is not None and background.is_file():
        return _with_background(find_fit(path), background, model)
    if not path.is_file():
        return shipped_fit()
    return _fit_from(read_text(path), str(path))


def _with_background(fit: Fit, path: Path, model: str | None) -> Fit:
    """The weights of records of `fit` with the scales of relevance in the file, where they are of that model."""
    text = read_text(path)
    background = read_background(text)
    if background.model != model:
        return fit
    joined = join_fit(record_base(fit), fit.weights, fit.codes, background)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return replace(joined, id=f"{fit.id}+{digest}", trained=fit.trained)


def read_text(path: Path) -> str:
    """The text of a file of weights. Raises WeightsRefused."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise WeightsRefused(f"{path} is no text in UTF-8 ({error}); run `pib train` again, or remove it") from error


def name_fit(fit: Fit, day: date) -> Fit:
    """The same weights under a name of their own: the day, and a digest of every number."""
    digest = hashlib.sha256(_numbers(fit).encode()).hexdigest()[:8]
    return replace(fit, id=f"fit-{day:%Y%m%d}-{digest}")


def write_fit(fit: Fit, path: Path) -> None:
    """Writes the file as a whole or not at all. What is read back is equal."""
    path.parent.mkdir(parents=True, exist_ok=True)
    quoted = fit.trained.replace("\\", "\\\\").replace('"', '\\"')
    head = f'# Written by `pib train`; read by the next night.\nid = "{fit.id}"\ntrained = "{quoted}"\n'
    write_whole(path, (head + _numbers(fit)).encode())


def _numbers(fit: Fit) -> str:
    weights = "\n".join(f"{name} = {float(fit.weights[AT[name]])!r}" for name in KEPT)
    codes = "\n".join(f'"{term}" = "{" ".join(map(str, row))}"' for term, row in fit.codes.rows.items())
    return f"base = {record_base(fit)!r}\n\n[weights]\n{weights}\n\n[codes]\n{codes}\n"


def _fit_from(text: str, where: str) -> Fit:
    try:
        read = tomllib.loads(text)
        weights = {str(name): float(weight) for name, weight in read["weights"].items()}
        rows = {str(term): tuple(int(n) for n in row.split()) for term, row in read["codes"].items()}
        base, name, trained = float(read["base"]), str(read["id"]), str(read["trained"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise WeightsRefused(f"{where} holds no weights ({error!r}); run `pib train` again, or remove it") from error
    if tuple(weights) != KEPT:
        seen, wanted = ", ".join(weights), ", ".join(KEPT)
        raise WeightsRefused(f"{where} has weights of {seen}, this program measures {wanted}; run `pib train` again")
    if (
        not all(map(math.isfinite, (base, *weights.values())))
        or min(weights[name] for name in KEPT if not OWN[AT[name]]) < 0
    ):
        raise WeightsRefused(f"{where} holds a weight below 0 or not finite; run `pib train` again, or remove it")
    if len({len(row) for row in rows.values()}) > 1:
        raise WeightsRefused(f"{where} holds codes of several lengths; run `pib train` again, or remove it")
    every = np.array([weights.get(name, 0.0) for name in NAMES], np.float64)
    return replace(join_fit(base, every, CodeVectors(rows), shipped_background()), id=name, trained=trained)
