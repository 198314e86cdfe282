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
comment on column exported_notice.uid is 'The notice in its version, <notice identifier>-<nn> (BT-701, BT-757).';
comment on column exported_notice.form is 'Kind of announcement (BT-03): planning, consultation, competition, result, dir-awa-pre, cont-modif, completion, bri.';
comment on column exported_notice.notice_type is 'Notice type (BT-02), such as cn-standard; empty if unstated.';
comment on column exported_notice.subtype is 'Notice subtype (OPP-070), such as 16 or E3; empty if unstated.';
comment on column exported_notice.procedure is 'The purchase as a whole (BT-04), whichever of its notices states it.';
comment on column exported_notice.source is 'Portal whose text is given here: eu_ted, fr_boamp and others.';
comment on column exported_notice.number is 'Number of the notice at that portal (OPP-010 at TED).';
comment on column exported_notice.published_on is 'Day of publication at that portal (OPP-012 at TED).';
comment on column exported_notice.url is 'Page of the notice at that portal.';
comment on column exported_notice.languages is 'Languages of the notice (BT-702), ISO 639-3, the main one first, joined by spaces.';
comment on column exported_notice.title is 'Title of the procedure (BT-21), in the language that comes first.';
comment on column exported_notice.nature is 'Main nature (BT-23): works, supplies, services.';
comment on column exported_notice.cpv_main is 'Main CPV code (BT-262), eight digits.';
comment on column exported_notice.cpv_additional is 'Additional CPV codes (BT-263), joined by spaces.';
comment on column exported_notice.nuts is 'Places of performance (BT-5071) as written, NUTS codes joined by spaces; empty when anywhere or unstated.';
comment on column exported_notice.nuts_today is 'The same with the successors of retired codes.';
comment on column exported_notice.unknown_codes is 'CPV and NUTS codes of the notice that no official list has, joined by spaces.';
comment on column exported_notice.estimate is 'Estimated value of the procedure (BT-27) in units of currency; empty for a placeholder (0, 0.01, 1, -1).';
comment on column exported_notice.currency is 'Currency of estimate, ISO 4217.';
comment on column exported_notice.buyers is 'Names of the buyers (BT-500), joined by "; ".';
comment on column exported_notice.buyer_countries is 'Countries of the buyers (BT-514), ISO 3166-1 alpha-3, joined by spaces.';
comment on column exported_notice.lots is 'Number of lots of the notice.';
comment on column exported_notice.awards is 'Number of awards of the notice.';
comment on column exported_notice.changes is 'Notices it states that it changes (BT-758), as written, joined by spaces.';
comment on column exported_notice.is_summary is 'True while only the search fields of a portal are known.';
