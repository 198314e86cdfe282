"""A night of the requested size, made of real notices and awards under new identities. Nothing is measured here.

Every identifier is drawn anew, and so is the text: each sentence is the first half of a real one followed by the second
half of another of its language, so that hardly two texts are the same and a cache of vectors helps only where it would
in production. Members are invented: the statements of each are twenty real awards of one trade (titles and codes; no
name).
"""

from __future__ import annotations

import csv
import random
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from matching.text.language import language_of
from matching.text.sentences import split_sentences
from scrapers.read import read_path
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.errors import BadFact
from warehouse.model.members import Competence, Member
from warehouse.model.notices import Criterion, Deadline, DeadlineKind, Form, Lot, Notice, Text

STATEMENTS = 20
_PLACES = ("BE32B", "BE335", "BE310", "BE100", "BE234", "FRE11", "LU000", "FRF31", "BE352", "NL421")
_SHORTEST = 25  # characters of a sentence worth taking apart


def read_calls(data: Path) -> list[Notice]:
    """The calls for tenders among the real notices, in the order of their files."""
    found = (reading.notice for reading in read_path(data))
    return [notice for notice in found if notice and notice.form is Form.COMPETITION and notice.lots]


class Weaver:
    """Makes new texts of the halves of real sentences."""

    def __init__(self, notices: Iterable[Notice], draw: random.Random) -> None:
        self._draw = draw
        self._tails: dict[str, list[str]] = defaultdict(list)
        for notice in notices:
            for part in (notice, *notice.lots):
                for text in (*part.titles, *part.descriptions):
                    self._tails[language_of(text)] += filter(_is_long, split_sentences(text.value))

    def texts(self, texts: Iterable[Text]) -> tuple[Text, ...]:
        """Each text with the second half of each sentence taken from another one of its language."""
        return tuple(replace(text, value=" ".join(self._sentences(text))) for text in texts)

    def _sentences(self, text: Text) -> Iterator[str]:
        tails = self._tails[language_of(text)]
        for sentence in split_sentences(text.value):
            if not _is_long(sentence) or not tails:
                yield sentence
                continue
            head, tail = sentence.split(), self._draw.choice(tails).split()
            yield " ".join([*head[: (len(head) + 1) // 2], *tail[len(tail) // 2 :]])


def _is_long(sentence: str) -> bool:
    return len(sentence) >= _SHORTEST


def invent_notices(real: Sequence[Notice], count: int, night: date, seed: int = 7) -> Iterator[Notice]:
    """`count` notices, each a `real` one under a new identity and in new words, published on the day of `night` and
    open for thirty days.

    `seed` is that of the draw.
    """
    draw = random.Random(seed)
    weaver = Weaver(real, draw)
    closes = Deadline(datetime.combine(night + timedelta(days=30), time(12), tzinfo=UTC), DeadlineKind.TENDER, "UTC")
    for n in range(count):
        notice = real[n % len(real)]
        yield replace(
            notice,
            id=str(uuid.UUID(int=draw.getrandbits(128), version=4)),
            version=1,
            procedure=str(uuid.UUID(int=draw.getrandbits(128), version=4)),
            publication=replace(notice.publication, number=f"{n + 1}-{night.year}", day=night),
            titles=weaver.texts(notice.titles),
            descriptions=weaver.texts(notice.descriptions),
            lots=tuple(_invent_lot(lot, weaver, closes) for lot in notice.lots),
            awards=(),
            changes=(),
            issued_at=None,
        )


def _invent_lot(lot: Lot, weaver: Weaver, closes: Deadline) -> Lot:
    criteria = tuple(Criterion(c.use, c.kind, weaver.texts(c.texts)) for c in lot.criteria)
    return replace(
        lot,
        titles=weaver.texts(lot.titles),
        descriptions=weaver.texts(lot.descriptions),
        deadline=closes,
        criteria=criteria,
        tender_languages=(),
    )


def invent_members(benchmark: Path, count: int) -> tuple[Member, ...]:
    """So many members, each with the titles and codes of twenty awards that are neighbours in the CPV."""
    with (benchmark / "notices.csv").open(encoding="utf-8", newline="") as lines:
        distinct = {(row["cpv"], row["title"]): row for row in csv.DictReader(lines) if _code(row["cpv"])}
    awards = [distinct[key] for key in sorted(distinct)]
    groups = [awards[at : at + STATEMENTS] for at in range(0, len(awards) - STATEMENTS, STATEMENTS)]
    random.Random(count).shuffle(groups)
    return tuple(_invent_member(n, groups[n % len(groups)]) for n in range(count))


def _code(written: str) -> Cpv | None:
    try:
        return Cpv(written)
    except BadFact:
        return None


def _invent_member(n: int, awards: Sequence[dict[str, str]]) -> Member:
    competences = tuple(Competence(row["title"], "fr", tuple(filter(None, [_code(row["cpv"])]))) for row in awards)
    return Member(
        id=f"firm-{n:05d}",
        company_number=f"BE0999{n:06d}",
        name=f"Firm {n}",
        email=f"firm-{n}@firm.example",
        languages=("fr", "nl", "de", "en"),
        nuts=Nuts(_PLACES[n % len(_PLACES)]),
        headcount=5 + n % 40,
        turnover=None,
        certificates=(),
        grappes=(),
        competences=competences,
    )
