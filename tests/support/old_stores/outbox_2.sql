-- An outbox of version 2 (November 2026): one letter that was sent, of one lot.
create table if not exists letter ( member text not null, edition text not null, sender text not null, address text not null, message_id text not null unique, subject text not null, mime blob not null, sha256 text not null, items integer not null, state text not null check ( state in ('rendered', 'sending', 'sent', 'deferred', 'failed', 'bounced', 'unknown', 'suppressed') ), attempts integer not null default 0, detail text, kept_at text not null, changed_at text not null, domain text not null generated always as (lower(substr(address, instr(address, '@') + 1))) virtual, worker integer, lease_until real, tried_at real, not_before text, unique (member, edition) );
create table if not exists told ( member text not null, edition text not null, lot_uid text not null, section text not null, facts text not null, deadline text, closing integer not null, unique (member, lot_uid, facts, edition), foreign key (member, edition) references letter (member, edition) );
create index if not exists told_by_member on told (member);
create index if not exists letter_by_state on letter (state);
create table if not exists worker ( id integer primary key autoincrement, began_at text not null );
create table if not exists bounce ( notice text primary key, member text not null, edition text not null, address text not null, is_hard integer not null, said text not null, at text not null, foreign key (member, edition) references letter (member, edition) );
create table if not exists blocked ( address text primary key, reason text not null, at text not null );
pragma user_version = 2;

insert into letter (member, edition, sender, address, message_id, subject, mime, sha256, items, state, attempts, kept_at,
    changed_at)
values ('nuagera', '2026-W47', 'pib@cluster.example', 'nuagera@firm.example', '<1@cluster.example>', 'Un appel',
    x'6c6574746572', '6b6f5ae0ebdd8a72e3d33e48b6eb3c7c6a5d3ea1a2b8f0fae0a08bcb0d1f2b7d', 1, 'sent', 1,
    '2026-11-20T10:00:00+01:00', '2026-11-20T10:00:00+01:00');
insert into told values ('nuagera', '2026-W47', 'p1:LOT-0001', 'new', '20e643acb6161d8e', '2026-12-15T12:00:00+01:00', 0);
