-- The same change as before, for less.
--
-- unnest stands in the list of a SELECT, where it hands out row by row. In FROM
-- each array is first copied into a store of its own, 16 kB at least, and the
-- eleven of them made the server take memory and give it back at every commit.
--
-- It is volatile, so under READ COMMITTED each statement in it sees what was
-- committed before that statement began: what is read after a lock was waited
-- for is the present.
--
-- Nobody waits in a circle. Locks on rows that are there are taken in key
-- order and before anything is inserted. Inserts are made in key order, too,
-- and wait for other inserts and for writers that have all their locks, never
-- for a lock (DO NOTHING does not, DO UPDATE would).
CREATE OR REPLACE FUNCTION sallyport_commit(
	change bigint,    -- the version of all that is written
	keys   bytea[],   -- each once, in byte order
	wanted bigint[],  -- the version that each must have, 0 for absent
	keeps  boolean[], -- only hold it
	vals   bytea[],   -- NULL deletes
	hints  bigint[]   -- expires
) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	moment bigint := extract(epoch FROM statement_timestamp());
	met    bigint; -- rows that are there
	bare   bigint; -- of them, those that should be absent
	stale  bigint; -- of them, those of another version
	added  bigint;
BEGIN
	SELECT count(*), count(*) FILTER (WHERE l.want = 0), count(*) FILTER (WHERE l.want <> l.version)
	INTO met, bare, stale
	FROM (
		SELECT r.version, c.want
		FROM (SELECT unnest(keys) AS key, unnest(wanted) AS want) AS c
		JOIN sallyport_records AS r ON r.key = c.key
		ORDER BY r.key
		FOR UPDATE OF r
	) AS l;
	IF stale > 0 OR met - bare < cardinality(keys) - cardinality(array_positions(wanted, 0::bigint)) THEN
		RETURN false;
	END IF;

	-- What has no row gets one: a record, or a tombstone to hold its absence.
	IF met < cardinality(keys) THEN
		INSERT INTO sallyport_records (key, version, expires, value, gone)
		SELECT c.key, CASE WHEN c.val IS NULL THEN 0 ELSE change END, c.hint, c.val, CASE WHEN c.val IS NULL THEN moment END
		FROM (SELECT unnest(keys) AS key, unnest(wanted) AS want, unnest(vals) AS val, unnest(hints) AS hint) AS c
		WHERE c.want = 0
		ORDER BY c.key
		ON CONFLICT (key) DO NOTHING;
		GET DIAGNOSTICS added = ROW_COUNT;
		IF met + added < cardinality(keys) THEN
			-- Somebody made one of the rows since the locks were taken. It may be
			-- a mere tombstone, so this is no conflict yet: undo, and begin anew.
			RAISE EXCEPTION 'a row appeared meanwhile' USING ERRCODE = 'serialization_failure';
		END IF;
	END IF;

	IF met > 0 THEN
		UPDATE sallyport_records AS r
		SET version = CASE WHEN c.val IS NULL THEN 0 ELSE change END, expires = c.hint, value = c.val,
			gone = CASE WHEN c.val IS NULL THEN moment END
		FROM (
			SELECT unnest(keys) AS key, unnest(wanted) AS want, unnest(keeps) AS keep, unnest(vals) AS val, unnest(hints) AS hint
		) AS c
		WHERE NOT c.keep AND r.key = c.key AND (c.want <> 0 OR r.version = 0); -- not what was just inserted
	END IF;
	RETURN true;
END
$$;

-- A check is parsed anew by every statement that writes a row, a sixteenth of
-- the cost of a commit. Nothing but the function above writes rows, and what
-- it could not have written is told when it is read.
ALTER TABLE sallyport_records
	DROP CONSTRAINT IF EXISTS sallyport_records_key_check,
	DROP CONSTRAINT IF EXISTS sallyport_records_check,
	DROP CONSTRAINT IF EXISTS sallyport_records_check1;
