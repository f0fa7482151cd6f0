package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// inventory is the size of every record of a store, by key.
func inventory(t *testing.T, s store.Store) map[string]int {
	t.Helper()
	list := map[string]int{}
	for r, err := range s.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		list[r.Key] = len(r.Key) + len(r.Value)
	}
	return list
}

// maintainAll lets time pass, and calls for upkeep until it finds nothing more.
func maintainAll(t *testing.T, k *sallyporttest.Kit, d time.Duration) map[string]int {
	t.Helper()
	k.Clock.Advance(d)
	list := inventory(t, k.Store)
	for {
		if err := k.Engine.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
		next := inventory(t, k.Store)
		if len(next) >= len(list) {
			return next
		}
		list = next
	}
}

// stranger is one call by somebody who knows nothing. It must not be answered
// with anything that is worth something.
type stranger struct {
	name string
	call func(ctx context.Context, e *sallyport.Engine, i int) (bool, error)
}

// strangerLogin reports whether a login told something.
func strangerLogin(ctx context.Context, e *sallyport.Engine, in sallyport.Login) (bool, error) {
	r, err := e.Login(ctx, in)
	return err == nil && (r.Tokens != nil || len(r.Options) > 0 || r.Identity != nil), err
}

// id is the i-th request id that names nothing.
func id(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", i) }

func strangers(perName int) []stranger {
	return []stranger{
		{"a name that nobody has", func(ctx context.Context, e *sallyport.Engine, i int) (bool, error) {
			return strangerLogin(ctx, e, login(sallyport.Login{Username: fmt.Sprint("nobody", i/perName), Password: fmt.Sprint("guess ", i)}))
		}},
		{"a wrong client secret", func(ctx context.Context, e *sallyport.Engine, i int) (bool, error) {
			in := login(sallyport.Login{Username: "paul", Password: "guess", Address: fmt.Sprintf("198.51.%d.%d", i>>8&255, i&255)})
			in.Caller.ClientSecret = fmt.Sprint("a wrong secret ", i)
			return strangerLogin(ctx, e, in)
		}},
		{"a request that is not", func(ctx context.Context, e *sallyport.Engine, i int) (bool, error) {
			in := login(sallyport.Login{RequestID: id(i)})
			switch i % 3 {
			case 1:
				in.OptionID = id(i + 1)
			case 2:
				in.OptionID, in.Code = id(i+1), "123456"
			}
			return strangerLogin(ctx, e, in)
		}},
		{"a password for a request that is not", func(ctx context.Context, e *sallyport.Engine, i int) (bool, error) {
			return strangerLogin(ctx, e, login(sallyport.Login{RequestID: id(i), Username: "paul", Password: "guess"}))
		}},
		{"an enrolment that is not", func(ctx context.Context, e *sallyport.Engine, i int) (bool, error) {
			_, err := e.ConfirmTOTP(ctx, sallyport.EnrollmentCall{RequestID: id(i)}, "123456")
			return err == nil, err
		}},
		{"a link that is not", func(ctx context.Context, e *sallyport.Engine, i int) (bool, error) {
			token := strings.Replace(fmt.Sprintf("%43d", i), " ", "A", -1)
			if _, err := e.ViewLink(ctx, token); err == nil {
				return true, nil
			}
			_, err := e.DecideLink(ctx, token, sallyport.LinkDecision{Nonce: "none", Approve: true})
			return err == nil, err
		}},
	}
}

// TestP10Strangers: a month after a crowd of strangers has called, the store
// holds what it held before them, also where a locked name stays locked until
// an administrator comes.
func TestP10Strangers(t *testing.T) {
	beside(t)
	calls := 1000
	if long() {
		calls = 100_000
	}
	for _, policy := range []struct {
		name    string
		unlock  time.Duration
		perName int // misses of one name
	}{
		{"each name once", 15 * time.Minute, 1},
		{"until they lock", 15 * time.Minute, 12},
		{"until they lock for good", 0, 12},
	} {
		t.Run(policy.name, func(t *testing.T) {
			told := map[sallyport.EventKind]int{}
			k := sallyporttest.New(t, sallyporttest.WithStore(memstore.New()),
				sallyporttest.WithConfig(func(c *sallyport.Config) {
					c.OnEvent = func(ev sallyport.Event) { told[ev.Kind]++ }
				}),
				sallyporttest.WithDirectory(func(d *directory.File) {
					d.Policy = &directory.Policy{Password: directory.Passwords{AutoUnlockAfter: &policy.unlock}}
				}))
			k.AddUser(t, sallyporttest.User{Name: "paul"})
			before := maintainAll(t, k, time.Hour)
			clear(told)
			for _, s := range strangers(policy.perName) {
				n := calls
				if s.name != "a name that nobody has" {
					n = calls / 10 // they write nothing, as the next look shows
				}
				had := inventory(t, k.Store)
				for i := range n {
					got, err := s.call(t.Context(), k.Engine, i)
					var refused *sallyport.ProtocolError
					if got || err != nil && !errors.Is(err, sallyport.ErrUnknownRequest) && !errors.As(err, &refused) && !errors.Is(err, sallyport.ErrBusy) {
						t.Fatalf("%s, call %d: was told something, or got %v", s.name, i, err)
					}
				}
				has := inventory(t, k.Store)
				if s.name == "a name that nobody has" {
					if len(has) < len(had)+2*(n/policy.perName) {
						t.Errorf("%d records after %d misses, want the counts of each name", len(has)-len(had), n)
					}
				} else if !maps.Equal(has, had) {
					t.Errorf("%s left %d records behind", s.name, len(has)-len(had))
				}
			}
			if n := countPrefix(inventory(t, k.Store), "event/") - countPrefix(before, "event/"); n != 0 {
				t.Errorf("strangers stored %d events", n)
			}
			if told[sallyport.EventWrongPassword]+told[sallyport.EventLocked] == 0 {
				t.Error("nobody was told of the misses")
			}
			during := inventory(t, k.Store)
			after := maintainAll(t, k, 31*24*time.Hour)
			proof.Note(t, "strangers", policy.name, "misses", calls)
			for _, c := range []struct {
				column string
				list   map[string]int
			}{{"before", before}, {"at once", during}, {"a month later", after}} {
				proof.Note(t, "strangers", policy.name, c.column, fmt.Sprintf("%d records, %d bytes", len(c.list), total(c.list)))
			}
			if !maps.Equal(before, after) {
				t.Errorf("%d records of %d bytes a month later, want %d of %d: %v", len(after), total(after), len(before), total(before), difference(before, after))
			}
		})
	}
}

func countPrefix(list map[string]int, prefix string) (n int) {
	for key := range list {
		if strings.HasPrefix(key, prefix) {
			n++
		}
	}
	return n
}

func total(list map[string]int) (n int) {
	for _, size := range list {
		n += size
	}
	return n
}

// difference are some of the records that only one of two inventories has, or
// that differ in size.
func difference(a, b map[string]int) (list []string) {
	for key := range a {
		if a[key] != b[key] {
			list = append(list, fmt.Sprint(key, " ", a[key], " → ", b[key]))
		}
	}
	for key := range b {
		if _, ok := a[key]; !ok {
			list = append(list, fmt.Sprint(key, " is new"))
		}
	}
	slices.Sort(list)
	return list[:min(len(list), 10)]
}

// TestP10Events: an event of an account carries its end, which is that of the
// interval it lies in, and is gone after it.
func TestP10Events(t *testing.T) {
	const kept = 48 * time.Hour
	k := sallyporttest.New(t, sallyporttest.WithStore(memstore.New()), sallyporttest.WithConfig(func(c *sallyport.Config) { c.EventRetention = kept }))
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	maintainAll(t, k, kept+5*time.Hour) // those of the directory are gone
	if n := countPrefix(inventory(t, k.Store), "event/"); n != 0 {
		t.Errorf("%d events are left of the directory", n)
	}
	for i := range 3 {
		k.InProcess().Login(p.Name, fmt.Sprint("guess ", i)).Want(t, mismatch)
	}
	at, n := k.Clock.Now().Truncate(10*time.Minute).Add(10*time.Minute), 0
	for r, err := range k.Store.Scan(t.Context(), "event/", "") {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if early := r.Expires.Sub(at.Add(kept)); early < 0 || early >= time.Hour {
			t.Errorf("%s ends at %v, want the full hour after %v", r.Key, r.Expires, at.Add(kept))
		}
	}
	if n != 3 {
		t.Errorf("got %d events of three misses", n)
	}
	if n := countPrefix(maintainAll(t, k, kept-time.Hour), "event/"); n != 3 {
		t.Errorf("%d events are left before their end, want 3", n)
	}
	if n := countPrefix(maintainAll(t, k, 6*time.Hour), "event/"); n != 0 {
		t.Errorf("%d events are left after their end", n)
	}
}
