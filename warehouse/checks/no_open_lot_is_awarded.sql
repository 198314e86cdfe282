-- Said of the tables, not of the view: a result published no earlier than the call closes its lots.
select open_lot.lot_uid, award.notice, award.outcome
from open_lot
join notice as call on call.uid = open_lot.notice
join notice as result on result.procedure_uid = call.procedure_uid and result.form = 'result'
join award on award.notice = result.uid and award.lot = open_lot.lot
join publication as called on called.notice = call.uid
join publication as awarded on awarded.notice = result.uid
cross join night
where award.outcome in ('selec-w', 'clos-nw')
    and awarded.day >= called.day
    and awarded.day <= cast(night.as_of at time zone 'Europe/Brussels' as date)
