-- What is usual: how much each source had published, by day, as known in each night.
create table volume (
    source varchar not null,
    night date not null,
    day date not null,
    notices bigint not null
);
comment on table volume is 'Volumes: one row per source, night and day of publication in the window of the night''s complete crawl.';
comment on column volume.source is 'The source: eu_ted, fr_boamp.';
comment on column volume.night is 'The night the notices were counted in.';
comment on column volume.day is 'The day of publication.';
comment on column volume.notices is 'Publications of that day known in that night; those set aside are none.';
