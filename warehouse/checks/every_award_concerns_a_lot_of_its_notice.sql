-- Of eForms notices in full. The formats before them let publishers write the lot of an award as they pleased
-- ("1 / Primo in cascata", TED 112987-2022), and search fields may name awards without describing lots.
select award.notice, award.position, award.lot
from award
join notice on notice.uid = award.notice
where not notice.is_summary and notice.schema ilike '%eforms%'
    and not exists (select 1 from lot where lot.notice = award.notice and lot.id = award.lot)
