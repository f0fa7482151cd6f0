package sealed_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// over is a sealed store that knows what it seals, for the suite.
type over struct {
	store.Store
	inner store.Store
	path  string
	keys  sealed.Keys
}

// oneByOne loads records closed and opens each by itself.
type oneByOne struct{ *sealed.Store }

func (o oneByOne) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	recs, err := o.LoadClosed(ctx, keys...)
	if err != nil {
		return nil, err
	}
	for i := range recs {
		if recs[i], err = o.Open(recs[i]); err != nil {
			return nil, err
		}
	}
	return recs, nil
}

// damage changes a byte of what is sealed under key, behind the seal.
func damage(t *testing.T, s store.Store, key string) {
	t.Helper()
	inner := s.(over).inner
	r := load(t, inner, key)
	r.Value[len(r.Value)/2] ^= 1
	err := inner.Commit(t.Context(), store.Change{ID: rnd.Uint64(), Writes: []store.Write{{Key: key, Value: r.Value, If: r.Version}}})
	if err != nil {
		t.Fatal(err)
	}
}

// TestContract is the suite over two backends, and with records that are opened one
// by one.
func TestContract(t *testing.T) {
	together := func(s *sealed.Store) store.Store { return s }
	t.Run("memstore", func(t *testing.T) { overMemory(t, together) })
	t.Run("boltstore", overFile)
	t.Run("one by one", func(t *testing.T) { overMemory(t, func(s *sealed.Store) store.Store { return oneByOne{s} }) })
}

func overMemory(t *testing.T, way func(*sealed.Store) store.Store) {
	storetest.RunBackend(t, storetest.Backend{
		Open: func(t *testing.T) store.Store {
			inner, keys := memstore.New(), sealed.NewKeys()
			return over{way(seal(t, inner, keys)), inner, "", keys}
		},
		Damage: damage,
	})
}

func overFile(t *testing.T) {
	open := func(t *testing.T, path string, keys sealed.Keys) store.Store {
		inner, err := boltstore.Open(path, boltstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return over{seal(t, inner, keys), inner, path, keys}
	}
	storetest.RunBackend(t, storetest.Backend{
		Open: func(t *testing.T) store.Store {
			return open(t, filepath.Join(t.TempDir(), "auth.db"), sealed.NewKeys())
		},
		Reopen: func(t *testing.T, s store.Store) store.Store { return open(t, s.(over).path, s.(over).keys) },
		Damage: damage,
	})
}

// TestLoadClosed: a record is handed out as it rests, and a backend that answers
// with other records than were asked for is not believed even before one is opened.
func TestLoadClosed(t *testing.T) {
	inner, keys := memstore.New(), sealed.NewKeys()
	s := seal(t, inner, keys)
	put(t, s, "factors/ann", "hers")
	put(t, s, "factors/bob", "other")
	recs, err := s.LoadClosed(t.Context(), "factors/ann", "factors/eve")
	if err != nil || string(recs[0].Value) != string(load(t, inner, "factors/ann").Value) || recs[1].Value != nil {
		t.Fatalf("got %v, error %v, want what rests, and an absent record", recs, err)
	}
	for i, want := range []string{"hers", ""} {
		rec, err := s.Open(recs[i])
		if err != nil || string(rec.Value) != want || rec.Version != recs[i].Version || (rec.Value == nil) != (want == "") {
			t.Errorf("record %d opened: got %v, error %v, want %q", i, rec, err, want)
		}
	}
	if _, err := s.Open(recs[0]); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("opened again: got error %v, want %v, since the value is used up", err, store.ErrDamaged)
	}
	for name, answer := range map[string]func([]store.Record) []store.Record{
		"another order": func(r []store.Record) []store.Record { return []store.Record{r[1], r[0]} },
		"too few":       func(r []store.Record) []store.Record { return r[:1] },
	} {
		_, err := seal(t, answering{inner, answer}, keys).LoadClosed(t.Context(), "factors/ann", "factors/eve")
		if !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%s: got error %v, want %v", name, err, store.ErrDamaged)
		}
	}
}

// answering is a store whose Load returns something else than was asked.
type answering struct {
	store.Store
	answer func([]store.Record) []store.Record
}

func (a answering) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	recs, err := a.Store.Load(ctx, keys...)
	return a.answer(recs), err
}
