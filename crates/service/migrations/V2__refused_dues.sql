-- What was refused is passed over when dues are read, so that refusals never fill the places of others.
-- Those of before are tried once more.
delete from service.due_refused;
alter table service.due_refused add column cause bigint not null;
create unique index on service.due_refused (agenda, target, command, cause);
