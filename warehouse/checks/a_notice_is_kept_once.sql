select uid, count(*) as times from notice group by uid having count(*) > 1
