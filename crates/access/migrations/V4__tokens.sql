-- A secret has a part that is not secret, by which it is found, listed and ended. Those given before this had none:
-- they end here.
delete from access.token;
alter table access.token
    add column key_id           text not null unique,
    add column label            text not null default '',
    add column scopes           text[],                   -- none: whatever the role may do
    add column issued_at        timestamptz not null default now(),
    add column last_used_at     timestamptz,              -- to the minute
    add column second_factor_at timestamptz,              -- when whoever holds the session last showed it
    add column revoked_at       timestamptz;
comment on column access.token.second_factor is 'a second factor that does not grow old: tokens that an administrator gave, invented people';
create index on access.token (professional_id) where professional_id is not null;
