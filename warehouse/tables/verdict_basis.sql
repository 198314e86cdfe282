-- What the verdicts of a night rest on.
create table verdict_basis (
    night date not null,
    digest varchar not null
);
comment on table verdict_basis is 'What a night''s verdicts rest on: one row per night whose verdicts say so.';
comment on column verdict_basis.night is 'The night, by its date.';
comment on column verdict_basis.digest is 'Digest of the lots, members, references, answers, weights, model and code they were judged with.';
