-- When they last entered: an account that serves no more goes. Those that were there count from now.
alter table sign_in.account add column last_used_at timestamptz not null default now();
create index on sign_in.account (last_used_at);
