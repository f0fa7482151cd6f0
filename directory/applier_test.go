package directory_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// apply runs an Applier as the engine does: passwords that are wanted are hashed
// outside of the transaction, which then runs again.
func apply(t *testing.T, db *store.DB, file string, o directory.Options) *directory.Applier {
	t.Helper()
	index, err := store.NewIndex(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	d := parse(t, file)
	a, err := directory.NewApplier(&d, directory.ApplierConfig{Index: index, Params: password.InsecureParamsForTests(), Options: o, ShortSecrets: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err = db.Run(t.Context(), time.Unix(1_800_000_000, 0), a.Apply)
		if !errors.Is(err, directory.ErrHashesWanted) {
			break
		}
		if err := a.Hash(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err != nil && !a.IsFaulty() {
		t.Fatal(err)
	}
	return a
}

func TestApplier(t *testing.T) {
	db := store.NewDB(memstore.New(), "")
	const ann, bob = `{"name": "ann", "password": "long enough"}`, `{"name": "bob"}`
	for _, c := range []struct {
		name, file      string
		o               directory.Options
		summary         string
		written, faulty bool
	}{
		{"made", `{"users": [` + ann + `, ` + bob + `]}`, directory.Options{}, "2 created, 0 changed, 0 deleted", true, false},
		{"the same", `{"users": [` + ann + `, ` + bob + `]}`, directory.Options{}, "0 created, 0 changed, 0 deleted", false, false},
		{"one of each", `{"users": [{"name": "ann", "firstName": "Ann"}, {"name": "eve"}]}`, prune, "1 created, 1 changed, 1 deleted", true, false},
		{"a name that stays reserved", `{"users": [` + bob + `]}`, directory.Options{}, "", false, true},
		{"without users", `{}`, directory.Options{}, "0 created, 0 changed, 0 deleted", false, false},
	} {
		a := apply(t, db, c.file, c.o)
		if a.IsFaulty() != c.faulty {
			t.Errorf("%s: got faulty %v, want %v", c.name, a.IsFaulty(), c.faulty)
		}
		if c.faulty {
			continue
		}
		if a.Summary() != c.summary || a.HasWritten() != c.written {
			t.Errorf("%s: got %q, written: %v, want %q, %v", c.name, a.Summary(), a.HasWritten(), c.summary, c.written)
		}
	}
}

// TestApplierReported: the warnings of the moment come before those of the apply,
// and asking twice does not double them.
func TestApplierReported(t *testing.T) {
	end := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	a := apply(t, store.NewDB(memstore.New(), ""), `{"applications": [{"name": "A"}],
		"clients": [{"application": "A", "platform": "Native", "grantTypes": ["VGAuthenticator"], "secrets": [{"value": "s", "expires": "2030-01-01T00:00:00Z"}, {"value": "for ever"}]}],
		"users": [{"name": "ann"}]}`, directory.Options{})
	over, none := "clients[0].secrets[0].expires: is over: the secret matches no more", "users[0]: made without a password: none will match"
	for _, c := range []struct {
		now  time.Time
		want []string
	}{
		{end.Add(-1), []string{none}},
		{end, []string{over, none}},
		{end, []string{over, none}},
	} {
		if r := a.Reported(c.now); !slices.Equal(r.Warnings, c.want) || len(r.Entries) != 3 {
			t.Errorf("at %v: got %q and %d entries, want %q and 3", c.now, r.Warnings, len(r.Entries), c.want)
		}
	}
}

// TestApplierHashCancelled: hashing ends with its context.
func TestApplierHashCancelled(t *testing.T) {
	d := parse(t, user("ann", `"password": "long enough"`))
	a, err := directory.NewApplier(&d, directory.ApplierConfig{Params: password.InsecureParamsForTests()})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.NewDB(memstore.New(), "").Run(t.Context(), time.Unix(1, 0), a.Apply); !errors.Is(err, directory.ErrHashesWanted) {
		t.Fatalf("got %v, want %v", err, directory.ErrHashesWanted)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Hash(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
