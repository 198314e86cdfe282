-- How members wish to be written to, beyond how often and how much (columns of member).
create table wish (
    member varchar not null,
    channel varchar not null,
    quiet_days varchar[] not null,
    heartbeat boolean not null
);
comment on table wish is 'How members wish to be written to: one row per member, replaced with the members.';
comment on column wish.member is 'The member.';
comment on column wish.channel is 'Where it reads its digest: mail, text (mail without HTML), feed (the portal only).';
comment on column wish.quiet_days is 'Weekdays on which nothing is written to it.';
comment on column wish.heartbeat is 'Whether it wants a line after a week without a notified lot.';
