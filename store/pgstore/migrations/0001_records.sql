-- One row a key. Keys are bytea, so that their order is that of their bytes
-- whatever the collation. A version is the change's 64 random bits; 0 marks a
-- tombstone, which is an absent record that can be locked: it has no value, and
-- expires when it is made. There are no checks, since each is parsed anew by
-- every statement that writes a row. Nothing but the function below writes rows,
-- and what it could not have written is told when it is read.
CREATE TABLE sallyport_records (
	key     bytea  PRIMARY KEY,
	version bigint NOT NULL,
	expires bigint NOT NULL, -- seconds since 1970, 0 for never
	value   bytea
);

-- Values of up to a page lie in their row, and as they are: to read one that is
-- compressed and kept elsewhere costs as much as ten that are not, and sealed
-- ones cannot be compressed.
ALTER TABLE sallyport_records ALTER COLUMN value SET STORAGE EXTERNAL;
ALTER TABLE sallyport_records SET (toast_tuple_target = 8160);

-- A sweep reads this and nothing else, and what it has deleted until that is
-- vacuumed: that may be a fiftieth of the table and not a fifth.
CREATE INDEX sallyport_records_expires ON sallyport_records (expires) WHERE expires > 0;
ALTER TABLE sallyport_records SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- Applies one change, or answers false and writes nothing. It is volatile, so
-- under READ COMMITTED each statement in it sees what was committed before that
-- statement began: what is read after a lock was waited for is the present.
--
-- Nobody waits in a circle. Locks on rows that are there are taken in key
-- order and before anything is inserted. Inserts are made in key order, too,
-- which is that of the arrays, and wait for other inserts and for writers that
-- have all their locks, never for a lock (DO NOTHING does not, DO UPDATE would).
--
-- unnest stands in the list of a SELECT, where it hands out row by row. In FROM
-- each array is first copied into a store of its own, 16 kB at least, and the
-- server took memory and gave it back at every commit.
CREATE FUNCTION sallyport_commit(
	change bigint,     -- the version of all that is written
	keys   bytea[],    -- each once, in byte order
	held   bytea[],    -- of those that must be there, in the same order: eight bytes of version, and the key
	acts   smallint[], -- 0 is there and stays, 1 is there and gets vals, 2 is absent and gets vals
	vals   bytea[],    -- NULL for no record
	hints  bigint[]    -- expires
) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	moment bigint := extract(epoch FROM statement_timestamp());
	met    bytea[]; -- as held, of all rows that are there, with NULL for a tombstone
	bare   bigint;  -- tombstones among them
	added  bigint;
BEGIN
	met := ARRAY(
		SELECT CASE WHEN version <> 0 THEN int8send(version) || key END
		FROM sallyport_records WHERE key = ANY(keys) ORDER BY key FOR UPDATE
	);
	IF array_remove(met, NULL) <> held THEN
		RETURN false;
	END IF;
	bare := cardinality(met) - cardinality(held);

	-- What has no row gets one: a record, or a tombstone to hold its absence.
	IF cardinality(met) < cardinality(keys) THEN
		INSERT INTO sallyport_records (key, version, expires, value)
		SELECT c.key, CASE WHEN c.val IS NULL THEN 0 ELSE change END, CASE WHEN c.val IS NULL THEN moment ELSE c.hint END, c.val
		FROM (SELECT unnest(keys) AS key, unnest(acts) AS act, unnest(vals) AS val, unnest(hints) AS hint) AS c
		WHERE c.act = 2
		ON CONFLICT (key) DO NOTHING;
		GET DIAGNOSTICS added = ROW_COUNT;
		IF cardinality(met) + added < cardinality(keys) THEN
			-- Somebody made one of the rows since the locks were taken. It may be
			-- a mere tombstone, so this is no conflict yet: undo, and begin anew.
			RAISE EXCEPTION 'a row appeared meanwhile' USING ERRCODE = 'serialization_failure';
		END IF;
	END IF;

	IF cardinality(met) > 0 THEN
		UPDATE sallyport_records AS r
		SET version = CASE WHEN c.val IS NULL THEN 0 ELSE change END, expires = CASE WHEN c.val IS NULL THEN moment ELSE c.hint END, value = c.val
		FROM (SELECT unnest(keys) AS key, unnest(acts) AS act, unnest(vals) AS val, unnest(hints) AS hint) AS c
		WHERE (c.act = 1 OR c.act = 2 AND c.val IS NOT NULL AND bare > 0)
			AND r.key = c.key AND (c.act = 1 OR r.version = 0); -- not what was just inserted
	END IF;
	RETURN true;
END
$$;
