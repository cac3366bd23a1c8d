-- Whoever serves opens keys, makes new ones, and asks for them to be closed or destroyed; it owns none of the tables,
-- and changes no row of them otherwise. The fence stands whatever it says.

-- Closes the keys that live.
CREATE FUNCTION keys.fence(p_subject uuid, p_classes smallint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE keys.subject_key SET state = 'fenced'
    WHERE subject = p_subject AND class = ANY (p_classes) AND state = 'living'
$$;
REVOKE ALL ON FUNCTION keys.fence FROM public;

-- Overwrites the keys of these classes, those that are only fenced or all of them.
CREATE FUNCTION keys.destroy(p_subject uuid, p_classes smallint[], p_fenced_only boolean)
RETURNS TABLE (class smallint, epoch int)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE keys.subject_key one
    SET state = 'destroyed', wrapped = decode(repeat('00', octet_length(one.wrapped)), 'hex')
    WHERE one.subject = p_subject AND one.class = ANY (p_classes) AND one.wrapped <> ''
      AND one.state <> 'destroyed' AND (one.state = 'fenced' OR NOT p_fenced_only)
    RETURNING one.class, one.epoch
$$;
REVOKE ALL ON FUNCTION keys.destroy FROM public;

-- Those whose identity can still be opened, kept so until the end of the transaction.
CREATE FUNCTION keys.living(p_subjects uuid[]) RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT subject FROM keys.subject_key
    WHERE subject = ANY (p_subjects) AND class = 1 AND state = 'living' FOR SHARE
$$;
REVOKE ALL ON FUNCTION keys.living FROM public;

-- What follows from destroying an identity is done by whoever owns the tables, whoever asked for it.
ALTER FUNCTION keys.forget_indexes() SECURITY DEFINER;
ALTER FUNCTION keys.forget_indexes() SET search_path = pg_catalog, pg_temp;
