"""The only entry point to the warehouse: a DuckDB file opened for a short while, by one writer or on a copy by readers.

Each method passes on to the module that implements it; only counts are queried here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, TypeVar

import duckdb

from warehouse.codes.cpv_labels import CpvLabel
from warehouse.database import (
    code_lists as vocabulary,
)
from warehouse.database import (
    embeddings as vectors,
)
from warehouse.database import (
    feedback,
    salvage,
)
from warehouse.database import (
    members as membership,
)
from warehouse.database import (
    notice_queries as finding,
)
from warehouse.database import (
    notice_writer as keeping,
)
from warehouse.database import (
    rebuild as rebuilding,
)
from warehouse.database import (
    run_ledger as ledger,
)
from warehouse.database import (
    version_diff as versions,
)
from warehouse.database import (
    volume_history as watching,
)
from warehouse.database.arrow_batches import BatchBuilder, RecordBatch
from warehouse.database.code_lists import Imported
from warehouse.database.current_lots import are_current, refresh_lots
from warehouse.database.parts import StorePart
from warehouse.database.rebuild import Drift, RowDifference
from warehouse.database.salvage import Recovered
from warehouse.database.schema import open_file, refusals_explained
from warehouse.errors import BadFact, StoreTooOld
from warehouse.export import (
    data_dictionary as dictionary,
)
from warehouse.export import (
    ocds_packages,
)
from warehouse.export import (
    tables as exporting,
)
from warehouse.export.ocds_packages import Origin, Packed
from warehouse.linkage import (
    linker as joining,
)
from warehouse.linkage import (
    purchases,
)
from warehouse.linkage.procedures import Joined, Procedure
from warehouse.model.alarms import Alarm, Volume
from warehouse.model.changes import Difference
from warehouse.model.code_lists import Code
from warehouse.model.feedback import Feedback
from warehouse.model.match_results import MatchResult
from warehouse.model.members import Member
from warehouse.model.night_reports import Backfilled, Counts, Crawl, EndedLot, FailedCheck, Kept
from warehouse.model.notices import Notice, OpenLot, Reference, SetAside
from warehouse.results import (
    archive as archived,
)
from warehouse.results import (
    match_results as results,
)
from warehouse.results.archive import Retention

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """The warehouse. Open it with `Store.open`, in a `with` block; one instance is for one thread.

    Every method may raise StoreFull when the disk refuses; then nothing of its transaction was stored.
    """

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self._con = connection

    @classmethod
    def open(
        cls, path: Path, read_only: bool = False, *, part: StorePart = StorePart.WHOLE, facts: Path | None = None
    ) -> Store:
        """The warehouse at `path`, created with its tables when absent (and not `read_only`).

        Args:
            path: the file.
            read_only: whether nothing can be written.
            part: what a new file holds: facts, the data of one cluster, or both.
            facts: the file of facts that a cluster's store reads; it can write its own file only.

        Raises StoreLocked while another process writes, StoreUnreadable for a file that is none, StoreTooNew,
        StoreFull; `read_only`, StoreTooOld for a file that must be written first: one of an earlier version, or one
        whose lots were not worked out again since a writer was killed.
        """
        store = cls(path, open_file(path, read_only=read_only, part=part, facts=facts))
        # A cluster works lots out at another moment than that of its facts beside them, and only while it is open.
        if read_only and facts is None and not store._run(are_current):
            store.close()
            raise StoreTooOld(f"the lots of {path} are not worked out; the next command that writes does it")
        return store

    def refresh_lots(self) -> None:
        """Works the lots out at the moment that is set, where notices, purchases or the moment changed. Whatever reads
        lots does it by itself."""
        self._run(refresh_lots)

    def close(self) -> None:
        """Ends the connection; the file is free for others."""
        with refusals_explained(self.path):
            self._con.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(
        self, work: Callable[Concatenate[duckdb.DuckDBPyConnection, P], T], *given: P.args, **named: P.kwargs
    ) -> T:
        with refusals_explained(self.path):
            return work(self._con, *given, **named)

    def _run_on_lots(
        self, work: Callable[Concatenate[duckdb.DuckDBPyConnection, P], T], *given: P.args, **named: P.kwargs
    ) -> T:
        """As _run, of what reads the lots: they are worked out before, where that is to do."""
        self._run(refresh_lots)
        return self._run(work, *given, **named)

    def set_as_of(self, moment: datetime) -> None:
        """Sets the moment for which open lots are selected. Raises BadFact for one without a zone."""
        if moment.utcoffset() is None:
            raise BadFact(f"as of {moment.isoformat()} has no zone; give an instant with one")
        self._run(ledger.set_as_of, moment.astimezone(UTC))

    def load_as_of(self) -> datetime | None:
        """The moment set last, in UTC."""
        return self._run(ledger.load_as_of)

    def save_notices(self, notices: Iterable[Notice]) -> Kept:
        """Saves notices, each version once: a summary is completed by its full text, never the reverse; the same
        version from two portals is one notice with two publications. Takes an iterator, a thousand at a time."""
        return self._run(keeping.save_notices, notices)

    def batch_builder(self) -> BatchBuilder:
        """Builds the batches for save_batches; it can be sent to other processes."""
        return self._run(keeping.batch_builder)

    def save_batches(self, batches: Iterable[RecordBatch]) -> Kept:
        """As save_notices, of notices built into batches elsewhere."""
        return self._run(keeping.save_batches, batches)

    def save_set_aside(self, items: Iterable[SetAside]) -> int:
        """Saves what could not be read, each once with its last reason; returns how many were given."""
        return self._run(keeping.save_set_aside, items)

    def delete_set_aside(self, items: Iterable[SetAside]) -> None:
        """Deletes rows of notices set aside, once they were read."""
        self._run(keeping.delete_set_aside, items)

    def load_set_aside(self, day: date | None = None) -> tuple[SetAside, ...]:
        """Notices set aside on a day, or ever."""
        return self._run(finding.load_set_aside, day)

    def load_notice(self, uid: str) -> Notice:
        """The notice of that uid ("<notice id>-<nn>"), as saved. Raises NotInWarehouse."""
        return self._run(finding.load_notice, uid)

    def load_notices(self) -> Iterator[Notice]:
        """Every notice in the order of uids, some hundreds in memory at a time."""
        with refusals_explained(self.path):
            yield from finding.load_notices(self._con)

    def load_summary_numbers(self, source: str) -> tuple[str, ...]:
        """Numbers at `source` known only as summaries, to be fetched in full."""
        return self._run(finding.load_numbers, source, summaries=True)

    def load_known_numbers(self, source: str) -> tuple[str, ...]:
        """Numbers at `source` whose full text is stored, from whichever portal it came."""
        return self._run(finding.load_numbers, source, summaries=False)

    def load_open_lots(self) -> list[OpenLot]:
        """Lots that accept tenders, nearest deadline first, those without one last. Raises BadFact before set_as_of."""
        return self._run_on_lots(finding.load_open_lots)

    def load_open_lot_digests(self) -> dict[str, str]:
        """A digest of all that is stored of each open lot, by lot, in the order of load_open_lots. Raises BadFact
        before set_as_of."""
        return self._run_on_lots(finding.load_open_lot_digests)

    def load_lots(self, uids: Iterable[str]) -> list[OpenLot]:
        """Those of the lots that are stored, in the order given, open or not; exact uids only."""
        return self._run_on_lots(finding.load_lots, list(uids))

    def load_lot(self, uid: str) -> OpenLot:
        """The lot of that uid, or the only one whose uid, notice uid or publication number it begins; open ones go
        before closed ones. Raises NotInWarehouse, naming the candidates when there are several."""
        return self._run_on_lots(finding.load_lot, uid)

    def load_ended_lots(self, uids: Iterable[str]) -> tuple[EndedLot, ...]:
        """Those of the lots that were cancelled or decided since."""
        return self._run_on_lots(finding.load_ended_lots, uids)

    def join_procedures(self, night: date) -> Joined:
        """Compares the notices not compared yet with all others and joins those of one purchase; see linker.py. The
        moment of the night must be set. Repeating it changes nothing."""
        return self._run(joining.join_procedures, night)

    def load_procedure(self, name: str) -> Procedure:
        """The purchase of that name: its own, one stated by its notices, a lot's, a publication number, or the only
        one it begins. Raises NotInWarehouse."""
        return self._run(purchases.load_procedure, name)

    def separate(self, procedure: str, separated_on: date) -> Procedure:
        """Takes a procedure, as stated, out of the purchase it was joined to, permanently; returns that purchase as it
        was. Raises NotInWarehouse when it is joined to none."""
        return self._run(purchases.separate, procedure, separated_on)

    def load_separations(self) -> tuple[tuple[str, str], ...]:
        """The pairs of stated procedures that no night may join again."""
        return self._run(purchases.load_separations)

    def load_other_names(self) -> dict[str, str]:
        """Today's names of lots by the names they had before their procedures were joined."""
        return self._run(purchases.load_other_names)

    def load_differences(self, notified_at: Mapping[str, datetime]) -> dict[str, tuple[Difference, ...]]:
        """What changed in each lot since the moment its letter was written, by lot; see version_diff.py."""
        return self._run_on_lots(versions.load_differences, notified_at)

    def load_references(self, company_numbers: Iterable[str]) -> tuple[Reference, ...]:
        """Awards won under these numbers (written in any usual way), by number, newest first."""
        return self._run(finding.load_references, company_numbers)

    def save_members(self, members: Iterable[Member]) -> int:
        """Replaces all members by these, or none of them."""
        return self._run(membership.save_members, members)

    def load_members(self) -> tuple[Member, ...]:
        """The members, in the order saved."""
        return self._run(membership.load_members)

    def save_match_results(
        self, night: date, match_results: Iterable[MatchResult], digests: Mapping[str, str] | None = None
    ) -> int:
        """Replaces the match results of `night`, in one transaction; returns how many lots it has. `digests` holds the
        digest of the inputs of each lot of the night, by lot and in order; `match_results` those whose digest is not
        stored yet. None: the inputs are not known. Raises BadFact for a lot without a result."""
        return self._run(results.save_match_results, night, match_results, digests)

    def load_stored_digests(self, digests: Iterable[str]) -> frozenset[str]:
        """Those of the digests of inputs whose match results are stored."""
        return self._run(results.load_stored_digests, digests)

    def load_match_results(self, night: date, *, without_refusals: bool = False) -> tuple[MatchResult, ...]:
        """The match results of `night`, in the order of its lots, whole or without the refusals."""
        return self._run(results.load_match_results, night, without_refusals=without_refusals)

    def load_match_result(self, night: date, lot_uid: str, archive: Path) -> MatchResult | None:
        """The match result of one lot in `night`, from the warehouse or the archive of older nights (its folder); None
        where neither holds it."""
        stored = self._run(results.load_match_result, night, lot_uid)
        return stored or self._run(archived.load_archived_result, archive, night, lot_uid)

    def archive_results(self, archive: Path, retention: Retention) -> int:
        """Moves match results of older nights to the folder of the archive, and deletes what is beyond the retention
        there; returns how many nights were moved."""
        return self._run(archived.archive_results, archive, retention)

    def erase_member(self, member: str, archive: Path) -> None:
        """Deletes a member (its id), its feedback, and what is said of it in every match result, of the warehouse and
        of the archive (its folder)."""
        self._run(membership.erase_member, member)
        self._run(archived.erase_from_results, archive, member)

    def save_feedback(self, *answers: Feedback) -> int:
        """Saves members' feedback on lots; an answer stored already is not stored twice. Returns how many were new."""
        return self._run(feedback.save_feedback, answers)

    def load_feedback(self, member: str | None = None) -> tuple[Feedback, ...]:
        """Members' current feedback on lots, of one or of all: their newest answer about each lot."""
        return self._run(feedback.load_feedback, member)

    def save_vectors(self, model: str, vectors_by_digest: Mapping[str, bytes]) -> int:
        """Saves vectors (32-bit little-endian floats) not stored yet; returns how many were new."""
        return self._run(vectors.save_vectors, model, vectors_by_digest)

    def load_vectors(self, model: str, digests: Iterable[str]) -> dict[str, bytes]:
        """The vectors of `model` known among these digests."""
        return self._run(vectors.load_vectors, model, digests)

    def delete_vectors(self, model: str, digests: Iterable[str]) -> int:
        """Deletes the vectors of `model`, so that they can be encoded again; returns how many there were."""
        return self._run(vectors.delete_vectors, model, digests)

    def save_crawl(self, crawl: Crawl) -> None:
        """Saves how a source was read in a night; a later attempt of the same night replaces it."""
        self._run(ledger.save_crawl, crawl)

    def load_crawls(self, night: date) -> tuple[Crawl, ...]:
        """How the sources were read in `night`, by source."""
        return self._run(ledger.load_crawls, night)

    def load_last_night(self) -> date | None:
        """The newest night whose notices were read, None before the first."""
        return self._run(ledger.load_last_night)

    def load_crawls_since(self, night: date) -> tuple[Crawl, ...]:
        """How the sources were read in `night` and after, oldest first."""
        return self._run(ledger.load_crawls_since, night)

    def load_watermark(self, source: str) -> date | None:
        """The last day up to which a complete crawl has read `source`, None before the first."""
        return self._run(ledger.load_watermark, source)

    def save_backfilled(self, backfilled: Backfilled) -> None:
        """Records that a stretch of the past is stored in full; moves no watermark."""
        self._run(ledger.save_backfilled, backfilled)

    def load_backfilled(self, source: str) -> tuple[Backfilled, ...]:
        """The stretches of the past that were read from a source, oldest first."""
        return self._run(ledger.load_backfilled, source)

    def carry_over(self, before: Path) -> dict[str, int]:
        """Copies the tables that do not follow from landing from the file before; returns the rows of each. Raises
        StoreTooOld."""
        return self._run(rebuilding.carry_over, before)

    def take_part(self, whole: Path) -> dict[str, int]:
        """Copies what this store's part holds from a file of both parts; returns the rows of each table. Raises
        StoreTooOld, StoreDamaged."""
        return self._run(rebuilding.take_part, whole)

    def recover(self, damaged: Path, copy: Path) -> tuple[Recovered, ...]:
        """Takes over what landing cannot tell from a damaged file and the readers' copy; says from where each table
        comes."""
        return self._run(salvage.recover, damaged, copy)

    def save_separations(self, pairs: Iterable[tuple[str, str]], separated_on: date) -> None:
        """Keeps pairs of stated procedures that no night may join, those that are not kept yet."""
        self._run(purchases.save_separations, pairs, separated_on)

    def compare(self, before: Path) -> tuple[Drift, ...]:
        """Differences between the tables that follow from landing and those of the file before."""
        return self._run(rebuilding.compare, before)

    def list_differences(self, before: Path) -> tuple[RowDifference, ...]:
        """Each value that differs, in what follows from landing, from the file before."""
        return self._run(rebuilding.list_differences, before)

    def save_alarms(self, source: str, night: date, alarms: Iterable[Alarm]) -> int:
        """Replaces the alarms of a source and night."""
        return self._run(watching.save_alarms, source, night, alarms)

    def load_alarms(self, night: date) -> tuple[Alarm, ...]:
        """The alarms of a night, by source."""
        return self._run(watching.load_alarms, night)

    def count_volumes(self, source: str, night: date, since: date, until: date) -> tuple[Volume, ...]:
        """Counts the stored notices of `source` for each day from `since` to `until` (both included), and saves the
        counts under `night`."""
        return self._run(watching.count_volumes, source, night, since, until)

    def load_volumes(self, source: str, before: date, since: date) -> tuple[Volume, ...]:
        """What was counted in nights before `before` of days since `since`, the newest day first."""
        return self._run(watching.load_volumes, source, before, since)

    def save_codes(self, codes: Iterable[Code], day: date) -> tuple[Imported, ...]:
        """Takes over an edition of each list among the codes, all or nothing. Raises BadFact for one cut short."""
        return self._run(vocabulary.save_codes, codes, day)

    def load_codes(self, name: str | None = None) -> tuple[Code, ...]:
        """The codes of a list, or of all, retired ones too."""
        return self._run(vocabulary.load_codes, name)

    def load_code_lists_day(self) -> date | None:
        """The day of the newest edition of any list, None before the first."""
        return self._run(vocabulary.load_code_lists_day)

    def load_cpv_labels(self) -> tuple[CpvLabel, ...]:
        """The CPV codes of the imported list with their labels, by code."""
        return self._run(vocabulary.load_cpv_labels)

    def load_failed_checks(self, *, is_own_only: bool = False) -> tuple[FailedCheck, ...]:
        """The data checks that failed, by name, with some of the rows that violate them; with `is_own_only` those of
        the store's own file, without those of the facts it reads."""
        return self._run_on_lots(ledger.load_failed_checks, is_own_only=is_own_only)

    def counts(self, night: date) -> Counts:
        """Counts of the warehouse and of the results of `night`."""
        return self._run_on_lots(ledger.counts, night)

    def export(self, folder: Path, night: date | None = None, *, day: date | None = None) -> dict[Path, int]:
        """Writes notices, lots, procedures, buyers, awards, matches and consortia (of `night`, or of the last night
        with match results) as CSV, JSON Lines and Parquet, with their dictionary; returns the rows of each file. With
        `day`, only what was published on that day."""
        return self._run_on_lots(exporting.export, folder, night, day=day)

    def export_ocds(self, folder: Path, origins: Mapping[str, Origin], prefix: str) -> tuple[Packed, ...]:
        """Writes the notices of these sources as OCDS release packages, <folder>/<source>/<day>.json."""
        return self._run(ocds_packages.write_packages, folder, origins, prefix)

    def describe_columns(self) -> str:
        """The data dictionary of the exports, a page in Markdown."""
        return self._run(dictionary.write_dictionary)

    def publish_copy(self, path: Path) -> None:
        """Puts a copy for readers at `path`, complete or not at all."""
        self._run_on_lots(exporting.publish_copy, self.path, path)
