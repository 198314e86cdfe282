"""Many expressions searched in a sentence at once, each only where the letters it needs are present.

Most sentences have none of them, and trying some seventy expressions at each of its places is slow (184 microseconds a
sentence for those that every notice has, under a profiler). The result is that of the expressions alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, cast

import ahocorasick

_OPTIONAL = frozenset("?*{")
_GROUP = re.compile(r"\((?:\?(?:-i)?:)?(?!\?)(.*)\)", re.DOTALL)
"""A group whose text must occur there: no look ahead or behind."""
_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{[^}]*\}|.", re.DOTALL)


class Spotter:
    """Expressions, read without regard to case, each tried where `before` occurs ("" for anywhere)."""

    def __init__(self, expressions: Iterable[str], before: str = r"\b") -> None:
        every = list(expressions)
        self._whole = _compiled(every, before)
        by_letters: dict[str, list[str]] = {}
        for branch in (branch for expression in every for branch in branches_of(expression)):
            for letters in letters_of(branch):
                by_letters.setdefault(letters, []).append(branch)
        always = by_letters.pop("", [])
        self._always = [_compiled(always, before)] if always else []
        self._letters = cast(Any, ahocorasick).Automaton()
        for letters, some in by_letters.items():
            self._letters.add_word(letters, _compiled(some, before))
        self._letters.make_automaton()

    def is_in(self, text: str) -> bool:
        """Whether one of them is found."""
        tried = {found for _, found in self._letters.iter(text.lower())} if len(self._letters) else set()
        for found in (*tried, *self._always):  # noqa: SIM110  any() takes half as long again
            if found.search(text):
                return True
        return False

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Where they are found."""
        return self._whole.finditer(text) if self.is_in(text) else iter(())


def _compiled(expressions: Iterable[str], before: str) -> re.Pattern[str]:
    return re.compile(rf"{before}(?:{'|'.join(expressions)})", re.IGNORECASE)


def branches_of(expression: str) -> list[str]:
    """The alternatives of an expression outside its groups."""
    branches = [""]
    for piece in _pieces(expression):
        if piece == "|":
            branches.append("")
        else:
            branches[-1] += piece
    return branches


def letters_of(branch: str) -> tuple[str, ...]:
    """Runs of plain letters and blanks, in lower case, one of which occurs in every text in which the branch is found:
    the longest such run, or those of the alternatives of a group; ("",) where there is none."""
    found: list[tuple[str, ...]] = [("",)]
    run = ""
    for piece, follows in pairwise([*_pieces(branch), ""]):
        if follows[:1] in _OPTIONAL:
            pass
        elif len(piece) == 1 and (piece.isalpha() or piece in " -"):
            run += piece.lower()
            continue
        elif group := _GROUP.fullmatch(piece):
            found.append(tuple(letters for alternative in branches_of(group[1]) for letters in letters_of(alternative)))
        found.append((run,))
        run = ""
    return max([*found, (run,)], key=lambda runs: min(map(len, runs)))


def _pieces(expression: str) -> Iterator[str]:
    """An expression sign by sign; an escape, a class, a count or a group is one."""
    depth, group = 0, ""
    for hit in _PIECE.finditer(expression):
        depth += hit[0] == "("
        group += hit[0]
        depth -= hit[0] == ")"
        if not depth:
            yield group
            group = ""
