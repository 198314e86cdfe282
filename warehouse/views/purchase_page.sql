-- Where the newest call of a purchase can be read at each portal.
create or replace view purchase_page as
select known_notice.procedure_uid, known_notice.uid as notice, publication.source, publication.number, publication.day, publication.url
from known_notice
join publication on publication.notice = known_notice.uid
where known_notice.is_call
qualify row_number() over (
    partition by known_notice.procedure_uid, publication.source
    order by publication.day desc nulls last, known_notice.version desc, known_notice.uid desc, publication.number desc) = 1;
comment on view purchase_page is 'Pages of a purchase: one row per purchase and portal, of the newest call for competition there.';
