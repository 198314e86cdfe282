-- Why members of a consortium answer together: what is out of reach of each of them alone.
create table group_reason (
    night date not null,
    lot_uid varchar not null,
    consortium integer not null,
    position integer not null,
    kind varchar not null,
    asked varchar not null,
    code varchar,
    brings struct(member varchar, condition varchar)[] not null
);
comment on table group_reason is 'Reasons for a group: one row per night, lot, consortium and reason.';
comment on column group_reason.night is 'The night, by its date.';
comment on column group_reason.lot_uid is 'The lot (lot.uid).';
comment on column group_reason.consortium is 'The proposal among those of the lot (consortium.position).';
comment on column group_reason.position is 'Order of the reasons of the proposal, from 0.';
comment on column group_reason.kind is 'What is out of reach alone: turnover, certificates, need, lots.';
comment on column group_reason.asked is 'The turnover or the need, in the words of the notice; empty for certificates and lots.';
comment on column group_reason.code is 'The CPV code of the need, where it is one.';
comment on column group_reason.brings is 'Which member brings what of it.';
