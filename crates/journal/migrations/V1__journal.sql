-- The one ordered journal of all facts.

create schema if not exists journal;

-- The lock and the counter of the order: whoever holds this row gives out the next positions.
create table journal.head (
    only     boolean primary key default true check (only),
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

-- What each command did, so that it is done once.
create table journal.commands (
    id             uuid primary key,
    fingerprint    bytea not null,
    stream_id      uuid not null,
    version        integer not null,
    first_position bigint not null,
    count          integer not null
);

-- Which database role may append facts of which aggregates (by their code).
create table journal.writers (
    role       name primary key,
    aggregates smallint[] not null
);

-- Append-only by trigger, beside the privileges.
create function journal.refuse() returns trigger language plpgsql as $$
begin
    raise exception 'le journal ne se modifie pas et ne s''efface pas' using errcode = 'JL005';
end $$;
create trigger facts_are_kept before update or delete on journal.facts
    for each row execute function journal.refuse();
create trigger facts_are_not_truncated before truncate on journal.facts
    for each statement execute function journal.refuse();
create trigger streams_are_kept before delete on journal.streams
    for each row execute function journal.refuse();
create trigger commands_are_kept before update or delete on journal.commands
    for each row execute function journal.refuse();

-- Creates the partition that holds a position and the one after it, when they are missing.
-- A unique index on (stream, version) in each is a tripwire: the streams row has decided before.
create function journal.prepare(p_position bigint, p_size bigint default 10000000) returns void
language plpgsql security definer set search_path = journal, pg_temp as $$
declare
    lower bigint;
    name  text;
begin
    perform pg_advisory_xact_lock(7466001);
    for step in 0..1 loop
        lower := (p_position / p_size + step) * p_size;
        name := format('facts_%s', lpad((lower / p_size)::text, 6, '0'));
        if to_regclass('journal.' || name) is null then
            execute format('create table journal.%I partition of journal.facts for values from (%s) to (%s)
                            with (autovacuum_freeze_min_age = 0)', name, lower, lower + p_size);
            execute format('create unique index on journal.%I (stream_id, version)', name);
            execute format('create trigger facts_are_not_truncated before truncate on journal.%I
                            for each statement execute function journal.refuse()', name);
        end if;
    end loop;
end $$;

-- Appends one fact. The first statement takes the lock and the number; every later statement sees
-- all that was committed before. Any refusal raises, and gives the number back with the rollback.
create function journal.append_one(
    p_stream uuid, p_expected integer, p_command uuid, p_fingerprint bytea, p_kind smallint, p_event uuid,
    p_case uuid, p_occurred date, p_recorded timestamptz, p_metadata bytea, p_payload bytea
) returns bigint language plpgsql security definer set search_path = journal, pg_temp as $$
declare
    place bigint;
    rights smallint[];
begin
    update journal.head set position = position + 1 returning position into place;
    select aggregates into rights from journal.writers where role = session_user;
    if rights is null or not (p_kind >> 8)::smallint = any (rights) then
        raise exception 'rôle non autorisé pour ce contexte' using errcode = 'JL003';
    end if;
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
    insert into journal.facts values (place, p_stream, p_expected + 1, p_kind, p_event, p_case, p_occurred,
        p_recorded, p_command, p_metadata, p_payload);
    return place;
end $$;

-- Appends the facts of several commands at once, each command on a stream of its own. Requests come
-- sorted: `p_known` of them first, on streams that exist, then those that begin a stream.
-- Facts come in the order of their requests; p_last is the index of the last fact of each request.
create function journal.append_many(
    p_known integer, p_stream uuid[], p_expected integer[], p_command uuid[], p_fingerprint bytea[],
    p_count integer[], p_first integer[],
    e_stream uuid[], e_version integer[], e_kind smallint[], e_event uuid[], e_case uuid[],
    e_occurred date[], e_recorded timestamptz[], e_command uuid[], e_metadata bytea[], e_payload bytea[]
) returns bigint language plpgsql security definer set search_path = journal, pg_temp as $$
declare
    base   bigint;
    many   integer := cardinality(e_stream);
    hits   integer;
    rights smallint[];
begin
    update journal.head set position = position + many returning position - many into base;
    select aggregates into rights from journal.writers where role = session_user;
    if rights is null or exists (select from unnest(e_kind) k where not (k >> 8)::smallint = any (rights)) then
        raise exception 'rôle non autorisé pour ce contexte' using errcode = 'JL003';
    end if;
    if p_known > 0 then
        update journal.streams s set version = r.expected + r.count
            from unnest(p_stream[1:p_known], p_expected[1:p_known], p_count[1:p_known]) r(stream, expected, count)
            where s.id = r.stream and s.version = r.expected and not s.archived;
        get diagnostics hits = row_count;
        if hits <> p_known then
            raise exception 'version' using errcode = 'JL001';
        end if;
    end if;
    if p_known < cardinality(p_stream) then
        insert into journal.streams (id, version, first_position)
            select r.stream, r.count, base + r.first
            from unnest(p_stream[p_known + 1:], p_count[p_known + 1:], p_first[p_known + 1:]) r(stream, count, first);
    end if;
    insert into journal.commands
        select r.command, r.fingerprint, r.stream, r.expected + r.count, base + r.first, r.count
        from unnest(p_command, p_fingerprint, p_stream, p_expected, p_count, p_first)
            r(command, fingerprint, stream, expected, count, first);
    insert into journal.facts
        select base + e.place, e.stream, e.version, e.kind, e.event, e.case_id, e.occurred, e.recorded, e.command,
            e.metadata, e.payload
        from unnest(e_stream, e_version, e_kind, e_event, e_case, e_occurred, e_recorded, e_command, e_metadata,
            e_payload) with ordinality
            e(stream, version, kind, event, case_id, occurred, recorded, command, metadata, payload, place);
    return base;
end $$;

-- What stands against each request, once an append was refused: read after the fact, so that one
-- refusal does not disturb its neighbours.
create function journal.examine(p_stream uuid[], p_command uuid[])
returns table (version integer, archived boolean, fingerprint bytea, done_stream uuid, done_version integer,
               done_first bigint, done_count integer)
language sql stable security definer set search_path = journal, pg_temp as $$
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
begin
    perform 1 from journal.head for update;
    update journal.streams set archived = true where id = p_stream;
    return found;
end $$;
