package sallyport

import (
	"context"
	"slices"
	"sync"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
)

// importMix counts the hashes that an import brings. All rows would meet on the one
// record of the mix, so it is written for many at once. A kind that is new is written
// before the first row that has it: whatever cuts the import off, the mix tells that
// there are weak hashes to be wrapped.
type importMix struct {
	e *Engine

	mu    sync.Mutex
	known map[password.Kind]bool
	moved map[password.Kind]int // not yet written
}

func newImportMix(e *Engine) *importMix {
	return &importMix{e: e, known: map[password.Kind]bool{}, moved: map[password.Kind]int{}}
}

// announce writes the kind of hash that a row is about to bring, if it is new to this
// import.
func (m *importMix) announce(ctx context.Context, im *directory.RowImporter) error {
	_, to := im.NewHash()
	k, err := password.Recognise(to)
	if err != nil {
		return nil // it brings none
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known[k] {
		return nil
	}
	if err := m.e.countHashes(ctx, map[password.Kind]int{k: 1}); err != nil {
		return err
	}
	m.known[k] = true
	m.moved[k]-- // it is counted again with its row
	return nil
}

// count counts the hash of a row that has landed.
func (m *importMix) count(im *directory.RowImporter) {
	from, to := im.NewHash()
	m.mu.Lock()
	defer m.mu.Unlock()
	for hash, n := range map[string]int{from: -1, to: 1} {
		if k, err := password.Recognise(hash); err == nil {
			m.moved[k] += n
		}
	}
}

// flush writes what was counted.
func (m *importMix) flush(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.moved) == 0 {
		return nil
	}
	if err := m.e.countHashes(ctx, m.moved); err != nil {
		return err
	}
	clear(m.moved)
	return nil
}

// countHashes counts hashes of some kinds more, or less. A kind that was announced stays
// counted, also where a search for weak hashes has not met its row.
func (e *Engine) countHashes(ctx context.Context, moved map[password.Kind]int) error {
	return e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
		was, _, err := account.HashMixes.Get(tx, account.TheHashMix)
		if err != nil {
			return err
		}
		mix := was.Clone() // what was read is shared
		for k, n := range moved {
			if n == 0 && !mix.Has(k) {
				n = 1
			}
			mix.Count(k, n)
		}
		if slices.Equal(mix.Shares, was.Shares) {
			return nil
		}
		return account.HashMixes.Put(tx, account.TheHashMix, mix, account.NoExpiry)
	})
}
