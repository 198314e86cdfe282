-- Notices as known on the night: those published up to its day, with their first day of publication.
create or replace view known_notice as
with first_seen as (
    select notice, min(day) as day from publication group by notice
),
today as (
    select as_of, cast(as_of at time zone 'Europe/Brussels' as date) as day from night
)
select
    notice.uid,
    notice.id,
    notice.version,
    coalesce(merged_procedure.procedure_uid, notice.procedure_uid) as procedure_uid,
    notice.procedure_uid as stated,
    merged_procedure.stated is not null as is_merged,
    notice.form,
    notice.form = 'competition' or (notice.form = 'planning' and coalesce(notice.notice_type, '') like 'pin-cfc-%') as is_call,
    coalesce(notice.schema, '') ilike '%eforms%' and not notice.is_summary as is_whole,
    first_seen.day,
    notice.issued_at
from notice
join first_seen on first_seen.notice = notice.uid
left join merged_procedure on merged_procedure.stated = notice.procedure_uid
cross join today
where first_seen.day is null or first_seen.day <= today.day;
comment on view known_notice is 'Notices published up to the day of night.as_of (in Brussels). procedure_uid: the purchase, whichever of its notices states it; stated: what the notice itself states; is_merged: whether several stated procedures are this one. is_call: a call for competition (form competition, or a planning notice used as one: pin-cfc-*). is_whole: an eForms notice in full, which restates everything when it changes another.';
