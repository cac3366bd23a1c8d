-- Whether whoever holds the secret showed a second factor when it was given.
alter table access.token add column second_factor boolean not null default false;
