-- That a lot was matched in a night.
create table verdict (
    night date not null,
    position integer not null,
    lot_uid varchar not null
);
comment on table verdict is 'Lots matched: one row per night and lot. What was concluded is in facet, match, refusal, consortium, role.';
comment on column verdict.night is 'The night, by its date.';
comment on column verdict.position is 'Order in which the lots were matched, from 0.';
comment on column verdict.lot_uid is 'The lot (lot.uid).';
