select digest, member
from match_result, unnest(list_transform(matches, lambda match: match.member)) as matched (member)
where list_contains(list_transform(refusals, lambda refusal: refusal.member), member)
