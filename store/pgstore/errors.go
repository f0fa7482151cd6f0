package pgstore

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sallyport-auth/sallyport/store"
)

// usable reports whether a call may go on.
func (s *Store) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.closed.Load() {
		return store.ErrClosed
	}
	return nil
}

// because names the end of the store or of the context where that is why the
// pool returned err.
func (s *Store) because(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return errors.Join(ctx.Err(), err)
	case s.closed.Load():
		return errors.Join(store.ErrClosed, err)
	}
	return err
}

// SQLSTATE codes that decide something here.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	completionUnknown    = "40003" // of CockroachDB
)

// reported returns what the server said, if err is its definite word that a
// statement has failed and written nothing. FATAL and PANIC are not: the server
// may end a connection after it has committed and before it has said so.
func reported(err error) (*pgconn.PgError, bool) {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return nil, false
	}
	severity := e.SeverityUnlocalized
	if severity == "" {
		severity = e.Severity // servers that do not send the other
	}
	return e, severity == "ERROR" && e.Code != completionUnknown
}

// isRetryable is true when the server undid everything and asks to begin anew.
func isRetryable(err error) bool {
	e, definite := reported(err)
	return definite && (e.Code == serializationFailure || e.Code == deadlockDetected)
}

// isUnsent is true when the statement never left this process.
func isUnsent(err error) bool { return pgconn.SafeToRetry(err) }

// isBroken is true when the connection is what failed.
func isBroken(err error) bool {
	_, definite := reported(err)
	var connect *pgconn.ConnectError // a new one would fail alike
	return !definite && !errors.As(err, &connect) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}
