select apart.first, apart.second, one.procedure_uid
from not_same_procedure as apart
join merged_procedure as one on one.stated = apart.first
join merged_procedure as two on two.stated = apart.second and two.procedure_uid = one.procedure_uid
