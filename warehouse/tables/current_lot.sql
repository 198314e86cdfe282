-- Every lot ever called for, as view newest_lot works it out at night.as_of, and a digest of what is stored of it.
create table current_lot (
    lot_uid varchar not null,
    notice varchar not null,
    position integer not null,
    lot varchar not null,
    lot_key varchar not null,
    procedure_uid varchar not null,
    is_merged boolean not null,
    day date,
    deadline_at timestamptz,
    closed varchar,
    state varchar not null,
    digest varchar
);
comment on table current_lot is 'Lots: one row per lot of view newest_lot, saved because that view takes a third of a second for few lots and seconds for many. Up to date while current_lot_at has the moment of night.';
comment on column current_lot.lot_uid is 'The lot, under one name at all portals.';
comment on column current_lot.notice is 'Its newest notice (notice.uid).';
comment on column current_lot.position is 'Its place in that notice (lot.position).';
comment on column current_lot.lot is 'Its identifier in that notice (lot.id).';
comment on column current_lot.lot_key is 'Its identifier without prefix and leading zeros.';
comment on column current_lot.procedure_uid is 'The purchase it belongs to.';
comment on column current_lot.is_merged is 'Whether several portals publish the purchase.';
comment on column current_lot.day is 'The day its newest notice was published.';
comment on column current_lot.deadline_at is 'Last instant to answer.';
comment on column current_lot.closed is 'Why it can no longer be answered; null while it is open.';
comment on column current_lot.state is 'Its state by the rules of warehouse/lots/states.py.';
comment on column current_lot.digest is 'Digest of every stored row that an open lot is loaded from; null for closed ones.';
