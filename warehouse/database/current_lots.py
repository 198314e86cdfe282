"""Table current_lot: the lots of view newest_lot, worked out once for all who read them.

Whoever changes notices or purchases calls `forget_lots` in the same transaction; whoever reads lots calls
`refresh_lots` first. With the same digest, an open lot is loaded as the same value.
"""

from __future__ import annotations

import duckdb

from warehouse.database.schema import fetch_rows, has_facts_attached, transaction

_QUERY = """
    with newest as materialized (
        select * from newest_lot
    ),
    open as (
        select lot_uid, notice, position, procedure_uid from newest where closed is null
    ),
    head as (
        select notice.uid as notice, md5(notice::varchar) as digest
        from notice semi join open on open.notice = notice.uid
    ),
    buyers as (
        select notice, string_agg(md5(buyer::varchar), '' order by position) as digest
        from buyer semi join open using (notice) group by notice
    ),
    changes as (
        select notice, string_agg(md5(change::varchar), '' order by position) as digest
        from change semi join open using (notice) group by notice
    ),
    publications as (
        select notice, string_agg(md5(publication::varchar), '' order by publication::varchar) as digest
        from publication semi join open using (notice) group by notice
    ),
    pages as (
        select procedure_uid, string_agg(md5(page::varchar), '' order by page::varchar) as digest
        from purchase_page as page semi join open using (procedure_uid) group by procedure_uid
    ),
    digested as (
        select open.lot_uid,
            md5(concat_ws(' ', open.lot_uid, open.procedure_uid, md5(lot::varchar), head.digest,
                'buyers', buyers.digest, 'changes', changes.digest,
                'publications', publications.digest, 'pages', pages.digest)) as digest
        from open
        join lot on lot.notice = open.notice and lot.position = open.position
        join head on head.notice = open.notice
        left join buyers on buyers.notice = open.notice
        left join changes on changes.notice = open.notice
        left join publications on publications.notice = open.notice
        left join pages on pages.procedure_uid = open.procedure_uid
    )
    select newest.*, digested.digest
    from newest
    left join digested using (lot_uid)
    order by lot_uid
    """


def are_current(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether table current_lot holds at the moment that is set; without one there are no lots."""
    return not fetch_rows(con, "select 1 from night anti join current_lot_at using (as_of)")


def refresh_lots(con: duckdb.DuckDBPyConnection) -> None:
    """Works the lots out anew where notices, purchases or the moment changed."""
    if are_current(con):
        return
    if has_facts_attached(con):  # another moment than that of the facts, which nobody writes here
        con.execute(f"create or replace temp table current_lot as {_QUERY}")
        con.execute("create or replace temp table current_lot_at as select as_of from night")
        return
    with transaction(con):
        con.execute("delete from current_lot")
        con.execute(f"insert into current_lot by name {_QUERY}")
        con.execute("delete from current_lot_at")
        con.execute("insert into current_lot_at select as_of from night")


def forget_lots(con: duckdb.DuckDBPyConnection) -> None:
    """What current_lot holds is no longer sure; to be called in the transaction that changes notices or purchases."""
    con.execute("delete from current_lot_at")
