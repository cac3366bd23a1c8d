create schema if not exists immersion;

-- People, found again by a keyed digest of their names and birth date; neither is written here. One row a
-- case; no digest when the identity is incomplete or was forgotten.
create table immersion.person_index (
    case_id  uuid primary key,
    digest   bytea,
    position bigint not null,
    key_id   text not null
);
create index on immersion.person_index (digest);
create index on immersion.person_index (key_id, position);

-- What Immersion Facilitée told of people whom Jalon did not recognise, sealed, until a professional says
-- whose it is. The references are the tool's own.
create table immersion.aside (
    id             uuid primary key,
    convention_ref uuid not null,
    renewed_ref    uuid,
    organisations  uuid[] not null,
    starts_on      date not null,
    ends_on        date not null,
    reason         text not null,
    received_at    timestamptz not null,
    sealed         bytea not null
);
create index on immersion.aside (convention_ref);
create index on immersion.aside (renewed_ref);
