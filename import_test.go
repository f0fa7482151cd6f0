package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// manyRows are n rows with names and external ids of their own.
func manyRows(n int, change ...func(*directory.ImportRow)) iter.Seq2[directory.ImportRow, error] {
	return func(yield func(directory.ImportRow, error) bool) {
		for i := range n {
			row := directory.ImportRow{Line: i + 1, ExternalID: fmt.Sprint("x", i), User: directory.User{Name: fmt.Sprintf("user%05d", i)}}
			for _, c := range change {
				c(&row)
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// actions counts what became of rows, whose results must be in their order. The error
// is the one that the import ended with.
func actions(t *testing.T, results iter.Seq[directory.ImportResult]) (map[string]int, error) {
	t.Helper()
	counts, last := map[string]int{}, 0
	for r := range results {
		if r.Err != nil {
			return counts, r.Err
		}
		if r.Line != last+1 {
			t.Fatalf("got line %d behind line %d, want the order of the rows", r.Line, last)
		}
		last = r.Line
		counts[r.Action]++
	}
	return counts, nil
}

func wantActions(t *testing.T, what string, got map[string]int, err error, want map[string]int) {
	t.Helper()
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%s: got %v, %v, want %v", what, got, err, want)
	}
}

// TestImportEvents: each row that is written is told of in its commit, in the name of
// the actor, and one that is kept is not.
func TestImportEvents(t *testing.T) {
	var mu sync.Mutex
	var told []sallyport.Event
	k := hosted(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.OnEvent = func(ev sallyport.Event) { mu.Lock(); defer mu.Unlock(); told = append(told, ev) }
	}))
	told = nil
	rename := func(r *directory.ImportRow) { r.FirstName = "Ada" }
	for _, step := range []struct {
		change func(*directory.ImportRow)
		want   sallyport.EventKind
	}{{func(*directory.ImportRow) {}, sallyport.EventUserCreated}, {rename, sallyport.EventUserChanged}, {rename, ""}} {
		told = nil
		for r := range setup(k).Import(t.Context(), manyRows(1, step.change), directory.ImportOptions{}) {
			switch {
			case step.want == "" && len(told) == 0:
			case len(told) != 1 || told[0].Kind != step.want || told[0].Account != r.ID || told[0].Actor != "setup" || told[0].Reason != "a test" || told[0].Detail != "import":
				t.Errorf("got %+v of %+v, want %q", told, r, step.want)
			}
		}
	}
	if k.Outbox.Count() != 0 {
		t.Errorf("got %d messages, want none: nobody is told", k.Outbox.Count())
	}
}

// TestImportLogin: who was imported logs in with the password of the other system, and
// its hash is then made anew.
func TestImportLogin(t *testing.T) {
	k := hosted(t)
	hash := "$raw$md5$password$hex:5f4dcc3b5aa765d61d8327deb882cf99"
	got, err := actions(t, setup(k).Import(t.Context(), manyRows(1, func(r *directory.ImportRow) { r.PasswordHash = hash }), directory.ImportOptions{}))
	wantActions(t, "the import", got, err, map[string]int{"created": 1})
	wantOutcome(t, "the login", hostLogin(t, k, sallyport.Login{Username: "USER00000", Password: "password"}), sallyport.Granted, sallyport.NoReason)
}

// TestImportCutOff: an import that ends in the middle, for whatever reason, and is run
// again makes nothing twice and leaves nothing out.
func TestImportCutOff(t *testing.T) {
	beside(t)
	const n = 300
	count := func(k *sallyporttest.Kit) (n int) {
		for u, err := range setup(k).Users(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(u.Name, "user") {
				n++
			}
		}
		return n
	}
	for name, cut := range map[string]func(k *sallyporttest.Kit, f *storetest.Faulty){
		"the caller stops": func(k *sallyporttest.Kit, _ *storetest.Faulty) {
			for r := range setup(k).Import(t.Context(), manyRows(n), directory.ImportOptions{}) {
				if r.Line == 100 {
					return
				}
			}
		},
		"its context ends": func(k *sallyporttest.Kit, _ *storetest.Faulty) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var last error
			for r := range setup(k).Import(ctx, manyRows(n), directory.ImportOptions{}) {
				if r.Line == 100 {
					cancel()
				}
				last = r.Err
			}
			if !errors.Is(last, context.Canceled) {
				t.Errorf("got %v, want %v last", last, context.Canceled)
			}
		},
		"the store breaks": func(k *sallyporttest.Kit, f *storetest.Faulty) {
			f.Reset()
			f.At(storetest.Commit, 120, storetest.Fail(errors.New("no")))
			_, err := actions(t, setup(k).Import(t.Context(), manyRows(n), directory.ImportOptions{}))
			if err == nil || !strings.Contains(err.Error(), "no") {
				t.Errorf("got %v, want the fault of the store", err)
			}
		},
		"the store panics": func(k *sallyporttest.Kit, f *storetest.Faulty) {
			f.Reset()
			f.At(storetest.Commit, 120, storetest.Panic("no"))
			if _, err := actions(t, setup(k).Import(t.Context(), manyRows(n), directory.ImportOptions{})); err == nil {
				t.Error("got no error, want one")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := storetest.NewFaulty(memstore.New())
			k := hosted(t, sallyporttest.WithStore(f))
			cut(k, f)
			there := count(k)
			if there < 90 || there == n {
				t.Fatalf("got %d of %d accounts, want it cut off in the middle", there, n)
			}
			got, err := actions(t, setup(k).Import(t.Context(), manyRows(n), directory.ImportOptions{}))
			wantActions(t, "again", got, err, map[string]int{"kept": there, "created": n - there})
			if got := count(k); got != n {
				t.Errorf("got %d accounts, want %d", got, n)
			}
		})
	}
}

// TestImportRace: of two imports of one file at once, whoever comes first makes each
// account, and none is made twice.
func TestImportRace(t *testing.T) {
	const n = 200
	k := hosted(t)
	results := make([]map[string]int, 3)
	crowd(len(results), func(i int) {
		var err error
		if results[i], err = actions(t, setup(k).Import(t.Context(), manyRows(n), directory.ImportOptions{})); err != nil {
			t.Error(err)
		}
	})
	sum := map[string]int{}
	for _, r := range results {
		for k, v := range r {
			sum[k] += v
		}
	}
	if sum["created"] != n || sum["kept"] != 2*n {
		t.Errorf("got %v, want %d created and the others kept", sum, n)
	}
}

// TestImportRefused: a bad actor is told at once, and an account that no record has room
// for is refused alone.
func TestImportRefused(t *testing.T) {
	k := hosted(t)
	_, err := actions(t, k.Engine.Admin(sallyport.Actor{}).Import(t.Context(), manyRows(1), directory.ImportOptions{}))
	if err == nil || !strings.Contains(err.Error(), "Actor names nobody") {
		t.Errorf("got %v, want the actor refused", err)
	}
	big := func(r *directory.ImportRow) {
		if r.Line != 2 {
			return
		}
		for i := range 100 {
			r.Attributes = append(r.Attributes, account.Attribute{Name: fmt.Sprint(i), Value: strings.Repeat("x", 1000)})
		}
	}
	got, err := actions(t, setup(k).Import(t.Context(), manyRows(3, big), directory.ImportOptions{}))
	wantActions(t, "a large row", got, err, map[string]int{"created": 2, "refused": 1})
	if err := k.Engine.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := actions(t, setup(k).Import(t.Context(), manyRows(1), directory.ImportOptions{})); !errors.Is(err, sallyport.ErrClosed) {
		t.Errorf("got %v, want %v", err, sallyport.ErrClosed)
	}
}

// TestImportBounded: rows are taken as they go: no more are ahead of what is told than
// are under way at once, and what is under way has ended when the sequence has.
func TestImportBounded(t *testing.T) {
	before := runtime.NumGoroutine()
	k := hosted(t)
	given, told := 0, 0
	rows := func(yield func(directory.ImportRow, error) bool) {
		for row, err := range manyRows(500) {
			if given++; given-told > 66 {
				t.Errorf("got row %d while %d were told", given, told)
			}
			if !yield(row, err) {
				return
			}
		}
	}
	for range setup(k).Import(t.Context(), rows, directory.ImportOptions{}) {
		if told++; told == 400 {
			break
		}
	}
	k.Engine.Close()
	if got := runtime.NumGoroutine(); got > before+5 {
		t.Errorf("got %d goroutines, want about %d", got, before)
	}
}

// TestImportPasswords: passwords in clear are hashed one at a time, and never in the
// place of somebody who logs in.
func TestImportPasswords(t *testing.T) {
	gate, err := password.NewGate(password.GateConfig{Permits: 2, Queue: 8})
	if err != nil {
		t.Fatal(err)
	}
	k := hosted(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Gate = gate }))
	got, err := actions(t, setup(k).Import(t.Context(), manyRows(100, func(r *directory.ImportRow) { r.Password = "p" }), directory.ImportOptions{}))
	wantActions(t, "the import", got, err, map[string]int{"created": 100}) // more than fit in the queue at once
	wantOutcome(t, "a login", hostLogin(t, k, sallyport.Login{Username: "user00042", Password: "p"}), sallyport.Granted, sallyport.NoReason)
}

// TestImportAtRest: what rests of a row is sealed, and its keys hold nothing of it.
func TestImportAtRest(t *testing.T) {
	k := hosted(t)
	totp := func(r *directory.ImportRow) {
		r.ExternalID, r.RecoveryCodes, r.TOTP = "crm-4711", []string{"ABCDEFGHJK"}, &directory.TOTP{Secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}
	}
	got, err := actions(t, setup(k).Import(t.Context(), manyRows(1, totp), directory.ImportOptions{}))
	wantActions(t, "the import", got, err, map[string]int{"created": 1})
	for r, err := range k.Store.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"crm-4711", "ABCDEFGHJK", "user00000", "12345678901234567890"} {
			if strings.Contains(r.Key+string(r.Value), secret) {
				t.Errorf("%q stands in the record %s", secret, r.Key)
			}
		}
	}
}
