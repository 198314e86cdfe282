-- Migrates an outbox of version 1, which had no bounces and no concurrent workers, to the current tables
-- (digests/delivery/outbox.sql, run in the middle of this file).
create table letter_before as select * from letter order by rowid;
drop table letter;
-- outbox.sql
insert into letter (member, edition, sender, address, message_id, subject, mime, sha256, items, state, attempts, detail,
    kept_at, changed_at)
select member, edition, sender, address, message_id, subject, mime, sha256, items, state, attempts, detail, kept_at,
    changed_at from letter_before order by rowid;
drop table letter_before;
