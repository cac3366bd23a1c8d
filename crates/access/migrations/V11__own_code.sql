-- When the person chose a code of their own: until then, the one of the sheet serves for that, and for nothing else.
alter table access.own_access add column chosen_at timestamptz;
