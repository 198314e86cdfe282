-- Said of the tables, not of the view's own columns, so that a mistake in the view is seen.
select open_lot.lot_uid, lot.deadline_at, night.as_of
from open_lot
join lot on lot.uid = open_lot.lot_uid and lot.notice = open_lot.notice
cross join night
where lot.deadline_at <= night.as_of
