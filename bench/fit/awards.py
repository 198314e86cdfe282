"""The benchmark's folder as arrays: notices, awards, and how they are parted. No model and no measures here."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.fit.awards.award_sums import Awards
from matching.fit.awards.title_tokens import learn_spellings, stems, telling_words

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEEDED = ("notice_id", "title")
OPTIONAL = ("cpv", "buyer_siren", "department", "place", "amount_eur", "consultation")
INNER = 5
"""Parts of a training part: each is queried once, with the others as the past."""


class FolderUnreadable(Exception):
    """A folder this bench cannot use; the message states where, what was seen and what to do."""


@dataclass(frozen=True, slots=True)
class AwardsFolder:
    """Notices as rows of text, awards as pairs of a notice and a firm (both int64), and the parting: `outer` names the
    parts to be tested, in `part` each notice's; `group` is its consultation."""

    rows: Sequence[Mapping[str, str]]
    lot: Ints
    firm: Ints
    part: Sequence[str]
    outer: Sequence[str]
    group: Ints
    missing: Sequence[str]


@dataclass(frozen=True, slots=True)
class Lots:
    """What the baselines use of every notice: the stems of its title, its CPV code ("" when unknown), and its
    department by a number, -1 when unknown, int64 of shape (lots,)."""

    title: Sequence[Sequence[str]]
    cpv: Sequence[str]
    place: Ints


@dataclass(frozen=True, slots=True)
class Task:
    """One ranking: the past (`known` lots, `awards` of the pool), the queried lots that a firm of the pool won, who of
    the pool won them (bool of shape (queried, firms)), and how many lots were to be queried in all."""

    known: Ints
    awards: Awards
    queried: Ints
    won: Bools
    tested: int


def read_folder(folder: Path) -> AwardsFolder:
    """The two files of a benchmark. Optional columns that are absent or partly empty are named in `missing`. Raises
    FolderUnreadable."""
    rows = _read(folder / "notices.csv", NEEDED)
    pairs = _read(folder / "awards.csv", ("notice_id", "firm_id"))
    parting = next((name for name in ("fold", "split") if rows[0].get(name)), None)
    if parting is None:
        raise FolderUnreadable(f"{folder / 'notices.csv'}: no column fold or split; add one of them")
    at = {row["notice_id"]: i for i, row in enumerate(rows)}
    firms = {firm: i for i, firm in enumerate(sorted({pair["firm_id"] for pair in pairs}))}
    held = [(at[pair["notice_id"]], firms[pair["firm_id"]]) for pair in pairs if pair["notice_id"] in at]
    missing = [_gaps(rows, name) for name in OPTIONAL if any(not row.get(name) for row in rows)]
    if len(held) < len(pairs):
        missing.append(f"awards of {len(pairs) - len(held)} unknown notices left out")
    part = [row[parting] for row in rows]
    outer = sorted(set(part)) if parting == "fold" else ["test"]
    if parting == "split" and not {"train", "test"} <= set(part):
        raise FolderUnreadable(
            f"{folder / 'notices.csv'}: column split holds {sorted(set(part))}; it must hold train and test"
        )
    lot, firm = np.array(held, np.int64).T
    return AwardsFolder(rows, lot, firm, part, outer, _groups(rows), missing)


def _read(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    if not path.is_file():
        raise FolderUnreadable(f"{path}: no such file; give a folder with notices.csv and awards.csv")
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        reader = csv.DictReader(file)
        absent = [name for name in needed if name not in (reader.fieldnames or ())]
        if absent:
            raise FolderUnreadable(f"{path}: no column {', '.join(absent)}; seen {', '.join(reader.fieldnames or ())}")
        rows = [{name: value or "" for name, value in row.items()} for row in reader]
    if not rows:
        raise FolderUnreadable(f"{path}: no rows; nothing can be ranked")
    return rows


def _gaps(rows: Sequence[Mapping[str, str]], name: str) -> str:
    empty = sum(not row.get(name) for row in rows)
    return f"column {name} is absent" if name not in rows[0] else f"{name} is empty in {empty} of {len(rows)}"


def _groups(rows: Sequence[Mapping[str, str]]) -> Ints:
    """Rows that are never divided between parts: the consultation, or without one the buyer's notices of one title."""
    keys = [row.get("consultation") or f"{row.get('buyer_siren', '')} {row['title'].strip()}" for row in rows]
    ids = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    return np.array([ids[key] for key in keys], np.int64)


def part_outer(folder: AwardsFolder, part: str) -> tuple[Ints, Ints]:
    """The lots to learn from and the lots to test, for one part. With a column split, other values are left out."""
    tested = np.array([mine == part for mine in folder.part])
    train = ~tested if "train" not in folder.part else np.array([mine == "train" for mine in folder.part])
    return np.flatnonzero(train), np.flatnonzero(tested)


def part_inner(folder: AwardsFolder, train: Ints) -> list[tuple[Ints, Ints]]:
    """The training part divided again, by consultation, as often as INNER: (past, queried)."""
    drawn = np.random.default_rng(0).integers(0, INNER, int(folder.group.max()) + 1)[folder.group[train]]
    return [(train[drawn != k], train[drawn == k]) for k in range(INNER)]


def set_task(folder: AwardsFolder, past: Ints, queried: Ints) -> Task | None:
    """The ranking of firms with two awards or more in the past for the queried lots; None when no such firm, or no lot
    one of them won, is there.

    `past` and `queried` are rows of the folder, int64 of shapes (past,) and (queried,).
    """
    won = np.isin(folder.lot, past)
    pairs = np.unique(np.stack([folder.firm[won], folder.lot[won]], 1), axis=0)
    count = np.bincount(pairs[:, 0], minlength=int(folder.firm.max()) + 1)
    pool = np.full(len(count), -1, np.int64)
    pool[count >= 2] = np.arange(int((count >= 2).sum()))
    pairs = pairs[pool[pairs[:, 0]] >= 0]
    row = np.full(len(folder.rows), -1, np.int64)
    row[queried] = np.arange(len(queried))
    winners = np.zeros((len(queried), int(pool.max()) + 1), bool)
    in_task = (row[folder.lot] >= 0) & (pool[folder.firm] >= 0)
    winners[row[folder.lot[in_task]], pool[folder.firm[in_task]]] = True
    some = winners.any(1)
    if not some.any():
        return None
    return Task(past, Awards.of(pairs[:, 1], pool[pairs[:, 0]]), queried[some], winners[some], len(queried))


def read_lots(folder: AwardsFolder, train: Ints) -> Lots:
    """Every notice as columns; lost accents are restored by the spellings of the training part.

    `train` are the rows of that part, int64 of shape (train,).
    """
    rows = folder.rows
    spellings = learn_spellings(rows[i]["title"] for i in train.tolist())
    places = [_department(row) for row in rows]
    known = sorted(set(places) - {""})
    return Lots(
        [stems(telling_words(row["title"], spellings)) for row in rows],
        [_code(row.get("cpv", "")) for row in rows],
        np.array([known.index(place) if place else -1 for place in places], np.int64),
    )


def _code(written: str) -> str:
    found = re.fullmatch(r"(\d{8})(?:-?\d)?", written.strip())
    return found[1] if found else ""


def _department(row: Mapping[str, str]) -> str:
    """The department stated, else that of a local authority's SIREN (21 31 .. is a commune of department 31), else that
    of a postal code in the place."""
    stated = row.get("department", "").strip()
    if stated:
        return stated.zfill(2)
    siren = row.get("buyer_siren", "")
    if re.fullmatch(r"2[124567]\d{7}", siren):
        return siren[2:4]
    postal = re.search(r"\b(\d{2})\d{3}\b", row.get("place", ""))
    return postal[1] if postal else ""
