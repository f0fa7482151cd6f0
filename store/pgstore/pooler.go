package pgstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A pooler hands one connection to the server to many callers, in turns that may
// be as short as a transaction. It does not take the parameters at the start of a
// connection that it cannot hand on, and what was prepared under a name may be
// gone at the next turn.

// ErrPooler means that a connection pooler stands before the database and the URL
// asks for what such a one does not hand on. The error says what.
var ErrPooler = errors.New("pgstore: a connection pooler stands before the database")

// protocolViolation is how poolers refuse a parameter at the start.
const protocolViolation = "08P01"

// refusesParameters reports whether err is a pooler's refusal of the parameters at
// the start of a connection.
func refusesParameters(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == protocolViolation && strings.Contains(e.Message, "startup parameter")
}

// isPooled reports whether a pooler answers in the place of the server: it gives
// its callers a number of its own in the place of that of the server's process.
func isPooled(ctx context.Context, pool *pgxpool.Pool) (pooled bool, err error) {
	err = pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
		var pid uint32
		err := c.QueryRow(ctx, "SELECT pg_backend_pid()", pgx.QueryExecModeExec).Scan(&pid)
		pooled = pid != c.Conn().PgConn().PID()
		return err
	})
	return pooled, err
}

// forPooler changes a configuration that was read from a URL, and of which given
// are the parameters that the URL itself named, so that it needs nothing of a
// pooler. It returns the schema that the search path named, since that is a
// parameter, too. Where a schema was asked for, nothing hangs on the path.
func forPooler(cfg *pgxpool.Config, given map[string]string, asked string) (schema string, err error) {
	schema = asked
	for name, value := range given {
		switch name {
		case "search_path":
			if asked != "" {
				continue
			}
			schema = strings.Trim(strings.TrimSpace(value), `"`)
			if !identifier.MatchString(schema) {
				return "", fmt.Errorf("%w, which has no search path: name one schema in search_path", ErrPooler)
			}
		case "application_name":
		case "options":
			return "", fmt.Errorf("%w, which does not hand options on: take them out of the URL and of PGOPTIONS, and set what they set for the role: ALTER ROLE … SET …", ErrPooler)
		default:
			return "", fmt.Errorf("%w, which does not hand %s on: take it out of the URL, and set it for the role: ALTER ROLE … SET %s = …", ErrPooler, name, name)
		}
	}
	params := map[string]string{}
	if name, ok := given["application_name"]; ok {
		params["application_name"] = name
	}
	cfg.ConnConfig.RuntimeParams = params
	return schema, nil
}

// pooledMode is how statements are sent through a pooler: none has a name, and
// what is known of their parameters is remembered here. Each is one round trip.
const pooledMode = pgx.QueryExecModeCacheDescribe

// with returns the arguments of a statement, with the way to send it.
func (s *Store) with(args ...any) []any {
	if !s.pooled {
		return args
	}
	return append([]any{pooledMode}, args...)
}
