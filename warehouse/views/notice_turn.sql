-- The order in which notices take effect, one number each.
create or replace view notice_turn as
with changing as (
    select distinct notice from change
),
lined as (
    select
        known_notice.uid, known_notice.id, known_notice.version,
        max(known_notice.day) over line as day,
        max(changing.notice is not null) over line as is_change,
        max(known_notice.issued_at) over line as issued_at
    from known_notice
    left join changing on changing.notice = known_notice.uid
    window line as (partition by known_notice.id order by known_notice.version rows between unbounded preceding and current row)
)
select
    uid,
    row_number() over (order by day nulls first, is_change, issued_at nulls first, id, version) as turn
from lined;
comment on view notice_turn is 'The order in which known notices take effect: one row per notice. Versions of a notice follow one another by number, whatever their days; notices of several ids by day, those that change nothing before those that do, then by dispatch.';
