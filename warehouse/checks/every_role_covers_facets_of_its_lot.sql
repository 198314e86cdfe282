select role.night, role.lot_uid, role.member, role.covered
from (select night, lot_uid, member, unnest(covers) as covered from role) as role
where not exists (
    select 1 from facet
    where facet.night = role.night and facet.lot_uid = role.lot_uid and facet.position = role.covered)
