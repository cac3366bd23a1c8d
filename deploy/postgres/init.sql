-- Run once by the superuser, before the first `jalon migrate`, with psql 14 or later: the roles and the
-- databases. Passwords come from the environment of psql. The role of a service has none until it is
-- given one (`alter role jalon_case password '…'`), and cannot connect with a password before.
\set ON_ERROR_STOP on
\getenv jalon_password JALON_DB_PASSWORD
\getenv serve_password JALON_SERVE_DB_PASSWORD
\getenv keys_password JALON_KEYS_DB_PASSWORD

-- Owns the journal and the read models: migrates and rebuilds. Even to it the rows about people are hidden.
create role jalon login password :'jalon_password';
-- Owns the keys, in a database of their own.
create role jalon_keys login password :'keys_password';

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

create database jalon owner jalon;
create database jalon_keys owner jalon_keys;
revoke all on database jalon, jalon_keys from public;
grant connect on database jalon to jalon_services;
