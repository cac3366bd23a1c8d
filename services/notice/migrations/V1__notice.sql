create schema if not exists notice;

-- Messages that the relay would not take for their address: how often, and when they are tried again. A notice
-- is known by its id, the digest of a day by the id of its message. No address is written here.
create table notice.attempt (
    id      uuid primary key,
    tries   integer not null,
    next_at timestamptz not null
);

-- The last day on which a post’s digest was considered and there was nothing to say, or nothing could be said.
create table notice.looked (
    mailbox uuid primary key,
    day     date not null
);
