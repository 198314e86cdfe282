-- What members choose at the portal. The last choice of each is kept.
begin;

create table if not exists preference (
    member text primary key,    -- id of the member in the register
    frequency text not null,
    threshold real not null,    -- least fit worth a line, in [0, 1]
    maximum integer not null,   -- most items
    grappes text not null,      -- JSON list
    channel text not null,
    quiet_days text not null,   -- JSON list of weekdays
    heartbeat integer not null,
    at text not null            -- ISO 8601 with offset
);

create table if not exists stopped (
    member text primary key,
    at text not null
);

create table if not exists feedback (
    member text not null,
    lot_uid text not null,
    opinion text not null,      -- relevant, not_relevant, later
    objection text,             -- wrong_family, too_big, too_far, wrong_language, too_late
    at text not null,
    primary key (member, lot_uid)
);

create table if not exists spent (
    form text primary key,      -- one-time name of a form that was sent
    until real not null         -- POSIX time after which it could not be sent anyway
);

pragma user_version = 1;
commit;
