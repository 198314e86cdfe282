-- What a retired code is called today: its successor, and that one's, as far as the lists state it.
create or replace view code_today as
select old.list, old.code, coalesce(next.successor, old.successor) as today
from code as old
left join code as next on next.list = old.list and next.code = old.successor and next.is_retired
where old.is_retired and old.successor is not null;
comment on view code_today is 'Retired codes with what took their place: one row per retired code whose list states one.';
