"""Loads notices, lots and references: rows of the tables and views, returned as the facts they were saved from."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.codes.company_numbers import read_company_number
from warehouse.database.row_mapping import (
    Row,
    cpv_from,
    instant_from,
    lot_from,
    money_from,
    nuts_from,
    organisation_from,
    party_from,
    texts_from,
)
from warehouse.database.schema import fetch_rows, registered
from warehouse.errors import BadFact, NotInWarehouse
from warehouse.model.night_reports import EndedLot
from warehouse.model.notices import Award, Buyer, Change, Form, Notice, OpenLot, Publication, Reference, SetAside

BATCH = 500
"""Notices rebuilt at once."""

Rows = dict[str, list[Row]]  # by notice

_LOT_KEY = re.compile(r"^(LOT-|PAR-)?0*([0-9]+)$")
"""As in views/called_lot.sql."""


def load_notice(con: duckdb.DuckDBPyConnection, uid: str) -> Notice:
    """The notice of that uid ("<notice id>-<nn>"), as it was saved. Raises NotInWarehouse."""
    for notice in _notices(con, [uid]):
        return notice
    raise NotInWarehouse(f"no notice {uid!r} in the warehouse; pib read shows the uid of a notice")


def load_notices(con: duckdb.DuckDBPyConnection) -> Iterator[Notice]:
    """Every notice, in the order of their uids, some hundreds in memory at a time."""
    uids = [row["uid"] for row in fetch_rows(con, "select uid from notice order by uid")]
    for start in range(0, len(uids), BATCH):
        yield from _notices(con, uids[start : start + BATCH])


def notices_of(con: duckdb.DuckDBPyConnection, uids: list[str]) -> list[Notice]:
    """The stored notices of these uids, by uid, all in memory."""
    return _notices(con, uids)


def _notices(con: duckdb.DuckDBPyConnection, uids: list[str], *, whole: bool = True) -> list[Notice]:
    with registered(con, "wanted", pa.table({"notice": pa.array(uids, pa.string())})):
        heads = fetch_rows(
            con,
            """
            select notice.* replace (epoch_us(notice.issued_at) as issued_at), publication.day, publication.url
            from notice
            semi join wanted on wanted.notice = notice.uid
            join publication on publication.notice = notice.uid
                and publication.source = notice.source and publication.number = notice.number
            order by notice.uid
            """,
        )
        children = {
            "lot": _children(con, "lot", "* replace (epoch_us(deadline_at) as deadline_at)") if whole else {},
            "buyer": _children(con, "buyer"),
            "award": _children(con, "award") if whole else {},
            "tendering_party": _children(con, "tendering_party", order="award, position") if whole else {},
            "change": _children(con, "change"),
        }
    return [
        _notice_from(head, {table: rows.get(head["uid"], []) for table, rows in children.items()}) for head in heads
    ]


def _children(con: duckdb.DuckDBPyConnection, table: str, columns: str = "*", order: str = "position") -> Rows:
    query = f"select {columns} from {table} semi join wanted using (notice) order by notice, {order}"  # noqa: S608
    rows = fetch_rows(con, query)
    grouped: Rows = defaultdict(list)
    for row in rows:
        grouped[row["notice"]].append(row)
    return grouped


def _notice_from(head: Row, children: dict[str, list[Row]]) -> Notice:
    return Notice(
        id=head["id"],
        version=head["version"],
        form=Form(head["form"]),
        publication=Publication(head["source"], head["number"], head["day"], head["url"]),
        notice_type=head["notice_type"],
        subtype=head["subtype"],
        schema=head["schema"],
        procedure=head["procedure"],
        procedure_type=head["procedure_type"],
        languages=tuple(head["languages"]),
        titles=texts_from(head["titles"]),
        descriptions=texts_from(head["descriptions"]),
        nature=head["nature"],
        cpv=cpv_from(head["cpv"]),
        nuts=nuts_from(head["nuts"]),
        estimate=money_from(head["estimate"]),
        framework_maximum=money_from(head["framework_maximum"]),
        buyers=tuple(Buyer(organisation_from(r), r["legal_type"], r["activity"]) for r in children["buyer"]),
        lots=tuple(lot_from(row) for row in children["lot"]),
        awards=_awards_from(children["award"], children["tendering_party"]),
        changes=tuple(
            Change(row["changed"], row["reason"], texts_from(row["texts"]), tuple(row["lots"]), tuple(row["sections"]))
            for row in children["change"]
        ),
        issued_at=instant_from(head["issued_at"]),
        is_summary=head["is_summary"],
    )


def _awards_from(awards: list[Row], parties: list[Row]) -> tuple[Award, ...]:
    return tuple(
        Award(
            lot=award["lot"],
            outcome=award["outcome"],
            winners=tuple(party_from(row) for row in parties if row["award"] == award["position"]),
            value=money_from(award["value"]),
            decided_on=award["decided_on"],
            tenders_received=award["tenders_received"],
            terminates=award["terminates"],
            sme_tenders=award["sme_tenders"],
            subcontracted=award["subcontracted"],
        )
        for award in awards
    )


def load_numbers(con: duckdb.DuckDBPyConnection, source: str, *, summaries: bool) -> tuple[str, ...]:
    """Numbers at `source` of the notices known only as summaries, or of those stored in full."""
    query = """
        select distinct publication.number
        from publication join notice on notice.uid = publication.notice
        where publication.source = ? and notice.is_summary = ?
        order by publication.number
        """
    return tuple(row["number"] for row in fetch_rows(con, query, [source, summaries]))


def load_open_lots(con: duckdb.DuckDBPyConnection) -> list[OpenLot]:
    """Lots that are open at the moment set, nearest deadline first, those without one last."""
    _check_night(con)
    query = "select lot_uid, notice, position, procedure_uid from current_lot where closed is null order by "
    return _lots(con, fetch_rows(con, query + _NEAREST_FIRST))


def load_open_lot_digests(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """A digest of all that is stored of each open lot, by lot, in the order of load_open_lots. Raises BadFact before
    set_as_of."""
    _check_night(con)
    query = "select lot_uid, digest from current_lot where closed is null order by "
    return {row["lot_uid"]: row["digest"] for row in fetch_rows(con, query + _NEAREST_FIRST)}


def _check_night(con: duckdb.DuckDBPyConnection) -> None:
    if not fetch_rows(con, "select 1 from night"):
        raise BadFact("the warehouse has no night set; set_as_of comes before lots are loaded")


_NEAREST_FIRST = "deadline_at nulls last, lot_uid"


def load_lots(con: duckdb.DuckDBPyConnection, uids: Sequence[str]) -> list[OpenLot]:
    """Those of the lots that are stored, in the order given, open or not; exact uids only."""
    if not uids:
        return []
    with registered(con, "asked", pa.table({"lot_uid": pa.array(uids, pa.string())})):
        query = "select lot_uid, notice, position, procedure_uid from current_lot semi join asked using (lot_uid)"
        found = {row["lot_uid"]: row for row in fetch_rows(con, query)}
    return _lots(con, [found[uid] for uid in uids if uid in found])


def load_lot(con: duckdb.DuckDBPyConnection, uid: str) -> OpenLot:
    """The lot of that uid, or the only one whose uid, notice or publication number begins with it. Open lots go
    before closed ones. Raises NotInWarehouse when none does, or several."""
    query = """
        select distinct current_lot.lot_uid, current_lot.notice, current_lot.position, current_lot.procedure_uid,
            current_lot.closed is null as is_open, current_lot.lot_uid = $1 or other_name.name = $1 as is_exact
        from current_lot
        join publication using (notice)
        left join other_name on other_name.lot_uid = current_lot.lot_uid
        left join purchase_page on current_lot.is_merged and purchase_page.procedure_uid = current_lot.procedure_uid
        where starts_with(current_lot.lot_uid, $1) or starts_with(current_lot.notice, $1)
            or publication.number = $1 or starts_with(other_name.name, $1) or purchase_page.number = $1
        qualify dense_rank() over (order by is_exact desc, is_open desc) = 1
        order by current_lot.lot_uid
        """
    found = fetch_rows(con, query, [uid])
    if not found:
        raise NotInWarehouse(f"no lot begins with {uid!r}; the lots of a night are in its export of lots")
    if len(found) > 1:
        some = ", ".join(row["lot_uid"] for row in found[:5])
        raise NotInWarehouse(f"{len(found)} lots begin with {uid!r} ({some}); write more of the one you mean")
    return _lots(con, found)[0]


def load_ended_lots(con: duckdb.DuckDBPyConnection, uids: Iterable[str]) -> tuple[EndedLot, ...]:
    """Those of the lots that were cancelled or decided, by uid; a decided one with the award of its newest result."""
    wanted = list(uids)
    if not wanted:
        return ()
    with registered(con, "asked", pa.table({"lot_uid": pa.array(wanted, pa.string())})):
        rows = fetch_rows(
            con,
            r"""
            select current_lot.lot_uid, current_lot.notice, current_lot.position, current_lot.procedure_uid,
                current_lot.lot_key, current_lot.closed = 'cancelled' as is_cancelled, result.uid as result
            from current_lot
            semi join asked using (lot_uid)
            join known_notice on known_notice.uid = current_lot.notice
            left join known_notice as result on result.procedure_uid = known_notice.procedure_uid
                and result.form = 'result' and current_lot.closed = 'awarded'
                and exists (
                    select 1 from award
                    where award.notice = result.uid
                        and regexp_replace(award.lot, '^(LOT-|PAR-)?0*([0-9]+)$', '\2') = current_lot.lot_key)
            where current_lot.closed in ('cancelled', 'awarded')
            qualify row_number() over (partition by current_lot.lot_uid order by result.day desc, result.uid desc) = 1
            order by current_lot.lot_uid
            """,
        )
    results = {notice.uid: notice for notice in _notices(con, [row["result"] for row in rows if row["result"]])}
    return tuple(
        EndedLot(lot, row["is_cancelled"], _award_of(results.get(row["result"] or ""), row["lot_key"]))
        for lot, row in zip(_lots(con, rows), rows, strict=True)
    )


def _award_of(result: Notice | None, key: str) -> Award | None:
    """The result's award of a lot; portals write identifiers of lots differently."""
    awards = result.awards if result else ()
    return next((award for award in awards if _LOT_KEY.sub(r"\2", award.lot) == key), None)


def _lots(con: duckdb.DuckDBPyConnection, found: list[dict[str, Any]]) -> list[OpenLot]:
    uids = list(dict.fromkeys(row["notice"] for row in found))
    notices: dict[str, Notice] = {}
    lots: dict[tuple[str, int], Row] = {}
    publications: dict[str, list[Publication]] = defaultdict(list)
    pages = _pages(con, {row["procedure_uid"] for row in found})
    for start in range(0, len(uids), BATCH):
        chunk = uids[start : start + BATCH]
        notices |= {notice.uid: notice for notice in _notices(con, chunk, whole=False)}
        with registered(con, "wanted", pa.table({"notice": pa.array(chunk, pa.string())})):
            for uid, rows in _children(con, "lot", "* replace (epoch_us(deadline_at) as deadline_at)").items():
                lots |= {(uid, row["position"]): row for row in rows}
            for uid, rows in _children(con, "publication", order="day nulls last, source, number").items():
                publications[uid] = [Publication(r["source"], r["number"], r["day"], r["url"]) for r in rows]
    return [
        OpenLot(
            uid=row["lot_uid"],
            lot=lot_from(lots[row["notice"], row["position"]]),
            notice=notices[row["notice"]],
            publications=_and_elsewhere(publications[row["notice"]], pages.get(row["procedure_uid"], [])),
            procedure=_if_other(row["procedure_uid"], notices[row["notice"]]),
        )
        for row in found
    ]


def _pages(con: duckdb.DuckDBPyConnection, procedures: Iterable[str]) -> dict[str, list[Publication]]:
    """Where each purchase can be read at each portal, by purchase."""
    with registered(con, "asked", pa.table({"procedure_uid": pa.array(list(procedures), pa.string())})):
        query = "select * from purchase_page semi join asked using (procedure_uid) order by day nulls last, source"
        pages: dict[str, list[Publication]] = defaultdict(list)
        for row in fetch_rows(con, query):
            page = Publication(row["source"], row["number"], row["day"], row["url"])
            pages[row["procedure_uid"]].append(page)
    return pages


def _and_elsewhere(own: list[Publication], pages: list[Publication]) -> tuple[Publication, ...]:
    """The pages of a notice, then the purchase's at the portals that did not carry this notice."""
    known = {page.source for page in own}
    return (*own, *(page for page in pages if page.source not in known))


def _if_other(procedure: str, notice: Notice) -> str | None:
    """The purchase's name where the notice states another."""
    return None if procedure == notice.procedure_uid else procedure


def load_references(con: duckdb.DuckDBPyConnection, company_numbers: Iterable[str]) -> tuple[Reference, ...]:
    """Awards won under these numbers, by number, newest first; text that is no company number has no reference. `lot`
    is the lot identifier inside its notice; `titles` are the procedure's, then the lot's."""
    numbers = sorted({number for number in map(read_company_number, company_numbers) if number})
    with registered(con, "wanted", pa.table({"company_number": pa.array(numbers, pa.string())})):
        rows = fetch_rows(
            con,
            """
            select track_record.* from track_record semi join wanted using (company_number)
            order by company_number, decided_on desc nulls last, notice, award, party
            """,
        )
    return tuple(
        Reference(
            company_number=row["company_number"],
            notice=row["notice"],
            lot=row["lot"],
            titles=texts_from(row["titles"]),
            cpv=cpv_from(row["cpv"]),
            nuts=nuts_from(row["nuts"]),
            decided_on=row["decided_on"],
            value=money_from(row["value"]),
            partners=tuple(name for name in row["partners"] if name),
            buyers=tuple(row["buyer_numbers"]),
            partner_numbers=tuple(row["partner_numbers"]),
        )
        for row in rows
    )


def load_set_aside(con: duckdb.DuckDBPyConnection, day: date | None = None) -> tuple[SetAside, ...]:
    """What could not be read, on one day or ever, by source and identifier."""
    query = "select * from set_aside where $1::date is null or day = $1 order by day, source, identifier, path"
    return tuple(SetAside(**row) for row in fetch_rows(con, query, [day]))
