package account_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// keys is a store with one key in it.
type keys struct {
	t     *testing.T
	db    *store.DB
	index store.Index
	text  string
}

func newKeys(t *testing.T, k account.MailedKey) *keys {
	t.Helper()
	index, err := store.NewIndex(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	s := &keys{t: t, db: store.NewDB(memstore.New(), ""), index: index}
	s.at(noon, func(tx *store.Tx) (err error) {
		s.text, err = account.NewMailedKey(tx, index, k)
		return err
	})
	return s
}

func (s *keys) at(now time.Time, fn func(tx *store.Tx) error) {
	s.t.Helper()
	if err := s.db.Run(s.t.Context(), now, fn); err != nil {
		s.t.Fatal(err)
	}
}

func (s *keys) id(p account.KeyPurpose) string { return account.MailedKeyID(s.index, p, s.text) }

// read reads the key at a moment, and does something with it.
func (s *keys) read(p account.KeyPurpose, now time.Time, do func(tx *store.Tx, k *account.MailedKey) error) (k account.MailedKey, live bool) {
	s.t.Helper()
	s.at(now, func(tx *store.Tx) (err error) {
		if err := tx.Fetch(account.MailedKeys.Key(s.id(p))); err != nil {
			return err
		}
		if k, live, err = account.ReadMailedKey(tx, p, s.id(p)); err == nil && do != nil {
			err = do(tx, &k)
		}
		return err
	})
	return k, live
}

// TestMailedKey: a key is good for its purpose, until it is spent, for as long as its
// purpose says.
func TestMailedKey(t *testing.T) {
	for p, life := range map[account.KeyPurpose]time.Duration{
		account.KeyReset: 30 * time.Minute, account.KeySignUp: 24 * time.Hour, account.KeyAddress: 24 * time.Hour, account.KeyUndo: 72 * time.Hour,
	} {
		made := account.MailedKey{Purpose: p, Account: "a", Epoch: 7, Address: "Ada@Example.com"}
		for _, tt := range []struct {
			name    string
			purpose account.KeyPurpose
			now     time.Time
			want    bool
		}{
			{"at once", p, noon, true},
			{"its last moment", p, noon.Add(life - 1), true},
			{"a minute ahead of the clock", p, noon.Add(-time.Minute), true},
			{"further ahead", p, noon.Add(-time.Minute - 1), false},
			{"its end", p, noon.Add(life), false},
			{"another purpose", "invitation", noon, false},
		} {
			s := newKeys(t, made)
			k, live := s.read(tt.purpose, tt.now, nil)
			if live != tt.want || live && (k.Account != "a" || k.Epoch != 7 || k.Address != "Ada@Example.com") {
				t.Errorf("%s, %s: got %+v, %v, want it live: %v", p, tt.name, k, live, tt.want)
			}
			if k, live := s.read(p, noon, nil); live != (tt.want || tt.purpose != p) {
				t.Errorf("%s, %s: got %+v, live %v, when it was met again", p, tt.name, k, live)
			}
		}
	}
}

// TestMailedKeyPurpose: a record that stands under the id of another purpose is none.
func TestMailedKeyPurpose(t *testing.T) {
	s := newKeys(t, account.MailedKey{Purpose: account.KeyReset})
	k, _ := s.read(account.KeyReset, noon, nil)
	s.at(noon, func(tx *store.Tx) error {
		return account.MailedKeys.Put(tx, s.id(account.KeyUndo), k, account.NoExpiry)
	})
	if k, live := s.read(account.KeyUndo, noon, nil); live {
		t.Errorf("got %+v live for another purpose", k)
	}
}

// TestMailedKeyEnds: a spend is for ever and no deletion, and the fifth wrong factor or
// refused password is one.
func TestMailedKeyEnds(t *testing.T) {
	miss := func(tx *store.Tx, id string, k *account.MailedKey) error { return k.Miss(tx, id, false) }
	refuse := func(tx *store.Tx, id string, k *account.MailedKey) error { return k.Refuse(tx, id) }
	for _, tt := range []struct {
		name  string
		do    func(tx *store.Tx, id string, k *account.MailedKey) error
		times int
		used  bool
	}{
		{"spent", func(tx *store.Tx, id string, k *account.MailedKey) error { return k.Spend(tx, id) }, 1, true},
		{"wrong factors", miss, 5, false},
		{"the last wrong factor", func(tx *store.Tx, id string, k *account.MailedKey) error { return k.Miss(tx, id, true) }, 1, false},
		{"refused passwords", refuse, 5, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newKeys(t, account.MailedKey{Purpose: account.KeyReset, Account: "a"})
			for i := range tt.times {
				k, live := s.read(account.KeyReset, noon, func(tx *store.Tx, k *account.MailedKey) error {
					return tt.do(tx, s.id(account.KeyReset), k)
				})
				if !live || k.IsUsed() != tt.used {
					t.Fatalf("time %d: got %+v, live: %v", i+1, k, live)
				}
			}
			k, live := s.read(account.KeyReset, noon.Add(29*time.Minute), nil)
			if live || k.Account != "a" || k.Spent.IsZero() || k.IsUsed() != tt.used {
				t.Errorf("got %+v, live: %v, want it to rest, used: %v", k, live, tt.used)
			}
		})
	}
	s := newKeys(t, account.MailedKey{Purpose: account.KeyReset})
	for _, do := range []func(tx *store.Tx, id string, k *account.MailedKey) error{miss, miss, miss, miss, refuse, refuse, refuse, refuse} {
		s.read(account.KeyReset, noon, func(tx *store.Tx, k *account.MailedKey) error { return do(tx, s.id(account.KeyReset), k) })
	}
	if k, live := s.read(account.KeyReset, noon, nil); !live {
		t.Errorf("got %+v dead after four of each, want it live", k)
	}
}

// TestP11MailedKey: no key of the store, and no byte of a record, is the text that was
// mailed.
func TestP11MailedKey(t *testing.T) {
	s := memstore.New()
	index, err := store.NewIndex(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	var text string
	err = store.NewDB(s, "").Run(t.Context(), noon, func(tx *store.Tx) (err error) {
		text, err = account.NewMailedKey(tx, index, account.MailedKey{Purpose: account.KeyReset})
		return err
	})
	if err != nil || !account.IsMailedKey(text) {
		t.Fatalf("got %q, %v", text, err)
	}
	for rec, err := range s.Scan(t.Context(), "", "") {
		if err != nil || strings.Contains(rec.Key+string(rec.Value), text) {
			t.Errorf("%q: the key rests in clear (%v)", rec.Key, err)
		}
	}
}

// TestReadMailedKeyStoreFails: a record that cannot be read is no dead key.
func TestReadMailedKeyStoreFails(t *testing.T) {
	m := memstore.New()
	broken := store.Write{Key: account.MailedKeys.Key("x"), Value: []byte("{")}
	if err := m.Commit(t.Context(), store.Change{ID: 1, Writes: []store.Write{broken}}); err != nil {
		t.Fatal(err)
	}
	err := store.NewDB(m, "").Run(t.Context(), noon, func(tx *store.Tx) error {
		_, live, err := account.ReadMailedKey(tx, account.KeyReset, "x")
		if live {
			t.Error("a broken key is live")
		}
		return err
	})
	if !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v, want damage", err)
	}
}

// FuzzIsMailedKey reads a text as a mailed key: what has its form is 64 lower-case
// hexadecimal digits.
func FuzzIsMailedKey(f *testing.F) {
	f.Add(strings.Repeat("0f", 32))
	f.Fuzz(func(t *testing.T, text string) {
		want := len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
		if got := account.IsMailedKey(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	})
}
