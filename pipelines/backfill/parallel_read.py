"""Reads landed responses by several processes at once and yields their notices in the order landed, ready to be saved.

Reading and building batches costs ten times what saving costs, so readers are many and the writer is one. Memory is
bounded: a reader that is far ahead of the writer waits. A reader that dies is reported; readers end with the process
that started them.
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
from warehouse.database.arrow_batches import BatchBuilder, RecordBatch
from warehouse.errors import BadFact
from warehouse.model.notices import Notice

BATCH_SIZE = 100
"""Notices in a batch: some 1 MB of rows."""

MIN_BYTES = 4 * 2**20
"""Bytes of landing that repay starting processes, which takes a second."""

MAX_UNSAVED = 40
"""Batches read and not yet saved, in all; beyond, only the next in order is read on."""


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """A batch of notices read, what could not be read or stored, and how many bytes of landing are done."""

    batch: RecordBatch
    aside: tuple[Reading, ...]
    weight: int = 0


class Readers:
    """Processes that read. `read` may be used again once it has come to its end or raised SourceChanged."""

    def __init__(self, batch_builder: BatchBuilder, processes: int, min_bytes: int) -> None:
        self._packer = batch_builder
        self._processes, self._min_bytes = processes, min_bytes
        self.workers: list[WorkerProcess] = []

    def read(self, portions: Iterable[Portion]) -> Iterator[ReadBatch]:
        """The portions' notices, in order. Raises SourceChanged where that comes up, and ReaderLost."""
        given = list(portions)
        if self._processes > 1 and (self.workers or sum(portion.weight for portion in given) >= self._min_bytes):
            self.workers = self.workers or [WorkerProcess.launch(self._packer) for _ in range(self._processes)]
            return _in_order(self.workers, iter(given))
        return (batch for portion in given for batch in read_batches(portion, self._packer))


@contextmanager
def reading(batch_builder: BatchBuilder, processes: int, min_bytes: int = MIN_BYTES) -> Generator[Readers]:
    """Readers in so many processes, started when there are `min_bytes` bytes to read at once; less is read in this
    process."""
    readers = Readers(batch_builder, processes, min_bytes)
    try:
        yield readers
    finally:
        for worker in readers.workers:
            worker.stop()


def read_batches(portion: Portion, batch_builder: BatchBuilder) -> Iterator[ReadBatch]:
    """One portion, in batches. Raises SourceChanged."""
    readings = read_portion(portion)
    while chunk := list(islice(readings, BATCH_SIZE)):
        aside = [reading for reading in chunk if reading.notice is None]
        batch, refused = _pack([reading for reading in chunk if reading.notice], batch_builder)
        yield ReadBatch(batch, (*aside, *refused))
    yield ReadBatch(batch_builder.build(()), (), portion.weight)


def _pack(read: list[Reading], batch_builder: BatchBuilder) -> tuple[RecordBatch, list[Reading]]:
    """The batch of all, and those that cannot be stored: tried one by one, as there is hardly ever one."""
    notices = [reading.notice for reading in read if reading.notice]
    try:
        return batch_builder.build(notices), []
    except BadFact:
        refused = [
            Reading(r.identifier, r.path, None, why)
            for r in read
            if r.notice and (why := _why(r.notice, batch_builder))
        ]
        names = {reading.identifier for reading in refused}
        return batch_builder.build(r.notice for r in read if r.notice and r.identifier not in names), refused


def _why(notice: Notice, batch_builder: BatchBuilder) -> str | None:
    try:
        batch_builder.build((notice,))
    except BadFact as bad:
        return str(bad)
    return None


@dataclass(slots=True)
class WorkerProcess:
    """A process that reads, and the portion it is at."""

    process: Any
    pipe: "Connection[Any, Any]"
    portion: Portion | None = None

    @classmethod
    def launch(cls, batch_builder: BatchBuilder) -> "WorkerProcess":
        """Starts it. Spawned, never forked: a fork of a process with DuckDB's threads may wait for ever."""
        context = get_context("spawn")
        parent_end, child_end = context.Pipe()
        process = context.Process(target=_read_for, args=(child_end, batch_builder), daemon=True)
        process.start()
        child_end.close()
        return cls(process, parent_end)

    def assign(self, portion: Portion) -> "_Assignment":
        """Assigns a portion to read."""
        self.portion = portion
        try:
            self.pipe.send(portion)
        except (BrokenPipeError, ConnectionResetError) as lost:
            raise self.is_lost() from lost
        return _Assignment(self)

    def is_lost(self) -> ReaderLost:
        """The error to raise when it has ended."""
        self.process.join()
        where = self.portion.folder if self.portion else "nothing"
        return ReaderLost(
            f"a reading process ended by itself ({self.process.exitcode}) over {where}; run again: what was kept stays"
        )

    def stop(self) -> None:
        """Ends it, whatever it is doing: it writes only to this process. Not by SIGTERM, which a night started under
        nohup or by some runners inherits as ignored: a suite waited for ever (seen)."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


@dataclass(slots=True)
class _Assignment:
    """A portion assigned to a worker: what came of it, and whether that is all."""

    worker: WorkerProcess
    received: deque[ReadBatch] = field(default_factory=deque[ReadBatch])
    failure: SourceChanged | None = None
    is_over: bool = False

    def take(self) -> None:
        """Takes the worker's next message. Raises ReaderLost."""
        try:
            message: object = self.worker.pipe.recv()
        except (EOFError, ConnectionResetError) as lost:
            raise self.worker.is_lost() from lost
        if isinstance(message, ReadBatch):
            self.received.append(message)
            return
        self.failure = message if isinstance(message, SourceChanged) else None
        self.is_over, self.worker.portion = True, None


def _in_order(workers: list[WorkerProcess], portions: Iterator[Portion]) -> Iterator[ReadBatch]:
    """Assigns each worker the next portion when it is free, and takes their messages, the oldest portion's first."""
    assignments: deque[_Assignment] = deque()
    while True:
        for worker in workers:
            if worker.portion is None and (portion := next(portions, None)):
                assignments.append(worker.assign(portion))
        if not assignments:
            return
        oldest = assignments[0]
        while oldest.received:
            yield oldest.received.popleft()
        if oldest.is_over:
            assignments.popleft()
            if oldest.failure:
                _drain(assignments)
                raise oldest.failure
            continue
        _receive(assignments)


def _receive(assignments: deque[_Assignment]) -> None:
    """Waits for a message: of the oldest always, of the others while they are not too far ahead."""
    is_room = sum(len(assignment.received) for assignment in assignments) < MAX_UNSAVED
    by_pipe = {
        assignment.worker.pipe: assignment
        for at, assignment in enumerate(assignments)
        if not assignment.is_over and (at == 0 or is_room)
    }
    for pipe in wait(list(by_pipe)):
        by_pipe[pipe].take()  # type: ignore[index]


def _drain(assignments: Iterable[_Assignment]) -> None:
    """Receives the rest of the others, so that every worker is free again."""
    for assignment in assignments:
        while not assignment.is_over:
            assignment.take()
            assignment.received.clear()


def _read_for(pipe: "Connection[Any, Any]", batch_builder: BatchBuilder) -> None:
    """A reading process: portions in, batches out, until the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent process
    try:
        while True:
            portion: Portion = pipe.recv()
            try:
                for batch in read_batches(portion, batch_builder):
                    pipe.send(batch)
            except SourceChanged as changed:
                pipe.send(changed)
            else:
                pipe.send(None)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
