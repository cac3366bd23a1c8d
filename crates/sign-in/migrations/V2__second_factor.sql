-- The session that whoever went to the provider had, if any: it ends when they come back.
alter table sign_in.pending add column former text;

-- One-time codes (RFC 6238) of professionals whose provider asks for one factor only. The secrets are sealed under
-- the key from outside: this database alone makes no code.
create table sign_in.second_factor (
    professional_id uuid primary key,
    sealed          bytea,                        -- none: nothing was confirmed yet
    pending         bytea,                        -- shown, awaiting its first code
    pending_until   timestamptz,
    last_step       bigint not null default 0,    -- the last code that served: none serves twice
    wrong           integer not null default 0,   -- wrong codes since the last right one
    wait_until      timestamptz
);

-- What replaces the telephone, once each: digests under the secret above.
create table sign_in.recovery_code (
    professional_id uuid not null references sign_in.second_factor on delete cascade,
    digest          bytea not null,
    primary key (professional_id, digest)
);
