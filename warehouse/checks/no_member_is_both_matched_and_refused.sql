select match.night, match.lot_uid, match.member, refusal.kind
from match
join refusal using (night, lot_uid, member)
