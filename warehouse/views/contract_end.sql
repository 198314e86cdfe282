-- When the contract of each lot ends, so that one knows when it will be let again.
create or replace view contract_end as
with decided as (
    -- The day a winner was chosen, by the same notice: a contract starts no earlier where its start is not stated.
    select notice, lot, max(decided_on) as decided_on
    from award
    where outcome = 'selec-w'
    group by notice, lot
),
dated as (
    select lot.notice, lot.position, lot.term, coalesce(lot.term.starts, decided.decided_on) as since
    from lot
    left join decided on decided.notice = lot.notice and decided.lot = lot.id
    where lot.term is not null
)
select
    notice,
    position,
    term.starts as starts_on,
    coalesce(
        term.ends,
        case
            when term.length > 36500 then null
            when term.unit = 'DAY' then since + to_days(term.length)
            when term.unit = 'WEEK' then since + to_days(7 * term.length)
            when term.unit = 'MONTH' then since + to_months(term.length)
            when term.unit = 'YEAR' and term.length <= 100 then since + to_years(term.length)
        end
    )::date as ends_on,
    term.ends is not null as is_stated,
    term.renewals as renewals
from dated;
comment on view contract_end is 'When contracts end: one row per notice and lot that states anything of it.';
comment on column contract_end.notice is 'The notice that describes the lot (notice.uid).';
comment on column contract_end.position is 'Place of the lot in its notice, from 0.';
comment on column contract_end.starts_on is 'Day the contract starts (BT-536); null if unstated.';
comment on column contract_end.ends_on is 'Day it ends (BT-537), else its start, or the day its winner was chosen, and its length (BT-36), renewals left out; null where neither is known.';
comment on column contract_end.is_stated is 'Whether the notice states the end itself.';
comment on column contract_end.renewals is 'How often it may be renewed at most (BT-58); null if unstated.';
