-- Buyers for a spreadsheet.
create or replace view exported_buyer as
select
    buyer.notice,
    buyer.position + 1 as place,
    coalesce(merged_procedure.procedure_uid, notice.procedure_uid) as procedure,
    notice.form,
    publication.day as published_on,
    buyer.names[1].value as name,
    buyer.number,
    buyer.number_valid,
    buyer.company_number as number_as_written,
    buyer.country,
    buyer.nuts,
    buyer.city,
    buyer.legal_type,
    buyer.activity
from buyer
join notice on notice.uid = buyer.notice
join publication on publication.notice = notice.uid
    and publication.source = notice.source and publication.number = notice.number
left join merged_procedure on merged_procedure.stated = notice.procedure_uid;
comment on view exported_buyer is 'Who buys: one row per notice and buying organisation.';
comment on column exported_buyer.notice is 'The notice (BT-701, BT-757).';
comment on column exported_buyer.place is 'Place of the buyer in its notice, from 1.';
comment on column exported_buyer.procedure is 'The purchase as a whole (BT-04), whichever of its notices states it.';
comment on column exported_buyer.form is 'Kind of announcement (BT-03).';
comment on column exported_buyer.published_on is 'Day the notice was published.';
comment on column exported_buyer.name is 'Name of the buyer (BT-500), in the language that comes first.';
comment on column exported_buyer.number is 'Its registration number (BT-501) reduced to country and digits; empty when it is none.';
comment on column exported_buyer.number_valid is 'Whether the check digits hold; empty when nothing is written or the number has none.';
comment on column exported_buyer.number_as_written is 'Its registration number (BT-501) as written, junk included.';
comment on column exported_buyer.country is 'Its country (BT-514), ISO 3166-1 alpha-3.';
comment on column exported_buyer.nuts is 'Its region (BT-507), a NUTS code.';
comment on column exported_buyer.city is 'Its city (BT-513).';
comment on column exported_buyer.legal_type is 'Legal type of the buyer (BT-11).';
comment on column exported_buyer.activity is 'Main activity of the buyer (BT-10).';
