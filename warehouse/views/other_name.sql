-- The names a lot had, or has at one portal, besides its own.
create or replace view other_name as
select distinct called_lot.uid as lot_uid, called_lot.stated || ':' || called_lot.id as name
from called_lot
where called_lot.is_merged and called_lot.stated || ':' || called_lot.id <> called_lot.uid;
comment on view other_name is 'Names of lots before their procedure was joined with others: one row per lot and name. A letter that notified of a lot under such a name notified of this one.';
