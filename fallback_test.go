package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// oldSystem is a system with users by their lower-case names.
type oldSystem struct {
	users map[string]directory.NewUser // with the passwords
	do    func(ctx context.Context) error

	mu    sync.Mutex
	asked []string
}

func (o *oldSystem) Check(ctx context.Context, name, password string) (*directory.NewUser, bool, error) {
	o.mu.Lock()
	o.asked = append(o.asked, name)
	o.mu.Unlock()
	if o.do != nil {
		if err := o.do(ctx); err != nil {
			return nil, false, err
		}
	}
	u, ok := o.users[strings.ToLower(name)]
	ok = ok && u.Password == password
	u.Password = ""
	return &u, ok, nil
}

// times is how often it was asked.
func (o *oldSystem) times() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.asked)
}

const oldWord = "swordfish of old"

func newOldSystem() *oldSystem {
	return &oldSystem{users: map[string]directory.NewUser{
		"ada": {Name: "Ada", Password: oldWord, Email: "ada@x.example", FirstName: "Ada", Roles: []string{sallyporttest.RoleName}},
	}}
}

func falling(t *testing.T, o *oldSystem, opts ...sallyporttest.Option) *sallyporttest.Kit {
	t.Helper()
	with := sallyporttest.WithConfig(func(c *sallyport.Config) { c.Fallback = o })
	return hosted(t, append([]sallyporttest.Option{with}, opts...)...)
}

// TestFallback: who is right in the other system moves in with their login, and is never
// asked for there again.
func TestFallback(t *testing.T) {
	o := newOldSystem()
	var told []sallyport.Event
	k := falling(t, o, sallyporttest.WithConfig(func(c *sallyport.Config) { c.OnEvent = func(ev sallyport.Event) { told = append(told, ev) } }))
	told = nil
	r := hostLogin(t, k, sallyport.Login{Username: " ADA ", Password: oldWord})
	wantOutcome(t, "the first login", r, sallyport.Granted, sallyport.NoReason)
	u, err := setup(k).FindUser(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	if u.ID != r.Session.AccountID || u.Name != "Ada" || u.Email != "ada@x.example" || u.EmailFactor || !slices.Equal(r.Session.Roles, []string{sallyporttest.RoleName}) {
		t.Errorf("got %+v with %q", u, r.Session.Roles)
	}
	if len(told) != 2 || told[0].Kind != sallyport.EventUserCreated || told[0].Account != u.ID || told[0].Detail != "fallback" || told[1].Kind != sallyport.EventLogin {
		t.Errorf("got events %+v", told)
	}
	if !slices.Equal(o.asked, []string{"ADA"}) {
		t.Errorf("got asked for %q, want the name as it was typed, once", o.asked)
	}
	o.users["ada"] = directory.NewUser{Name: "Ada", Password: "another one"}
	wantOutcome(t, "the second login", hostLogin(t, k, sallyport.Login{Username: "ada", Password: oldWord}), sallyport.Granted, sallyport.NoReason)
	if r := hostLogin(t, k, sallyport.Login{Username: "ada", Password: "another one"}); r.Reason != sallyport.ReasonWrongPassword {
		t.Errorf("got %q for what became the password there since", r.Reason)
	}
	if got := o.times(); got != 1 {
		t.Errorf("got asked %d times, want once", got)
	}
}

// TestFallbackNo: what it answers with no is a wrong password, counted as ever, and a
// locked name is not asked for: the lockout comes first.
func TestFallbackNo(t *testing.T) {
	o := newOldSystem()
	k := falling(t, o)
	for i := range 12 {
		r := hostLogin(t, k, sallyport.Login{Username: "ada", Password: fmt.Sprint("wrong ", i)})
		locked := i >= 9
		if (r.Reason == sallyport.ReasonLockedOut) != locked {
			t.Errorf("attempt %d: got %q, want it locked: %v", i+1, r.Reason, locked)
		}
	}
	if got := o.times(); got != 10 {
		t.Errorf("got asked %d times, want 10: a locked name is not asked for", got)
	}
	if r := hostLogin(t, k, sallyport.Login{Username: "ada", Password: oldWord}); r.Reason != sallyport.ReasonLockedOut || o.times() != 10 {
		t.Errorf("got %q for the right password of a locked name, asked %d times", r.Reason, o.times())
	}
	for range 3 { // a client that sends each request twice
		hostLogin(t, k, sallyport.Login{Username: "eve", Password: "wrong"})
	}
	if got := o.times(); got != 11 {
		t.Errorf("got asked %d times, want a repeat answered without", got)
	}
	if _, err := setup(k).FindUser(t.Context(), "ada"); !errors.Is(err, directory.ErrNoUser) {
		t.Errorf("got %v, want nobody made", err)
	}
}

// TestFallbackNotAsked: names that somebody here has or had, and what nobody can have,
// are not asked for, nor in any call but a login.
func TestFallbackNotAsked(t *testing.T) {
	o := newOldSystem()
	k := falling(t, o)
	created(t, k) // ada
	if r := hostLogin(t, k, sallyport.Login{Username: "ada", Password: oldWord}); r.Reason != sallyport.ReasonWrongPassword {
		t.Errorf("a name of ours: got %q", r.Reason)
	}
	u, err := setup(k).FindUser(t.Context(), "ada")
	if err == nil {
		err = setup(k).DeleteUser(t.Context(), u.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	k.Clock.Advance(time.Minute)
	for name, in := range map[string]sallyport.Login{
		"a deleted name":              {Username: "ada", Password: oldWord},
		"a refused name":              {Username: "a\x00b", Password: oldWord},
		"a password nobody can type":  {Username: "bob", Password: "a\x00b"},
		"one that is too long to set": {Username: "bob", Password: strings.Repeat("x", 1025)},
	} {
		if r, err := k.Engine.Login(t.Context(), in); err == nil && r.Reason != sallyport.ReasonWrongPassword {
			t.Errorf("%s: got %q", name, r.Reason)
		}
	}
	o.users["bob"] = directory.NewUser{Name: "bob", Password: oldWord}
	c, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: "bob", Password: oldWord, NewPassword: "correct horse battery"})
	if err != nil || c.Status != sallyport.OldPasswordWrong {
		t.Errorf("a change: got %+v, %v", c, err)
	}
	if got := o.times(); got != 0 {
		t.Errorf("got asked for %q, want nothing", o.asked)
	}
}

// TestFallbackErrors: whatever goes wrong denies alike, with ErrBusy, makes nobody and
// charges nothing.
func TestFallbackErrors(t *testing.T) {
	for name, change := range map[string]func(o *oldSystem){
		"an error":     func(o *oldSystem) { o.do = func(context.Context) error { return errors.New("down") } },
		"a panic":      func(o *oldSystem) { o.do = func(context.Context) error { panic("down") } },
		"another name": func(o *oldSystem) { o.users["ada"] = directory.NewUser{Name: "eve", Password: oldWord} },
		"a password": func(o *oldSystem) {
			o.users["ada"] = directory.NewUser{Name: "ada", Password: oldWord, PasswordHash: bcryptHash}
		},
		"a role of nobody": func(o *oldSystem) {
			o.users["ada"] = directory.NewUser{Name: "ada", Password: oldWord, Roles: []string{"Pilot"}}
		},
		"a bad address":       func(o *oldSystem) { o.users["ada"] = directory.NewUser{Name: "ada", Password: oldWord, Email: "x"} },
		"a password of spite": func(o *oldSystem) { o.do = func(context.Context) error { return context.Canceled } },
	} {
		o := newOldSystem()
		change(o)
		k := falling(t, o)
		for range 12 {
			if r, err := k.Engine.Login(t.Context(), sallyport.Login{Username: "ada", Password: oldWord}); !errors.Is(err, sallyport.ErrBusy) || r != nil {
				t.Errorf("%s: got %v, %v, want %v", name, r, err, sallyport.ErrBusy)
			}
		}
		if _, err := setup(k).FindUser(t.Context(), "ada"); !errors.Is(err, directory.ErrNoUser) {
			t.Errorf("%s: got %v, want nobody made", name, err)
		}
		o.do, o.users = nil, newOldSystem().users
		wantOutcome(t, name+", and then well", hostLogin(t, k, sallyport.Login{Username: "ada", Password: oldWord}), sallyport.Granted, sallyport.NoReason)
	}
}

// TestFallbackBounded: a question has five seconds, also one that ignores its context,
// and 64 are under way at once.
func TestFallbackBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, release := newOldSystem(), make(chan struct{})
		o.do = func(context.Context) error { <-release; return nil }
		k := falling(t, o)
		began := time.Now()
		crowd(70, func(i int) {
			if _, err := k.Engine.Login(t.Context(), sallyport.Login{Username: fmt.Sprint("u", i), Password: oldWord}); !errors.Is(err, sallyport.ErrBusy) {
				t.Errorf("got %v, want %v", err, sallyport.ErrBusy)
			}
		})
		if took := time.Since(began); took < 5*time.Second || took > 6*time.Second {
			t.Errorf("got the answers after %v, want about 5s", took)
		}
		if got := o.times(); got != 64 {
			t.Errorf("got %d questions at once, want 64", got)
		}
		close(release)
		synctest.Wait()
		o.do = nil
		wantOutcome(t, "once they have ended", hostLogin(t, k, sallyport.Login{Username: "ada", Password: oldWord}), sallyport.Granted, sallyport.NoReason)
		k.Engine.Close()
	})
}

// TestFallbackRace: of many first logins at once one makes the account, and all of them
// are right.
func TestFallbackRace(t *testing.T) {
	o := newOldSystem()
	k := falling(t, o)
	ids := make([]string, 32)
	crowd(len(ids), func(i int) {
		r, err := k.Engine.Login(t.Context(), sallyport.Login{Username: "ada", Password: oldWord})
		if err != nil || r.Session == nil {
			t.Errorf("got %v, %v, want a session", r, err)
			return
		}
		ids[i] = r.Session.AccountID
	})
	if got := o.times(); got > len(ids) {
		t.Errorf("got asked %d times in %d logins, want once each at most", got, len(ids))
	}
	if slices.Sort(ids); ids[0] != ids[len(ids)-1] {
		t.Errorf("got accounts %q and %q, want one", ids[0], ids[len(ids)-1])
	}
}

// TestFallbackGone: where the caller goes away while the other system is asked, nothing
// is granted and nobody is made.
func TestFallbackGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		o := newOldSystem()
		o.do = func(context.Context) error { cancel(); return nil }
		k := falling(t, o)
		if r, err := k.Engine.Login(ctx, sallyport.Login{Username: "ada", Password: oldWord}); r != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, %v, want %v", r, err, context.Canceled)
		}
		if _, err := setup(k).FindUser(t.Context(), "ada"); !errors.Is(err, directory.ErrNoUser) {
			t.Errorf("got %v, want nobody made", err)
		}
	})
}

// TestFallbackJudged: the account is judged by all that a login is judged by.
func TestFallbackJudged(t *testing.T) {
	yes := true
	for name, tt := range map[string]struct {
		u    directory.NewUser
		want sallyport.Outcome
		why  sallyport.Reason
	}{
		"disabled":      {directory.NewUser{Disabled: true}, sallyport.Denied, sallyport.ReasonDisabled},
		"unapproved":    {directory.NewUser{Unapproved: true}, sallyport.Denied, sallyport.ReasonNotApproved},
		"must change":   {directory.NewUser{MustChangePassword: true}, sallyport.PasswordChangeWanted, sallyport.ReasonMustChange},
		"second factor": {directory.NewUser{MFA: &yes, Email: "ada@x.example"}, sallyport.EnrollmentWanted, sallyport.NoReason},
	} {
		o := newOldSystem()
		tt.u.Name, tt.u.Password = "ada", oldWord
		o.users["ada"] = tt.u
		k := falling(t, o)
		for i := range 2 {
			r := hostLogin(t, k, sallyport.Login{Username: "ada", Password: oldWord})
			wantOutcome(t, fmt.Sprint(name, ", login ", i+1), r, tt.want, tt.why)
		}
		if o.times() != 1 {
			t.Errorf("%s: got asked %d times, want once", name, o.times())
		}
	}
}

// TestFallbackFaults: whichever call on the store breaks, no half of an account is left,
// and the next login is right.
func TestFallbackFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, op := range []storetest.Op{storetest.Load, storetest.Commit} {
			for n := 1; n <= 4; n++ {
				f := storetest.NewFaulty(memstore.New())
				k := falling(t, newOldSystem(), sallyporttest.WithStore(f))
				f.Reset()
				f.At(op, n, storetest.Fail(errors.New("no")))
				r, err := k.Engine.Login(t.Context(), sallyport.Login{Username: "ada", Password: oldWord})
				broke := f.Calls(op) >= n
				if broke && (err == nil || r != nil) {
					t.Errorf("%v %d: got %v, %v, want it denied", op, n, r, err)
				}
				f.Reset()
				wantOutcome(t, fmt.Sprint(op, " ", n, ", then"), hostLogin(t, k, sallyport.Login{Username: "ada", Password: oldWord}), sallyport.Granted, sallyport.NoReason)
			}
		}
	})
}
