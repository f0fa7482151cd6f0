package pgstore

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// migrations are applied in the order of their names; the n-th leads to
// version n. One that was published is never changed.
//
//go:embed migrations/*.sql
var migrations embed.FS

// maxMigrate bounds the attempts of one node, of which each but the last met
// another node that had moved the schema on.
const maxMigrate = 50

// migrate brings the schema to the newest version. Any number of nodes may do
// so at once: each step is one transaction, whose loser starts over and finds
// it done. A node that finds nothing to do needs no right to change the schema.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	slices.Sort(files)
	for range maxMigrate {
		var version int
		version, err = s.schemaVersion(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("reading the version of the schema: %w", err)
		case version == len(files):
			return nil
		case version > len(files):
			return ErrForeign
		}
		err = s.step(ctx, files[version], version+1)
		if err != nil && !isOvertaken(err) {
			return fmt.Errorf("changing the schema: %w", err)
		}
	}
	return fmt.Errorf("changing the schema, %d times: %w", maxMigrate, err)
}

const readVersion = "SELECT coalesce(max(version), 0) FROM sallyport_schema"

// schemaVersion is 0 where there is no schema yet.
func (s *Store) schemaVersion(ctx context.Context) (version int, err error) {
	err = s.pool.QueryRow(ctx, s.sql.version, pgx.QueryExecModeExec).Scan(&version)
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Code == undefinedTable {
		return 0, nil
	}
	return version, err
}

// readSchema names the schema that the tables lie in.
const readSchema = "SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = 'sallyport_schema'::regclass"

// step applies one migration. The row that it adds first is what only one
// node can add. Its names are made with their schema, also where that is the search
// path's: the body of a function keeps them as they are written, and the search path
// of a later caller may be another, or none where a pooler stands before the
// database.
func (s *Store) step(ctx context.Context, file string, version int) error {
	sql, err := migrations.ReadFile(file)
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		for _, one := range []string{
			"CREATE TABLE IF NOT EXISTS sallyport_schema (version integer PRIMARY KEY)",
			fmt.Sprintf("INSERT INTO sallyport_schema (version) VALUES (%d)", version),
		} {
			if _, err := tx.Exec(ctx, s.sql.replace(one)); err != nil {
				return err
			}
		}
		var schema string
		if err := tx.QueryRow(ctx, s.sql.where, pgx.QueryExecModeExec).Scan(&schema); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, inSchema(schema, s.sql.prefix).replace(string(sql)))
		return err
	})
}

const undefinedTable = "42P01"

// overtaken are the SQLSTATE codes with which the loser of a race to change the
// schema may end.
var overtaken = []string{
	"23505", // unique_violation, of the version or inside the catalogue
	"42P07", // duplicate_table
	"42710", // duplicate_object
	"42723", // duplicate_function
	serializationFailure,
	deadlockDetected,
}

func isOvertaken(err error) bool {
	e, definite := reported(err)
	return definite && slices.Contains(overtaken, e.Code)
}
