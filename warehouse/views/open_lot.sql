-- Lots one may still answer on the night.
create or replace view open_lot as
select
    current_lot.lot_uid,
    current_lot.notice,
    current_lot.position,
    current_lot.lot,
    current_lot.procedure_uid,
    current_lot.day as published_on,
    current_lot.deadline_at,
    lot.deadline_kind,
    lot.deadline_zone,
    coalesce(notice.titles[1].value, lot.titles[1].value) as title,
    lot.titles[1].value as lot_title,
    (select buyer.names[1].value from buyer where buyer.notice = current_lot.notice and buyer.position = 0) as buyer,
    if(len(lot.cpv) > 0, lot.cpv, notice.cpv) as cpv,
    if(len(lot.nuts) > 0, lot.nuts, notice.nuts) as nuts,
    lot_value.amount as value,
    lot_value.currency,
    lot_value.level as value_level
from current_lot
join notice on notice.uid = current_lot.notice
join lot on lot.notice = current_lot.notice and lot.position = current_lot.position
left join lot_value on lot_value.notice = lot.notice and lot_value.position = lot.position
where current_lot.closed is null;
comment on view open_lot is 'Lots one may still answer after night.as_of. A lot without a deadline (qualification systems, dynamic purchasing systems) is open for 90 days from its publication unless it is awarded or cancelled: long enough to be seen, short enough not to repeat for ever.';
