-- Lots of calls under the name they have across versions, portals and merged procedures.
create or replace view called_lot as
with keyed as (
    select
        lot.id, lot.notice, lot.position, lot.deadline_at,
        known_notice.id as notice_id, known_notice.version, known_notice.procedure_uid, known_notice.stated,
        known_notice.is_merged, known_notice.is_whole, known_notice.day, known_notice.issued_at,
        exists (select 1 from change where change.notice = lot.notice) as is_correction,
        -- "LOT-0001", "1" and "01" are one lot where portals spell it each in their way.
        regexp_replace(lot.id, '^(LOT-|PAR-)?0*([0-9]+)$', '\2') as lot_key
    from lot
    join known_notice on known_notice.uid = lot.notice
    where known_notice.is_call and lot.id not like 'PAR-%' and lot.id not like 'GLO-%'
        -- A national correction of a result is no call, though its form does not show it.
        and not exists (
            select 1 from correction join known_notice as corrected on corrected.uid = correction.earlier
            where correction.later = lot.notice and corrected.form = 'result' and not known_notice.is_whole)
)
select
    *,
    procedure_uid || ':' || if(
        is_merged,
        first_value(id) over (
            partition by procedure_uid, lot_key
            order by stated <> procedure_uid, day nulls last, notice, position
            rows between unbounded preceding and unbounded following),
        id) as uid
from keyed;
comment on view called_lot is 'Lots of calls for competition (parts of planning and groups of lots are none) in every notice known on the night. uid: <purchase>:<lot id>; in a purchase joined of several procedures, with the lot id that the procedure which names the purchase gives it. lot_key: the lot id without prefix and zeros.';
