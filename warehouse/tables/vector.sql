-- What a model made of a text, kept so that no text is encoded twice.
create table vector (
    model varchar not null,
    digest varchar not null,
    numbers blob not null
);
comment on table vector is 'Vectors: one row per model and text.';
comment on column vector.model is 'Name and version of the model.';
comment on column vector.digest is 'Digest of the text that was encoded.';
comment on column vector.numbers is 'The vector: 32-bit floats, little-endian, one after the other.';
