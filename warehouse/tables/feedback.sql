-- What members answered about lots they were notified of.
create table feedback (
    member varchar not null,
    lot_uid varchar not null,
    answer varchar not null,
    said_at timestamptz not null,
    via varchar not null,
    words varchar
);
comment on table feedback is 'What members answered: one row per member, lot and instant; the newest row of a member and lot is what counts.';
comment on column feedback.member is 'The member (member.id).';
comment on column feedback.lot_uid is 'The lot (lot.uid), as it was called then; see other_name.';
comment on column feedback.answer is 'relevant, not-relevant, wrong-family, too-big, too-far, wrong-language, too-late, bid, won, withdrawn.';
comment on column feedback.said_at is 'The instant it was answered.';
comment on column feedback.via is 'Where it was answered: portal, pib.';
comment on column feedback.words is 'What was added in free words; null when nothing was.';
