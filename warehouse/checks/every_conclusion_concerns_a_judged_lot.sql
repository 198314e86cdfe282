select night, lot_uid, 'match' as found_in from match anti join verdict using (night, lot_uid)
union all
select night, lot_uid, 'refusal' from refusal anti join verdict using (night, lot_uid)
union all
select night, lot_uid, 'consortium' from consortium anti join verdict using (night, lot_uid)
union all
select night, lot_uid, 'facet' from facet anti join verdict using (night, lot_uid)
