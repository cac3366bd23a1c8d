-- When each reader last opened something of each person, for as long as it counts: a day. What is counted at each reading
-- is a row a person, however often they were read.
create table access.seen (
    reader  uuid not null,
    case_id uuid not null,
    at      timestamptz not null,
    primary key (reader, case_id)
) with (fillfactor = 70);

insert into access.seen
select reader, one, max(at) from access.reading, unnest(cases) as opened (one)
 where reader is not null and at > (select max(at) from access.reading) - interval '1 day' group by reader, one;

-- Records a reading, unless whoever reads has read too much: says why when nothing may be shown.
-- One reader at a time: the forty-first of two simultaneous readings is seen as the forty-first.
create or replace function access.record(
    p_at timestamptz, p_professional uuid, p_post uuid, p_organisation uuid, p_role text,
    p_name text, p_purpose text, p_emergency boolean,
    p_classes text[], p_cases uuid[], p_listed uuid[], p_asked uuid[],
    p_an_hour integer, p_a_day integer
) returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_reader constant uuid := coalesce(p_professional, p_post, p_organisation);
    v_since timestamptz;
    v_hour integer;
    v_day integer;
    v_people integer := 0;
    v_hours integer := 0;
    v_reason text;
begin
    perform set_config('synchronous_commit', 'on', true);
    if v_reader is not null then
        perform pg_advisory_xact_lock(hashtextextended(v_reader::text, 7304));
        if exists (select from access.suspension where reader = v_reader and restored_at is null) then
            return 'SUSPENDED';
        end if;
        if exists (select from access.honey where case_id = any (p_asked || p_cases || p_listed)) then
            v_reason := 'HONEY';
            v_people := 1;
        elsif cardinality(p_cases) > 0 then
            select max(restored_at) into v_since from access.suspension where reader = v_reader;
            v_since := greatest(p_at - interval '1 day', v_since);
            select count(*) filter (where at > p_at - interval '1 hour'), count(*) into v_hour, v_day
              from (select at from access.seen
                     where reader = v_reader and at > v_since and case_id <> all (p_cases)
                    union all
                    select p_at from (select distinct unnest(p_cases)) as opened) as counted;
            if v_hour > p_an_hour then
                v_reason := 'VOLUME';
                v_people := v_hour;
                v_hours := 1;
            elsif v_day > p_a_day then
                v_reason := 'VOLUME';
                v_people := v_day;
                v_hours := 24;
            end if;
        end if;
        if v_reason is not null then
            insert into access.suspension
                (reader, professional_id, post_id, organisation_id, role, at, reason, people, hours)
            values (v_reader, p_professional, p_post, p_organisation, p_role, p_at, v_reason, v_people, v_hours);
            return v_reason;
        end if;
        insert into access.seen as known select v_reader, one, p_at from (select distinct unnest(p_cases)) as opened (one)
            on conflict (reader, case_id) do update set at = excluded.at where known.at < excluded.at;
    end if;
    if cardinality(p_cases) + cardinality(p_listed) > 0 then
        -- Whoever closes a batch waits for those who hold a number that it cannot see yet.
        perform pg_advisory_xact_lock_shared(7304, 1);
        insert into access.reading
            (at, reader, professional_id, post_id, organisation_id, role, name, purpose, emergency, classes, cases, listed)
        values (p_at, v_reader, p_professional, p_post, p_organisation, p_role, p_name, p_purpose, p_emergency,
                p_classes, p_cases, p_listed);
    end if;
    return null;
end $$;
