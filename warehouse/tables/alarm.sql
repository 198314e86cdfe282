-- What the watch noticed about a source in a night.
create table alarm (
    source varchar not null,
    night date not null,
    kind varchar not null,
    sentence varchar not null
);
comment on table alarm is 'Alarms: what a person should look at. One row per source, night and thing noticed; a later attempt of the same night replaces them.';
comment on column alarm.source is 'The source: eu_ted, fr_boamp.';
comment on column alarm.night is 'The night it was noticed in.';
comment on column alarm.kind is 'silent, volume, code, set-aside, doubt or crawl.';
comment on column alarm.sentence is 'What was seen, what was expected, what to do.';
