-- That a member fits a lot, and why.
create table match (
    night date not null,
    lot_uid varchar not null,
    position integer not null,
    member varchar not null,
    score double not null,
    reasons struct(kind varchar, points double, asked varchar, offered varchar)[] not null
);
comment on table match is 'Matches: one row per night, lot and member that fits it.';
comment on column match.night is 'The night, by its date.';
comment on column match.lot_uid is 'The lot (lot.uid).';
comment on column match.position is 'Order of the matches of the lot, from 0.';
comment on column match.member is 'The member (member.id).';
comment on column match.score is 'How well it fits, in [0, 1]: the sum of the points of its reasons.';
comment on column match.reasons is 'Measured likenesses: kind (words, meaning, cpv, place, reference), points, what the lot asks, what the member offers.';
