select night, lot_uid, sum(weight) as weights from facet group by night, lot_uid having abs(sum(weight) - 1) > 1e-6
