-- The second wall: what a reader sees of the rows about people, whatever the program forgets to ask. The policies
-- of the tables (see src/wall.rs) call these functions. Who reads is said, for one transaction, by
--   jalon.reader   'system': what shows nothing to anybody, and writes read models; 'auditor'; 'person': a professional, or the person;
--   jalon.readers  the ids of whoever reads: their post, their organisation, the case of the person themselves;
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

-- What these functions read belongs to the read model `readership`, which may not be there yet.
set check_function_bodies = off;

-- The ids of whoever reads, and the platforms of which one of them is a member.
create function projections.readers() returns uuid[] language plpgsql stable as $$
declare
    own uuid[] := coalesce(nullif(current_setting('jalon.readers', true), ''), '{}')::uuid[];
begin
    if cardinality(own) = 0 then
        return own;
    end if;
    return own || array(select m.platform_id from read.platform_members m where m.organisation_id = any (own));
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
