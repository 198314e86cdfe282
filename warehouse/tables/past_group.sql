-- Members who won a purchase of that kind together before: beside the consortia, never in their coverage.
create table past_group (
    night date not null,
    lot_uid varchar not null,
    position integer not null,
    members varchar[] not null,
    similarity double not null,
    notice varchar not null,
    lot varchar not null,
    title varchar not null,
    purchases integer not null,
    others integer not null,
    is_same_buyer boolean not null,
    partner_only varchar[] not null
);
comment on table past_group is 'Groups that joined for such purchases before: one row per night, lot and group.';
comment on column past_group.night is 'The night, by its date.';
comment on column past_group.lot_uid is 'The lot (lot.uid).';
comment on column past_group.position is 'Order of the groups of the lot, from 0: the best first.';
comment on column past_group.members is 'Who won together (member.id).';
comment on column past_group.similarity is 'How similar the most similar purchase they won together is, in [0, 1].';
comment on column past_group.notice is 'The notice of that purchase (notice.uid).';
comment on column past_group.lot is 'Its lot inside the notice.';
comment on column past_group.title is 'Its title.';
comment on column past_group.purchases is 'How many purchases they won together.';
comment on column past_group.others is 'How many more firms won that purchase with them.';
comment on column past_group.is_same_buyer is 'Whether its buyer is the lot''s.';
comment on column past_group.partner_only is 'Those refused for the language of the tender or for size alone: partners, no tenderers by themselves (member.id).';
