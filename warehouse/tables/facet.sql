-- What a lot asks for.
create table facet (
    night date not null,
    lot_uid varchar not null,
    position integer not null,
    kind varchar not null,
    text varchar not null,
    weight double not null,
    language varchar,
    code varchar,
    need varchar
);
comment on table facet is 'Facets: one row per night, lot and thing the lot asks for.';
comment on column facet.night is 'The night, by its date.';
comment on column facet.lot_uid is 'The lot (lot.uid).';
comment on column facet.position is 'Number of the facet in its lot, from 0; role and consortium refer to it.';
comment on column facet.kind is 'What sort of thing it is: title, cpv, sentence, criterion.';
comment on column facet.text is 'The sentence of the source, or the label of the CPV code.';
comment on column facet.weight is 'Its part of the lot, in (0, 1]; the weights of a lot sum to 1.';
comment on column facet.language is 'Language of the text, where known.';
comment on column facet.code is 'The CPV code, where there is one.';
comment on column facet.need is 'What a title or a sentence asks for, in short and in the words of the source; null for codes.';
