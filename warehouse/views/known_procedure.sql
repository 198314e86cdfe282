-- Purchases as a whole: their notices and where they were published.
create or replace view known_procedure as
select
    known_notice.procedure_uid,
    list(distinct known_notice.stated order by known_notice.stated) as stated,
    list(distinct known_notice.uid order by known_notice.uid) as notices,
    count(distinct (publication.source, publication.number)) as publications,
    list(distinct publication.source order by publication.source) as sources,
    min(publication.day) as first_day
from known_notice
join publication on publication.notice = known_notice.uid
group by known_notice.procedure_uid;
comment on view known_procedure is 'Purchases: one row per procedure after joining what portals publish of the same one, with the procedures as stated, the notices, and at which portals they were published. Why they were joined: same_procedure.';
