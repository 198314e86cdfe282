-- A notice known only from search fields may name awards without describing lots.
select award.notice, award.position, award.lot
from award
join notice on notice.uid = award.notice
where not notice.is_summary
    and not exists (select 1 from lot where lot.notice = award.notice and lot.id = award.lot)
