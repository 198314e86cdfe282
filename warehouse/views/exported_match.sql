-- Matches for a spreadsheet.
create or replace view exported_match as
select
    match.night,
    match.lot_uid,
    coalesce(notice.titles[1].value, lot.titles[1].value) as title,
    current_lot.deadline_at,
    match.member,
    member.name as member_name,
    round(match.score, 4) as score,
    array_to_string(list_transform(match.reasons, lambda r: format('{} {:.3f}: {} / {}', r.kind, r.points, r.asked, r.offered)), '; ') as reasons
from (
    select matched_lot.night, matched_lot.lot_uid, unnest(match_result.matches, max_depth := 2)
    from matched_lot join match_result using (digest)
) as match
left join current_lot on current_lot.lot_uid = match.lot_uid
left join notice on notice.uid = current_lot.notice
left join lot on lot.notice = current_lot.notice and lot.position = current_lot.position
left join member on member.id = match.member;
comment on view exported_match is 'Matches for a spreadsheet: one row per night, lot and member, the reasons joined.';
comment on column exported_match.night is 'The night, by its date.';
comment on column exported_match.lot_uid is 'The lot (lots.lot_uid).';
comment on column exported_match.title is 'Title of the procedure, else of the lot (BT-21).';
comment on column exported_match.deadline_at is 'Last instant to answer, in UTC.';
comment on column exported_match.member is 'Short name of the member.';
comment on column exported_match.member_name is 'Name of the member; empty when it has left since.';
comment on column exported_match.score is 'How well it fits, in [0, 1]: the sum of the points of its reasons.';
comment on column exported_match.reasons is 'The reasons, joined by "; ": kind and points, the lot''s text / the member''s text.';
