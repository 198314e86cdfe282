-- The official code lists, as last imported.
create table code (
    list varchar not null,
    code varchar not null,
    fr varchar,
    nl varchar,
    de varchar,
    en varchar,
    is_retired boolean not null,
    successor varchar,
    seen_on date not null
);
comment on table code is 'Codes of the official lists (CPV, NUTS, eForms): one row per list and code. A code that a newer edition no longer has stays, as retired.';
comment on column code.list is 'The list: cpv, nuts, or as eForms calls it.';
comment on column code.code is 'The code as notices write it; of CPV eight digits without the check digit.';
comment on column code.fr is 'Label in French, null where the list has none.';
comment on column code.nl is 'Label in Dutch.';
comment on column code.de is 'Label in German.';
comment on column code.en is 'Label in English.';
comment on column code.is_retired is 'Whether the newest edition no longer has it, or says that it is no longer in force.';
comment on column code.successor is 'What took its place, where the list states it.';
comment on column code.seen_on is 'The day of the newest edition that has it.';
