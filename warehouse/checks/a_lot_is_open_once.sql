select lot_uid, count(*) as times from open_lot group by lot_uid having count(*) > 1
