-- The outcomes of lots by the results in force.
create or replace view lot_result as
with standing as materialized (
    -- The newest version of each result, for a newer one replaces the older as a whole; a summary states no outcome.
    select known_notice.uid, known_notice.id, known_notice.procedure_uid, known_notice.day
    from known_notice
    join notice on notice.uid = known_notice.uid
    where known_notice.form = 'result' and not notice.is_summary
    qualify row_number() over (partition by known_notice.id order by known_notice.version desc) = 1
),
void as (
    -- Cancelled by its own version, or by a notice that names any of its versions; of which lots, all when none.
    select change.notice as uid, change.lots
    from change
    join standing on standing.uid = change.notice
    where change.reason = 'cancel'
        and not exists (
            select 1 from correction join known_notice as called on called.uid = correction.earlier
            where correction.later = change.notice and called.is_call)
    union all
    select standing.uid, correction.lots
    from standing
    join known_notice as named on named.id = standing.id
    join correction on correction.earlier = named.uid
    join known_notice as later on later.uid = correction.later
    join notice_turn as own on own.uid = standing.uid
    join notice_turn as other on other.uid = later.uid
    where later.id <> standing.id and other.turn > own.turn
        and (correction.reason = 'cancel' or (later.form = 'result' and later.is_whole))
)
select
    standing.uid as notice,
    standing.procedure_uid,
    standing.day,
    notice_turn.turn,
    regexp_replace(award.lot, '^(LOT-|PAR-)?0*([0-9]+)$', '\2') as lot_key,
    award.outcome,
    award.terminates,
    coalesce(lot.techniques, []) as techniques
from standing
join notice_turn using (uid)
join award on award.notice = standing.uid
left join (select notice, id, first(techniques) as techniques from lot group by notice, id) as lot
    on lot.notice = standing.uid and lot.id = award.lot
where not exists (
    select 1 from void
    where void.uid = standing.uid and (len(void.lots) = 0 or list_contains(void.lots, award.lot)));
comment on view lot_result is 'Outcomes in force: one row per award of a result in its newest version that was not cancelled and not replaced by another. turn as in notice_turn.';
