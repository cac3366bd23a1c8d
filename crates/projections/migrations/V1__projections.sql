-- Where each read model stands, which of its generations readers see, and the facts set aside.

create schema if not exists projections;

-- What readers query: one view a table, always on the active generation.
create schema if not exists read;

-- One row a generation of a read model. Its tables are in the schema <name>_v<version>_g<generation>.
create table projections.checkpoint (
    name       text not null,
    generation integer not null,
    version    integer not null,
    position   bigint not null default 0,
    status     text not null check (status in ('building', 'active', 'retired')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (name, generation)
) with (fillfactor = 20, autovacuum_vacuum_threshold = 1000);
create unique index on projections.checkpoint (name) where status = 'active';

-- The facts a generation could not apply (poison), those of the same key that wait behind, in order,
-- and those that somebody decided to do without (skipped).
create table projections.parked (
    name       text not null,
    generation integer not null,
    position   bigint not null,
    key        uuid not null,
    kind       text not null,
    state      text not null check (state in ('poison', 'behind', 'skipped')),
    reason     text,
    attempts   integer not null default 0,
    parked_at  timestamptz not null default now(),
    primary key (name, generation, position)
);
create index on projections.parked (name, generation, key, position) where state <> 'skipped';

-- Whose each view is, so that no read model takes the table of another.
create table projections.view (
    name       text primary key,
    projection text not null
);
