-- Who won what, with whom.
create or replace view track_record as
with newest as (
    select known_notice.uid
    from known_notice
    where known_notice.form = 'result'
        and not exists (
            select 1 from known_notice as later
            where later.id = known_notice.id and later.version > known_notice.version and later.form = 'result')
        and not exists (
            select 1 from correction join known_notice as later on later.uid = correction.later
            where correction.earlier = known_notice.uid and later.form = 'result' and later.is_whole)
),
winner as (
    select
        tendering_party.notice, tendering_party.award, tendering_party.position as party,
        tendering_party.organisations, unnest(tendering_party.organisations) as organisation
    from tendering_party
    join newest on newest.uid = tendering_party.notice
),
buying as (
    select notice, list_sort(list(distinct number)) as numbers from buyer where number is not null group by notice
)
select distinct
    winner.organisation.number as company_number,
    winner.organisation.names[1].value as name,
    winner.notice,
    winner.award,
    winner.party,
    award.lot,
    notice.titles || list_filter(coalesce(lot.titles, []), lambda told: not list_contains(notice.titles, told)) as titles,
    if(coalesce(len(lot.cpv), 0) > 0, lot.cpv, notice.cpv) as cpv,
    if(coalesce(len(lot.nuts), 0) > 0, lot.nuts, notice.nuts) as nuts,
    award.decided_on,
    award.value,
    list_transform(
        list_filter(winner.organisations, lambda other: other.number is distinct from winner.organisation.number),
        lambda other: other.names[1].value) as partners,
    list_filter(
        list_transform(winner.organisations, lambda other: other.number),
        lambda number: number is not null and number <> winner.organisation.number) as partner_numbers,
    coalesce(buying.numbers, []) as buyer_numbers
from winner
join notice on notice.uid = winner.notice
join award on award.notice = winner.notice and award.position = winner.award
left join buying on buying.notice = winner.notice
left join lot on lot.notice = winner.notice and lot.id = award.lot
where winner.organisation.number is not null;
comment on view track_record is 'Awards by company number (country and digits): one row per award of a result notice, in its newest version, and organisation of the winning party, with its partners and the buyers'' numbers. Organisations whose number is not one stay out.';
