-- How professionals enter. No name and no e-mail address is kept here: whoever enters is known by what their
-- provider calls them.
create schema if not exists sign_in;

-- Someone went to the provider and has not come back yet. Used once.
create table sign_in.pending (
    digest     bytea primary key,
    nonce      text not null,
    verifier   text,
    there      text not null,
    invitation bytea,
    expires_at timestamptz not null
);

-- Who is who: a professional of Jalon, as a provider calls them.
create table sign_in.account (
    issuer          text not null,
    subject         text not null,
    professional_id uuid not null,
    linked_at       timestamptz not null,
    primary key (issuer, subject)
);
create index on sign_in.account (professional_id);

-- A professional is awaited: whoever holds the invitation, and comes from that organisation, is them.
create table sign_in.invitation (
    digest          bytea primary key,
    professional_id uuid not null,
    siret           text not null,
    expires_at      timestamptz not null
);

-- What the provider wants to hear at the end of a session.
create table sign_in.session (
    digest     bytea primary key,
    id_token   text not null,
    expires_at timestamptz not null
);
