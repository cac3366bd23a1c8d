-- A stream holds the facts of one aggregate: that of its first fact, kept beside its version, and compared where the
-- version is. What would put a fact in the stream of another is refused (JL006), whoever may append both.

alter table journal.streams add column aggregate smallint;
update journal.streams s set aggregate = f.kind >> 8 from journal.facts f where f.position = s.first_position;
alter table journal.streams alter column aggregate set not null;

create or replace function journal.append_one(
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
            where id = p_stream and version = p_expected and not archived and aggregate = p_kind >> 8;
        if not found then
            perform from journal.streams where id = p_stream and version = p_expected and not archived;
            if not found then
                raise exception 'version' using errcode = 'JL001';
            end if;
            perform from journal.writers w where w.role = session_user and p_kind >> 8 = any (w.aggregates);
            if not found then
                raise exception 'rôle non autorisé pour ce contexte' using errcode = 'JL003';
            end if;
            raise exception 'demande mal formée' using errcode = 'JL006';
        end if;
    elsif p_expected = 0 then
        insert into journal.streams (id, version, first_position, aggregate)
            values (p_stream, 1, place, p_kind >> 8);
    else
        raise exception 'demande mal formée' using errcode = 'JL006';
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

create or replace function journal.append_many(
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
    asked integer := cardinality(p_stream);
    hits integer;
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'le journal s''écrit en READ COMMITTED' using errcode = 'JL004';
    end if;
    -- The first begins at 1 and the last ends with the facts; that each begins where the one before ends is asked
    -- below, where it is written.
    if p_first[1] is distinct from 1 or p_first[asked] + p_count[asked] - 1 is distinct from many then
        raise exception 'demande mal formée' using errcode = 'JL006';
    end if;
    update journal.head set position = position + many returning position - many into base;
    if p_known > 0 then
        update journal.streams s set version = p_expected[r] + p_count[r]
            from generate_series(1, p_known) r
            where s.id = p_stream[r] and s.version = p_expected[r] and not s.archived
              and s.aggregate = e_kind[p_first[r]] >> 8;
        get diagnostics hits = row_count;
        if hits <> p_known then
            perform from journal.streams s, generate_series(1, p_known) r
                where s.id = p_stream[r] and s.version = p_expected[r] and not s.archived
                  and s.aggregate <> e_kind[p_first[r]] >> 8;
            if not found then
                raise exception 'version' using errcode = 'JL001';
            end if;
            perform from journal.writers w where w.role = session_user
                and (select bool_and(kind >> 8 = any (w.aggregates)) from unnest(e_kind) kind);
            if not found then
                raise exception 'rôle non autorisé pour ce contexte' using errcode = 'JL003';
            end if;
            raise exception 'demande mal formée' using errcode = 'JL006';
        end if;
    end if;
    if p_known < asked then
        insert into journal.streams (id, version, first_position, aggregate)
            select p_stream[r], p_count[r], base + p_first[r], e_kind[p_first[r]] >> 8
            from generate_series(p_known + 1, asked) r;
    end if;
    insert into journal.commands
        select p_command[r], p_fingerprint[r], p_stream[r], p_expected[r] + p_count[r], base + p_first[r], p_count[r]
        from generate_series(1, asked) r
        where p_count[r] > 0 and (r = 1 or p_first[r] = p_first[r - 1] + p_count[r - 1])
          and case when r <= p_known then p_expected[r] > 0 else p_expected[r] = 0 end;
    get diagnostics hits = row_count;
    if hits <> asked then
        raise exception 'demande mal formée' using errcode = 'JL006';
    end if;
    insert into journal.facts
        select base + e, p_stream[e_request[e]], e_version[e], e_kind[e], e_event[e], e_case[e], e_occurred[e],
            e_recorded[e], p_command[e_request[e]], e_metadata[e], e_payload[e]
        from journal.writers w, generate_series(1, many) e
        where w.role = session_user and e_kind[e] >> 8 = any (w.aggregates)
          and e between p_first[e_request[e]] and p_first[e_request[e]] + p_count[e_request[e]] - 1
          and e_kind[e] >> 8 = e_kind[p_first[e_request[e]]] >> 8
          and e_version[e] = p_expected[e_request[e]] + e - p_first[e_request[e]] + 1;
    get diagnostics hits = row_count;
    if hits <> many then
        if exists (select from journal.writers w where w.role = session_user
                   and (select bool_and(kind >> 8 = any (w.aggregates)) from unnest(e_kind) kind)) then
            raise exception 'demande mal formée' using errcode = 'JL006';
        end if;
        raise exception 'rôle non autorisé pour ce contexte' using errcode = 'JL003';
    end if;
    return base;
end $$;
