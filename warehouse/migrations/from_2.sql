-- Version 2 to 3: award, change, facet and lot have more columns. What they hold of a notice kept before is unknown
-- (null, or nothing) until `pib rebuild` reads landing again; tables that are new are made where all tables are.
alter table award rename to award_before;
-- tables/award.sql
insert into award by name select * from award_before;
drop table award_before;

alter table change rename to change_before;
-- tables/change.sql
insert into change by name select *, []::varchar[] as sections from change_before;
drop table change_before;

alter table facet add column if not exists need varchar;

comment on column alarm.kind is 'silent, volume, code, set-aside, doubt or crawl.';

alter table lot rename to lot_before;
-- tables/lot.sql
insert into lot by name
select * replace (
    [struct_pack(use := criterion.use, kind := criterion.kind, texts := criterion.texts, weight := null)
        for criterion in criteria] as criteria
)
from lot_before;
drop table lot_before;
