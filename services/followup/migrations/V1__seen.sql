create schema if not exists followup;

-- When the holder of a post last looked at their follow-ups. Not a fact, and not folded from facts: a bookmark.
create table followup.seen (
    post_id         uuid not null,
    professional_id uuid not null,
    position        bigint not null,
    looked_at       timestamptz not null,
    primary key (post_id, professional_id)
);
