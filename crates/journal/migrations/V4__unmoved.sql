-- What was decided on what several streams of a case say is appended only if nothing about that case was recorded
-- since they were read (JL007): asked under the lock of the order, in the commit of its own facts.

-- `append_many`, for one command judged on the case `p_case` as it was at position `p_since`. The head row is locked
-- first, in a statement of its own, so that the next one sees all that was committed before. What the command itself
-- recorded, sent again, is not another's.
create function journal.append_unmoved(
    p_known integer, p_stream uuid[], p_expected integer[], p_command uuid[], p_fingerprint bytea[],
    p_count integer[], p_first integer[],
    e_request integer[], e_version integer[], e_kind smallint[], e_event uuid[], e_case uuid[],
    e_occurred date[], e_recorded timestamptz[], e_metadata bytea[], e_payload bytea[],
    p_case uuid, p_since bigint
) returns bigint language plpgsql security definer set search_path = journal, pg_temp
    set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
begin
    perform from journal.head for update;
    perform from journal.facts f
        where f.position > p_since and f.case_id = p_case and f.command_id <> all (p_command);
    if found then
        raise exception 'dossier' using errcode = 'JL007';
    end if;
    return journal.append_many(p_known, p_stream, p_expected, p_command, p_fingerprint, p_count, p_first,
        e_request, e_version, e_kind, e_event, e_case, e_occurred, e_recorded, e_metadata, e_payload);
end $$;
revoke execute on function journal.append_unmoved from public;

create or replace function journal.admit(p_role name, p_aggregates smallint[]) returns void
language plpgsql set search_path = journal, pg_temp as $$
begin
    execute format('grant usage on schema journal to %I', p_role);
    execute format('grant select on all tables in schema journal to %I', p_role);
    execute format('grant execute on function journal.append_one, journal.append_many, journal.append_unmoved,
                    journal.examine, journal.prepare, journal.archive to %I', p_role);
    insert into journal.writers values (p_role, p_aggregates)
        on conflict (role) do update set aggregates = excluded.aggregates;
end $$;
