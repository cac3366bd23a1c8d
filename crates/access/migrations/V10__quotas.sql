-- How often one may search, take a copy away or try a code: counted here, so that several processes count together.
-- Keys are SHA-256 digests of what is counted and for whom: no address, no account is kept in clear. By the time of
-- the database: that of the demonstration jumps.
create table access.quota (
    key   bytea primary key,
    -- When all that was taken is given back, at one part of the quota after another.
    until timestamptz not null
);

-- Wrong tries: after so many within a time each next one waits, twice as long each time.
create table access.tries (
    key      bytea primary key,
    count    integer not null,
    first_at timestamptz not null,
    last_at  timestamptz not null,
    until    timestamptz
);

-- Takes one of so many within that time, which may all come at once; says how long to wait when there is none left.
create function access.take_quota(p_key bytea, p_most integer, p_within interval) returns interval
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_now constant timestamptz := clock_timestamp();
    v_each constant interval := p_within / greatest(p_most, 1);
    -- Parts of a quota are rounded to the microsecond.
    v_end constant timestamptz := v_now + p_within + interval '1 ms';
    v_until timestamptz;
begin
    -- Lost in a crash, they are given back.
    perform set_config('synchronous_commit', 'off', true);
    insert into access.quota as known values (p_key, v_now + v_each)
        on conflict (key) do update set until = greatest(known.until, v_now) + v_each
        where greatest(known.until, v_now) + v_each <= v_end
        returning until into v_until;
    if found then
        return null;
    end if;
    select until into v_until from access.quota where key = p_key;
    return v_until + v_each - v_now - p_within;
end $$;
revoke all on function access.take_quota from public;

-- How long the next try has to wait; nothing when it need not.
create function access.wait_to_try(p_keys bytea[]) returns interval
language sql security definer set search_path = pg_catalog, pg_temp as $$
    select max(until) - clock_timestamp() from access.tries where key = any (p_keys) and until > clock_timestamp()
$$;
revoke all on function access.wait_to_try from public;

-- One was wrong: so many within that time wait for nothing, then half a minute, a minute, up to a quarter of an hour.
create function access.tried_wrong(p_key bytea, p_free integer, p_within interval) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_now constant timestamptz := clock_timestamp();
    v_known access.tries;
begin
    perform set_config('synchronous_commit', 'off', true);
    insert into access.tries values (p_key, 0, v_now, v_now, null) on conflict do nothing;
    select * into v_known from access.tries where key = p_key for update;
    -- What had to wait is remembered for as long after its wait.
    if v_now >= greatest(v_known.last_at, v_known.until) + p_within
        or (v_now >= v_known.first_at + p_within and v_known.count < p_free) then
        v_known := row(p_key, 0, v_now, v_now, null);
    end if;
    v_known.count := v_known.count + 1;
    if v_known.count >= p_free then
        v_known.until := v_now
            + least(interval '15 minutes', interval '30 seconds' * (2 ^ least(v_known.count - p_free, 10)));
    end if;
    update access.tries
       set count = v_known.count, first_at = v_known.first_at, last_at = v_now, until = v_known.until
     where key = p_key;
end $$;
revoke all on function access.tried_wrong from public;

-- One was right: what was wrong before is forgotten.
create function access.tried_right(p_key bytea) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from access.tries where key = p_key
$$;
revoke all on function access.tried_right from public;

-- Those that count for nothing any more.
create function access.forget_quotas() returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from access.quota where until < clock_timestamp();
    delete from access.tries where greatest(last_at, until) < clock_timestamp() - interval '1 day'
$$;
revoke all on function access.forget_quotas from public;
