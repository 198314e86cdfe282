select digest, list_sum(list_transform(facets, lambda facet: facet.weight)) as weights
from match_result
where abs(weights - 1) > 1e-6
