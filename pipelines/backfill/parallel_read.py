"""What was landed is read by several processes at once and comes out in the order landed, ready to be kept.

Reading and packing cost ten times what keeping costs, so readers are many and the writer is one. Memory is bounded: a
reader that is far ahead of the writer waits. A reader that dies is told of; readers never outlive who started them.
"""

import signal
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

from pipelines.errors import ReaderLost
from scrapers.errors import SourceChanged
from scrapers.landing import Portion, read_portion
from scrapers.read import Reading
from warehouse.database.arrow_batches import Packer, Parcel
from warehouse.errors import BadFact
from warehouse.model.notices import Notice

HANDFUL = 100
"""Notices in a bundle: some 1 MB of rows."""

WORTH = 4 * 2**20
"""Bytes of landing that repay starting processes, which takes a second."""

AHEAD = 40
"""Bundles read and not yet kept, in all; beyond, only the next in order is read on."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Notices read and packed, what could not be read or kept, and how many bytes of landing are behind now."""

    parcel: Parcel
    aside: tuple[Reading, ...]
    weight: int = 0


class Readers:
    """Processes that read. `read` may be used again once it has come to its end or raised SourceChanged."""

    def __init__(self, packer: Packer, processes: int, worth: int) -> None:
        self._packer = packer
        self._processes, self._worth = processes, worth
        self.hands: list[_Hand] = []

    def read(self, portions: Iterable[Portion]) -> Iterator[Bundle]:
        """The portions' notices, in order. Raises SourceChanged where that comes up, and ReaderLost."""
        given = list(portions)
        if self._processes > 1 and (self.hands or sum(portion.weight for portion in given) >= self._worth):
            self.hands = self.hands or [_Hand.hire(self._packer) for _ in range(self._processes)]
            return _in_order(self.hands, iter(given))
        return (bundle for portion in given for bundle in read_bundles(portion, self._packer))


@contextmanager
def reading(packer: Packer, processes: int, worth: int = WORTH) -> Generator[Readers]:
    """Readers in so many processes, hired when there is `worth` bytes to read at once; less is read right here."""
    readers = Readers(packer, processes, worth)
    try:
        yield readers
    finally:
        for hand in readers.hands:
            hand.dismiss()


def read_bundles(portion: Portion, packer: Packer) -> Iterator[Bundle]:
    """One portion, in handfuls. Raises SourceChanged."""
    readings = read_portion(portion)
    while handful := list(islice(readings, HANDFUL)):
        aside = [reading for reading in handful if reading.notice is None]
        parcel, refused = _pack([reading for reading in handful if reading.notice], packer)
        yield Bundle(parcel, (*aside, *refused))
    yield Bundle(packer.pack(()), (), portion.weight)


def _pack(read: list[Reading], packer: Packer) -> tuple[Parcel, list[Reading]]:
    """All of them packed, and those that cannot be: looked for one by one, as there is hardly ever one."""
    notices = [reading.notice for reading in read if reading.notice]
    try:
        return packer.pack(notices), []
    except BadFact:
        refused = [
            Reading(r.identifier, r.path, None, why) for r in read if r.notice and (why := _why(r.notice, packer))
        ]
        names = {reading.identifier for reading in refused}
        return packer.pack(r.notice for r in read if r.notice and r.identifier not in names), refused


def _why(notice: Notice, packer: Packer) -> str | None:
    try:
        packer.pack((notice,))
    except BadFact as bad:
        return str(bad)
    return None


@dataclass(slots=True)
class _Hand:
    """A process that reads, and the portion it is at."""

    process: Any
    door: "Connection[Any, Any]"
    portion: Portion | None = None

    @classmethod
    def hire(cls, packer: Packer) -> "_Hand":
        """Starts it. Spawned, never forked: whoever forks a process with DuckDB's threads in it may wait for ever."""
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_read_for, args=(theirs, packer), daemon=True)
        process.start()
        theirs.close()
        return cls(process, ours)

    def give(self, portion: Portion) -> "_Work":
        """Something to read."""
        self.portion = portion
        try:
            self.door.send(portion)
        except (BrokenPipeError, ConnectionResetError) as lost:
            raise self.is_lost() from lost
        return _Work(self)

    def is_lost(self) -> ReaderLost:
        """What to say when it is gone."""
        self.process.join()
        where = self.portion.folder if self.portion else "nothing"
        return ReaderLost(
            f"a reading process ended by itself ({self.process.exitcode}) over {where}; run again: what was kept stays"
        )

    def dismiss(self) -> None:
        """Ends it, whatever it is doing: it writes nothing but to us. Not by SIGTERM, which a night started under nohup
        or by some runners hands down as ignored: a suite waited for ever (seen)."""
        self.process.kill()
        self.process.join()
        self.door.close()


@dataclass(slots=True)
class _Work:
    """A portion given to a hand: what came of it, and whether that is all."""

    hand: _Hand
    came: deque[Bundle] = field(default_factory=deque[Bundle])
    failure: SourceChanged | None = None
    is_over: bool = False

    def take(self) -> None:
        """What the hand says next. Raises ReaderLost."""
        try:
            said: object = self.hand.door.recv()
        except (EOFError, ConnectionResetError) as lost:
            raise self.hand.is_lost() from lost
        if isinstance(said, Bundle):
            self.came.append(said)
            return
        self.failure = said if isinstance(said, SourceChanged) else None
        self.is_over, self.hand.portion = True, None


def _in_order(hands: list[_Hand], portions: Iterator[Portion]) -> Iterator[Bundle]:
    """Gives each hand the next portion when it is free, and takes what they say, the oldest portion's first."""
    works: deque[_Work] = deque()
    while True:
        for hand in hands:
            if hand.portion is None and (portion := next(portions, None)):
                works.append(hand.give(portion))
        if not works:
            return
        oldest = works[0]
        while oldest.came:
            yield oldest.came.popleft()
        if oldest.is_over:
            works.popleft()
            if oldest.failure:
                _drain(works)
                raise oldest.failure
            continue
        _listen(works)


def _listen(works: deque[_Work]) -> None:
    """Waits until somebody says something: the oldest always, the others while they are not too far ahead."""
    is_room = sum(len(work.came) for work in works) < AHEAD
    heard = {work.hand.door: work for at, work in enumerate(works) if not work.is_over and (at == 0 or is_room)}
    for door in wait(list(heard)):
        heard[door].take()  # type: ignore[index]


def _drain(works: Iterable[_Work]) -> None:
    """Hears the others out, so that every hand is free again."""
    for work in works:
        while not work.is_over:
            work.take()
            work.came.clear()


def _read_for(door: "Connection[Any, Any]", packer: Packer) -> None:
    """A reading process: portions in, bundles out, until the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started us
    try:
        while True:
            portion: Portion = door.recv()
            try:
                for bundle in read_bundles(portion, packer):
                    door.send(bundle)
            except SourceChanged as changed:
                door.send(changed)
            else:
                door.send(None)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
