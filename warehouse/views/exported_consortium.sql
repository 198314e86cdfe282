-- Consortia for a spreadsheet, one line per member of each.
create or replace view exported_consortium as
with consortium as (
    select matched_lot.night, matched_lot.lot_uid, match_result.facets, unnest(match_result.consortia) as proposed
    from matched_lot join match_result using (digest)
),
role as (
    select consortium.*, unnest(consortium.proposed.roles) as role, consortium.proposed.remarks as remark
    from consortium
)
select
    role.night,
    role.lot_uid,
    coalesce(notice.titles[1].value, lot.titles[1].value) as title,
    current_lot.deadline_at,
    proposed.rank,
    round(proposed.coverage, 4) as coverage,
    round(proposed.value, 4) as value,
    proposed.gap,
    role.role.member,
    member.name as member_name,
    round(role.role.shapley, 4) as share,
    round(role.role.indispensable, 4) as indispensable,
    array_to_string(role.role.statements, '; ') as brings,
    nullif(array_to_string(list_transform(list_sort(proposed.uncovered), lambda place: facets[place + 1].text), '; '), '') as uncovered,
    proposed.best_alone,
    round(proposed.best_alone_coverage, 4) as best_alone_coverage,
    proposed.binding,
    array_to_string(proposed.flags, ' ') as flags,
    array_to_string(remark.alone_lacks, '; ') as alone_lacks,
    array_to_string(remark.unverified, '; ') as unverified,
    array_to_string(remark.silent_turnover, ' ') as silent_turnover,
    array_to_string(list_transform(remark.holds, lambda held: held.member || ': ' || held.condition), '; ') as holds,
    array_to_string(remark.stages, ' ') as stages,
    array_to_string(remark.countries, ' ') as countries,
    len(list_filter(remark.joint, lambda won: won.notice <> '')) as joint_awards
from role
left join current_lot on current_lot.lot_uid = role.lot_uid
left join notice on notice.uid = current_lot.notice
left join lot on lot.notice = current_lot.notice and lot.position = current_lot.position
left join member on member.id = role.role.member;
comment on view exported_consortium is 'Consortia for a spreadsheet: one row per night, lot, proposal and member of it.';
comment on column exported_consortium.night is 'The night, by its date.';
comment on column exported_consortium.lot_uid is 'The lot (lots.lot_uid).';
comment on column exported_consortium.title is 'Title of the procedure, else of the lot (BT-21).';
comment on column exported_consortium.deadline_at is 'Last instant to answer, in UTC.';
comment on column exported_consortium.rank is 'Rank of the proposal for the lot, from 1.';
comment on column exported_consortium.coverage is 'Part of the lot''s facets that is covered, in [0, 1].';
comment on column exported_consortium.value is 'The objective: coverage less the costs of working together.';
comment on column exported_consortium.gap is 'Distance to the proved optimum; 0 when it is proved.';
comment on column exported_consortium.member is 'Short name of a member of the proposal.';
comment on column exported_consortium.member_name is 'Name of the member; empty when it has left since.';
comment on column exported_consortium.share is 'Its share of what the proposal covers (Shapley value).';
comment on column exported_consortium.indispensable is 'What the proposal loses without it, in parts of coverage.';
comment on column exported_consortium.brings is 'Its own statements about what is required, joined by "; ".';
comment on column exported_consortium.uncovered is 'Facets of the lot that no member of it covers, joined by "; ".';
comment on column exported_consortium.best_alone is 'The member that covers most alone.';
comment on column exported_consortium.best_alone_coverage is 'What that member covers alone, in [0, 1].';
comment on column exported_consortium.binding is 'The constraint that decided, where one did.';
comment on column exported_consortium.flags is 'Cautions of competition law: self-sufficient, majority-of-able; joined by spaces.';
comment on column exported_consortium.alone_lacks is 'What the best single member is not shown to meet, joined by "; ".';
comment on column exported_consortium.unverified is 'What no member of the proposal is shown to meet, joined by "; ".';
comment on column exported_consortium.silent_turnover is 'Members whose turnover is not known and counts for nothing, joined by spaces.';
comment on column exported_consortium.holds is 'Conditions that one member alone is shown to meet, as "member: condition", joined by "; ".';
comment on column exported_consortium.stages is 'Stages of the value chain that are covered, joined by spaces.';
comment on column exported_consortium.countries is 'Countries of its members (NUTS), joined by spaces; two or more: across a border.';
comment on column exported_consortium.joint_awards is 'Awards that two of its members won in one party.';
