-- Which lots were open in a night, and the result of each.
create table matched_lot (
    night date not null,
    position integer not null,
    lot_uid varchar not null,
    digest varchar not null
);
comment on table matched_lot is 'Lots matched: one row per night and lot. What was concluded is the row of match_result with its digest, which other nights may share.';
comment on column matched_lot.night is 'The night, by its date.';
comment on column matched_lot.position is 'Order of the lots of the night, from 0.';
comment on column matched_lot.lot_uid is 'The lot (lot.uid).';
comment on column matched_lot.digest is 'Digest of everything the result depends on (match_result.digest).';
