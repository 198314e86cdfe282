-- Where and when a portal published a notice.
create table publication (
    notice varchar not null,
    source varchar not null,
    number varchar not null,
    day date,
    url varchar
);
comment on table publication is 'Places where notices were published: one row per notice, portal and number.';
comment on column publication.notice is 'The notice (notice.uid).';
comment on column publication.source is 'Portal, by the name of its source: eu_ted, fr_boamp.';
comment on column publication.number is 'Number the portal gave it: 612645-2026, 26-79589.';
comment on column publication.day is 'Day of publication at that portal; null if unstated.';
comment on column publication.url is 'Page of the notice at that portal.';
