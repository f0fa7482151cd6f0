package pgstore

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

// defaultPrefix begins the names of what this package makes in a database.
const defaultPrefix = "sallyport"

// identifier is what a schema or a prefix may be: nothing that a database folds,
// cuts off or has to have quoted, though it is quoted all the same.
var identifier = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,39}$`)

// statements are the texts that name something in the database.
type statements struct {
	prefix  string
	replace func(string) string // has a text name what is this store's
	load    string
	scan    string
	commit  string
	sweep   string
	version string
	where   string
	try     string
}

// newStatements writes the statements for a schema, "" for that of the search path,
// and a prefix, "" for the default. The error is [ErrName].
func newStatements(schema, prefix string) (*statements, error) {
	if prefix == "" {
		prefix = defaultPrefix
	}
	if !identifier.MatchString(prefix) || schema != "" && !identifier.MatchString(schema) {
		return nil, ErrName
	}
	return inSchema(schema, prefix), nil
}

// inSchema writes the statements for a schema of any name, "" for that of the search
// path, and a prefix.
func inSchema(schema, prefix string) *statements {
	name := func(suffix string) string {
		if schema == "" {
			return pgx.Identifier{prefix + suffix}.Sanitize()
		}
		return pgx.Identifier{schema, prefix + suffix}.Sanitize()
	}
	replace := strings.NewReplacer( // the first that fits is taken
		"sallyport_records_expires", pgx.Identifier{prefix + "_records_expires"}.Sanitize(), // lies with its table
		"sallyport_records", name("_records"),
		"sallyport_commit", name("_commit"),
		"sallyport_schema", name("_schema"),
	).Replace
	return &statements{
		prefix: prefix, replace: replace,
		load: replace(loadRecords), scan: replace(scanPage), commit: replace(commitChange), sweep: replace(deleteDue),
		version: replace(readVersion), where: replace(readSchema), try: replace(tryCommit),
	}
}

// ErrName means that a schema or a prefix is none.
var ErrName = fmt.Errorf("pgstore: a schema or prefix wants 1 to 40 of a-z, 0-9 and _, and no digit first")
