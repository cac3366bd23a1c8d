-- The second wall: what a reader sees of the rows about people, whatever the program forgets to ask. The policies
-- of the tables (see src/wall.rs) call these functions. Who reads is said for one transaction, by `read_as`:
--   jalon.reader   'system': what shows nothing to anybody, and writes read models; 'auditor'; 'person': a professional, or the person;
--   jalon.readers  the ids of whoever reads: their post, their organisation and its platforms, the access of the person themselves;
--   jalon.now      the instant; that of the database when nothing is said.
-- Nothing said, nothing seen.

create function projections.is_machinery() returns boolean language sql stable parallel safe as $$
    select coalesce(current_setting('jalon.reader', true), '') = 'system'
$$;

create function projections.sees_all() returns boolean language sql stable parallel safe as $$
    select coalesce(current_setting('jalon.reader', true), '') in ('system', 'auditor')
$$;

create function projections.instant() returns timestamptz language sql stable parallel safe as $$
    select coalesce(nullif(current_setting('jalon.now', true), '')::timestamptz, now())
$$;

create function projections.readers() returns uuid[] language sql stable parallel safe as $$
    select coalesce(nullif(current_setting('jalon.readers', true), ''), '{}')::uuid[]
$$;

-- What the functions below read belongs to the read model `readership`, which may not be there yet.
set check_function_bodies = off;

-- Says who reads, until the end of the transaction: the ids of whoever does, and with them the platforms of which one
-- of them is a member.
create function projections.read_as(p_reader text, p_ids uuid[], p_now timestamptz) returns void
language plpgsql as $$
declare
    platforms uuid[] := array(select m.platform_id from read.platform_members m where m.organisation_id = any (p_ids));
begin
    perform set_config('jalon.reader', p_reader, true), set_config('jalon.readers', (p_ids || platforms)::text, true),
        set_config('jalon.now', p_now::text, true);
end $$;

-- The cases around which whoever reads is, now.
create function projections.around() returns table (case_id uuid) language sql stable as $$
    select m.case_id from read.readership m
    where m.reader_id = any ((select projections.readers())::uuid[])
      and (m.since is null or m.since <= (select projections.instant()))
      and (m.until is null or m.until > (select projections.instant()))
$$;

reset check_function_bodies;

-- The roles that services run under: each generation of a read model, once made, is opened to them.
create table projections.role (
    name   name primary key,
    writes text[] not null
);
