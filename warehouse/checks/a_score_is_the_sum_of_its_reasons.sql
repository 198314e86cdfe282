select digest, match.member, match.score, coalesce(list_sum(list_transform(match.reasons, lambda r: r.points)), 0) as points
from (select digest, unnest(matches) as match from match_result)
where abs(match.score - points) > 1e-6
