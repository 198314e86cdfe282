-- Consortia for a spreadsheet, one line per member of each.
create or replace view exported_consortium as
select
    consortium.night,
    consortium.lot_uid,
    coalesce(notice.titles[1].value, lot.titles[1].value) as title,
    newest_lot.deadline_at,
    consortium.rank,
    round(consortium.coverage, 4) as coverage,
    round(consortium.value, 4) as value,
    consortium.gap,
    role.member,
    member.name as member_name,
    round(role.shapley, 4) as share,
    round(role.indispensable, 4) as indispensable,
    array_to_string(role.statements, '; ') as brings,
    (
        select string_agg(facet.text, '; ' order by facet.position) from facet
        where facet.night = consortium.night and facet.lot_uid = consortium.lot_uid
            and list_contains(consortium.uncovered, facet.position)
    ) as uncovered,
    consortium.best_alone,
    round(consortium.best_alone_coverage, 4) as best_alone_coverage,
    consortium.binding,
    array_to_string(consortium.flags, ' ') as flags
from consortium
join role on role.night = consortium.night and role.lot_uid = consortium.lot_uid and role.consortium = consortium.position
left join newest_lot on newest_lot.lot_uid = consortium.lot_uid
left join notice on notice.uid = newest_lot.notice
left join lot on lot.notice = newest_lot.notice and lot.position = newest_lot.position
left join member on member.id = role.member;
comment on view exported_consortium is 'Consortia for a spreadsheet: one row per night, lot, proposal and member of it.';
