package pgstore

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/store"
)

const (
	// maxChange bounds the values of one change, in bytes: a message to
	// PostgreSQL and each array in it end at 1 GiB.
	maxChange = 256 << 20

	// maxRetries bounds how often a change that the server undid is begun anew.
	// Between changes of this package each such race moves one of them forward.
	maxRetries = 100
)

const commitChange = `SELECT sallyport_commit($1, $2, $3, $4, $5, $6)`

// Commit implements [store.Store], [store.ErrTooLarge] also for a change
// of more than 256 MiB.
func (s *Store) Commit(ctx context.Context, c store.Change) error {
	if err := store.CheckChange(c); err != nil {
		return err
	}
	args, err := arguments(c)
	if err != nil {
		return err
	}
	if err := s.usable(ctx); err != nil || len(c.Writes) == 0 {
		return err
	}
	for range maxRetries {
		var landed bool
		landed, err = s.apply(ctx, args)
		switch {
		case err == nil && landed:
			return nil
		case err == nil:
			return store.ErrConflict
		case !isRetryable(err):
			return fmt.Errorf("pgstore: committing: %w", err)
		}
	}
	return fmt.Errorf("pgstore: committing, %d times: %w", maxRetries, err)
}

// apply sends the change once. Every error that does not wrap
// [store.ErrUnknown] is proof that nothing was written.
func (s *Store) apply(ctx context.Context, args []any) (landed bool, err error) {
	conn, err := s.acquire(ctx)
	if err != nil {
		return false, s.because(ctx, err)
	}
	defer conn.Release()
	err = conn.QueryRow(ctx, s.sql.commit, s.with(args...)...).Scan(&landed)
	if err == nil {
		return landed, nil
	}
	if _, definite := reported(err); definite || isUnsent(err) {
		return false, s.because(ctx, err)
	}
	s.suspect.raise()
	return false, fmt.Errorf("%w: %w", store.ErrUnknown, s.because(ctx, err))
}

// What the function in the database does with a row.
const (
	actHold    = 0 // it is there and stays
	actReplace = 1 // it is there, and is replaced or deleted
	actCreate  = 2 // it is absent, and is made or held to be absent
)

// arguments are the parameters of the statement: one array for each property
// of the writes, which are brought into key order.
func arguments(c store.Change) ([]any, error) {
	writes := slices.Clone(c.Writes)
	slices.SortFunc(writes, func(a, b store.Write) int { return strings.Compare(a.Key, b.Key) })
	n, size := len(writes), 0
	keys, held, values := make([][]byte, n), make([][]byte, 0, n), make([][]byte, n)
	acts, hints := make([]int16, n), make([]int64, n)
	for i, w := range writes {
		keys[i] = []byte(w.Key)
		switch {
		case w.If == 0:
			acts[i] = actCreate
		case w.Keep:
			acts[i] = actHold
		default:
			acts[i] = actReplace
		}
		if w.If != 0 {
			held = append(held, append(binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(w.Key)), w.If), w.Key...))
		}
		if w.Keep || w.Value == nil {
			continue
		}
		values[i], hints[i] = w.Value, store.ExpirySeconds(w.Expires)
		if size += len(w.Value); size > maxChange {
			return nil, fmt.Errorf("%w: a change of more than %d bytes", store.ErrTooLarge, maxChange)
		}
	}
	return []any{int64(c.ID), keys, held, acts, values, hints}, nil
}
