"""A folder of judged lots: members.csv, lots.csv, judgements.csv, and the notices that hold the lots."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.errors import MembersRefused
from matching.members_file.members import read_members
from scrapers.read import read_path
from warehouse.model.members import Member
from warehouse.model.notices import Lot, Notice, OpenLot

Ints = NDArray[np.int64]

KINDS = ("ict", "ict-part", "not-ict")


class Unusable(Exception):
    """The folder cannot be measured; the message states where and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class AwardsFolder:
    """Lots in the order of lots.csv, each as open and with every language of tender allowed; `kinds` of KINDS;
    `notices` the file of each. Members are sorted by id; `grades` are int64 of shape (lots, members), 0 to 2."""

    lots: tuple[OpenLot, ...]
    kinds: tuple[str, ...]
    notices: tuple[str, ...]
    members: tuple[Member, ...]
    grades: Ints


def read_folder(data: Path, notices: Path) -> AwardsFolder:
    """The whole folder. Raises Unusable."""
    try:
        members = tuple(sorted(read_members(data / "members.csv"), key=lambda member: member.id))
    except (MembersRefused, OSError) as error:
        raise Unusable(f"{data / 'members.csv'}: {error}") from error
    rows = list(read_rows(data / "lots.csv", ("lot", "kind", "file")))
    if not rows:
        raise Unusable(f"{data / 'lots.csv'} holds no lot; write at least one")
    read: dict[str, Notice] = {}
    lots = [_open_lot(row, notices, read, data / "lots.csv") for row in rows]
    grades = _read_grades(data / "judgements.csv", [row["lot"] for row in rows], [member.id for member in members])
    kinds, files = tuple(row["kind"] for row in rows), tuple(row["file"] for row in rows)
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise Unusable(f"{data / 'lots.csv'}: kind {unknown[0]!r}; write one of {', '.join(KINDS)}")
    return AwardsFolder(tuple(lots), kinds, files, members, grades)


def read_rows(path: Path, columns: Iterable[str]) -> Iterator[Mapping[str, str]]:
    """The rows of a CSV file that has these columns. Raises Unusable."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            found = csv.DictReader(lines)
            missing = [name for name in columns if name not in (found.fieldnames or ())]
            if missing:
                raise Unusable(f"{path} has no column {missing[0]!r}; it has {', '.join(found.fieldnames or ())}")
            yield from found
    except OSError as error:
        raise Unusable(f"{path} cannot be read ({error.strerror}); give a folder like shared/relevance") from error


def _open_lot(row: Mapping[str, str], notices: Path, read: dict[str, Notice], where: Path) -> OpenLot:
    file = row["file"]
    if file not in read:
        reading = next(iter(read_path(notices / file)), None)
        if reading is None or reading.notice is None:
            raise Unusable(f"{where}: {notices / file}: {reading.reason if reading else 'holds no notice'}")
        read[file] = reading.notice
    notice = read[file]
    name = row["lot"].partition(":")[2]
    lot = next((lot for lot in notice.lots if lot.id == name), None)
    if lot is None and not notice.lots:
        # TED R2.0.8 notices of a buyer profile have no lot element: the notice itself is what is bought.
        lot = Lot(name, notice.titles, notice.descriptions, cpv=notice.cpv, nuts=notice.nuts)
    if lot is None:
        known = ", ".join(notice_lot.id for notice_lot in notice.lots[:6])
        raise Unusable(f"{where}: lot {row['lot']} is not in {file}, which has {known}; correct the lot or the file")
    lot = replace(lot, deadline=None, tender_languages=())
    return OpenLot(row["lot"], lot, replace(notice, lots=(), awards=()), (notice.publication,))


def _read_grades(path: Path, lots: list[str], members: list[str]) -> Ints:
    row, column = {uid: i for i, uid in enumerate(lots)}, {name: j for j, name in enumerate(members)}
    grades = np.zeros((len(lots), len(members)), np.int64)
    for line, read in enumerate(read_rows(path, ("lot", "member", "grade")), start=2):
        for name, known in (("lot", row), ("member", column)):
            if read[name] not in known:
                raise Unusable(f"{path}, line {line}: {name} {read[name]!r} is not in {name}s.csv; correct either")
        if read["grade"] not in {"0", "1", "2"}:
            raise Unusable(f"{path}, line {line}: grade {read['grade']!r}; write 0, 1 or 2")
        grades[row[read["lot"]], column[read["member"]]] = int(read["grade"])
    return grades
