-- By what people are found again without anything of them being written: keyed digests, truncated, of their name
-- and birth date, of how their name sounds and their year of birth, of their e-mail address and telephone.
-- Beside the keys on purpose: what is destroyed with them goes in the same commit.

CREATE TABLE keys.blind_index (
    subject uuid NOT NULL,
    field   smallint NOT NULL CHECK (field BETWEEN 1 AND 255),
    index   bytea NOT NULL CHECK (octet_length(index) = 16),
    key_id  text NOT NULL,                        -- which secret made it: another one makes all of them again
    PRIMARY KEY (index, field, key_id, subject)
);
CREATE INDEX ON keys.blind_index (subject);

-- Up to which position of the journal the identities were read, for each secret.
CREATE TABLE keys.blind_index_reader (
    key_id   text PRIMARY KEY,
    position bigint NOT NULL CHECK (position >= 0)
);

-- Whoever is forgotten is found no more, from the same commit, whatever the code above does. Class 1 is identity.
CREATE FUNCTION keys.forget_indexes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM keys.blind_index WHERE subject = NEW.subject;
    RETURN NULL;
END $$;

CREATE TRIGGER forget_indexes AFTER UPDATE OF state ON keys.subject_key
    FOR EACH ROW WHEN (NEW.class = 1 AND NEW.state = 'destroyed') EXECUTE FUNCTION keys.forget_indexes();
