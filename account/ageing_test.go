package account_test

import (
	"errors"
	"testing"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

func isDamaged(err error) bool { return errors.Is(err, store.ErrDamaged) }

// TestReadAgeing: the epoch of a known account must be there, since its absence
// would make sessions live again that an epoch had ended.
func TestReadAgeing(t *testing.T) {
	s := memstore.New()
	db := store.NewDB(s, "")
	stored := account.Ageing{Epoch: 7, Serial: 3}
	err := db.Run(t.Context(), noon, func(tx *store.Tx) error { return account.Ageings.Put(tx, "there", stored, account.NoExpiry) })
	if err != nil {
		t.Fatal(err)
	}
	broken := store.Write{Key: account.Ageings.Key("broken"), Value: []byte("{")}
	if err := s.Commit(t.Context(), store.Change{ID: 1, Writes: []store.Write{broken}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, id string
		known    bool
		want     account.Ageing
		damaged  bool
	}{
		{"known and there", "there", true, stored, false},
		{"unknown and there", "there", false, stored, false},
		{"known and absent", "absent", true, account.Ageing{}, true},
		{"unknown and absent", "absent", false, account.Ageing{}, false},
		{"known and broken", "broken", true, account.Ageing{}, true},
		{"unknown and broken", "broken", false, account.Ageing{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got account.Ageing
			err := db.Run(t.Context(), noon, func(tx *store.Tx) (err error) {
				if err := tx.Fetch(account.Ageings.Key(c.id)); err != nil {
					return err
				}
				got, err = account.ReadAgeing(tx, c.id, c.known)
				return err
			})
			if isDamaged(err) != c.damaged || !c.damaged && err != nil {
				t.Fatalf("got %v, want damaged: %v", err, c.damaged)
			}
			if err == nil && got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// TestReadAgeingStoreFails: a store that cannot be read is not a damaged one.
func TestReadAgeingStoreFails(t *testing.T) {
	s := memstore.New()
	s.Close()
	err := store.NewDB(s, "").Run(t.Context(), noon, func(tx *store.Tx) error {
		_, err := account.ReadAgeing(tx, "there", true)
		return err
	})
	if !errors.Is(err, store.ErrClosed) || isDamaged(err) {
		t.Errorf("got %v, want %v", err, store.ErrClosed)
	}
}
