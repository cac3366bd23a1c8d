-- Who may knock: secrets are kept as digests only, and no name is kept here.
create schema if not exists access;

create table access.token (
    digest          bytea primary key,
    id              uuid not null unique,
    role            text not null,
    professional_id uuid,
    post_id         uuid,
    organisation_id uuid,
    session         boolean not null,
    expires_at      timestamptz not null
);
