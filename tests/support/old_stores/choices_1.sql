-- A store of choices of version 1 (November 2026).
begin;
create table if not exists preference ( member text primary key, frequency text not null, threshold real not null, maximum integer not null, grappes text not null, channel text not null, quiet_days text not null, heartbeat integer not null, at text not null );
create table if not exists stopped ( member text primary key, at text not null );
create table if not exists feedback ( member text not null, lot_uid text not null, opinion text not null, objection text, at text not null, primary key (member, lot_uid) );
create table if not exists spent ( form text primary key, until real not null );
pragma user_version = 1;
commit;

insert into preference values ('nuagera', 'daily', 0.5, 3, '["Cloud"]', 'text', '["sunday"]', 1, '2026-11-20T10:00:00+01:00');
insert into stopped values ('ampere', '2026-11-20T10:00:00+01:00');
insert into feedback values ('nuagera', 'p1:LOT-0001', 'relevant', null, '2026-11-20T10:00:00+01:00');
