-- One reading of a source in one night.
create table crawl (
    source varchar not null,
    night date not null,
    window_from date not null,
    window_to date not null,
    complete boolean not null,
    error_kind varchar,
    error varchar,
    requests bigint not null,
    notices bigint not null,
    summaries bigint not null,
    set_aside bigint not null,
    bytes bigint not null,
    watermark date
);
comment on table crawl is 'Crawls: one row per source and night, the last attempt of that night.';
comment on column crawl.source is 'The source, by the name of its file: eu_ted, fr_boamp, be_bosa.';
comment on column crawl.night is 'The night, by its date.';
comment on column crawl.window_from is 'First day of publication requested.';
comment on column crawl.window_to is 'Last day of publication requested.';
comment on column crawl.complete is 'Whether everything of the window was received.';
comment on column crawl.error_kind is 'Kind of failure when incomplete: structure, unreachable, incomplete.';
comment on column crawl.error is 'The sentence that states what went wrong.';
comment on column crawl.requests is 'Requests sent.';
comment on column crawl.notices is 'Notices landed in full.';
comment on column crawl.summaries is 'Notices of which only the search fields were landed.';
comment on column crawl.set_aside is 'Responses that could not be read.';
comment on column crawl.bytes is 'Bytes landed.';
comment on column crawl.watermark is 'Last day up to which the source is known in full: window_to of a complete crawl, else null.';
