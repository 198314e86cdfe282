-- Members proposed together for a lot.
create table consortium (
    night date not null,
    lot_uid varchar not null,
    position integer not null,
    rank integer not null,
    value double not null,
    coverage double not null,
    uncovered integer[] not null,
    best_alone varchar not null,
    best_alone_coverage double not null,
    binding varchar,
    gap double not null,
    flags varchar[] not null
);
comment on table consortium is 'Consortia: one row per night, lot and proposal. Who does what is in role.';
comment on column consortium.night is 'The night, by its date.';
comment on column consortium.lot_uid is 'The lot (lot.uid).';
comment on column consortium.position is 'Order of the proposals of the lot, from 0.';
comment on column consortium.rank is 'Rank of the proposal for the lot.';
comment on column consortium.value is 'The objective: coverage less the costs of working together.';
comment on column consortium.coverage is 'Part of what the lot asks that is covered, in [0, 1].';
comment on column consortium.uncovered is 'Facets nobody in it covers (facet.position).';
comment on column consortium.best_alone is 'The member that covers most alone (member.id).';
comment on column consortium.best_alone_coverage is 'What that member covers alone, in [0, 1].';
comment on column consortium.binding is 'The constraint that decided, where one did.';
comment on column consortium.gap is 'Distance to the proved optimum; 0 when it is proved.';
comment on column consortium.flags is 'Cautions of competition law: self-sufficient, majority-of-able.';
