-- Lots for which no coalition of members is allowed, and why.
create table no_consortium (
    night date not null,
    lot_uid varchar not null,
    reason varchar not null
);
comment on table no_consortium is 'Lots without an allowed coalition: one row per night and such lot.';
comment on column no_consortium.night is 'The night, by its date.';
comment on column no_consortium.lot_uid is 'The lot (lot.uid).';
comment on column no_consortium.reason is 'Why none is allowed, in a sentence.';
