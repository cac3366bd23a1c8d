-- By what the person of a convention kept aside is found again when they are erased: the digest of `person_index`,
-- under the same secret. Nothing for what came before, which goes at the end of its time.
alter table immersion.aside add column digest bytea;
create index on immersion.aside (digest);
create index on immersion.aside (received_at);

-- What went, and whose keys are still to be destroyed.
create table immersion.aside_gone (
    id   uuid primary key,
    gone timestamptz not null default now()
);
create function immersion.aside_goes() returns trigger language plpgsql as $$
begin
    insert into immersion.aside_gone (id) values (old.id) on conflict do nothing;
    return old;
end $$;
create trigger aside_goes after delete on immersion.aside
    for each row execute function immersion.aside_goes();
