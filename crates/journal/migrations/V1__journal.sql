-- The one ordered journal of all facts.

create schema if not exists journal;

-- The lock and the counter of the order: whoever holds this row gives out the next positions.
create table journal.head (
    alone    boolean primary key default true check (alone),
    position bigint not null default 0
) with (fillfactor = 10, autovacuum_vacuum_threshold = 1000);
insert into journal.head default values;

-- The authority for versions: one row an aggregate.
create table journal.streams (
    id             uuid primary key,
    version        integer not null,
    first_position bigint not null,
    archived       boolean not null default false
) with (fillfactor = 75);

-- The facts. Partitioned by position, so that the cost of a fact does not grow with the journal.
create table journal.facts (
    position    bigint primary key,
    stream_id   uuid not null,
    version     integer not null,
    kind        smallint not null,
    event_id    uuid not null,
    case_id     uuid,
    occurred_on date not null,
    recorded_at timestamptz not null,
    command_id  uuid not null,
    metadata    bytea not null,
    payload     bytea not null
) partition by range (position);

-- How facts are spread: the size of the partitions to come, and where those that exist end.
create table journal.layout (
    alone       boolean primary key default true check (alone),
    facts       bigint not null default 10000000 check (facts > 0),
    prepared_to bigint not null default 0
);
insert into journal.layout default values;

-- What each command did, so that it is done once.
create table journal.commands (
    id             uuid primary key,
    fingerprint    bytea not null,
    stream_id      uuid not null,
    version        integer not null,
    first_position bigint not null,
    count          integer not null
);

-- Which database role may append facts of which aggregates (by their code, the high byte of a kind).
create table journal.writers (
    role       name primary key,
    aggregates smallint[] not null
);

-- Append-only by trigger, beside the privileges: even the owner is refused.
create function journal.refuse() returns trigger language plpgsql as $$
begin
    raise exception 'le journal ne se modifie pas et ne s''efface pas' using errcode = 'JL005';
end $$;
create trigger kept before update or delete on journal.facts for each row execute function journal.refuse();
create trigger not_truncated before truncate on journal.facts execute function journal.refuse();
create trigger kept before update or delete on journal.commands for each row execute function journal.refuse();
create trigger not_truncated before truncate on journal.commands execute function journal.refuse();
create trigger kept before delete on journal.streams for each row execute function journal.refuse();
create trigger not_truncated before truncate on journal.streams execute function journal.refuse();
create trigger kept before delete on journal.head for each row execute function journal.refuse();
create trigger not_truncated before truncate on journal.head execute function journal.refuse();

-- Makes sure that there is room for that many facts, and a whole partition after them. Returns the
-- position from which to ask again. A new partition is made beside the table and then attached: that
-- waits for no reader and stops no writer.
-- The unique index on (stream, version) is a tripwire: the streams row has decided before.
create function journal.prepare(p_facts bigint default 1) returns bigint
language plpgsql security definer set search_path = journal, pg_temp as $$
declare
    size  bigint;
    lower bigint;
    head  bigint;
    name  text;
begin
    select l.facts, l.prepared_to into size, lower from journal.layout l for update;
    select h.position into head from journal.head h;
    while lower <= head + p_facts + size loop
        name := 'facts_' || lpad(lower::text, 12, '0');
        execute format('create table journal.%I (like journal.facts including all)
                        with (autovacuum_freeze_min_age = 0)', name);
        execute format('create unique index on journal.%I (stream_id, version)', name);
        execute format('create trigger not_truncated before truncate on journal.%I
                        execute function journal.refuse()', name);
        execute format('alter table journal.facts attach partition journal.%I
                        for values from (%s) to (%s)', name, lower, lower + size);
        lower := lower + size;
    end loop;
    update journal.layout l set prepared_to = lower where l.prepared_to <> lower;
    return lower - size;
end $$;

-- Appends one fact. The order is held by the head row: it is locked in a statement of its own, so
-- that every later statement, with a snapshot of its own (READ COMMITTED, hence the check), sees all
-- that was committed before; and it is held until the commit. Whatever is refused raises, and gives
-- the number back with the rollback.
create function journal.append_one(
    p_stream uuid, p_expected integer, p_command uuid, p_fingerprint bytea, p_kind smallint, p_event uuid,
    p_case uuid, p_occurred date, p_recorded timestamptz, p_metadata bytea, p_payload bytea
) returns bigint language plpgsql security definer set search_path = journal, pg_temp as $$
declare
    place bigint;
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'le journal s''écrit en READ COMMITTED' using errcode = 'JL004';
    end if;
    update journal.head set position = position + 1 returning position into place;
    if p_expected > 0 then
        update journal.streams set version = p_expected + 1
            where id = p_stream and version = p_expected and not archived;
        if not found then
            raise exception 'version' using errcode = 'JL001';
        end if;
    else
        insert into journal.streams (id, version, first_position) values (p_stream, 1, place);
    end if;
    insert into journal.commands values (p_command, p_fingerprint, p_stream, p_expected + 1, place, 1);
    insert into journal.facts
        select place, p_stream, p_expected + 1, p_kind, p_event, p_case, p_occurred, p_recorded, p_command,
            p_metadata, p_payload
        from journal.writers w where w.role = session_user and p_kind >> 8 = any (w.aggregates);
    if not found then
        raise exception 'rôle non autorisé pour ce contexte' using errcode = 'JL003';
    end if;
    return place;
end $$;

-- Appends the facts of several commands at once, each command on a stream of its own, as above.
-- Requests come sorted: `p_known` of them first, on streams that exist, then those that begin a stream.
-- Facts come in the order of their requests; `e_request` says which is theirs.
-- The settings keep the look-ups by key what they are, however young the tables and their statistics.
create function journal.append_many(
    p_known integer, p_stream uuid[], p_expected integer[], p_command uuid[], p_fingerprint bytea[],
    p_count integer[], p_first integer[],
    e_request integer[], e_version integer[], e_kind smallint[], e_event uuid[], e_case uuid[],
    e_occurred date[], e_recorded timestamptz[], e_metadata bytea[], e_payload bytea[]
) returns bigint language plpgsql security definer set search_path = journal, pg_temp
    set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off
    set enable_mergejoin = off set jit = off as $$
declare
    base bigint;
    many integer := cardinality(e_request);
    hits integer;
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'le journal s''écrit en READ COMMITTED' using errcode = 'JL004';
    end if;
    update journal.head set position = position + many returning position - many into base;
    if p_known > 0 then
        update journal.streams s set version = p_expected[r] + p_count[r]
            from generate_series(1, p_known) r
            where s.id = p_stream[r] and s.version = p_expected[r] and not s.archived;
        get diagnostics hits = row_count;
        if hits <> p_known then
            raise exception 'version' using errcode = 'JL001';
        end if;
    end if;
    if p_known < cardinality(p_stream) then
        insert into journal.streams (id, version, first_position)
            select p_stream[r], p_count[r], base + p_first[r]
            from generate_series(p_known + 1, cardinality(p_stream)) r;
    end if;
    insert into journal.commands
        select p_command[r], p_fingerprint[r], p_stream[r], p_expected[r] + p_count[r], base + p_first[r], p_count[r]
        from generate_series(1, cardinality(p_stream)) r;
    insert into journal.facts
        select base + e, p_stream[e_request[e]], e_version[e], e_kind[e], e_event[e], e_case[e], e_occurred[e],
            e_recorded[e], p_command[e_request[e]], e_metadata[e], e_payload[e]
        from journal.writers w, generate_series(1, many) e
        where w.role = session_user and e_kind[e] >> 8 = any (w.aggregates);
    get diagnostics hits = row_count;
    if hits <> many then
        raise exception 'rôle non autorisé pour ce contexte' using errcode = 'JL003';
    end if;
    return base;
end $$;

-- What stands against each request, once an append was refused: read after the fact, so that one
-- refusal does not disturb its neighbours.
create function journal.examine(p_stream uuid[], p_command uuid[])
returns table (version integer, archived boolean, fingerprint bytea, done_stream uuid, done_version integer,
               done_first bigint, done_count integer)
language sql stable security definer set search_path = journal, pg_temp
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
    select coalesce(s.version, 0), coalesce(s.archived, false), c.fingerprint, c.stream_id, c.version,
        c.first_position, c.count
    from unnest(p_stream, p_command) with ordinality r(stream, command, i)
    left join journal.streams s on s.id = r.stream
    left join journal.commands c on c.id = r.command
    order by r.i;
$$;

-- Closes a stream for good: nothing can be appended to it any more, everything stays readable.
create function journal.archive(p_stream uuid) returns boolean
language plpgsql security definer set search_path = journal, pg_temp as $$
declare
    code smallint;
begin
    perform from journal.head for update;
    select f.kind >> 8 into code from journal.streams s join journal.facts f on f.position = s.first_position
        where s.id = p_stream;
    if code is null then
        return false;
    end if;
    if not exists (select from journal.writers w where w.role = session_user and code = any (w.aggregates)) then
        raise exception 'rôle non autorisé pour ce contexte' using errcode = 'JL003';
    end if;
    update journal.streams set archived = true where id = p_stream;
    return true;
end $$;

-- Lets a role append facts of these aggregates, and read everything. Everybody else is refused.
create function journal.admit(p_role name, p_aggregates smallint[]) returns void
language plpgsql set search_path = journal, pg_temp as $$
begin
    execute format('grant usage on schema journal to %I', p_role);
    execute format('grant select on all tables in schema journal to %I', p_role);
    execute format('grant execute on function journal.append_one, journal.append_many, journal.examine,
                    journal.prepare, journal.archive to %I', p_role);
    insert into journal.writers values (p_role, p_aggregates)
        on conflict (role) do update set aggregates = excluded.aggregates;
end $$;
revoke execute on all functions in schema journal from public;
