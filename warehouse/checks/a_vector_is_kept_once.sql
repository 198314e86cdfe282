select model, digest, count(*) as times from vector group by model, digest having count(*) > 1
