package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestModuleSilent: a module that fails, panics or does not answer within five seconds is
// the same 503 for everybody, right and wrong, known and unknown, and nobody is charged.
func TestModuleSilent(t *testing.T) {
	for _, s := range silences {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := bobs()
				k := joined(t, f)
				wantOutcome(t, "before", hostLogin(t, k, bobLogin), sallyport.Granted, sallyport.NoReason)
				f.hook(func(ctx context.Context, _ string) error { return s.answer(ctx) })
				for _, in := range []sallyport.Login{bobLogin, bobWith("bob", "wrong"), bobWith("nobody", "wrong")} {
					began := time.Now()
					r, err := k.Engine.Login(t.Context(), in)
					if !errors.Is(err, sallyport.ErrBusy) || time.Since(began) < s.took || time.Since(began) > s.took+time.Second {
						t.Errorf("%s: got %v, %v after %v, want %v after %v", in.Username, r, err, time.Since(began), sallyport.ErrBusy, s.took)
					}
				}
				form := "grant_type=VGAuthenticator&client_id=" + sallyporttest.ClientID + "&client_secret=" + sallyporttest.ClientSecret + "&VGAuthenticationModule=" + windows + "&Username=bob&Password=x"
				if a := post(t, k, form); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || strings.Contains(string(a.body), "gone") {
					t.Errorf("over HTTP: got %d, %s, want 503 without a reason", a.status, a.body)
				}
				if strings.Contains(k.Logs(), "a secret") {
					t.Error("the log has what was panicked with")
				}
				f.hook(nil)
				time.Sleep(2 * time.Minute)
				for i := range 9 {
					wantOutcome(t, "a wrong password", hostLogin(t, k, bobWith("bob", fmt.Sprint("x", i))), sallyport.Denied, reasonOf(i, 8))
				}
				wantOutcome(t, "nothing was charged", hostLogin(t, k, bobLogin), sallyport.Granted, sallyport.NoReason)
			})
		})
	}
}

// TestModuleHangsAlone: while a module hangs, the users of the engine itself and of another
// module log in.
func TestModuleHangsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := bobs()
		f.hook(func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() })
		k := joined(t, f, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Modules["Second"] = bobs() }))
		k.AddUser(t, sallyporttest.User{Name: "ann", Password: annPassword})
		for i := range 1100 { // more than calls that may be detached, in groups of their own
			in := bobWith(fmt.Sprint("name", i), "x")
			in.Address = fmt.Sprintf("203.0.%d.%d", i/250, i%250)
			go k.Engine.Login(t.Context(), in)
			if i%100 == 99 {
				synctest.Wait() // until they have had their turn at the gate
			}
		}
		began := time.Now()
		wantOutcome(t, "VGUser", hostLogin(t, k, annLogin), sallyport.Granted, sallyport.NoReason)
		wantOutcome(t, "the second", hostLogin(t, k, sallyport.Login{Module: "Second", Username: "bob", Password: bobPassword}), sallyport.Granted, sallyport.NoReason)
		if time.Since(began) > time.Second {
			t.Errorf("they took %v", time.Since(began))
		}
	})
}

// TestModuleNonsense: what makes no sense in an answer denies, as no answer does, and the
// log names the field.
func TestModuleNonsense(t *testing.T) {
	long := strings.Repeat("x", 1025)
	for _, tt := range []struct {
		name string
		edit func(*forestRow)
		want string
	}{
		{"an empty key", func(r *forestRow) { r.Key = "" }, "Principal.Key"},
		{"a key of 129 bytes", func(r *forestRow) { r.Key = long[:129] }, "Principal.Key"},
		{"a key that is no text", func(r *forestRow) { r.Key = "\xff" }, "Principal.Key"},
		{"a name with a line end", func(r *forestRow) { r.Name = "b\no" }, "Principal.Name"},
		{"a name of 257 bytes", func(r *forestRow) { r.Name = long[:257] }, "Principal.Name"},
		{"no name", func(r *forestRow) { r.Name = "" }, "Principal.Name"},
		{"a long first name", func(r *forestRow) { r.FirstName = long }, "a text"},
		{"a last name that is no text", func(r *forestRow) { r.LastName = "\xff" }, "a text"},
		{"a long attribute", func(r *forestRow) { r.Attributes = []account.Attribute{{Name: "City", Value: long}} }, "a text"},
		{"too many attributes", func(r *forestRow) { r.Attributes = make([]account.Attribute, 101) }, "attributes"},
		{"too many roles", func(r *forestRow) { r.Roles = make([]sallyport.PrincipalRole, 1001) }, "roles"},
		{"a long role", func(r *forestRow) { r.Roles[0].Role = long }, "a text"},
		{"too much in all", func(r *forestRow) {
			r.Roles = slices.Repeat([]sallyport.PrincipalRole{{Role: long[:1024]}}, 33)
		}, "a text"},
		{"a long address", func(r *forestRow) { r.Email = strings.Repeat(long, 33) }, "a text"},
		{"a password of the day after tomorrow", func(r *forestRow) { r.PasswordSet = sallyporttest.Start.Add(25 * time.Hour) }, "PasswordSet"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := lying{bobs(), tt.edit}
			k := joined(t, l)
			if r, err := k.Engine.Login(t.Context(), bobLogin); !errors.Is(err, sallyport.ErrBusy) {
				t.Errorf("got %v, %v, want %v", r, err, sallyport.ErrBusy)
			}
			if !strings.Contains(k.Logs(), tt.want) {
				t.Errorf("got the log %s, want %s in it", k.Logs(), tt.want)
			}
		})
	}
}

// lying is a forest that says something else than it knows.
type lying struct {
	*forest
	edit func(*forestRow)
}

func (l lying) Check(ctx context.Context, typed, password string) (*sallyport.Principal, error) {
	p, err := l.forest.Check(ctx, typed, password)
	if p == nil {
		return p, err
	}
	r := forestRow{Principal: *p}
	l.edit(&r)
	return &r.Principal, err
}

// careless is a forest whose own code panics, or whose errors hold the password.
type careless struct {
	*forest
	canonical, limits bool
}

func (c careless) Canonical(typed string) (string, bool) {
	if c.canonical {
		panic(typed)
	}
	return c.forest.Canonical(typed)
}

func (c careless) Limits() (int, time.Duration) {
	if c.limits {
		panic("limits")
	}
	return 0, 0
}

func (c careless) Check(_ context.Context, typed, password string) (*sallyport.Principal, error) {
	return nil, fmt.Errorf("binding %s with %s, %q, ?p=%s failed", typed, password, password, url.QueryEscape(password))
}

// TestModuleCareless: a panic outside of a question denies too, and no password that a
// module put into an error stands in the log or in ours.
func TestModuleCareless(t *testing.T) {
	const pw = `cor"rect & battery`
	for name, c := range map[string]careless{
		"Canonical": {canonical: true}, "Limits": {limits: true}, "the error": {},
	} {
		t.Run(name, func(t *testing.T) {
			c.forest = bobs()
			k := joined(t, c)
			r, err := k.Engine.Login(t.Context(), bobWith("bob", pw))
			if !errors.Is(err, sallyport.ErrBusy) {
				t.Fatalf("got %v, %v, want %v", r, err, sallyport.ErrBusy)
			}
			for _, form := range []string{"battery", "cor"} {
				if strings.Contains(k.Logs()+err.Error(), form) {
					t.Errorf("got the log %s and the error %v, want no password in them", k.Logs(), err)
				}
			}
		})
	}
}

// swapping is a forest that reads somebody else than was asked for.
type swapping struct{ *forest }

func (s swapping) Read(ctx context.Context, key string) (*sallyport.Principal, error) {
	p, err := s.forest.Read(ctx, key)
	if p != nil {
		p.Key = "dom/somebody else"
	}
	return p, err
}

// TestModuleOfAnother: a module that reads another account than was asked for denies.
func TestModuleOfAnother(t *testing.T) {
	k := joined(t, swapping{bobs()})
	r, err := k.Engine.Login(t.Context(), login(bobLogin))
	if err != nil || r.Tokens == nil {
		t.Fatal(r, err)
	}
	if _, err := k.Engine.Refresh(t.Context(), refresh(r.Tokens.RefreshToken)); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("a refresh: got %v, want %v", err, sallyport.ErrBusy)
	}
}

// TestModuleStale: an answer of a copy that is behind denies, at a login and at a session,
// and the next one counts.
func TestModuleStale(t *testing.T) {
	f := bobs()
	k := joined(t, f)
	handle := bobIn(t, k).Handle
	stale := func(set time.Time) { f.edit(bobKey, func(r *forestRow) { r.PasswordSet = set }) }
	stale(born.Add(-time.Nanosecond))
	if r, err := k.Engine.Login(t.Context(), bobLogin); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("a login: got %v, %v, want %v", r, err, sallyport.ErrBusy)
	}
	k.Clock.Advance(5 * time.Minute)
	if _, err := k.Engine.Session(t.Context(), handle); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("a session: got %v, want %v", err, sallyport.ErrBusy)
	}
	stale(time.Time{}) // nothing is said of it
	wantSession(t, k, "once it is not known", handle, true)
	k.Clock.Advance(5 * time.Minute)
	stale(born)
	wantSession(t, k, "as it was", handle, true)
	wantOutcome(t, "a login", hostLogin(t, k, bobLogin), sallyport.Granted, sallyport.NoReason)
	stale(born.Add(time.Second))
	k.Clock.Advance(5 * time.Minute)
	wantSession(t, k, "after a new password", handle, false)
}

// TestModuleFaults (P8): whichever call on the store breaks in a login by a module, nothing
// is granted, the name is not held up, and the next login is right.
func TestModuleFaults(t *testing.T) {
	for _, op := range []storetest.Op{storetest.Load, storetest.Commit} {
		for how, broken := range map[string]storetest.Action{"fails": storetest.Fail(errors.New("no")), "panics": storetest.Panic("no")} {
			for n := 1; n <= 6; n++ {
				f := storetest.NewFaulty(memstore.New())
				k := joined(t, bobs(), sallyporttest.WithStore(f))
				f.Reset()
				f.At(op, n, broken)
				r, err := k.Engine.Login(t.Context(), bobLogin)
				broke := f.Calls(op) >= n
				if n == 1 && !broke || broke && (err == nil || r != nil) {
					t.Errorf("%v %d %s: got %v, %v, want it denied", op, n, how, r, err)
				}
				f.Reset()
				wantOutcome(t, fmt.Sprint(op, " ", n, " ", how, ", then"), hostLogin(t, k, bobLogin), sallyport.Granted, sallyport.NoReason)
			}
		}
	}
}

// lagging is a forest in which what Check says keeps an account out, while Read asks a copy
// that does not know of it yet.
type lagging struct {
	*forest
	keep func(*sallyport.Principal)
}

func (l lagging) Check(ctx context.Context, typed, password string) (*sallyport.Principal, error) {
	p, err := l.forest.Check(ctx, typed, password)
	if p != nil {
		l.keep(p)
	}
	return p, err
}

// TestModuleLags: what Check says against a login holds for that login, whatever Read says.
func TestModuleLags(t *testing.T) {
	for name, keep := range map[string]func(*sallyport.Principal){
		"disabled":    func(p *sallyport.Principal) { p.Disabled = true },
		"locked":      func(p *sallyport.Principal) { p.Locked = true },
		"expired":     func(p *sallyport.Principal) { p.Expired = true },
		"must change": func(p *sallyport.Principal) { p.MustChangePassword = true },
		"disabled, with another password": func(p *sallyport.Principal) {
			p.Disabled, p.PasswordSet = true, p.PasswordSet.Add(time.Hour)
		},
		"locked, with another password": func(p *sallyport.Principal) {
			p.Locked, p.PasswordSet = true, p.PasswordSet.Add(time.Hour)
		},
		"expired, with another password": func(p *sallyport.Principal) {
			p.Expired, p.PasswordSet = true, p.PasswordSet.Add(time.Hour)
		},
		"must change, with another password": func(p *sallyport.Principal) {
			p.MustChangePassword, p.PasswordSet = true, p.PasswordSet.Add(time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := lagging{bobs(), func(*sallyport.Principal) {}}
			k := joined(t, &f)
			bobIn(t, k)
			f.keep = keep
			r, err := k.Engine.Login(t.Context(), bobLogin)
			if err == nil && r.Outcome == sallyport.Granted {
				t.Errorf("granted: %+v", r)
			}
		})
	}
}
