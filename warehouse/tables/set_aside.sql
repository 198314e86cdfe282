-- What could not be read. Nothing is dropped: the bytes stay where path says.
create table set_aside (
    source varchar not null,
    identifier varchar not null,
    reason varchar not null,
    path varchar not null,
    day date not null
);
comment on table set_aside is 'What could not be read: one row per source, identifier and place of its bytes.';
comment on column set_aside.source is 'Where it came from: eu_ted, fr_boamp.';
comment on column set_aside.identifier is 'Number of the notice at the source, or the name of its file.';
comment on column set_aside.reason is 'The sentence that states why it could not be read.';
comment on column set_aside.path is 'Where its bytes lie, relative to the data folder.';
comment on column set_aside.day is 'The night it was set aside.';
