-- What one member of a consortium does.
create table role (
    night date not null,
    lot_uid varchar not null,
    consortium integer not null,
    position integer not null,
    member varchar not null,
    covers integer[] not null,
    only_by_it integer[] not null,
    indispensable double not null,
    shapley double not null,
    statements varchar[] not null
);
comment on table role is 'Roles: one row per night, lot, consortium and member of it.';
comment on column role.night is 'The night, by its date.';
comment on column role.lot_uid is 'The lot (lot.uid).';
comment on column role.consortium is 'The proposal among those of the lot (consortium.position).';
comment on column role.position is 'Place of the member in the proposal, from 0, the largest share first.';
comment on column role.member is 'The member (member.id).';
comment on column role.covers is 'Facets it covers best (facet.position).';
comment on column role.only_by_it is 'Facets that only it brings (facet.position).';
comment on column role.indispensable is 'What the proposal loses without it.';
comment on column role.shapley is 'Its share of what the proposal covers (Shapley value).';
comment on column role.statements is 'Its own statements that cover those facets.';
