package directory_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// applied is a real engine over memory, and a way past it to the records.
type applied struct {
	t      testing.TB
	e      *sallyport.Engine
	store  *writeCounter
	db     *store.DB
	now    time.Time
	report directory.Report // of the last apply
}

// writeCounter counts the changes that write anything, the readings, and how many
// keys were read at once at most.
type writeCounter struct {
	store.Store
	changes atomic.Int64
	keys    atomic.Int64
	loads   atomic.Int64
}

func (s *writeCounter) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	s.loads.Add(1)
	if n := int64(len(keys)); n > s.keys.Load() {
		s.keys.Store(n)
	}
	return s.Store.Load(ctx, keys...)
}

func (s *writeCounter) Commit(ctx context.Context, c store.Change) error {
	if slices.ContainsFunc(c.Writes, func(w store.Write) bool { return !w.Keep }) {
		s.changes.Add(1)
	}
	return s.Store.Commit(ctx, c)
}

// signingKey is the records of a fresh engine: making a key takes longer than
// all else here.
var signingKey = sync.OnceValue(func() []store.Write {
	s := memstore.New()
	e, err := sallyport.New(context.Background(), sallyport.Config{Store: s, InsecurePlainStore: true, Issuer: "http://127.0.0.1"})
	if err != nil {
		panic(err)
	}
	defer e.Close()
	var out []store.Write
	for r, err := range s.Scan(context.Background(), "", "") {
		if err != nil {
			panic(err)
		}
		out = append(out, store.Write{Key: r.Key, Value: r.Value, Expires: r.Expires})
	}
	return out
})

func newDirectory(t testing.TB, change ...func(*sallyport.Config)) *applied {
	t.Helper()
	s := memstore.New()
	if err := s.Commit(t.Context(), store.Change{ID: 1, Writes: signingKey()}); err != nil {
		t.Fatal(err)
	}
	d := &applied{t: t, store: &writeCounter{Store: s}, db: store.NewDB(s, ""), now: time.Now().UTC().Truncate(time.Second)}
	c := sallyport.Config{
		Store: d.store, InsecurePlainStore: true, Issuer: "http://127.0.0.1", Now: func() time.Time { return d.now },
		PasswordParams: password.InsecureParamsForTests(),
	}
	for _, f := range change {
		f(&c)
	}
	var err error
	if d.e, err = sallyport.New(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.e.Close() })
	return d
}

// apply applies a file that must be sound.
func (d *applied) apply(file string, o ...directory.Options) {
	d.t.Helper()
	if err := d.try(file, o...); err != nil {
		d.t.Fatal(err)
	}
}

func (d *applied) try(file string, o ...directory.Options) error {
	d.t.Helper()
	var err error
	d.report, err = d.e.Apply(d.t.Context(), parse(d.t, file), append(o, directory.Options{})[0])
	return err
}

// entry is the report's entry of that kind and name.
func (d *applied) entry(kind, name string) directory.Entry {
	d.t.Helper()
	for _, e := range d.report.Entries {
		if e.Kind == kind && e.Name == name {
			return e
		}
	}
	d.t.Fatalf("got no %s %q in %+v", kind, name, d.report.Entries)
	return directory.Entry{}
}

// outcome is the report in short: "user tt29 changed" or, with what was kept,
// "user tt29 kept: email name".
func (d *applied) outcome() (list []string) {
	for _, e := range d.report.Entries {
		s := e.Kind + " " + e.Name + " " + e.Action
		if len(e.Kept) > 0 {
			s += ": " + strings.Join(e.Kept, " ")
		}
		list = append(list, s)
	}
	return list
}

func (d *applied) want(list ...string) {
	d.t.Helper()
	if got := d.outcome(); !slices.Equal(got, list) {
		d.t.Errorf("got %q\nwant %q", got, list)
	}
}

func (d *applied) run(fn func(tx *store.Tx) error) {
	d.t.Helper()
	if err := d.db.Run(d.t.Context(), d.now, fn); err != nil {
		d.t.Fatal(err)
	}
}

// account reads one; the zero Account means that there is none.
func (d *applied) account(id string) (a account.Account) {
	d.t.Helper()
	d.run(func(tx *store.Tx) (err error) {
		a, _, err = account.Accounts.Get(tx, id)
		return err
	})
	return a
}

// setAccount changes an account as an operator or a login would.
func (d *applied) setAccount(id string, change func(*account.Account)) {
	d.t.Helper()
	d.run(func(tx *store.Tx) error {
		a, _, err := account.Accounts.Get(tx, id)
		if err != nil {
			return err
		}
		change(&a)
		return account.Accounts.Put(tx, id, a, time.Time{})
	})
}

// indexKey is the record in which the engine keeps the key of its hashes.
type indexKey []byte

func (k *indexKey) Fields(f *record.Fields) {
	f.Secret(1, "key", (*[]byte)(k))
	f.End()
}

var indexKeys = store.NewTable[indexKey]("keys", store.TableOptions{})

// home is where the records of an account lie.
func (d *applied) home(id string) string {
	d.t.Helper()
	var key indexKey
	d.run(func(tx *store.Tx) (err error) {
		key, _, err = indexKeys.Get(tx, "index")
		return err
	})
	index, err := store.NewIndex(key)
	if err != nil {
		d.t.Fatal(err)
	}
	return account.Home(index, id)
}

func (d *applied) ageing(id string) (a account.Ageing) {
	d.t.Helper()
	d.run(func(tx *store.Tx) (err error) {
		a, _, err = account.Ageings.Get(tx, d.home(id))
		return err
	})
	return a
}

// describe returns what a record says, by field.
func (d *applied) describe(table, id string) map[string]string {
	d.t.Helper()
	for _, t := range directory.Records() {
		if t.Name() != table {
			continue
		}
		recs, err := d.store.Load(d.t.Context(), table+"/"+id)
		if err != nil {
			d.t.Fatal(err)
		}
		fields, err := t.Describe(recs[0])
		if err != nil {
			d.t.Fatal(err)
		}
		m := map[string]string{}
		for _, f := range fields {
			m[f.Name] = f.Value
		}
		return m
	}
	d.t.Fatalf("got no table %q", table)
	return nil
}

func (d *applied) factors(id string) (f mfa.Factors) {
	d.t.Helper()
	d.run(func(tx *store.Tx) (err error) {
		f, _, err = mfa.FactorsTable.Get(tx, d.home(id))
		return err
	})
	return f
}

func (d *applied) setFactors(id string, change func(f *mfa.Factors)) {
	d.t.Helper()
	d.run(func(tx *store.Tx) error {
		f, _, err := mfa.FactorsTable.Get(tx, d.home(id))
		if err != nil {
			return err
		}
		change(&f)
		return mfa.FactorsTable.Put(tx, d.home(id), f, time.Time{})
	})
}

// remove deletes a record, whatever it is.
func (d *applied) remove(key string) {
	d.t.Helper()
	recs, err := d.store.Load(d.t.Context(), key)
	if err == nil {
		err = d.store.Commit(d.t.Context(), store.Change{ID: 7, Writes: []store.Write{{Key: key, If: recs[0].Version}}})
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// epoch is the account's, which ends its sessions when it rises.
func (d *applied) epoch(id string) int { return int(d.ageing(id).Epoch) }

// everything is all that the store holds, to be compared.
func (d *applied) everything() string {
	d.t.Helper()
	all := map[string]string{}
	for r, err := range d.store.Scan(d.t.Context(), "", "") {
		if err != nil {
			d.t.Fatal(err)
		}
		all[r.Key] = string(r.Value)
	}
	text, err := json.Marshal(all)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}

// user is a file with one user of that name and those further fields.
func user(name string, fields ...string) string {
	return `{"users": [` + userEntry(name, fields...) + `]}`
}

func userEntry(name string, fields ...string) string {
	return "{" + strings.Join(append([]string{`"name": "` + name + `"`}, fields...), ", ") + "}"
}
