"""How far the readers agree with an independent reading of the same notices (manifest.csv), field by field.

    python -m bench.manifest --data ../shared/notices [--under eforms/published] [--all]

Prints per field how many agree, differ, or are known to differ for a reason (a rule of ours, written below with its
evidence), then every difference with both values. Exit code 1 when a difference
has no explanation or when something the manifest could read was set aside.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scrapers.read import Reading, read_path
from scrapers.readers.ted.export_codes import COUNTRIES, LANGUAGES
from warehouse.model.notices import Notice

Row = dict[str, str]

_TED_FORMS = {
    "0": "planning", "3": "competition", "7": "result", "A": "competition", "B": "planning", "C": "competition",
    "D": "competition", "H": "competition", "J": "result", "K": "cont-modif", "M": "competition", "O": "competition",
    "P": "planning", "Q": "competition", "R": "result", "V": "dir-awa-pre", "2": "competition",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One column: the value read, the manifest's in the same spelling, and when a difference is explained."""

    name: str
    ours: Callable[[Notice], str]
    theirs: Callable[[Row], str]
    explain: Callable[[Notice, Row], str | None] | None = None


def _is_ted_export(row: Row) -> bool:
    return row["file"].startswith("ted_r209")


def _their_form(row: Row) -> str:
    return _TED_FORMS[row["form_type"].partition(":")[0]] if _is_ted_export(row) else row["form_type"]


def _form_explained(notice: Notice, row: Row) -> str | None:
    """The manifest copies listName, which says "change" for three notices of SDK 1.7; a change is a version."""
    return "a change is a version of its subtype's form" if row["form_type"] == "change" and notice.changes else None


def _their_country(row: Row) -> str:
    return "+".join(COUNTRIES.get(code, code) for code in row["buyer_country"].split("+"))


def _their_languages(row: Row) -> str:
    return "+".join(LANGUAGES.get(code, code) for code in row["languages"].split("+"))


def _lots_explained(notice: Notice, row: Row) -> str | None:
    """The manifest counts LOT-, we count the parts (PAR-) of planning notices too; and every notice that is not about
    a buyer profile has a lot, itself, where it has no division (R2.0.8)."""
    parts = sum(lot.id.startswith("PAR-") for lot in notice.lots)
    if parts and len(notice.lots) - parts == int(row["n_lots"]):
        return "parts (PAR-) are lots here"
    if _is_ted_export(row) and row["n_lots"] == "0" and (notice.schema or "").startswith("TED_EXPORT R2.0.8"):
        return "the manifest counts no lots in R2.0.8; we count its lots, or the whole as one"
    return None


def _country_explained(notice: Notice, row: Row) -> str | None:
    """ISO_COUNTRY is the first buyer's; ADDRESS_CONTRACTING_BODY_ADDITIONAL names those who buy with it."""
    if _is_ted_export(row) and notice.buyer_countries[:1] == (_their_country(row),):
        return "the manifest names the first buyer's country only"
    return None


def _group_explained(notice: Notice, row: Row) -> str | None:
    """A name that holds a group is taken apart. Checked by hand in HUN/155444-2025: three tenders in one lot, two of
    them by groups, and the contract is with the third."""
    firms = (firm for award in notice.awards for party in award.winners for firm in party.organisations)
    if any(firm.recognised == "group-name" for firm in firms):
        return "one name holds the whole group"
    return "the groups lost; we keep winners" if row["file"].endswith("HUN/155444-2025.xml") else None


def _our_group(notice: Notice) -> str:
    return "1" if any(len(party.organisations) > 1 for award in notice.awards for party in award.winners) else "0"


def _our_number(notice: Notice) -> str:
    return "" if notice.publication.number == notice.uid else notice.publication.number


def _their_number(row: Row) -> str:
    written = row["publication_id"]
    if "/S " in written:
        return f"{written.rpartition('-')[2].lstrip('0')}-{written[:4]}"
    return written.lstrip("0")


FIELDS = (
    Field("form_type", lambda n: n.form.value, _their_form, _form_explained),
    Field(
        "buyer_country",
        lambda n: "+".join(sorted(n.buyer_countries)),
        lambda r: "+".join(sorted(_their_country(r).split("+"))),
        _country_explained,
    ),
    Field("languages", lambda n: "+".join(n.languages), _their_languages),
    Field("n_lots", lambda n: str(len(n.lots)), lambda r: r["n_lots"], _lots_explained),
    Field(
        "publication_date",
        lambda n: n.publication.day.isoformat() if n.publication.day else "",
        lambda r: r["publication_date"],
    ),
    Field("has_multi_org_tenderer", _our_group, lambda r: r["has_multi_org_tenderer"], _group_explained),
    Field("notice_type", lambda n: n.notice_type or "", lambda r: r["notice_type"]),
    Field("subtype", lambda n: n.subtype or "", lambda r: r["subtype"]),
    Field("publication_id", _our_number, _their_number),
    Field("cpv", lambda n: str(n.cpv[0]) if n.cpv else "", lambda r: r["cpv"]),
)


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field on which two readings of a file disagree."""

    file: str
    field: str
    ours: str
    theirs: str
    explanation: str | None


def compare(notice: Notice, row: Row) -> list[FieldDifference]:
    """The fields on which we differ from the manifest."""
    found: list[FieldDifference] = []
    for field in FIELDS:
        ours, theirs = field.ours(notice), field.theirs(row)
        if ours != theirs:
            found.append(
                FieldDifference(
                    row["file"], field.name, ours, theirs, field.explain(notice, row) if field.explain else None
                )
            )
    return found


def read_manifest(data: Path) -> dict[str, Row]:
    """The manifest's rows by file."""
    with (data / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def main() -> int:
    """The comparison, printed."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--data", type=Path, default=Path("../shared/notices"), help="folder with manifest.csv")
    options.add_argument("--under", default="", help="only files below this folder of it")
    options.add_argument("--all", action="store_true", help="list explained differences too")
    chosen = options.parse_args()
    rows = read_manifest(chosen.data)
    differences: list[FieldDifference] = []
    aside: list[Reading] = []
    compared = 0
    for reading in read_path(chosen.data / chosen.under):
        row = rows.get(reading.path.relative_to(chosen.data).as_posix())
        if row is not None and reading.notice is not None:
            compared += 1
            differences.extend(compare(reading.notice, row))
        elif row is not None:
            aside.append(reading)
    _print(compared, differences, aside, everything=chosen.all)
    return 1 if any(d.explanation is None for d in differences) else 0


def _print(compared: int, differences: list[FieldDifference], aside: list[Reading], *, everything: bool) -> None:
    """The table, then each difference, then what was set aside."""
    explained = Counter(d.field for d in differences if d.explanation)
    unexplained = Counter(d.field for d in differences if not d.explanation)
    print(f"{compared} notices compared, {len(aside)} set aside")
    print(f"{'field':24}{'agree':>8}{'explained':>11}{'differ':>8}")
    for field in FIELDS:
        apart = explained[field.name] + unexplained[field.name]
        print(f"{field.name:24}{compared - apart:8}{explained[field.name]:11}{unexplained[field.name]:8}")
    for d in differences:
        if everything or d.explanation is None:
            print(
                f"{d.file} {d.field}: we read {d.ours!r}, the manifest {d.theirs!r} ({d.explanation or 'unexplained'})"
            )
    for reading in aside:
        print(f"set aside {reading.path.name}: {reading.reason}")


if __name__ == "__main__":
    sys.exit(main())
