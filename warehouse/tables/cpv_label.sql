-- Labels of the Common Procurement Vocabulary beyond those that ship with the house.
create table cpv_label (
    code varchar not null,
    fr varchar not null,
    nl varchar not null,
    de varchar not null,
    en varchar not null
);
comment on table cpv_label is 'Labels of CPV codes: one row per code of the official list the operator imported.';
comment on column cpv_label.code is 'The code, eight digits without the check digit.';
comment on column cpv_label.fr is 'Label in French.';
comment on column cpv_label.nl is 'Label in Dutch.';
comment on column cpv_label.de is 'Label in German.';
comment on column cpv_label.en is 'Label in English.';
