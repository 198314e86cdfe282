-- The moment that current_lot is worked out for.
create table current_lot_at (
    as_of timestamptz not null
);
comment on table current_lot_at is 'One row while current_lot is up to date, none after notices or purchases changed.';
comment on column current_lot_at.as_of is 'The moment of table night that it holds for.';
