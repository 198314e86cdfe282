-- A sealed store of November 2026, which stated no version.
create table if not exists sealed
(slot blob primary key, row blob not null unique, sealed blob not null) without rowid, strict;
insert into sealed values (zeroblob(32), zeroblob(32), zeroblob(4096));
