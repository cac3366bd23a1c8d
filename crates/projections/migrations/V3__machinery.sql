-- What sees every row, and keeps read models up to date, is a login of its own: a member of `jalon_machinery`, or
-- whoever is above all rules. Whoever serves is not, whatever it says of itself: the session is asked, which no
-- setting and no function changes.
-- No query inside: these are asked for every row, and a function without one costs nothing to call.
create function projections.is_employed() returns boolean language sql stable parallel safe as $$
    select pg_catalog.current_setting('is_superuser') = 'on'
        or coalesce(pg_catalog.pg_has_role(session_user, pg_catalog.to_regrole('jalon_machinery')::oid, 'member'), false)
$$;

create or replace function projections.is_machinery() returns boolean language sql stable parallel safe as $$
    select coalesce(current_setting('jalon.reader', true), '') = 'system' and projections.is_employed()
$$;

-- Auditors see the traces of all: read for them by such a login too.
create or replace function projections.sees_all() returns boolean language sql stable parallel safe as $$
    select coalesce(current_setting('jalon.reader', true), '') in ('system', 'auditor') and projections.is_employed()
$$;

-- How far a read model is, and what it set aside, is said by who keeps it: to say that `readership` is ahead would
-- freeze who is around whom.
alter table projections.checkpoint enable row level security;
create policy seen on projections.checkpoint for select using (true);
create policy kept on projections.checkpoint for update
    using (exists (select from projections.role r where r.name = session_user and checkpoint.name = any (r.writes)));
alter table projections.parked enable row level security;
create policy seen on projections.parked for select using (true);
create policy added on projections.parked for insert
    with check (exists (select from projections.role r where r.name = session_user and parked.name = any (r.writes)));
create policy changed on projections.parked for update
    using (exists (select from projections.role r where r.name = session_user and parked.name = any (r.writes)));
create policy removed on projections.parked for delete
    using (exists (select from projections.role r where r.name = session_user and parked.name = any (r.writes)));
