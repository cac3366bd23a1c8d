-- Run once by the superuser, before the first `jalon migrate`, with psql 14 or later: the roles and the
-- databases. Passwords come from the environment of psql. The role of a service has none until it is
-- given one (`alter role jalon_case password '…'`), and cannot connect with a password before.
\set ON_ERROR_STOP on
\getenv jalon_password JALON_DB_PASSWORD
\getenv serve_password JALON_SERVE_DB_PASSWORD
\getenv machinery_password JALON_MACHINERY_DB_PASSWORD
\getenv keys_password JALON_KEYS_DB_PASSWORD
\getenv keys_serve_password JALON_KEYS_SERVE_DB_PASSWORD

-- Owns the journal and the read models: migrates and rebuilds. Even to it the rows about people are hidden.
create role jalon login password :'jalon_password';
-- Owns the keys, in a database of their own: migrates, and wraps them again.
create role jalon_keys login password :'keys_password';
-- Opens keys and makes new ones for whoever serves; closes and destroys them by functions of the owner.
create role jalon_keys_serve login password :'keys_serve_password';

-- Those who serve own nothing, and are not above the rules of rows: `jalon serve` refuses a role that is. One for
-- all units in one process, and one per unit for whoever runs them apart. `jalon migrate` gives each its rights.
create role jalon_services nologin;
create role jalon_serve login password :'serve_password' in role jalon_services;
create role jalon_case login in role jalon_services;
create role jalon_diagnostic login in role jalon_services;
create role jalon_prescription login in role jalon_services;
create role jalon_immersion login in role jalon_services;
create role jalon_employment login in role jalon_services;
create role jalon_platform login in role jalon_services;
create role jalon_notice login in role jalon_services;
create role jalon_audit login in role jalon_services;
create role jalon_followup login in role jalon_services;
create role jalon_relay login in role jalon_services;
create role jalon_clock login in role jalon_services;

-- What keeps read models up to date, and reads what is shown to nobody: a login beside each of those, which alone may
-- see all rows. Nothing that answers a request uses it. Whoever migrates and rebuilds is one too.
create role jalon_machinery nologin;
grant jalon_machinery to jalon;
create role jalon_serve_machinery login password :'machinery_password' in role jalon_serve, jalon_machinery;
create role jalon_case_machinery login in role jalon_case, jalon_machinery;
create role jalon_diagnostic_machinery login in role jalon_diagnostic, jalon_machinery;
create role jalon_prescription_machinery login in role jalon_prescription, jalon_machinery;
create role jalon_immersion_machinery login in role jalon_immersion, jalon_machinery;
create role jalon_employment_machinery login in role jalon_employment, jalon_machinery;
create role jalon_platform_machinery login in role jalon_platform, jalon_machinery;
create role jalon_notice_machinery login in role jalon_notice, jalon_machinery;
create role jalon_audit_machinery login in role jalon_audit, jalon_machinery;
create role jalon_followup_machinery login in role jalon_followup, jalon_machinery;
create role jalon_relay_machinery login in role jalon_relay, jalon_machinery;
create role jalon_clock_machinery login in role jalon_clock, jalon_machinery;

create database jalon owner jalon;
create database jalon_keys owner jalon_keys;
revoke all on database jalon, jalon_keys from public;
grant connect on database jalon to jalon_services;
grant connect on database jalon_keys to jalon_keys_serve;
