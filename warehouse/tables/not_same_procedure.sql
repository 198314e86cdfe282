-- Procedures that a person separated as not one purchase.
create table not_same_procedure (
    first varchar not null,
    second varchar not null,
    said_on date not null
);
comment on table not_same_procedure is 'Pairs of procedures (first < second) that no night may join again: one row per pair, written by pib identity undo.';
comment on column not_same_procedure.first is 'A procedure as stated by its notices (notice.procedure_uid).';
comment on column not_same_procedure.second is 'The other one.';
comment on column not_same_procedure.said_on is 'The day they were separated.';
