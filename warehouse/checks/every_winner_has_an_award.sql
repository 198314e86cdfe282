select tendering_party.notice, tendering_party.award, tendering_party.id
from tendering_party
where not exists (
    select 1 from award where award.notice = tendering_party.notice and award.position = tendering_party.award)
