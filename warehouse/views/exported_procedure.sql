-- Purchases for a spreadsheet, whichever portals published them.
create or replace view exported_procedure as
with newest as (
    select known_notice.procedure_uid, notice.titles[1].value as title, notice.nature, notice.cpv[1] as cpv_main, notice.procedure_type
    from known_notice
    join notice on notice.uid = known_notice.uid
    qualify row_number() over (
        partition by known_notice.procedure_uid
        order by known_notice.is_call desc, known_notice.is_whole desc, known_notice.day desc nulls last, known_notice.uid desc) = 1
),
told as (
    select procedure_uid, max(day) as last_day, string_agg(distinct form, ' ' order by form) as forms
    from known_notice group by procedure_uid
),
called as (
    select procedure_uid, count(*) as lots, count(*) filter (closed is null) as open_lots
    from current_lot group by procedure_uid
)
select
    known_procedure.procedure_uid as procedure,
    newest.title,
    newest.nature,
    newest.procedure_type,
    newest.cpv_main,
    told.forms,
    known_procedure.first_day as first_published_on,
    told.last_day as last_published_on,
    len(known_procedure.notices) as notices,
    known_procedure.publications,
    array_to_string(known_procedure.sources, ' ') as sources,
    coalesce(called.lots, 0) as lots,
    coalesce(called.open_lots, 0) as open_lots,
    array_to_string(list_filter(known_procedure.stated, lambda name: name <> known_procedure.procedure_uid), ' ') as also_known_as
from known_procedure
join newest on newest.procedure_uid = known_procedure.procedure_uid
join told on told.procedure_uid = known_procedure.procedure_uid
left join called on called.procedure_uid = known_procedure.procedure_uid;
comment on view exported_procedure is 'Purchases as a whole: one row per procedure, after joining what several portals publish of the same one.';
comment on column exported_procedure.procedure is 'Name of the purchase (BT-04): the procedure its oldest notice states.';
comment on column exported_procedure.title is 'Title (BT-21) as the newest call states it, else the newest notice.';
comment on column exported_procedure.nature is 'Main nature (BT-23): works, supplies, services.';
comment on column exported_procedure.procedure_type is 'Procedure type (BT-105): open, restricted, neg-w-call and others.';
comment on column exported_procedure.cpv_main is 'Main CPV code (BT-262), eight digits.';
comment on column exported_procedure.forms is 'Kinds of announcement seen (BT-03), joined by spaces.';
comment on column exported_procedure.first_published_on is 'Day of its first publication.';
comment on column exported_procedure.last_published_on is 'First day of publication of its newest notice.';
comment on column exported_procedure.notices is 'Number of notices, each version counted.';
comment on column exported_procedure.publications is 'Number of publications: a notice carried by two portals has two.';
comment on column exported_procedure.sources is 'Portals that carried it, joined by spaces.';
comment on column exported_procedure.lots is 'Number of lots called for.';
comment on column exported_procedure.open_lots is 'How many of them may still be answered on the night of the export.';
comment on column exported_procedure.also_known_as is 'Other procedures (BT-04) found to be the same purchase, joined by spaces.';
