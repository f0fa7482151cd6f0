package sallyport_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// userTable is a host's own table of users, which folds names by lower case and lets
// people sign in by their address too.
type userTable struct {
	mu   sync.Mutex
	rows map[string]sallyport.Account // by id

	names, ids atomic.Int64 // how often it was asked
	typed      atomic.Value // the last name

	// before, if set, stands before every answer. Its error is the answer.
	before func(ctx context.Context, what string) error
}

// writableTable also takes passwords.
type writableTable struct {
	*userTable
	writes atomic.Int64
	around func(write func() error) error // in the place of the write, if set
}

var (
	_ sallyport.Accounts       = (*userTable)(nil)
	_ sallyport.PasswordWriter = (*writableTable)(nil)
)

func (u *userTable) ByName(ctx context.Context, name string) (*sallyport.Account, error) {
	u.names.Add(1)
	u.typed.Store(name)
	return u.find(ctx, "name", func(a *sallyport.Account) bool {
		return strings.EqualFold(a.Name, name) || a.Email != "" && a.Email == name
	})
}

func (u *userTable) ByID(ctx context.Context, id string) (*sallyport.Account, error) {
	u.ids.Add(1)
	return u.find(ctx, "id", func(a *sallyport.Account) bool { return a.ID == id })
}

func (u *userTable) find(ctx context.Context, what string, is func(*sallyport.Account) bool) (*sallyport.Account, error) {
	u.mu.Lock()
	before := u.before
	u.mu.Unlock()
	if before != nil {
		if err := before(ctx, what); err != nil {
			return nil, err
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, a := range u.rows {
		if is(&a) {
			return &a, nil
		}
	}
	return nil, nil
}

var errOtherHash = errors.New("the hash is another")

func (w *writableTable) SetPassword(_ context.Context, id, newHash, oldHash string) error {
	w.writes.Add(1)
	write := func() error {
		w.mu.Lock()
		defer w.mu.Unlock()
		a, ok := w.rows[id]
		if !ok || a.PasswordHash != oldHash {
			return errOtherHash
		}
		a.PasswordHash, a.MustChangePassword = newHash, false
		w.rows[id] = a
		return nil
	}
	if w.around != nil {
		return w.around(write)
	}
	return write()
}

// hook sets what stands before every answer; nil: nothing.
func (u *userTable) hook(before func(ctx context.Context, what string) error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.before = before
}

// edit changes the row of an id, which it makes where there is none.
func (u *userTable) edit(id string, change func(*sallyport.Account)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	a := u.rows[id]
	change(&a)
	u.rows[id] = a
}

func (u *userTable) remove(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.rows, id)
}

func (u *userTable) hashOf(id string) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.rows[id].PasswordHash
}

// hashed is a cheap hash of a password.
func hashed(t testing.TB, pw string) string {
	t.Helper()
	h, err := password.InsecureParamsForTests().Hash(pw)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// job administers in tests.
var job = sallyport.Actor{Name: "test"}

const (
	annPassword = "correct horse battery"
	annID       = "7"
)

var born = time.Date(2020, 2, 3, 4, 5, 6, 789_000, time.UTC)

// ann is the one row of a table. Its name is spelt as its owner likes it.
func ann(t testing.TB) *userTable {
	return &userTable{rows: map[string]sallyport.Account{annID: {
		ID: annID, Name: "Ann", Since: born, PasswordHash: hashed(t, annPassword), Roles: []string{sallyporttest.RoleName},
	}}}
}

// owned is a kit whose users are the host's own.
func owned(t *testing.T, users sallyport.Accounts, opts ...sallyporttest.Option) *sallyporttest.Kit {
	t.Helper()
	own := sallyporttest.WithConfig(func(c *sallyport.Config) { c.Accounts = users })
	return hosted(t, append([]sallyporttest.Option{own}, opts...)...)
}

// annLogin is a login of the host's own with the right password.
var annLogin = sallyport.Login{Username: "ann", Password: annPassword}

// signedIn is the handle of a session of ann's.
func signedIn(t *testing.T, k *sallyporttest.Kit) string {
	t.Helper()
	r := hostLogin(t, k, annLogin)
	if r.Session == nil {
		t.Fatalf("got %v, %q, want a session", r.Outcome, r.Reason)
	}
	return r.Session.Handle
}

// wantSession fails the test unless the handle is good, or is not.
func wantSession(t *testing.T, k *sallyporttest.Kit, what, handle string, good bool) {
	t.Helper()
	_, err := k.Engine.Session(t.Context(), handle)
	if good && err != nil || !good && !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("%s: got %v, want the session good: %v", what, err, good)
	}
}

// later moves the clock past what is remembered of the host's answers.
func later(k *sallyporttest.Kit) { k.Clock.Advance(5 * time.Second) }

// factors has a second factor asked for: [mfa.Required] or [mfa.WhenEnrolled].
func factors(t *testing.T, k *sallyporttest.Kit, mode string) {
	t.Helper()
	setPolicy(t, k, func(p *directory.Policy) { p.MFA.Mode = &mode })
}
