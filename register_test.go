package sallyport_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

const evasMail = "eva@example.com"

// TestSignUpJourney is the whole life of an account that somebody makes for
// themselves, as a program has it.
func TestSignUpJourney(t *testing.T) {
	kit := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SignUp = &sallyport.SignUp{} }))
	engine, ctx := kit.Engine, t.Context()

	var browser string
	key := kit.Outbox.Key("eva@example.com", func() {
		begun, err := engine.Register(ctx, sallyport.Registration{Username: "eva", Password: "correct horse battery", Email: "eva@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		browser = begun.Secret
	})
	made, err := engine.VerifyEmail(ctx, sallyport.Verification{Key: key, Secret: browser})
	if err != nil || made.Status != sallyport.RegistrationCreated {
		t.Fatal(made, err)
	}
	in, err := engine.Login(ctx, sallyport.Login{Username: "eva", Password: "correct horse battery"})
	if err != nil || in.Session == nil || in.Session.AccountID != made.Account {
		t.Fatal(in, err)
	}
	changed, err := engine.ChangePassword(ctx, sallyport.PasswordChange{Username: "eva", Password: "correct horse battery", NewPassword: "a better horse battery"})
	if err != nil || changed.Status != sallyport.PasswordChanged {
		t.Fatal(changed, err)
	}
	again, err := engine.Login(ctx, sallyport.Login{Username: "eva", Password: "a better horse battery"})
	if err != nil || again.Outcome != sallyport.Granted {
		t.Fatal(again, err)
	}
}

// signing is a kit at which people sign up.
type signing struct {
	*sallyporttest.Kit
	t *testing.T
}

func newSigning(t *testing.T, edit func(*sallyport.Config), opts ...sallyporttest.Option) *signing {
	t.Helper()
	own := sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.SignUp = &sallyport.SignUp{Roles: []string{sallyporttest.RoleName}, Attributes: []string{"City"}}
		if edit != nil {
			edit(c)
		}
	})
	return &signing{hosted(t, append(opts, own)...), t}
}

// evas is what Eva types.
func evas() sallyport.Registration {
	return sallyport.Registration{Username: "eva", Password: fresh, Email: evasMail}
}

// begin begins a registration and returns the secret of the browser.
func (s *signing) begin(in sallyport.Registration) (secret string) {
	s.t.Helper()
	r, err := s.Engine.Register(s.t.Context(), in)
	if err != nil {
		s.t.Fatal(err)
	}
	return r.Secret
}

// started begins a registration and returns what its own browser has after the mail.
func (s *signing) started(in sallyport.Registration) sallyport.Verification {
	s.t.Helper()
	var secret string
	key := s.Outbox.Key(in.Email, func() { secret = s.begin(in) })
	return sallyport.Verification{Key: key, Secret: secret}
}

// prove spends a key and wants to be told so.
func (s *signing) prove(in sallyport.Verification, want sallyport.RegistrationStatus) *sallyport.VerificationResult {
	s.t.Helper()
	r, err := s.Engine.VerifyEmail(s.t.Context(), in)
	if err != nil {
		s.t.Fatal(err)
	}
	made := want == sallyport.RegistrationCreated || want == sallyport.RegistrationWaits
	if r.Status != want || made != (r.Account != "") || made != (r.Name != "") {
		s.t.Fatalf("got %+v, want %s", *r, want)
	}
	return r
}

// signUp is a whole sign-up.
func (s *signing) signUp(in sallyport.Registration) *sallyport.VerificationResult {
	s.t.Helper()
	return s.prove(s.started(in), sallyport.RegistrationCreated)
}

// opens reports how a login is answered.
func (s *signing) opens(name, pw string) sallyport.Reason {
	s.t.Helper()
	return hostLogin(s.t, s.Kit, sallyport.Login{Username: name, Password: pw}).Reason
}

// TestSignUpNothingBeforeTheKey: before the mailed key is spent there is no account,
// no claim on the name and nothing to log in to.
func TestSignUpNothingBeforeTheKey(t *testing.T) {
	s := newSigning(t, nil)
	s.started(evas())
	if r := s.opens("eva", fresh); r != sallyport.ReasonWrongPassword {
		t.Errorf("a login before the proof: got %q", r)
	}
	if _, err := setup(s.Kit).CreateUser(t.Context(), directory.NewUser{Name: "eva"}); err != nil {
		t.Errorf("the name is claimed before the proof: %v", err)
	}
	for _, table := range []string{"account", "name", "email"} {
		if n := len(recordsOf(t, s.Store, table)); n > 1 { // of the administrator's eva
			t.Errorf("got %d records of %s", n, table)
		}
	}
}

// TestSignUpMail: a free address gets a key, without a word that somebody chose, and a
// taken one a notice to its owner, as stored.
func TestSignUpMail(t *testing.T) {
	s := newSigning(t, func(c *sallyport.Config) { c.Pages.Verify = "/welcome" })
	in := evas()
	in.Username, in.Language, in.Attributes = "buy-pills", "de", []account.Attribute{{Name: "City", Value: "buy pills"}}
	key := s.started(in).Key
	m := s.Outbox.Last(evasMail)
	if want := sallyporttest.Issuer + "/welcome/" + key; m.Kind != "sign-up" || m.User != "" || m.Link != want || m.Lifetime != 24*time.Hour || !strings.Contains(m.Text, want) {
		t.Errorf("got %#v %q %q", m.Kind, m.User, m.Link)
	}
	if all := fmt.Sprint(m.Subject, m.Text, m.User); strings.Contains(all, "pills") || strings.Contains(all, fresh) {
		t.Errorf("the mail holds what was typed: %s", all)
	}
	s.prove(sallyport.Verification{Key: key, Password: fresh, Username: "eva"}, sallyport.RegistrationCreated)

	in.Username, in.Email = "other-pills", "EVA@example.COM"
	s.begin(in)
	if m := s.Outbox.Await(evasMail, "notice"); m.User != "eva" || m.Link != "" || strings.Contains(m.Text, "pills") || !strings.Contains(m.Text, `"eva"`) {
		t.Errorf("got %q %q %q", m.User, m.Link, m.Text)
	}
}

// TestSignUpTyped: what was typed is refused by its field, all fields at once.
func TestSignUpTyped(t *testing.T) {
	long := strings.Repeat("x", 1025)
	for _, tt := range []struct {
		name string
		edit func(*sallyport.Registration)
		want []string
	}{
		{"all good", func(*sallyport.Registration) {}, nil},
		{"attributes", func(in *sallyport.Registration) { in.Attributes = []account.Attribute{{Name: "City", Value: "Paris"}} }, nil},
		{"the address as name", func(in *sallyport.Registration) { in.Username = "EVA@example.com" }, nil},
		{"another address as name", func(in *sallyport.Registration) { in.Username = "bob@example.com" }, []string{"Username"}},
		{"reserved", func(in *sallyport.Registration) { in.Username = "Admin" }, []string{"Username"}},
		{"nothing", func(in *sallyport.Registration) { *in = sallyport.Registration{} }, []string{"Username", "Email", "Password"}},
		{"list of addresses", func(in *sallyport.Registration) { in.Email = "eva@example.com,bob@example.com" }, []string{"Email"}},
		{"line end in an address", func(in *sallyport.Registration) { in.Email = "eva@example.com\nBcc: all@example.com" }, []string{"Email"}},
		{"language", func(in *sallyport.Registration) { in.Language = "de\r\n" }, []string{"Language"}},
		{"attribute not listed", func(in *sallyport.Registration) {
			in.Attributes = []account.Attribute{{Name: "Role", Value: "Admin"}}
		}, []string{"Attributes"}},
		{"attribute twice", func(in *sallyport.Registration) { in.Attributes = make([]account.Attribute, 2) }, []string{"Attributes"}},
		{"attribute too long", func(in *sallyport.Registration) { in.Attributes = []account.Attribute{{Name: "City", Value: long}} }, []string{"Attributes"}},
		{"attributes too long", func(in *sallyport.Registration) {
			in.Attributes = []account.Attribute{{Name: "City", Value: strings.Repeat("é", 2049)}}
		}, []string{"Attributes"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSigning(t, nil)
			in := evas()
			tt.edit(&in)
			_, err := s.Engine.Register(t.Context(), in)
			if got := faultsOf(err); !slices.Equal(got, tt.want) {
				t.Errorf("got %q (%v), want %q", got, err, tt.want)
			}
		})
	}
}

// faultsOf are the fields of all [sallyport.FieldError] in an error.
func faultsOf(err error) (fields []string) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			fields = append(fields, faultsOf(e)...)
		}
		return fields
	}
	if f, ok := errors.AsType[*sallyport.FieldError](err); ok {
		return []string{f.Field}
	}
	return nil
}

// TestSignUpPassword: the policy holds at the start, with name and address as words
// of the context, and what is refused costs no hash and no mail.
func TestSignUpPassword(t *testing.T) {
	s := newSigning(t, nil)
	for pw, rule := range map[string]password.Rule{
		"short": password.RuleMinLength, "the evangeline 1": password.RuleContext, "so mailbox99 it is": password.RuleContext, "line\nend of a password": "form",
	} {
		in := evas()
		in.Username, in.Email, in.Password = "evangeline", "mailbox99@example.com", pw
		_, err := s.Engine.Register(t.Context(), in)
		if e, ok := errors.AsType[*password.PolicyError](err); !ok || len(e.Failed) != 1 || e.Failed[0].Rule != rule {
			t.Errorf("%q: got %v, want %s", pw, err, rule)
		}
	}
	if n := len(recordsOf(t, s.Store, "registration")); n != 0 {
		t.Errorf("got %d registrations of refused passwords", n)
	}
}

// TestSignUpAlike: whatever is taken, the answer, the reads, the writes and their
// sizes are the same.
func TestSignUpAlike(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	s := newSigning(t, nil, sallyporttest.WithStore(counting))
	s.signUp(evas())
	s.AddUser(t, sallyporttest.User{Name: "tom", Email: "tom1@example.com", EmailValidated: true})
	s.Clock.Advance(48 * time.Hour) // of budgets nothing is used
	for _, in := range []sallyport.Registration{
		{Username: "free", Email: "free@example.com", Password: fresh},
		{Username: "eva", Email: "nobody@example.com", Password: fresh},
		{Username: "mine", Email: evasMail, Password: fresh},
		{Username: "mine", Email: "Eva@Example.com", Password: fresh},
	} {
		before := len(recordsOf(t, s.Store, "registration"))
		counting.Reset()
		in.Address = "203.0.113.7"
		secret := s.begin(in)
		got := counting.Counts()
		if got.Loads != 2 || got.Commits != 1 || got.Writes != 6 || len(secret) != 64 {
			t.Errorf("%s, %s: got %d loads, %d commits of %d records", in.Username, in.Email, got.Loads, got.Commits, got.Writes)
		}
		if n := len(recordsOf(t, s.Store, "registration")); n != before+1 {
			t.Errorf("%s, %s: got %d registrations, want %d", in.Username, in.Email, n, before+1)
		}
	}
}

// TestSignUpConfig: without a configuration nobody signs up, and a bad one is told.
func TestSignUpConfig(t *testing.T) {
	k := sallyporttest.New(t)
	for what, call := range map[string]func() error{
		"Register":         func() error { _, err := k.Engine.Register(t.Context(), evas()); return err },
		"VerifyEmail":      func() error { _, err := k.Engine.VerifyEmail(t.Context(), sallyport.Verification{}); return err },
		"ViewVerification": func() error { _, err := k.Engine.ViewVerification(t.Context(), "", ""); return err },
	} {
		if err := call(); !errors.Is(err, sallyport.ErrNoSignUp) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	for field, edit := range map[string]func(*sallyport.Config){
		"Config.SignUp needs Email":                        func(c *sallyport.Config) { c.SignUp, c.Email = &sallyport.SignUp{}, nil },
		"Config.SignUp.Unapproved is -1ns":                 func(c *sallyport.Config) { c.SignUp = &sallyport.SignUp{Unapproved: -1} },
		"Config.SignUp.Attributes: attributes.A: the same": func(c *sallyport.Config) { c.SignUp = &sallyport.SignUp{Attributes: []string{"A", "A"}} },
		`Config.Pages.Verify: "/a?b" is no path`:           func(c *sallyport.Config) { c.Pages.Verify = "/a?b" },
	} {
		c := sallyport.Config{Store: memstore.New(), InsecurePlainStore: true, Issuer: sallyporttest.Issuer, Email: senderFunc(nil)}
		edit(&c)
		if _, err := sallyport.New(t.Context(), c); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("got %v, want %q", err, field)
		}
	}
	for _, path := range []string{"a", "/", "/a/", "//a", "/a//b", "/../a", "/a#b", "/ä", "/a b"} {
		c := sallyport.Config{Store: memstore.New(), InsecurePlainStore: true, Issuer: sallyporttest.Issuer, Pages: sallyport.Pages{Verify: path}}
		if _, err := sallyport.New(t.Context(), c); err == nil || !strings.Contains(err.Error(), "Pages.Verify") {
			t.Errorf("%q: got %v", path, err)
		}
	}
	s := newSigning(t, func(c *sallyport.Config) { c.SignUp.Roles = []string{"Nobody's"} })
	if _, err := s.Engine.Register(t.Context(), evas()); !errors.Is(err, directory.ErrNoRole) {
		t.Errorf("a default role that does not exist: got %v", err)
	}
}
