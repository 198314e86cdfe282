"""Purchases with known winners, as lots and references: the data the fit is trained on.

How they are read, from a folder (notices.csv, awards.csv) or from stored result notices. What is learned from them is
in fit/training_set.py and fit/estimator.py.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from matching.errors import AwardsUnreadable
from warehouse.codes.classifications import Cpv, Nuts
from warehouse.codes.company_numbers import read_company_number
from warehouse.codes.nuts_places import department_nuts
from warehouse.model.notices import (
    Award,
    Buyer,
    Form,
    Lot,
    Money,
    Notice,
    OpenLot,
    Organisation,
    Publication,
    Reference,
    TenderingParty,
    Text,
)

FOLDS = 5
TEST = "test"
"""The fold that nothing is learned from."""
_NEEDED = {"notices.csv": ("notice_id", "title"), "awards.csv": ("notice_id", "firm_id")}


@dataclass(frozen=True, slots=True)
class Bought:
    """One purchase: the lot as it could have been read, the firms that won it, its group (its consultation), which is
    never divided between folds, and its fold: the one its folder names, TEST where it sets it apart, else one that is
    drawn."""

    lot: OpenLot
    winners: tuple[str, ...]
    group: str
    fold: str

    def reference(self, firm: str) -> Reference:
        """The award as the winner's reference."""
        lot = self.lot.lot
        buyers = tuple(n for b in self.lot.notice.buyers if (n := b.organisation.company_number))
        return Reference(firm, self.lot.uid, lot.id, lot.titles, lot.cpv, lot.nuts, None, lot.estimate, (), buyers)


def read_past(folder: Path) -> tuple[Bought, ...]:
    """From a folder of two tables; a row that cannot be used is read without what is wrong in it. Raises
    AwardsUnreadable."""
    rows = _read(folder / "notices.csv")
    winners: dict[str, list[str]] = {}
    for pair in _read(folder / "awards.csv"):
        winners.setdefault(pair["notice_id"], []).append(f"FR{pair['firm_id']}")
    return tuple(_bought(row, tuple(dict.fromkeys(winners.get(row["notice_id"], ())))) for row in rows)


def _read(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise AwardsUnreadable(f"{path}: no such file; give a folder with notices.csv and awards.csv")
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        reader = csv.DictReader(file)
        absent = [name for name in _NEEDED[path.name] if name not in (reader.fieldnames or ())]
        if absent:
            raise AwardsUnreadable(f"{path}: no column {', '.join(absent)}; seen {', '.join(reader.fieldnames or ())}")
        rows = [{name: value or "" for name, value in row.items() if name} for row in reader]
    if not rows:
        raise AwardsUnreadable(f"{path}: no rows; there is nothing to learn from")
    return rows


def _bought(row: Mapping[str, str], winners: tuple[str, ...]) -> Bought:
    """One row of notices.csv. A title that lost letters ("r\ufffdfection") is kept as it is."""
    number = row["notice_id"]
    siren = row.get("buyer_siren", "")
    body = Organisation("ORG-0001", (), f"FR{siren}" if siren else None, "FRA")
    lot = Lot(
        id="LOT-0001",
        titles=(Text(row["title"], "FRA"),) if row["title"].strip() else (),
        cpv=_cpv(row.get("cpv", "")),
        nuts=_place(row),
        estimate=_money(row.get("amount_eur", "")),
    )
    publication = Publication("fr_decp", number, None)
    buyers = (Buyer(body),) if siren else ()
    notice = Notice(id=number, version=1, form=Form.COMPETITION, publication=publication, buyers=buyers)
    group = row.get("consultation") or f"{siren} {row['title'].strip()}"
    fold = row.get("fold") or (TEST if row.get("split") == TEST else _drawn(group))
    return Bought(OpenLot(f"{number}:LOT-0001", lot, notice, (publication,)), winners, group, fold)


def _cpv(written: str) -> tuple[Cpv, ...]:
    found = re.fullmatch(r"(\d{8})(?:-?\d)?", written.strip())
    return (Cpv(found[1]),) if found else ()


def _money(written: str) -> Money | None:
    try:
        amount = Decimal(written)
    except InvalidOperation:
        return None
    return Money(amount, "EUR") if amount.is_finite() and amount > 0 else None


def _place(row: Mapping[str, str]) -> tuple[Nuts, ...]:
    """The department stated, else that of a local authority's SIREN (21 31 .. is a commune of department 31)."""
    siren = row.get("buyer_siren", "")
    department = row.get("department", "").strip().zfill(2)
    if department == "00" and re.fullmatch(r"2[124567]\d{7}", siren):
        department = siren[2:4]
    place = department_nuts(department)
    return (place,) if place else ()


def _drawn(group: str) -> str:
    return str(int(hashlib.sha256(group.encode()).hexdigest(), 16) % FOLDS)


def past_of_notices(notices: Iterable[Notice]) -> tuple[Bought, ...]:
    """From stored result notices: every awarded lot with a winner whose number is one, in the order given."""
    return tuple(
        bought for notice in notices if notice.form is Form.RESULT for bought in _bought_by(notice, notice.awards)
    )


def _bought_by(notice: Notice, awards: Sequence[Award]) -> Iterable[Bought]:
    lots = {lot.id: lot for lot in notice.lots}
    for award in awards:
        firms = tuple(dict.fromkeys(number for party in award.winners for number in _numbers(party)))
        if firms:
            lot = lots.get(award.lot) or Lot(award.lot, notice.titles, notice.descriptions, cpv=notice.cpv)
            lot = replace(lot, titles=lot.titles or notice.titles, cpv=lot.cpv or notice.cpv, deadline=None)
            seen = OpenLot(notice.lot_uid(lot), lot, replace(notice, lots=(), awards=()), (notice.publication,))
            yield Bought(seen, firms, notice.procedure_uid, _drawn(notice.procedure_uid))


def _numbers(party: TenderingParty) -> Iterable[str]:
    found = (read_company_number(body.company_number, body.country) for body in party.organisations)
    return (number for number in found if number)
