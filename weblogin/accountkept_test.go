package weblogin_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/mfa"
	pw "github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/weblogin"
)

// others are the users of a host that keeps them itself: ann alone.
type others struct{ ann sallyport.Account }

func (o others) ByName(_ context.Context, name string) (*sallyport.Account, error) {
	if !strings.EqualFold(name, o.ann.Name) {
		return nil, nil
	}
	return &o.ann, nil
}

func (o others) ByID(_ context.Context, id string) (*sallyport.Account, error) {
	if id != o.ann.ID {
		return nil, nil
	}
	return &o.ann, nil
}

// writable also takes passwords.
type writable struct{ others }

func (writable) SetPassword(context.Context, string, string, string) error { return nil }

// module keeps one account, by its name.
type module struct{ sallyport.Principal }

func (m module) Canonical(typed string) (string, bool) { return strings.ToLower(typed), true }

func (m module) Check(_ context.Context, typed, secret string) (*sallyport.Principal, error) {
	if strings.ToLower(typed) != m.Name || secret != password {
		return nil, nil
	}
	return &m.Principal, nil
}

func (m module) Read(_ context.Context, key string) (*sallyport.Principal, error) {
	if key != m.Key {
		return nil, nil
	}
	return &m.Principal, nil
}

// letIn is a browser of a host with the pages, in which a session is kept.
func letIn(t *testing.T, k *sallyporttest.Kit, session *sallyport.Session) (*sallyporttest.Browser, *forger) {
	t.Helper()
	g, err := guard.New(k.Engine, guard.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := weblogin.New(g, weblogin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := &forger{app: pages.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := g.SignIn(w, r, session); err != nil {
			t.Error(err)
		}
	}))}
	b := k.Browser(f)
	b.Open("/let-in").Want(t, 200)
	return b, f
}

// kit is one of a host that gives its application, with a login that is complete.
func kit(t *testing.T, config func(*sallyport.Config), in sallyport.Login, users ...sallyporttest.User) (*sallyporttest.Kit, *sallyport.Session) {
	t.Helper()
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Application = sallyporttest.ApplicationName
		config(c)
	}))
	for _, u := range users {
		k.AddUser(t, u)
	}
	r, err := k.Engine.Login(t.Context(), in)
	if err == nil && in.Password == "" {
		for _, o := range r.Options {
			if o.Transport == mfa.Email && o.Mode == mfa.OTP {
				in = sallyport.Login{RequestID: r.RequestID, OptionID: o.ID}
			}
		}
		in.Code = k.Outbox.Code(users[0].Email, func() { r, err = k.Engine.Login(t.Context(), in) })
		r, err = k.Engine.Login(t.Context(), in)
	}
	if err != nil || r.Session == nil {
		t.Fatalf("signing in: got %v, %v", r, err)
	}
	return k, r.Session
}

// TestAccountKeptElsewhere: what cannot be changed here is left out, and the pages say why.
func TestAccountKeptElsewhere(t *testing.T) {
	hash, err := pw.InsecureParamsForTests().Hash(password)
	if err != nil {
		t.Fatal(err)
	}
	born := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	own := others{sallyport.Account{ID: "1", Name: "ann", Since: born, PasswordHash: hash, Email: "ann@example.com", Roles: []string{sallyporttest.RoleName}}}
	elsewhere := module{sallyport.Principal{Key: "1", Name: "ann", PasswordSet: born, Roles: []sallyport.PrincipalRole{{Role: sallyporttest.RoleName}}}}
	in := sallyport.Login{Username: "ann", Password: password}
	for _, tt := range []struct {
		name     string
		config   func(*sallyport.Config)
		in       sallyport.Login
		users    []sallyporttest.User
		password bool
		factors  bool
		says     string
		why      map[string]string
	}{
		{"the host's, which takes passwords", func(c *sallyport.Config) { c.Accounts = writable{own} }, in, nil, true, true, "Your e-mail address and your language are kept elsewhere", map[string]string{
			"email": "Your e-mail address is kept elsewhere", "close": "Your account is kept elsewhere, and is closed there.",
		}},
		{"the host's", func(c *sallyport.Config) { c.Accounts = own }, in, nil, false, true, "Your password, your e-mail address and your language are kept elsewhere", map[string]string{
			"password": "Your password is kept elsewhere, and is changed there.", "email": "Your e-mail address is kept elsewhere", "close": "is closed there",
		}},
		{"a module's", func(c *sallyport.Config) { c.Modules = map[string]sallyport.Module{token.ModuleWindows: elsewhere} }, sallyport.Login{Module: token.ModuleWindows, Username: "ann", Password: password}, nil, false, true,
			"Your password, your e-mail address and your language are kept elsewhere", map[string]string{"password": "Your password is kept elsewhere", "email": "Your e-mail address is kept elsewhere", "close": "is closed there"}},
		{"without a password", func(c *sallyport.Config) { c.HostPasswordless = true }, sallyport.Login{Module: token.ModulePasswordless, Username: "ann"}, []sallyporttest.User{{
			Name: "ann", Email: "ann@example.com", EmailValidated: true, Edit: func(u *directory.User) { u.Password, u.Passwordless = "", true },
		}}, false, false, "Your account has no password: you sign in by a code", map[string]string{
			"password": "Your account has no password", "email": "Your account has no password", "factors": "Your account has no password", "factors/remove": "Your account has no password", "recovery-codes": "Your account has no password", "close": "Your account has no password",
		}},
		{"without mail", func(c *sallyport.Config) { c.Email = nil }, in, []sallyporttest.User{{Name: "ann"}}, true, true, "ann", map[string]string{"email": "This site sends no mail"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, session := kit(t, tt.config, tt.in, tt.users...)
			b, forge := letIn(t, k, session)
			p := b.Open("/account").Want(t, 200, "Your account", tt.says)
			for text, shown := range map[string]bool{"Change the password": tt.password, "Add a second factor": tt.factors && tt.why["factors"] == "", "Change the e-mail address": false, "Add an e-mail address": false, "Close my account": tt.why["close"] == ""} {
				if strings.Contains(p.Text, text) != shown {
					t.Errorf("%q: got %s, want it there: %v", text, p.Text, shown)
				}
			}
			for path, why := range tt.why {
				p := b.Open("/account/"+path).Want(t, 200, why, "Back to your account")
				if strings.Contains(string(p.Body), "<form") {
					t.Errorf("%s has a form", path)
				}
			}
			if strings.Contains(tt.says, "kept elsewhere") {
				forge.name, forge.value = "action", "language"
				p.Form("everywhere").Submit("").Want(t, 400, "Your account is kept elsewhere: change this there.")
				forge.name = ""
			}
			if tt.factors {
				begin(b.Open("/account/factors")).Want(t, 200, "Add your second factor on the page below.")
			}
		})
	}
}
