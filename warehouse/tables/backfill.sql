-- A stretch of the past that was read from a source.
create table backfill (
    source varchar not null,
    window_from date not null,
    window_to date not null,
    span varchar not null,
    notices bigint not null,
    set_aside bigint not null,
    bytes bigint not null,
    kept_on date not null
);
comment on table backfill is 'Backfills: one row per source and stretch of the past that was landed and kept in full. No watermark follows from it: nights go on where they were.';
comment on column backfill.source is 'The source: eu_ted, fr_boamp.';
comment on column backfill.window_from is 'First day of publication requested.';
comment on column backfill.window_to is 'Last day of publication requested.';
comment on column backfill.span is 'What was fetched at once: day or month, where the source has packages.';
comment on column backfill.notices is 'Notices read, those known before among them.';
comment on column backfill.set_aside is 'What could not be read.';
comment on column backfill.bytes is 'Bytes landed.';
comment on column backfill.kept_on is 'The day it was kept.';
