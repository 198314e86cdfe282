-- Every lot ever called for, as its newest notice describes it, and why it can no longer be answered.
create or replace view newest_lot as
with called as materialized (
    select * from called_lot
),
superseded as (
    -- Taken over by a notice that names it and restates the lot (under whatever procedure) or restates everything.
    select called.uid, called.notice
    from called
    join correction on correction.earlier = called.notice
    join known_notice as later on later.uid = correction.later
    where later.is_call
        and (later.is_whole or exists (select 1 from lot where lot.notice = later.uid and lot.id = called.id))
    union
    -- The next version of a notice restates everything; a lot that it leaves out is gone.
    select called.uid, called.notice
    from called
    join known_notice as later on later.id = called.notice_id and later.version > called.version
    where later.is_call and later.is_whole
),
current as (
    select
        called.*,
        superseded.uid is not null as is_superseded,
        called.is_merged and count(distinct called.stated) over same_lot > 1 as is_shared,
        min(called.deadline_at) filter (superseded.uid is null) over same_lot
            is distinct from max(called.deadline_at) filter (superseded.uid is null) over same_lot as is_disputed
    from called
    left join superseded on superseded.uid = called.uid and superseded.notice = called.notice
    window same_lot as (partition by called.uid)
),
aged as (
    -- Where portals publish one lot: if they agree on the deadline, the fullest notice leads; if not, a correction, then
    -- the newest.
    select
        current.*,
        row_number() over (
            partition by current.uid
            order by is_superseded, is_shared and is_disputed and not is_correction,
                is_shared and not is_disputed and not is_whole, notice_turn.turn desc, position
        ) as age
    from current
    join notice_turn on notice_turn.uid = current.notice
),
newest as materialized (
    select * from aged where age = 1
),
told as materialized (
    select
        uid,
        max(turn) filter (effect in ('call', 'reopen')) as named,
        max(turn) filter (effect in ('call', 'reopen', 'restate')) as restated,
        max(turn) filter (effect = 'withdraw') as withdrawn,
        max(turn) filter (effect = 'cancel') as cancelled
    from lot_event
    group by uid
),
outcome as materialized (
    select * from lot_result
),
about as (
    select newest.uid, newest.lot_key, outcome.notice
    from newest
    join outcome on outcome.procedure_uid = newest.procedure_uid and outcome.lot_key = newest.lot_key
    union
    -- Where no procedure is stated (national forms, TED before eForms) the result names the call that it follows.
    select newest.uid, newest.lot_key, correction.later
    from newest
    join correction on correction.earlier = newest.notice
),
decided as (
    select about.uid, max(lot_result.turn) as turn, bool_or(lot_result.outcome = 'selec-w') as is_won, max(lot_result.day) as day,
        bool_or(lot_result.outcome in ('selec-w', 'clos-nw')) as is_ended,
        bool_or(coalesce(lot_result.terminates, false)) as is_terminated,
        bool_or(len(list_filter(lot_result.techniques, lambda t: t in ('dps-list', 'dps-nlist'))) > 0) as is_system
    from about
    join told using (uid)
    join outcome as lot_result on lot_result.notice = about.notice and lot_result.lot_key = about.lot_key
    where lot_result.outcome in ('selec-w', 'clos-nw') or lot_result.terminates
    group by about.uid, told.restated
    having bool_or(lot_result.turn > coalesce(told.restated, 0) or lot_result.day is null)
),
placed as (
    select
        newest.*,
        coalesce(told.withdrawn > coalesce(told.named, 0), false) as is_withdrawn,
        coalesce(told.cancelled > coalesce(told.restated, 0), false) as is_cancelled,
        coalesce(least(told.withdrawn, told.cancelled) < told.restated, told.cancelled < told.restated, told.withdrawn < told.restated, false) as was_closed,
        notice.is_trial,
        coalesce(notice.notice_type = 'qu-sy' or notice.subtype in ('15'), false)
            or len(list_filter(lot.techniques, lambda t: t in ('dps-list', 'dps-nlist'))) > 0
            or coalesce(decided.is_system, false) as is_system,
        len(list_filter(lot.techniques, lambda t: t in ('fa-w-rc', 'fa-mix'))) > 0 as is_reopened_framework,
        decided.uid is not null as has_result,
        decided.is_won, coalesce(decided.is_ended, false) as is_ended, decided.is_terminated, decided.day as decided_day
    from newest
    join told using (uid)
    join notice on notice.uid = newest.notice
    join lot on lot.notice = newest.notice and lot.position = newest.position
    left join decided using (uid)
),
stated as (
    select
        placed.*,
        case
            when placed.is_trial then 'trial'
            when placed.is_withdrawn then 'withdrawn'
            when placed.is_cancelled then 'cancelled'
            when placed.has_result and placed.is_system and placed.is_terminated then 'terminated'
            when placed.is_ended and not placed.is_system
                and not (placed.is_reopened_framework and coalesce(cast(placed.deadline_at at time zone 'Europe/Brussels' as date) > placed.decided_day, false))
                then if(placed.is_won, 'awarded', 'without-winner')
            when placed.is_superseded then 'superseded'
            when placed.deadline_at <= night.as_of then 'past'
            when placed.deadline_at is null
                and coalesce(placed.day < cast(night.as_of at time zone 'Europe/Brussels' as date) - 90, true) then 'undated'
            when placed.was_closed then 'reopened'
            when placed.deadline_at is null then 'open-without-deadline'
            else 'open'
        end as state
    from placed
    cross join night
)
select
    uid as lot_uid,
    notice,
    position,
    id as lot,
    lot_key,
    procedure_uid,
    is_merged,
    day,
    deadline_at,
    case
        when state in ('open', 'open-without-deadline', 'reopened') then null
        when state = 'withdrawn' then 'cancelled'
        when state in ('without-winner', 'terminated') then 'awarded'
        else state
    end as closed,
    state
from stated;
comment on view newest_lot is 'Every lot of a call for competition, once for all portals (see called_lot), in its newest notice, its state by the rules of warehouse/lots/states.py, and why it is closed: trial (its title says that it is a test), cancelled (or withdrawn by name), awarded (selec-w or clos-nw; a dynamic purchasing system when it is terminated), superseded, past its deadline, or undated: without a deadline and published more than 90 days before the night, or on no known day. closed is null while it is open.';
