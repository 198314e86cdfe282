-- The moment the warehouse is looked at from.
create table night (
    as_of timestamptz not null
);
comment on table night is 'One row: the moment that open_lot is worked out for. Notices published after its day in Brussels are not seen.';
comment on column night.as_of is 'A lot is open when its deadline lies after this instant.';
