-- One row a key. Keys are bytea, so that their order is that of their bytes
-- whatever the collation. A version is the change's 64 random bits; 0 marks a
-- tombstone, which is an absent record that can be locked. gone is when it
-- became one, in seconds since 1970.
CREATE TABLE sallyport_records (
	key     bytea  PRIMARY KEY CHECK (octet_length(key) BETWEEN 1 AND 256),
	version bigint NOT NULL,
	expires bigint NOT NULL, -- seconds since 1970, 0 for never
	value   bytea,
	gone    bigint,
	CHECK ((version = 0) = (value IS NULL)),
	CHECK ((version = 0) = (gone IS NOT NULL))
);

-- A sweep reads these and nothing else. Each row stands in one of them at most.
CREATE INDEX sallyport_records_expires ON sallyport_records (expires) WHERE expires > 0;
CREATE INDEX sallyport_records_gone ON sallyport_records (gone) WHERE gone IS NOT NULL;
