-- Notices for a spreadsheet: one line each, lists joined.
create or replace view exported_notice as
select
    notice.uid,
    notice.form,
    notice.notice_type,
    notice.subtype,
    coalesce(merged_procedure.procedure_uid, notice.procedure_uid) as procedure,
    notice.source,
    notice.number,
    publication.day as published_on,
    publication.url,
    array_to_string(notice.languages, ' ') as languages,
    notice.titles[1].value as title,
    notice.nature,
    notice.cpv[1] as cpv_main,
    array_to_string(notice.cpv[2:], ' ') as cpv_additional,
    array_to_string(notice.nuts, ' ') as nuts,
    (
        select string_agg(coalesce(code_today.today, place.code), ' ' order by place.position)
        from (select unnest(notice.nuts) as code, generate_subscripts(notice.nuts, 1) as position) as place
        left join code_today on code_today.list = 'nuts' and code_today.code = place.code
    ) as nuts_today,
    (
        select string_agg(unknown_code.code, ' ' order by unknown_code.list, unknown_code.code)
        from unknown_code where unknown_code.notice = notice.uid
    ) as unknown_codes,
    if(notice.estimate.amount in (0, 0.01, 1, -1), null, cast(notice.estimate.amount as decimal(24, 2))) as estimate,
    if(notice.estimate.amount in (0, 0.01, 1, -1), null, notice.estimate.currency) as currency,
    (select string_agg(buyer.names[1].value, '; ' order by buyer.position) from buyer where buyer.notice = notice.uid) as buyers,
    (select string_agg(distinct buyer.country, ' ' order by buyer.country) from buyer where buyer.notice = notice.uid) as buyer_countries,
    (select count(*) from lot where lot.notice = notice.uid) as lots,
    (select count(*) from award where award.notice = notice.uid) as awards,
    (select string_agg(change.changed, ' ' order by change.position) from change where change.notice = notice.uid) as changes,
    notice.is_summary
from notice
join publication on publication.notice = notice.uid
    and publication.source = notice.source and publication.number = notice.number
left join merged_procedure on merged_procedure.stated = notice.procedure_uid;
comment on view exported_notice is 'Notices for a spreadsheet: one row per notice and version, its first title, lists joined by spaces. estimate is empty when it is a placeholder (0, 0.01, 1, -1). nuts is as written, nuts_today with successors of retired codes; unknown_codes are CPV and NUTS codes that no official list has.';
