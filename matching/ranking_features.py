"""What past awards tell about a firm and a lot: some two dozen measures of each pair, each of one group of reasons.

Here belong the measures. How they weigh belongs to ranking.py, tokens to ranking_words.py. Nothing here knows who won
the lots asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from matching.ranking_awards import Awards, Floats, Ints, Lots
from matching.ranking_portfolio import cpv_terms, portfolio_vectors
from matching.ranking_words import Lexicon

T = TypeVar("T")

WORKS = "45"
"""The CPV division of construction: there, distance and size tell more than in supplies and services."""

GROUPS = {
    "words": ("spelling", "title", "profile"),
    "code": ("same code", "same code share", "same division"),
    "trade": ("trade code", "trade", "trade share", "trade share in works", "trade and near"),
    "place": (
        "nearest",
        "near on average",
        "spread",
        "farther than usual",
        "nearest, wide reach",
        "nearest in works",
        "address",
    ),
    "buyer": ("buyer", "buyer in works", "same nature"),
    "value": ("usual value", "value of such awards", "value in works"),
    "size": ("awards", "buyers"),
}
"""Every measure by its group of reasons, in the order of the last axis of `measure`."""

NAMES = tuple(name for names in GROUPS.values() for name in names)


@dataclass(frozen=True, slots=True)
class _Likeness:
    """Each lot asked about against each award, float32 of shape (asked, awards): text, codes, trade, nearness (minus
    log(1 + km/50)), buyer, nature and value (minus the difference of logarithms)."""

    spelling: Floats
    title: Floats
    address: Floats
    common: Ints
    same_code: Floats
    trade: Floats
    trade_code: Floats
    near: Floats
    buyer: Floats
    nature: Floats
    value: Floats


def measure(lots: Lots, asked: Ints, known: Ints, awards: Awards) -> Floats:
    """Every measure of NAMES for each lot of `asked` and each firm, float32 of shape (asked, firms, measures).

    `known` are the lots whose words and codes may teach rarity; `awards` are the past ones, and their lots must be
    among `known`. What is unknown of a lot counts alike for all firms.
    """
    like = _likeness(lots, asked, known, awards)
    works = np.array([code.startswith(WORKS) for code in _picked(lots.cpv, asked)], np.float32)[:, None]
    found: dict[str, Floats] = {}
    found |= _of_words(lots, asked, awards, like) | _of_codes(awards, like)
    found |= _of_places(lots, awards, like) | _of_values(lots, asked, awards, like)
    found |= _of_sizes(lots, awards, len(asked))
    found["buyer"], found["same nature"] = awards.most(like.buyer), awards.mean(like.nature)
    found["trade and near"] = found["trade share"] * found["near on average"]
    found["trade share in works"] = found["trade share"] * works
    found["nearest in works"] = found["nearest"] * works
    found["buyer in works"] = found["buyer"] * works
    found["value in works"] = awards.mean(like.value) * works
    return np.stack([found[name] for name in NAMES], axis=-1).astype(np.float32)


def _picked(column: Sequence[T], which: Ints) -> list[T]:
    return [column[int(i)] for i in which]


def _same(column: tuple[str, ...], asked: Ints, past: Ints) -> Floats:
    """1 where both say the same, 0 where they differ or the lot asked about says nothing."""
    ids = {value: i for i, value in enumerate(dict.fromkeys(column))}
    coded = np.array([ids[value] if value else -1 for value in column], np.int64)
    return ((coded[asked][:, None] == coded[past][None]) & (coded[asked] >= 0)[:, None]).astype(np.float32)


def _stem(code: str) -> str:
    return code[:2] + code[2:].rstrip("0")


def common_digits(codes: Sequence[str], asked: Ints, past: Ints) -> Ints:
    """How many leading digits that carry meaning two CPV codes share, of shape (asked, past); one alone is none."""
    stems = [_stem(code) for code in codes]
    shared = np.zeros((len(asked), len(past)), np.int64)
    for length in range(2, 9):
        starts = {start: i for i, start in enumerate({stem[:length]: None for stem in stems if len(stem) >= length})}
        row = np.array([starts[stem[:length]] if len(stem) >= length else -1 for stem in stems], np.int64)
        shared[(row[asked][:, None] == row[past][None]) & (row[asked] >= 0)[:, None]] = length
    return shared


def _likeness(lots: Lots, asked: Ints, known: Ints, awards: Awards) -> _Likeness:
    past = awards.lot
    stems = [_stem(code) for code in lots.cpv]
    codes = [cpv_terms(stem) for stem in stems]
    spoken = [[*title, *code] for title, code in zip(lots.title, codes, strict=True)]
    trade = portfolio_vectors(spoken, known, awards, dimensions=80, seen=2)
    trade_code = portfolio_vectors(codes, known, awards, dimensions=60, seen=1)
    difference = np.abs(lots.value[asked][:, None] - lots.value[past][None])
    return _Likeness(
        spelling=_cosine(lots.spelling, asked, known, past),
        title=_bm25(lots.title, asked, known, past),
        address=np.sqrt(_bm25(lots.address, asked, known, past)),
        common=common_digits(lots.cpv, asked, past),
        same_code=_same(tuple(lots.cpv), asked, past),
        trade=trade[asked] @ trade[past].T,
        trade_code=trade_code[asked] @ trade_code[past].T,
        near=_nearness(lots)[lots.place[asked][:, None], lots.place[past][None]],
        buyer=_same(tuple(lots.buyer), asked, past),
        nature=_same(tuple(lots.nature), asked, past),
        # .6 is about the median difference between two lots: a factor of four.
        value=-np.nan_to_num(difference, nan=0.6).astype(np.float32),
    )


def _cosine(texts: Sequence[Sequence[str]], asked: Ints, known: Ints, past: Ints) -> Floats:
    lexicon = Lexicon(_picked(texts, known))
    rows, back = np.unique(past, return_inverse=True)
    return lexicon.cosine(_picked(texts, asked), _picked(texts, rows))[:, back]


def _bm25(texts: Sequence[Sequence[str]], asked: Ints, known: Ints, past: Ints) -> Floats:
    """BM25 in tens: a title's best sums lie between 1 and 3."""
    lexicon = Lexicon(_picked(texts, known))
    rows, back = np.unique(past, return_inverse=True)
    return lexicon.bm25(_picked(texts, asked), _picked(texts, rows))[:, back] / np.float32(10)


def _nearness(lots: Lots) -> Floats:
    # 400 km is about the median distance between two French departments: unknown is neither near nor far.
    return -np.log1p(np.nan_to_num(lots.distances, nan=400.0) / 50).astype(np.float32)


def _of_words(lots: Lots, asked: Ints, awards: Awards, like: _Likeness) -> dict[str, Floats]:
    """The closest award in letters and in words, and all of a firm's awards read as one text."""
    whole = [[*title, *label] for title, label in zip(lots.title, lots.label, strict=True)]
    profiles = [
        [term for text in _picked(whole, awards.lots_of(firm)) for term in text] for firm in range(awards.firms)
    ]
    # Rarity counts firms here, not lots: a term is telling when few firms hold it.
    said = Lexicon(profiles).bm25(_picked(whole, asked), profiles, k1=1.5, b=0.6)
    return {"spelling": awards.most(like.spelling), "title": awards.most(like.title), "profile": np.sqrt(said / 10)}


def _of_codes(awards: Awards, like: _Likeness) -> dict[str, Floats]:
    """Digits of the CPV, and what portfolios say of codes and words (the closest awards, and the firm's average)."""
    return {
        "same code": awards.most(like.same_code),
        "same code share": awards.mean(like.same_code),
        "same division": awards.most((like.common >= 2).astype(np.float32)),
        "trade code": awards.most(like.trade_code),
        "trade": awards.several(like.trade, 10.0),
        "trade share": awards.mean(like.trade),
    }


def _of_places(lots: Lots, awards: Awards, like: _Likeness) -> dict[str, Floats]:
    """How near the firm has won, how far it usually goes, and whether this is farther than it goes."""
    table = _nearness(lots)
    spread = np.zeros(awards.firms, np.float32)
    for firm in range(awards.firms):
        mine = lots.place[awards.lots_of(firm)]
        pairs = table[mine[:, None], mine[None]]
        # Two awards at one unknown place are no evidence of a narrow reach, but their diagonal is no pair either.
        spread[firm] = -(pairs.sum() - np.trace(pairs)) / max(1, len(mine) * (len(mine) - 1))
    nearest, average = awards.most(like.near), awards.mean(like.near)
    usual = spread - np.average(spread, weights=awards.count).astype(np.float32)
    return {
        "nearest": nearest,
        "near on average": average,
        "spread": np.broadcast_to(usual[None], nearest.shape),
        "farther than usual": np.minimum(average + spread[None], 0),
        "nearest, wide reach": nearest * usual[None],
        "address": awards.most(like.address),
    }


def _of_values(lots: Lots, asked: Ints, awards: Awards, like: _Likeness) -> dict[str, Floats]:
    """The lot's value against the firm's usual one in its own spread, and against that of its awards in this trade."""
    worth = lots.value[awards.lot]
    known = np.isfinite(worth)
    worth = np.where(known, worth, worth[known].mean() if known.any() else 0.0)
    usual = np.bincount(awards.firm, worth) / awards.count
    # .3 keeps firms whose few awards happen to be worth the same from refusing all others.
    width = np.sqrt(np.bincount(awards.firm, (worth - usual[awards.firm]) ** 2) / awards.count + 0.3**2)
    away = np.nan_to_num((lots.value[asked][:, None] - usual[None]) / width[None], nan=1.0)
    attention = np.exp(6 * (like.trade - awards.most(like.trade)[:, awards.firm]))
    return {
        "usual value": -np.log1p(away**2).astype(np.float32),
        "value of such awards": awards.near(like.value, attention),
    }


def _of_sizes(lots: Lots, awards: Awards, asked: int) -> dict[str, Floats]:
    """How many awards, and from how many buyers (all unknown ones count as one)."""
    buyers = [len(set(_picked(lots.buyer, awards.lots_of(firm)))) for firm in range(awards.firms)]
    shape = (asked, awards.firms)
    return {
        "awards": np.broadcast_to(np.log(awards.count)[None], shape).astype(np.float32),
        "buyers": np.broadcast_to(np.log(buyers)[None], shape).astype(np.float32),
    }
