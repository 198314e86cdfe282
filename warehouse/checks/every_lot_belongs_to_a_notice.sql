select lot.uid, lot.notice from lot where lot.notice not in (select uid from notice)
