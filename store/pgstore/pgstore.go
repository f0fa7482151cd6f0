// Package pgstore keeps a [store.Store] in PostgreSQL, for engines that run on
// several nodes.
//
// # Commits and loads
//
// Each is one statement and one round trip. A commit calls a function in the
// database that locks the rows of all keys in key order, compares their
// versions, and writes if all match. It runs under READ COMMITTED, where every
// statement inside the function sees the present, so what is compared after
// waiting for a lock is what the lock holds. An absent record that a change is
// held to gets a row all the same, a tombstone, so that there is something to
// lock; deleting leaves one, too. Tombstones are dated by the database's clock,
// which decides about nothing else, and [Store.Sweep] removes them.
//
// Deadlocks do not arise between changes. Where the database asks to begin anew
// (a row that somebody made at the same moment, a serialization failure), the
// store does so itself: it returns [store.ErrConflict] only for a version that
// differs.
//
// # Unknown outcomes
//
// An error that the server reported as ERROR means that nothing was written.
// Anything else that happens once the statement is on its way (the connection
// ends, the context ends, the server shuts down) returns [store.ErrUnknown].
// The identical change may then be repeated, which [store.Run] does. The server
// gives up a statement after 30 seconds, so that one whose caller is gone does
// not wait for locks for ever.
//
// # The database
//
// PostgreSQL 15 is what the tests run on. Nothing in the schema is newer than
// PostgreSQL 11, the settings of a connection are known since 12, and no
// advisory or table lock is used, with CockroachDB and YugabyteDB in mind;
// neither of them has been tried.
//
// # Poolers
//
// A connection pooler before the database is noticed. Through one, no parameter is
// set at the start of a connection and no statement has a name, so that PgBouncer
// serves in session and in transaction mode as it comes (1.18 is what the tests
// run on). A search_path in the URL then names one schema; what else the URL asks
// of a connection is refused ([ErrPooler]). The role should have what [Open] sets
// elsewhere: statement_timeout = '30s' bounds the statement of a caller who is
// gone, and plan_cache_mode = force_generic_plan, enable_seqscan = off and
// enable_bitmapscan = off spare the planning. Poolers that hand one statement to
// several servers, of which one is a standby, are not for this.
//
// Connections are refused by a standby, and when synchronous_commit is off:
// then an acknowledged change could be lost.
package pgstore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sallyport-auth/sallyport/store"
)

// Errors of [Open], to be recognised by errors.Is.
var (
	// ErrTransport means that the URL leads to another machine without
	// sslmode=verify-full. Every other mode talks to whoever answers.
	ErrTransport = errors.New("pgstore: a connection to another machine needs sslmode=verify-full")

	// ErrURL means that the URL cannot be read. It is not repeated, since it
	// may hold a password.
	ErrURL = errors.New("pgstore: the database URL cannot be read, want postgres://USER@HOST:PORT/DATABASE?sslmode=verify-full")

	// ErrNotDurable means that the database acknowledges changes before they
	// are on disk (synchronous_commit is off).
	ErrNotDurable = errors.New("pgstore: synchronous_commit is off, acknowledged changes could be lost")

	// ErrForeign means that a later version of this package has changed the
	// schema.
	ErrForeign = errors.New("pgstore: the schema belongs to a later version")
)

// Options of [Open]. The zero value is right for most.
type Options struct {
	// InsecureTransport permits connections to other machines without a
	// verified certificate: whoever stands in between can read and change
	// everything that is not sealed. Loopback addresses and Unix sockets do
	// not need it.
	InsecureTransport bool

	// Schema is where everything lives; "" for the first of the search path. It
	// must exist.
	Schema string

	// Prefix begins the names of the tables and the function, before an
	// underscore; "" for sallyport. Two stores of one schema need two.
	Prefix string
}

// Store is a pool of connections. Make one with [Open] or [New] and end it with
// [Store.Close]; all methods may be called from any number of goroutines.
type Store struct {
	pool    *pgxpool.Pool
	lent    bool // the pool is the host's, and stays open
	pooled  bool // a pooler stands before the database
	sql     *statements
	closed  atomic.Bool
	suspect *suspicion
	swept   atomic.Int64 // the expiry that the last full portion of a sweep ended with
}

var _ store.Store = (*Store)(nil)

// loadRecords reads from one snapshot, as every single statement does.
const loadRecords = `SELECT key, version, expires, value FROM sallyport_records WHERE key = ANY($1) AND version <> 0`

// Load implements [store.Store]. Since reading twice does no harm, it
// tries again on another connection when one has died.
func (s *Store) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	if err := store.CheckKeys(keys...); err != nil {
		return nil, err
	}
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	recs := make([]store.Record, len(keys))
	wanted := make([][]byte, len(keys))
	for i, k := range keys {
		recs[i].Key, wanted[i] = k, []byte(k)
	}
	if len(keys) == 0 {
		return recs, nil
	}
	found, err := s.read(ctx, s.sql.load, wanted)
	if err != nil {
		return nil, fmt.Errorf("pgstore: loading: %w", err)
	}
	byKey := make(map[string]store.Record, len(found))
	for _, f := range found {
		if f.err != nil {
			return nil, f.err
		}
		byKey[f.rec.Key] = f.rec
	}
	handed := make(map[string]bool, len(found))
	for i, k := range keys {
		r, ok := byKey[k]
		if !ok {
			continue
		}
		if handed[k] {
			r.Value = append(make([]byte, 0, len(r.Value)), r.Value...) // asked for twice: each its own
		}
		recs[i], handed[k] = r, true
	}
	return recs, nil
}

// read returns the rows of a query that changes nothing.
func (s *Store) read(ctx context.Context, sql string, args ...any) (found []row, err error) {
	for range attempts {
		found, err = s.readOnce(ctx, sql, args)
		if err == nil || !isBroken(err) || s.usable(ctx) != nil {
			break
		}
		s.suspect.raise()
	}
	return found, s.because(ctx, err)
}

func (s *Store) readOnce(ctx context.Context, sql string, args []any) ([]row, error) {
	conn, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	rows, err := conn.Query(ctx, sql, s.with(args...)...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, decode)
}

// attempts is how often a reader tries, and how often anybody tries to connect.
// After the first failure connections are checked before they are used, so a
// second one is rare.
const attempts = 4

// acquire takes a connection from the pool, which may have to make one. That
// can be tried again, because nothing was sent.
func (s *Store) acquire(ctx context.Context) (conn *pgxpool.Conn, err error) {
	for range attempts {
		conn, err = s.pool.Acquire(ctx)
		if err == nil || s.usable(ctx) != nil {
			break
		}
	}
	return conn, err
}

// row is a record, or the error that stands in its place.
type row struct {
	rec store.Record
	err error
}

// decode reads one row of the columns key, version, expires, value. The bytes
// are copies.
func decode(rows pgx.CollectableRow) (row, error) {
	var key, value []byte
	var version, expires int64
	if err := rows.Scan(&key, &version, &expires, &value); err != nil {
		return row{}, err
	}
	if value == nil || version == 0 || expires < 0 || store.CheckKeys(string(key)) != nil {
		return row{store.Record{Key: string(key)}, fmt.Errorf("%w: a row that this package does not write", store.ErrDamaged)}, nil
	}
	return row{rec: store.Record{Key: string(key), Value: value, Version: uint64(version), Expires: store.ExpiryTime(expires)}}, nil
}

// Close waits for calls under way and closes the connections. Calls that wait
// for a connection return [store.ErrClosed]. A pool that was handed to [New] stays
// as it is, and calls under way are not waited for.
func (s *Store) Close() error {
	s.closed.Store(true)
	if !s.lent {
		s.pool.Close()
	}
	return nil
}
