package sallyport_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// windows is the module of these tests, by the name that Active Directory has.
const windows = token.ModuleWindows

// forest is a directory of an organisation, which knows people as dom\name, name@dom and
// name.
type forest struct {
	mu   sync.Mutex
	rows map[string]forestRow // by key

	checks, reads atomic.Int64
	// before, if set, stands before every answer. Its error is the answer.
	before func(ctx context.Context, what string) error
}

type forestRow struct {
	sallyport.Principal
	password string
}

var _ sallyport.Module = (*forest)(nil)

func (f *forest) Canonical(typed string) (string, bool) {
	name := strings.ToLower(typed)
	name = strings.TrimPrefix(name, `dom\`)
	name = strings.TrimSuffix(name, "@dom")
	return name, !strings.ContainsAny(name, `*()\@`)
}

func (f *forest) Check(ctx context.Context, typed, password string) (*sallyport.Principal, error) {
	f.checks.Add(1)
	name, _ := f.Canonical(typed)
	return f.find(ctx, "check", func(r *forestRow) bool {
		own, _ := f.Canonical(r.Name)
		return own == name && r.password == password
	})
}

func (f *forest) Read(ctx context.Context, key string) (*sallyport.Principal, error) {
	f.reads.Add(1)
	return f.find(ctx, "read", func(r *forestRow) bool { return r.Key == key })
}

func (f *forest) find(ctx context.Context, what string, is func(*forestRow) bool) (*sallyport.Principal, error) {
	f.mu.Lock()
	before := f.before
	f.mu.Unlock()
	if before != nil {
		if err := before(ctx, what); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.rows {
		if is(&r) {
			p := r.Principal
			return &p, nil
		}
	}
	return nil, nil
}

// hook sets what stands before every answer; nil: nothing.
func (f *forest) hook(before func(ctx context.Context, what string) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = before
}

// edit changes the row of a key.
func (f *forest) edit(key string, change func(*forestRow)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.rows[key]
	change(&r)
	f.rows[key] = r
}

func (f *forest) remove(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.rows, key)
}

const (
	bobKey      = "dom/5f0c"
	bobPassword = "wheelbarrow of 1999"
)

// bobs is a forest with one person in it.
func bobs() *forest {
	return &forest{rows: map[string]forestRow{bobKey: {
		Principal: sallyport.Principal{Key: bobKey, Name: `DOM\Bob`, FirstName: "Bob", PasswordSet: born, Roles: []sallyport.PrincipalRole{{Role: sallyporttest.RoleName}}},
		password:  bobPassword,
	}}}
}

// limited is a forest with a policy of its own on wrong passwords.
type limited struct {
	*forest
	misses int
	window time.Duration
}

var _ sallyport.ModuleLimits = limited{}

func (l limited) Limits() (int, time.Duration) { return l.misses, l.window }

// joined is a kit with a module, which its clients take beside VGUser.
func joined(t *testing.T, m sallyport.Module, opts ...sallyporttest.Option) *sallyporttest.Kit {
	t.Helper()
	with := []sallyporttest.Option{
		sallyporttest.WithConfig(func(c *sallyport.Config) { c.Modules = map[string]sallyport.Module{windows: m} }),
		sallyporttest.WithDirectory(func(d *directory.File) {
			for i := range d.Clients {
				d.Clients[i].Modules = []string{token.ModuleVGUser, windows}
			}
		}),
	}
	return hosted(t, append(with, opts...)...)
}

// bobLogin is a login of the host's own with the right password, at the module.
var bobLogin = sallyport.Login{Module: windows, Username: "bob", Password: bobPassword}

// bobWith is bobLogin with another name and password.
func bobWith(name, password string) sallyport.Login {
	return sallyport.Login{Module: windows, Username: name, Password: password}
}

// bobIn is the session of a login of bob's.
func bobIn(t *testing.T, k *sallyporttest.Kit) *sallyport.Session {
	t.Helper()
	r := hostLogin(t, k, bobLogin)
	if r.Session == nil {
		t.Fatalf("got %v, %q, want a session", r.Outcome, r.Reason)
	}
	return r.Session
}
