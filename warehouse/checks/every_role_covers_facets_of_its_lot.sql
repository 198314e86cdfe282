select digest, role.member, role.covers
from (
    select digest, len(facets) as facets, unnest(flatten(list_transform(consortia, lambda c: c.roles))) as role
    from match_result
)
where len(list_filter(role.covers, lambda facet: facet < 0 or facet >= facets)) > 0
