-- Every lot ever called for, as its newest notice describes it, and why it can no longer be answered.
create or replace view newest_lot as
with called as (
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
    -- Where portals tell of one lot: if they agree on the deadline, who tells most leads; if not, a correction, then
    -- the newest.
    select
        *,
        row_number() over (
            partition by uid
            order by is_superseded, is_shared and is_disputed and not is_correction,
                is_shared and not is_disputed and not is_whole, day desc nulls last, version desc,
                issued_at desc nulls last, notice desc, position
        ) as age
    from current
),
newest as (
    select * from aged where age = 1
),
cancelled as (
    select newest.uid
    from newest
    join change on change.notice = newest.notice
    where change.reason = 'cancel' and (len(change.lots) = 0 or list_contains(change.lots, newest.id))
    union
    select newest.uid
    from newest
    join correction on correction.earlier = newest.notice
    where correction.reason = 'cancel' and (len(correction.lots) = 0 or list_contains(correction.lots, newest.id))
    union
    -- Cancelled by a notice of the same procedure that names an older version, or no notice of ours.
    select newest.uid
    from newest
    join known_notice as later on later.procedure_uid = newest.procedure_uid and later.uid <> newest.notice
    join change on change.notice = later.uid
    where change.reason = 'cancel' and coalesce(later.day >= newest.day, true)
        and (len(change.lots) = 0 or list_contains(
            list_transform(change.lots, lambda l: regexp_replace(l, '^(LOT-|PAR-)?0*([0-9]+)$', '\2')), newest.lot_key))
),
awarded as (
    select newest.uid
    from newest
    join known_notice as later on later.procedure_uid = newest.procedure_uid
    join award on award.notice = later.uid
        and regexp_replace(award.lot, '^(LOT-|PAR-)?0*([0-9]+)$', '\2') = newest.lot_key
    where later.form = 'result' and award.outcome in ('selec-w', 'clos-nw') and coalesce(later.day >= newest.day, true)
    union
    -- Where no procedure is stated (national forms, TED before eForms) the result names the call that it follows.
    select newest.uid
    from newest
    join correction on correction.earlier = newest.notice
    join known_notice as later on later.uid = correction.later
    join award on award.notice = later.uid
        and regexp_replace(award.lot, '^(LOT-|PAR-)?0*([0-9]+)$', '\2') = newest.lot_key
    where later.form = 'result' and award.outcome in ('selec-w', 'clos-nw')
)
select
    newest.uid as lot_uid,
    newest.notice,
    newest.position,
    newest.id as lot,
    newest.lot_key,
    newest.procedure_uid,
    newest.is_merged,
    newest.day,
    newest.deadline_at,
    case
        when newest.notice in (select uid from notice where is_trial) then 'trial'
        when newest.uid in (select uid from cancelled) then 'cancelled'
        when newest.uid in (select uid from awarded) then 'awarded'
        when newest.is_superseded then 'superseded'
        when newest.deadline_at <= night.as_of then 'past'
        when newest.deadline_at is null
            and coalesce(newest.day < cast(night.as_of at time zone 'Europe/Brussels' as date) - 90, true) then 'undated'
    end as closed
from newest
cross join night;
comment on view newest_lot is 'Every lot of a call for competition, once for all portals (see called_lot), in its newest notice, and why it is closed: trial (its title says that it is a test), cancelled, awarded (selec-w or clos-nw), superseded, past its deadline, or undated: without a deadline and published more than 90 days before the night, or on no known day. Null: open.';
