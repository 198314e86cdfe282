-- What the match results of a night depend on.
create table verdict_basis (
    night date not null,
    digest varchar not null
);
comment on table verdict_basis is 'What a night''s match results depend on: one row per night for which it is known.';
comment on column verdict_basis.night is 'The night, by its date.';
comment on column verdict_basis.digest is 'Digest of the lots, members, references, answers, weights, model and code they were computed with.';
