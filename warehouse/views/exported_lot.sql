-- Lots of calls for a spreadsheet, in their newest notice, open or not.
create or replace view exported_lot as
select
    newest_lot.lot_uid,
    newest_lot.closed is null as is_open,
    newest_lot.closed,
    newest_lot.notice,
    newest_lot.lot,
    notice.titles[1].value as title,
    lot.titles[1].value as lot_title,
    (select string_agg(buyer.names[1].value, '; ' order by buyer.position) from buyer where buyer.notice = notice.uid) as buyers,
    newest_lot.day as published_on,
    newest_lot.deadline_at,
    lot.deadline_kind,
    lot.deadline_zone,
    lot.deadline_hour_stated,
    coalesce(lot.cpv[1], notice.cpv[1]) as cpv_main,
    array_to_string(lot.cpv[2:], ' ') as cpv_additional,
    array_to_string(if(len(lot.nuts) > 0, lot.nuts, notice.nuts), ' ') as nuts,
    (
        select string_agg(coalesce(code_today.today, place.code), ' ' order by place.position)
        from (select unnest(if(len(lot.nuts) > 0, lot.nuts, notice.nuts)) as code, generate_subscripts(if(len(lot.nuts) > 0, lot.nuts, notice.nuts), 1) as position) as place
        left join code_today on code_today.list = 'nuts' and code_today.code = place.code
    ) as nuts_today,
    (
        select string_agg(unknown_code.code, ' ' order by unknown_code.list, unknown_code.code)
        from unknown_code where unknown_code.notice = notice.uid
            and list_contains(lot.cpv || lot.nuts || notice.cpv || notice.nuts, unknown_code.code)
    ) as unknown_codes,
    cast(lot_value.amount as decimal(24, 2)) as value,
    lot_value.currency,
    lot_value.level as value_level,
    array_to_string(lot.tender_languages, ' ') as tender_languages,
    array_to_string(lot.documents, ' ') as documents
from newest_lot
join notice on notice.uid = newest_lot.notice
join lot on lot.notice = newest_lot.notice and lot.position = newest_lot.position
left join lot_value on lot_value.notice = lot.notice and lot_value.position = lot.position;
comment on view exported_lot is 'Lots of calls for competition for a spreadsheet: one row per lot in its newest notice, whether it is open and why not. value is the stated amount nearest to the lot and value_level what it is the value of; empty when only placeholders are given. nuts is as written, nuts_today with successors of retired codes; unknown_codes are CPV and NUTS codes that no official list has.';
