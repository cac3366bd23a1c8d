-- Run by the role `jalon` in the database `jalon`, after each `jalon migrate` and each `jalon rebuild`:
-- what the role of each service may do. Only needed when services run apart, each under its own role.
-- Repeating it changes nothing.
\set ON_ERROR_STOP on
begin;

-- Everyone reads the journal; each appends the facts of its own aggregates only, by their codes
-- (`option (jalon.options.v1.aggregate)` in proto/). The clock applies what falls due in prescriptions
-- and immersions, and raises notices.
select journal.admit('jalon_case', '{1}');
select journal.admit('jalon_diagnostic', '{2}');
select journal.admit('jalon_prescription', '{3}');
select journal.admit('jalon_immersion', '{4}');
select journal.admit('jalon_employment', '{5}');
select journal.admit('jalon_platform', '{6,7,8}');
select journal.admit('jalon_notice', '{50}');
select journal.admit('jalon_followup', '{}');
select journal.admit('jalon_relay', '{}');
select journal.admit('jalon_clock', '{3,4,50}');

-- Tokens, checkpoints, what is due, and the read models.
grant usage on schema access, projections, read, service to jalon_services;
grant select, insert, update, delete on all tables in schema access, projections, service to jalon_services;
grant select on all tables in schema read to jalon_services;

-- What the mailer tried.
grant usage on schema notice to jalon_notice;
grant select, insert, update, delete on all tables in schema notice to jalon_notice;

-- The tables of each generation of a read model.
do $$
declare
    generation text;
begin
    for generation in
        select n.nspname from projections.checkpoint c
        join pg_namespace n on n.nspname = format('%s_v%s_g%s', c.name, c.version, c.generation)
    loop
        execute format('grant usage on schema %I to jalon_services', generation);
        execute format('grant select, insert, update, delete on all tables in schema %I to jalon_services', generation);
    end loop;
end $$;

commit;
