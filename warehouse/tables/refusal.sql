-- That a member was not proposed for a lot, and why.
create table refusal (
    night date not null,
    lot_uid varchar not null,
    position integer not null,
    member varchar not null,
    kind varchar not null,
    detail varchar not null
);
comment on table refusal is 'Refusals: one row per night, lot and member that was not proposed. The answer to "why did I not see it?".';
comment on column refusal.night is 'The night, by its date.';
comment on column refusal.lot_uid is 'The lot (lot.uid).';
comment on column refusal.position is 'Order of the refusals of the lot, from 0.';
comment on column refusal.member is 'The member (member.id).';
comment on column refusal.kind is 'The condition that failed: closed, too-soon, out-of-reach, language, no-likeness, reserved.';
comment on column refusal.detail is 'The value that decided it.';
