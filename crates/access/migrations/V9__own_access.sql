-- What the person was handed: the secret of the sheet, and the code they were told, which means nothing without
-- the secret. Digests only; no name is kept here.
create table access.own_access (
    access_id   uuid primary key,
    case_id     uuid not null,
    secret      bytea not null unique,
    code        bytea not null,
    issued_at   timestamptz not null,
    expires_at  timestamptz not null,
    -- Wrong codes in a row, and in all.
    wrong       int not null default 0,
    wrong_ever  int not null default 0,
    entered_at  timestamptz,
    entered     int not null default 0
);
create index on access.own_access (case_id);

-- Where the person is in: short, and a few devices at most.
create table access.own_session (
    digest      bytea primary key,
    access_id   uuid not null references access.own_access on delete cascade,
    case_id     uuid not null,
    since       timestamptz not null,
    expires_at  timestamptz not null
);
create index on access.own_session (access_id);
