-- Said of the tables, not of the view: the newest version of a result, published after the call and neither cancelled nor
-- replaced, closes its lots. Systems that take in firms all the time and reopened frameworks have rules of their own.
select open_lot.lot_uid, award.notice, award.outcome
from open_lot
join notice as call on call.uid = open_lot.notice
join lot on lot.notice = open_lot.notice and lot.id = open_lot.lot
join notice as result on result.procedure_uid = call.procedure_uid and result.form = 'result' and not result.is_summary
join award on award.notice = result.uid and award.lot = open_lot.lot
left join lot as awarded_lot on awarded_lot.notice = result.uid and awarded_lot.id = award.lot
join publication as called on called.notice = call.uid
join publication as awarded on awarded.notice = result.uid
cross join night
where award.outcome in ('selec-w', 'clos-nw')
    and awarded.day > called.day
    and awarded.day <= cast(night.as_of at time zone 'Europe/Brussels' as date)
    and coalesce(call.notice_type, '') <> 'qu-sy' and coalesce(call.subtype, '') <> '15'
    and not list_has_any(lot.techniques || coalesce(awarded_lot.techniques, []), ['dps-list', 'dps-nlist', 'fa-w-rc', 'fa-mix'])
    and not exists (
        select 1 from notice as other join change on change.notice = other.uid
        where other.procedure_uid = result.procedure_uid and (
            (other.form = 'result' and change.reason = 'cancel')
            or starts_with(lower(change.changed), result.id) or change.changed = result.number))
    and not exists (
        select 1 from notice as newer
        where newer.id = result.id and newer.version > result.version and not newer.is_summary)
