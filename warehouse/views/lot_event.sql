-- What each notice does to each lot of a call: see warehouse/lots/states.py.
create or replace view lot_event as
with called as materialized (
    select uid, lot_key, notice, notice_id, procedure_uid from called_lot
),
declared as (
    select
        change.notice,
        change.position,
        change.reason is not distinct from 'cancel' as is_cancel,
        list_transform(change.lots, lambda l: regexp_replace(l, '^(LOT-|PAR-)?0*([0-9]+)$', '\2')) as lot_keys,
        -- A change of results, tenders or organisations alone is none of the call.
        len(change.lots) = 0 and len(change.sections) > 0
            and len(list_filter(change.sections, lambda s: not regexp_matches(s, '^(RES|TEN|TPA|CON|ORG|TPO|UBO)-'))) = 0
            as is_elsewhere
    from change
),
named as materialized (
    -- Which notices a changing notice names, and whether any is a call.
    select correction.later, correction.earlier, earlier.id as earlier_id, earlier.is_call, correction.reason
    from correction
    join known_notice as earlier on earlier.uid = correction.earlier
),
naming as (
    -- Whether a change names a call, and one of which a lot is described.
    select later, bool_or(named.is_call) as names_call, bool_or(described.notice_id is not null) as names_lots
    from named
    left join (select distinct notice_id from called) as described on described.notice_id = named.earlier_id
    group by later
),
described as (
    select uid, lot_key, notice, true as describes from called
),
reached as (
    -- Lots of the calls that a change names, in whichever version they are described.
    select distinct called.uid, called.lot_key, named.later as notice
    from named
    join called on called.notice_id = named.earlier_id
    where named.is_call and named.reason is distinct from 'follows'
    union
    -- Lots of the notice it is a version of.
    select distinct called.uid, called.lot_key, later.uid
    from known_notice as later
    join called on called.notice_id = later.id
    where later.is_call
    union
    -- Lots of its purchase, where it names no notice we know, or a call that describes no lot.
    select distinct called.uid, called.lot_key, later.uid
    from known_notice as later
    join called on called.procedure_uid = later.procedure_uid
    left join naming on naming.later = later.uid
    where later.is_call and exists (select 1 from change where change.notice = later.uid)
        and coalesce(naming.names_call and not naming.names_lots, true)
),
paired as (
    select uid, lot_key, notice, bool_or(describes) as describes
    from (
        select uid, lot_key, notice, describes from described
        union all
        select uid, lot_key, notice, false from reached
    )
    group by uid, lot_key, notice
),
judged as (
    select
        paired.uid, paired.notice, paired.describes,
        count(declared.notice) = 0 as is_plain,
        coalesce(bool_or(declared.is_cancel and list_contains(declared.lot_keys, paired.lot_key)), false) as withdraws_lot,
        coalesce(bool_or(declared.is_cancel and len(declared.lot_keys) = 0 and not declared.is_elsewhere), false) as cancels_all,
        coalesce(bool_or(not declared.is_cancel and list_contains(declared.lot_keys, paired.lot_key)), false) as names_lot,
        coalesce(bool_or(len(declared.lot_keys) > 0), false) as names_lots
    from paired
    left join declared on declared.notice = paired.notice
    group by paired.uid, paired.notice, paired.describes
)
select
    judged.uid,
    judged.notice,
    notice_turn.turn,
    case
        when withdraws_lot then 'withdraw'
        when cancels_all then 'cancel'
        when describes and names_lot then 'reopen'
        when describes and is_plain and notice.version = first_version.version then 'call'
        when describes and not names_lots then 'restate'
    end as effect
from judged
join notice on notice.uid = judged.notice
join (select id, min(version) as version from known_notice group by id) as first_version on first_version.id = notice.id
join notice_turn on notice_turn.uid = judged.notice
where withdraws_lot or cancels_all or describes;
comment on view lot_event is 'What notices do to lots of calls: one row per lot and notice that acts on it, in the order of turn. effect: call (a new call that describes it), restate (a version or change that describes it and names no lots), reopen (a change that names it), withdraw (a cancellation that names it), cancel (one that names no lots), null (a change of other lots).';
