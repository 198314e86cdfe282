-- Awards for a spreadsheet, one line per winning organisation.
create or replace view exported_award as
with winner as (
    select notice, award, position as party, unnest(organisations) as organisation, generate_subscripts(organisations, 1) as place
    from tendering_party
)
select
    award.notice,
    award.position + 1 as award,
    coalesce(merged_procedure.procedure_uid, notice.procedure_uid) as procedure,
    publication.day as published_on,
    award.lot,
    coalesce(lot.titles[1].value, notice.titles[1].value) as title,
    award.outcome,
    award.decided_on,
    award.tenders_received,
    award.sme_tenders,
    award.subcontracted,
    if(award.value.amount in (0, 0.01, 1, -1), null, cast(award.value.amount as decimal(24, 2))) as value,
    if(award.value.amount in (0, 0.01, 1, -1), null, award.value.currency) as currency,
    winner.party + 1 as party,
    winner.place as place,
    winner.organisation.names[1].value as winner,
    winner.organisation.number as winner_number,
    winner.organisation.country as winner_country,
    winner.organisation.city as winner_city,
    winner.organisation.size as winner_size
from award
join notice on notice.uid = award.notice
join publication on publication.notice = notice.uid
    and publication.source = notice.source and publication.number = notice.number
left join merged_procedure on merged_procedure.stated = notice.procedure_uid
left join lot on lot.notice = award.notice and lot.id = award.lot
left join winner on winner.notice = award.notice and winner.award = award.position
qualify row_number() over (
    partition by award.notice, award.position, winner.party, winner.place order by lot.position) = 1;
comment on view exported_award is 'Outcomes of lots: one row per award and winning organisation; one row, without a winner, where nobody won. To count awards, count distinct (notice, award); value is repeated for every winner.';
comment on column exported_award.notice is 'The notice that states the outcome (BT-701, BT-757).';
comment on column exported_award.award is 'Place of the award in its notice, from 1.';
comment on column exported_award.procedure is 'The purchase as a whole (BT-04), whichever of its notices states it.';
comment on column exported_award.published_on is 'Day the notice was published.';
comment on column exported_award.lot is 'Identifier of the lot inside the procedure (BT-137).';
comment on column exported_award.title is 'Title of the lot, else of the procedure (BT-21), in the language of the notice that comes first.';
comment on column exported_award.outcome is 'Outcome (BT-142): selec-w a winner was chosen, clos-nw closed without one, open-nw still open.';
comment on column exported_award.decided_on is 'Day the winner was chosen (BT-1451).';
comment on column exported_award.tenders_received is 'Number of tenders received (BT-759).';
comment on column exported_award.sme_tenders is 'Tenders received from small and medium firms (BT-759 of t-sme).';
comment on column exported_award.subcontracted is 'Whether part of the winning tender is subcontracted (BT-773); empty if unstated.';
comment on column exported_award.value is 'Value of the winning tender (BT-720) in units of currency; empty for a placeholder (0, 0.01, 1, -1). Do not sum over rows.';
comment on column exported_award.currency is 'Currency of value, ISO 4217.';
comment on column exported_award.party is 'Place of the tendering party among the winners, from 1; rows of one party tendered together.';
comment on column exported_award.place is 'Place of the organisation in its party, from 1, the lead.';
comment on column exported_award.winner is 'Name of the winning organisation (BT-500).';
comment on column exported_award.winner_number is 'Its registration number (BT-501) reduced to country and digits; empty when it is none.';
comment on column exported_award.winner_country is 'Its country (BT-514), ISO 3166-1 alpha-3.';
comment on column exported_award.winner_city is 'Its city (BT-513).';
comment on column exported_award.winner_size is 'Its size (BT-165), where stated.';
