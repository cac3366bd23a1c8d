-- Nobody waits for a turn any more: what was judged on a case that has moved since is not appended (`journal.append_unmoved`).
drop table service.turn;
