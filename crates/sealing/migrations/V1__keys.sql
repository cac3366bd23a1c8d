-- The keys of persons, one per subject, class of data and epoch, wrapped under a key from outside.
-- This database is alone on purpose: its role, its backups and their age are not those of the journal.

CREATE SCHEMA keys;

CREATE TABLE keys.subject_key (
    key_id     uuid PRIMARY KEY,
    subject    uuid NOT NULL,
    class      smallint NOT NULL CHECK (class BETWEEN 1 AND 255),
    epoch      int NOT NULL CHECK (epoch >= 0),       -- 0 is the first key, higher ones replace it for new facts
    wrapped    bytea NOT NULL,                        -- nonce[12], key[32] encrypted, tag[16]
    kek_id     text NOT NULL,                         -- which outside key wraps it
    state      text NOT NULL CHECK (state IN ('living', 'fenced', 'destroyed')),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (subject, class, epoch),
    -- a fence may stand where no key ever was, and then wraps nothing
    CHECK (octet_length(wrapped) = 60 OR (state <> 'living' AND octet_length(wrapped) = 0))
);

COMMENT ON COLUMN keys.subject_key.state IS
    'living: seals and opens; fenced: does neither; destroyed: does neither and the key is overwritten';

-- A fence never falls: a forgotten person is not written to again, whatever the code above does.
CREATE FUNCTION keys.keep_fence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'the row of a key is never removed: destroyed, it stays as a fence';
    END IF;
    IF (NEW.key_id, NEW.subject, NEW.class, NEW.epoch) IS DISTINCT FROM (OLD.key_id, OLD.subject, OLD.class, OLD.epoch) THEN
        RAISE EXCEPTION 'a key belongs to one subject, class and epoch for ever';
    END IF;
    IF OLD.state = 'destroyed' OR (OLD.state = 'fenced' AND NEW.state = 'living') THEN
        RAISE EXCEPTION 'a fenced or destroyed key does not live again';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keep_fence BEFORE UPDATE OR DELETE ON keys.subject_key
    FOR EACH ROW EXECUTE FUNCTION keys.keep_fence();
CREATE TRIGGER keep_fences BEFORE TRUNCATE ON keys.subject_key
    FOR EACH STATEMENT EXECUTE FUNCTION keys.keep_fence();
