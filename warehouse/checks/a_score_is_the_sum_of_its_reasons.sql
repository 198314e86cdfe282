select night, lot_uid, member, score, coalesce(list_sum(list_transform(reasons, lambda r: r.points)), 0) as points
from match
where abs(score - coalesce(list_sum(list_transform(reasons, lambda r: r.points)), 0)) > 1e-6
