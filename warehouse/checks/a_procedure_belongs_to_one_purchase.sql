select stated, count(*) as times from merged_procedure group by stated having count(*) > 1
