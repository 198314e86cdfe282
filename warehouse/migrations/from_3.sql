-- Version 3 to 4: what was concluded of a lot is one row for as long as its inputs hold, not one in each of ten tables
-- and each night. The inputs of earlier results are not known lot by lot, so their digests name the night and the lot,
-- and the next night matches every open lot once. Three tables were added within version 2: some files lack them.
create table if not exists past_group (
    night date, lot_uid varchar, position integer, members varchar[], similarity double, notice varchar, lot varchar,
    title varchar, purchases integer, others integer, is_same_buyer boolean, partner_only varchar[]
);
create table if not exists group_reason (
    night date, lot_uid varchar, consortium integer, position integer, kind varchar, asked varchar, code varchar,
    brings struct(member varchar, condition varchar)[]
);
create table if not exists partner_only (
    night date, lot_uid varchar, consortium integer, position integer, member varchar
);
create table if not exists consortium_remark (
    night date, lot_uid varchar, consortium integer, bound_by varchar, bound_gain double, alone_lacks varchar[],
    unverified varchar[], silent_turnover varchar[], holds struct(member varchar, condition varchar)[], stages varchar[],
    countries varchar[], joint struct(members varchar[], notice varchar, lot varchar)[], lots varchar[]
);
-- tables/matched_lot.sql
-- tables/match_result.sql
insert into matched_lot by name
select night, position, lot_uid, night || ' ' || lot_uid as digest from verdict;

insert into match_result by name
with roles as (
    select night, lot_uid, consortium,
        list({'member': member, 'covers': covers, 'only': only_by_it, 'indispensable': indispensable,
            'shapley': shapley, 'statements': statements} order by position) as roles
    from role group by all
),
reasons as (
    select night, lot_uid, consortium,
        list({'kind': kind, 'asked': asked, 'brings': brings, 'code': code} order by position) as reasons
    from group_reason group by all
),
partners as (
    select night, lot_uid, consortium, list(member order by position) as partner_only from partner_only group by all
),
proposed as (
    select consortium.night, consortium.lot_uid,
        list({'rank': rank, 'value': value, 'coverage': coverage, 'roles': coalesce(roles, []), 'uncovered': uncovered,
            'best_alone': best_alone, 'best_alone_coverage': best_alone_coverage, 'binding': binding, 'gap': gap,
            'flags': flags,
            'remarks': {'bound_by': bound_by, 'bound_gain': coalesce(bound_gain, 0),
                'alone_lacks': coalesce(alone_lacks, []), 'unverified': coalesce(unverified, []),
                'silent_turnover': coalesce(silent_turnover, []), 'holds': coalesce(holds, []),
                'stages': coalesce(stages, []), 'countries': coalesce(countries, []), 'joint': coalesce(joint, []),
                'lots': coalesce(lots, [])},
            'reasons': coalesce(reasons, []), 'partner_only': coalesce(partner_only, [])}
            order by consortium.position) as consortia
    from consortium
    left join roles on roles.night = consortium.night and roles.lot_uid = consortium.lot_uid
        and roles.consortium = consortium.position
    left join reasons on reasons.night = consortium.night and reasons.lot_uid = consortium.lot_uid
        and reasons.consortium = consortium.position
    left join partners on partners.night = consortium.night and partners.lot_uid = consortium.lot_uid
        and partners.consortium = consortium.position
    left join consortium_remark as remark on remark.night = consortium.night and remark.lot_uid = consortium.lot_uid
        and remark.consortium = consortium.position
    group by all
),
required as (
    select night, lot_uid,
        list({'kind': kind, 'text': text, 'weight': weight, 'language': language, 'code': code, 'need': need}
            order by position) as facets
    from facet group by all
),
fitting as (
    select night, lot_uid,
        list({'member': member, 'score': score, 'reasons': reasons} order by position) as matches
    from match group by all
),
refused as (
    select night, lot_uid,
        list({'member': member, 'kind': kind, 'detail': detail} order by position) as refusals
    from refusal group by all
),
past as (
    select night, lot_uid,
        list({'members': members, 'similarity': similarity, 'notice': notice, 'lot': lot, 'title': title,
            'purchases': purchases, 'others': others, 'is_same_buyer': is_same_buyer, 'partner_only': partner_only}
            order by position) as past_groups
    from past_group group by all
)
select night || ' ' || lot_uid as digest, coalesce(facets, []) as facets, coalesce(matches, []) as matches,
    coalesce(refusals, []) as refusals, coalesce(consortia, []) as consortia, no_consortium.reason as no_consortium,
    coalesce(past_groups, []) as past_groups
from verdict
left join required using (night, lot_uid)
left join fitting using (night, lot_uid)
left join refused using (night, lot_uid)
left join proposed using (night, lot_uid)
left join no_consortium using (night, lot_uid)
left join past using (night, lot_uid);

drop view if exists exported_match;
drop view if exists exported_consortium;
drop table verdict;
drop table verdict_basis;
drop table facet;
drop table match;
drop table refusal;
drop table consortium;
drop table consortium_remark;
drop table role;
drop table no_consortium;
drop table past_group;
drop table group_reason;
drop table partner_only;
