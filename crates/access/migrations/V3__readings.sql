-- Who looked at what: one row for each answer that opened personal data, committed before the answer leaves.
-- Ids, kinds and counts only. Rows are added and never changed; the month they are in goes after a year.
create table access.reading (
    id              bigint generated always as identity,
    at              timestamptz not null,
    -- Whom the volume guard counts for: the professional; for a machine, the post or the organisation of its token.
    reader          uuid,
    professional_id uuid,
    post_id         uuid,
    organisation_id uuid,
    role            text not null,
    -- The query, or the template of the page.
    name            text not null,
    purpose         text not null,
    emergency       boolean not null,
    classes         text[] not null,
    -- Whose data were opened.
    cases           uuid[] not null,
    -- Whose name only was shown, in a list of one's own circle.
    listed          uuid[] not null,
    primary key (id, at)
) partition by range (at);
create index reading_cases on access.reading using gin (cases);
create index reading_reader on access.reading (reader, at);
-- What no month takes: nothing, as long as months are made ahead.
create table access.reading_other partition of access.reading default;

create function access.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'readings are added, never changed' using errcode = 'insufficient_privilege';
end $$;
create trigger only_added before update or delete on access.reading
    for each row execute function access.refuse_change();
create trigger never_emptied before truncate on access.reading
    for each statement execute function access.refuse_change();
create trigger never_emptied before truncate on access.reading_other
    for each statement execute function access.refuse_change();

-- Who reads no more, since when and why.
create table access.suspension (
    id              uuid primary key default gen_random_uuid(),
    reader          uuid not null,
    professional_id uuid,
    post_id         uuid,
    organisation_id uuid,
    role            text not null,
    at              timestamptz not null,
    reason          text not null,
    people          integer not null,
    hours           integer not null,
    -- Whether the journal says so.
    stated          boolean not null default false,
    restored_at     timestamptz
);
create unique index suspension_reader on access.suspension (reader) where restored_at is null;
create index suspension_past on access.suspension (reader, restored_at);

-- Invented people, one asks for whom one has no reason to ask. They are in no fact, so in no count.
create table access.honey (
    case_id      uuid primary key,
    structure_id uuid not null,
    family_name  text not null,
    given_name   text not null,
    birth_date   date not null,
    planted_at   timestamptz not null
);

-- Records a reading, unless whoever reads has read too much: says why when nothing may be shown.
-- One reader at a time: the forty-first of two simultaneous readings is seen as the forty-first.
create function access.record(
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
            select count(distinct one) filter (where at > p_at - interval '1 hour'), count(distinct one)
              into v_hour, v_day
              from (select reading.at, opened.one
                      from access.reading, unnest(reading.cases) as opened (one)
                     where reading.reader = v_reader
                       and reading.at > greatest(p_at - interval '1 day', v_since)
                    union all
                    select p_at, opened.one from unnest(p_cases) as opened (one)) as seen;
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
revoke all on function access.record from public;

-- Makes the months to come, and drops those that ended more than twelve months ago: security and logging
-- recommendation of the CNIL (deliberation 2021-122), six months to one year.
create function access.keep_readings() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_month timestamp;
    v_name text;
begin
    for ahead in 0..2 loop
        v_month := date_trunc('month', now() at time zone 'UTC') + make_interval(months => ahead);
        v_name := 'reading_' || to_char(v_month, 'YYYY_MM');
        continue when to_regclass('access.' || v_name) is not null;
        begin
            execute format(
                'create table access.%I partition of access.reading for values from (%L) to (%L)',
                v_name, v_month at time zone 'UTC', (v_month + interval '1 month') at time zone 'UTC');
            execute format(
                'create trigger never_emptied before truncate on access.%I for each statement execute function access.refuse_change()',
                v_name);
        exception when check_violation then
            raise warning 'readings of % stay where they are', v_name;
        end;
    end loop;
    for v_name in
        select relname from pg_inherits join pg_class on pg_class.oid = inhrelid
        where inhparent = 'access.reading'::regclass and relname ~ '^reading_\d{4}_\d{2}$'
          and to_date(substr(relname, 9), 'YYYY_MM') + interval '13 months' <= now() at time zone 'UTC'
    loop
        execute format('drop table access.%I', v_name);
    end loop;
end $$;
revoke all on function access.keep_readings from public;
