-- Which version of these tables the file holds.
create table shape (
    version integer not null,
    views varchar not null
);
comment on table shape is 'One row: which version of the tables and views this file holds.';
comment on column shape.version is 'Version of the tables; a program older than it refuses to write.';
comment on column shape.views is 'Digest of the text of the views, renewed when they change.';
