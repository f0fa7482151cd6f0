package sallyport_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// TestWrongKeys opens a store with what it was not made with.
func TestWrongKeys(t *testing.T) {
	beside(t)
	right, wrong := sealed.NewKeys(), sealed.NewKeys()
	for _, tt := range []struct {
		name          string
		madeBy, opens sealed.Keys // zero: plain
		prefix        string
		says          string // "" where it opens
	}{
		{"its own", right, right, "", ""},
		{"none, on a plain one", sealed.Keys{}, sealed.Keys{}, "", ""},
		{"another's", right, wrong, "", "its key is not on the ring"},
		{"another's, below a prefix", right, wrong, "p", "its key is not on the ring"},
		{"none", right, sealed.Keys{}, "", "it is sealed, and Config.Keys is empty"},
		{"none, below a prefix", right, sealed.Keys{}, "p", "it is sealed, and Config.Keys is empty"},
		{"some, on a plain one", sealed.Keys{}, right, "", "it is not sealed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := memstore.New()
			open := func(k sealed.Keys) error {
				e, err := sallyport.New(t.Context(), sallyport.Config{
					Store: s, Keys: k, Prefix: tt.prefix, Issuer: "http://localhost", InsecurePlainStore: k == sealed.Keys{},
				})
				if err == nil {
					e.Close()
				}
				return err
			}
			if err := open(tt.madeBy); err != nil {
				t.Fatal(err)
			}
			err := open(tt.opens)
			switch {
			case tt.says == "" && err != nil:
				t.Errorf("got error %v, want none", err)
			case tt.says == "":
			case !errors.Is(err, sallyport.ErrWrongKeys), !errors.Is(err, store.ErrDamaged), !strings.Contains(err.Error(), tt.says):
				t.Errorf("got error %v, want %v that says %q", err, sallyport.ErrWrongKeys, tt.says)
			}
		})
	}
}

// TestDamageIsNotWrongKeys: a record that was changed is damage, and the keys are
// not blamed for it.
func TestDamageIsNotWrongKeys(t *testing.T) {
	for _, k := range []sealed.Keys{{}, sealed.NewKeys()} {
		s := memstore.New()
		c := sallyport.Config{Store: s, Keys: k, Issuer: "http://localhost", InsecurePlainStore: k == sealed.Keys{}}
		e, err := sallyport.New(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		e.Close()
		found, err := s.Load(t.Context(), "keys/index")
		if err != nil {
			t.Fatal(err)
		}
		found[0].Value[len(found[0].Value)-1] ^= 1
		if k == (sealed.Keys{}) {
			found[0].Value[0] = 0xff
		}
		if err := s.Commit(t.Context(), store.Change{ID: 1, Writes: []store.Write{{Key: "keys/index", If: found[0].Version, Value: found[0].Value}}}); err != nil {
			t.Fatal(err)
		}
		if _, err = sallyport.New(t.Context(), c); !errors.Is(err, store.ErrDamaged) || errors.Is(err, sallyport.ErrWrongKeys) {
			t.Errorf("got error %v, want %v alone", err, store.ErrDamaged)
		}
	}
}
