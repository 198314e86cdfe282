-- Members of a consortium that are refused alone for the language of the tender.
create table partner_only (
    night date not null,
    lot_uid varchar not null,
    consortium integer not null,
    position integer not null,
    member varchar not null
);
comment on table partner_only is 'Partners only: one row per night, lot, consortium and such member.';
comment on column partner_only.night is 'The night, by its date.';
comment on column partner_only.lot_uid is 'The lot (lot.uid).';
comment on column partner_only.consortium is 'The proposal among those of the lot (consortium.position).';
comment on column partner_only.position is 'Order of such members of the proposal, from 0.';
comment on column partner_only.member is 'The member (member.id).';
