-- The outbox: letters and the lots they notify of. One letter per member and edition.
create table if not exists letter (
    member text not null,      -- id of the member in the register
    edition text not null,     -- period: 2026-11-20, 2026-W47, 2026-11
    sender text not null,      -- envelope sender
    address text not null,     -- envelope recipient
    message_id text not null unique,
    subject text not null,
    mime blob not null,        -- the message as it leaves, byte for byte
    sha256 text not null,      -- of mime
    items integer not null,    -- purchases in it
    state text not null check (
        state in ('rendered', 'sending', 'sent', 'deferred', 'failed', 'bounced', 'unknown', 'suppressed')
    ),
    attempts integer not null default 0,
    detail text,               -- last message of a transport about it
    kept_at text not null,     -- ISO 8601 with offset
    changed_at text not null,  -- when state was last set
    domain text not null generated always as (lower(substr(address, instr(address, '@') + 1))) virtual,
    worker integer,            -- worker that holds it, while it is sending
    lease_until real,          -- seconds of the monotonic clock (digests/delivery/workers.py)
    tried_at real,             -- the same clock, when it was last tried
    not_before text,           -- UTC, ISO 8601: not tried again before
    unique (member, edition)
);

create table if not exists told (
    member text not null,
    edition text not null,
    lot_uid text not null,
    section text not null,
    facts text not null,       -- fingerprint of the facts, see digests/composing/change_fingerprint.py
    deadline text,             -- ISO 8601 with offset, at that time
    closing integer not null,  -- whether it was within the week before the deadline
    unique (member, lot_uid, facts, edition),
    foreign key (member, edition) references letter (member, edition)
);

create index if not exists told_by_member on told (member);

create index if not exists letter_by_state on letter (state);

create table if not exists worker (
    id integer primary key autoincrement,  -- never reused
    began_at text not null
);

create table if not exists bounce (
    notice text primary key,   -- SHA-256 of the failure notice, so that it counts once
    member text not null,
    edition text not null,
    address text not null,     -- the recipient that failed
    is_hard integer not null,  -- permanent or temporary
    said text not null,
    at text not null,
    foreign key (member, edition) references letter (member, edition)
);

create table if not exists blocked (
    address text primary key,  -- nothing is sent there
    reason text not null,
    at text not null
);

pragma user_version = 2;
