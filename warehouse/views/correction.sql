-- Which notice corrects which, whatever way the correction names it.
create or replace view correction as
with named as (
    select change.notice as later, known_notice.uid as earlier, change.reason, change.lots
    from change
    join known_notice on lower(known_notice.uid) = lower(trim(change.changed))
    union
    -- Without its version, or with the version in other digits: "<uuid>", "<uuid>-1".
    select change.notice, known_notice.uid, change.reason, change.lots
    from change
    join known_notice on lower(known_notice.id) = regexp_extract(lower(trim(change.changed)), '^(.+?)(-0*([0-9]{1,3}))?$', 1)
        and coalesce(try_cast(regexp_extract(trim(change.changed), '-0*([0-9]{1,3})$', 1) as integer), known_notice.version) = known_notice.version
    union
    -- A change may hold a publication number, with or without its leading zeros: "00587974-2026", "587974-2026".
    select change.notice, publication.notice, change.reason, change.lots
    from change
    join publication on ltrim(publication.number, '0') = ltrim(trim(change.changed), '0')
)
select named.later, named.earlier, named.reason, named.lots
from named
join known_notice as later on later.uid = named.later
join known_notice as earlier on earlier.uid = named.earlier
where named.later <> named.earlier and coalesce(later.day >= earlier.day, true);
comment on view correction is 'Notices that name another one as changed by them (BT-758), or as the one they follow (reason follows, formats before eForms): one row per pair, with the reason and the lots named. A notice never corrects a later one.';
