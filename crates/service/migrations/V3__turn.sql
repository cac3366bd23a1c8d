-- Whose turn it is, of the commands about one case that must be judged one after the other.
create unlogged table service.turn (
    case_id uuid primary key,
    holder  uuid not null,
    until   timestamptz not null
);
