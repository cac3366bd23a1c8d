create schema if not exists service;

-- Dues that were refused: not tried again, unless the fact that calls for them changes.
create table service.due_refused (
    command_id uuid primary key,
    agenda     text not null,
    command    text not null,
    target     uuid not null,
    rule       text not null,
    refused_at timestamptz not null
);

-- The demonstration's own time, while its script is played. No row: real time.
create table service.demonstration (
    one boolean primary key default true check (one),
    now  timestamptz not null
);
