select matched_lot.night, matched_lot.lot_uid, count(match_result.digest) as results
from matched_lot
left join match_result using (digest)
group by all
having results <> 1
union all
select null, match_result.digest, 1 from match_result anti join matched_lot using (digest)
