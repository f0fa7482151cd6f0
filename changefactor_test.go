package sallyport_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// factoring is a kit with one account, whose owner has signed in with all that was wanted.
type factoring struct {
	*moving
	s *sallyport.Session
}

func newFactoring(t *testing.T, u sallyporttest.User, opts ...sallyporttest.Option) *factoring {
	t.Helper()
	m := newMoving(t, u, opts...)
	f := &factoring{moving: m}
	f.s = f.signIn()
	return f
}

// signIn signs in by the password and, where one is wanted, the first option.
func (f *factoring) signIn() *sallyport.Session {
	f.t.Helper()
	r := hostLogin(f.t, f.Kit, sallyport.Login{Username: f.p.Name, Password: f.p.Password})
	if r.Outcome == sallyport.FactorWanted {
		i := slices.IndexFunc(r.Options, func(o sallyport.Option) bool { return o.Mode == mfa.OTP })
		in := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[i].ID}
		hostLogin(f.t, f.Kit, in)
		in.Code = f.codeOf(r.Options[i])
		r = hostLogin(f.t, f.Kit, in)
	}
	if r.Session == nil {
		f.t.Fatalf("signing in: got %v, %q", r.Outcome, r.Reason)
	}
	return r.Session
}

// codeOf is a good code for an option that was chosen.
func (f *factoring) codeOf(o sallyport.Option) string {
	f.t.Helper()
	switch o.Transport {
	case mfa.Authenticator:
		return f.p.Authenticator.Fresh()
	case mfa.SMS:
		return f.Outbox.LastCode(phone)
	}
	return f.Outbox.LastCode(f.p.Email)
}

// change is one of the three calls.
type change func(*sallyport.Engine, *testing.T, sallyport.FactorChange) (*sallyport.Confirmation, error)

func adds(e *sallyport.Engine, t *testing.T, in sallyport.FactorChange) (*sallyport.Confirmation, error) {
	return e.AddFactor(t.Context(), in)
}

func removes(e *sallyport.Engine, t *testing.T, in sallyport.FactorChange) (*sallyport.Confirmation, error) {
	return e.RemoveFactor(t.Context(), in)
}

func renews(e *sallyport.Engine, t *testing.T, in sallyport.FactorChange) (*sallyport.Confirmation, error) {
	return e.RenewRecoveryCodes(t.Context(), in)
}

func (f *factoring) call(by change, in sallyport.FactorChange) *sallyport.Confirmation {
	f.t.Helper()
	r, err := by(f.Engine, f.t, in)
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

// first is the first call of a change in the session.
func (f *factoring) first(by change, factor string) *sallyport.Confirmation {
	f.t.Helper()
	return f.call(by, sallyport.FactorChange{Session: f.s.Handle, Password: f.p.Password, Factor: factor})
}

// proven goes on with a change by the first option on t.
func (f *factoring) proven(by change, r *sallyport.Confirmation, t mfa.Transport) *sallyport.Confirmation {
	f.t.Helper()
	i := slices.IndexFunc(r.Options, func(o sallyport.Option) bool { return o.Transport == t })
	if i < 0 {
		f.t.Fatalf("got options %+v, want one on %s", r.Options, t)
	}
	in := sallyport.FactorChange{Session: f.s.Handle, RequestID: r.RequestID, OptionID: r.Options[i].ID}
	wantConfirmation(f.t, "the choice", f.call(by, in), sallyport.Waiting, "")
	in.Code = f.codeOf(r.Options[i])
	return f.call(by, in)
}

func (f *factoring) list() *sallyport.FactorList {
	f.t.Helper()
	l, err := f.Engine.Factors(f.t.Context(), f.s.Handle)
	if err != nil {
		f.t.Fatal(err)
	}
	return l
}

// wantFactors wants the names of the authenticators, and the transports of the addresses.
func (f *factoring) wantFactors(what string, want ...string) {
	f.t.Helper()
	l, err := setup(f.Kit).Factors(f.t.Context(), f.p.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	var got []string
	for _, x := range l.Factors {
		got = append(got, strings.TrimSpace(x.Name+" "+x.Display))
	}
	if !slices.Equal(got, want) {
		f.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// idOf is the id of a factor by its name, or by its address as it is shown.
func (f *factoring) idOf(name string) string {
	f.t.Helper()
	for _, x := range f.list().Factors {
		if x.Name == name || x.Display == name && name != "" {
			return x.ID
		}
	}
	f.t.Fatalf("no factor %q in %+v", name, f.list().Factors)
	return ""
}

// stage begins to add an authenticator, which waits to be approved.
func (f *factoring) stage(name string) (*sallyporttest.Authenticator, *sallyport.Confirmation) {
	f.t.Helper()
	r := f.first(adds, "")
	wantConfirmation(f.t, "beginning to add", r, sallyport.EnrollmentWanted, "")
	app, _ := f.InProcess().BeginTOTP(r.RequestID)
	if app == nil {
		f.t.Fatal("got no picture")
	}
	e, err := f.Engine.ConfirmTOTP(f.t.Context(), sallyport.EnrollmentCall{RequestID: r.RequestID, Name: name}, app.Code())
	if err != nil || e.Status != sallyport.EnrollmentSuccess || e.Active || e.Name == "" {
		f.t.Fatalf("confirming the app: got %+v, %v, want it staged", e, err)
	}
	return app, r
}

// TestFactorsJourney: an account lives with two authenticators and two addresses: listed,
// added in a session by a code of an existing one, renamed, used, removed, told of.
func TestFactorsJourney(t *testing.T) {
	f := newFactoring(t, sallyporttest.User{TOTP: true, Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true})
	shown := []string{"Authenticator app", mfa.MaskEmail(mail), mfa.MaskPhone(phone)}
	f.wantFactors("at first", shown...)
	other := f.signIn()

	second, r := f.stage("")
	f.wantFactors("staged", shown...)
	in := sallyport.FactorChange{Session: f.s.Handle, RequestID: r.RequestID, OptionID: f.optionOn(r, mfa.Authenticator)}
	in.Code = f.p.Authenticator.CodeAt(f.Clock.Now().Add(-30 * time.Second))
	wantConfirmation(t, "a code from before the staging", f.call(adds, in), sallyport.FactorWanted, sallyport.ReasonTooEarly)
	in.Code = f.p.Authenticator.Fresh()
	wantConfirmation(t, "the next code", f.call(adds, in), sallyport.Granted, "")
	wantConfirmation(t, "the same again", f.call(adds, in), sallyport.Denied, sallyport.ReasonOver)
	f.wantFactors("added", slices.Insert(slices.Clone(shown), 1, "Authenticator app 2")...)
	f.wantSession("its own session", f.s, true)
	f.wantSession("another", other, false)
	notice := f.Outbox.Await(mail, "notice")
	if !strings.Contains(notice.Text, "/mfa/link/u") || !strings.Contains(f.Outbox.Await(phone, "notice").Text, "added") {
		t.Errorf("told %q", notice.Text)
	}

	l := f.list()
	if today := f.Clock.Now().UTC().Truncate(24 * time.Hour); !l.Factors[0].LastUse.Equal(today) || !l.Factors[1].LastUse.IsZero() || l.RecoveryCodes != 10 {
		t.Errorf("got %+v", l)
	}
	for _, name := range []string{"", "a\nb", "a\u202eb", strings.Repeat("x", 65)} {
		if err := f.Engine.RenameFactor(t.Context(), f.s.Handle, l.Factors[1].ID, name); err == nil {
			t.Errorf("got no error for the name %q", name)
		}
	}
	if err := f.Engine.RenameFactor(t.Context(), f.s.Handle, l.Factors[1].ID, " New  phone "); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"", "none", l.Factors[2].ID} {
		if err := f.Engine.RenameFactor(t.Context(), f.s.Handle, id, "x"); !errors.Is(err, sallyport.ErrNoFactor) {
			t.Errorf("renaming %q: got %v", id, err)
		}
	}
	f.wantFactors("renamed", slices.Insert(slices.Clone(shown), 1, "New phone")...)
	f.wantSession("after renaming", f.s, true)

	for _, app := range []*sallyporttest.Authenticator{f.p.Authenticator, second} { // either signs in, by the one option
		r := hostLogin(t, f.Kit, sallyport.Login{Username: f.p.Name, Password: f.p.Password})
		if len(r.Options) != 5 {
			t.Errorf("got %d options, want five", len(r.Options))
		}
		in := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[4].ID, Code: app.Fresh()}
		wantOutcome(t, "a code of either", hostLogin(t, f.Kit, in), sallyport.Granted, "")
	}

	r = f.first(removes, l.Factors[0].ID)
	wantConfirmation(t, "removing the old one", r, sallyport.FactorWanted, "")
	f.p.Authenticator = second
	wantConfirmation(t, "with a code of the new one", f.proven(removes, r, mfa.Authenticator), sallyport.Granted, "")
	f.wantFactors("removed", "New phone", shown[1], shown[2])
	if n := f.list().RecoveryCodes; n != 10 {
		t.Errorf("%d recovery codes are left, want all: an authenticator is", n)
	}
	r = f.first(removes, f.idOf(shown[2]))
	wantConfirmation(t, "removing the number", f.proven(removes, r, mfa.Email), sallyport.Granted, "")
	f.wantFactors("without the number", "New phone", shown[1])
	if u := f.user(); u.Mobile != phone || u.MobileFactor {
		t.Errorf("got %+v, want the number on record", u)
	}
	f.wantSession("in the end", f.s, true)
}

// optionOn is the id of the option of a request on t.
func (f *factoring) optionOn(r *sallyport.Confirmation, t mfa.Transport) string {
	f.t.Helper()
	for _, o := range r.Options {
		if o.Transport == t {
			return o.ID
		}
	}
	f.t.Fatalf("got options %+v", r.Options)
	return ""
}

// TestAddTooEarly: a code whose step began before what it would add is right, and adds
// nothing, is not spent and not charged; the next one does.
func TestAddTooEarly(t *testing.T) {
	f := newFactoring(t, sallyporttest.User{TOTP: true, Email: mail})
	f.Clock.Advance(10 * time.Minute)
	_, r := f.stage("Second")
	in := sallyport.FactorChange{Session: f.s.Handle, RequestID: r.RequestID, OptionID: r.Options[0].ID}
	for range 6 {
		in.Code = f.p.Authenticator.CodeAt(f.Clock.Now().Add(-30 * time.Second))
		wantConfirmation(t, "a code that is older", f.call(adds, in), sallyport.FactorWanted, sallyport.ReasonTooEarly)
	}
	in.Code = f.p.Authenticator.CodeAt(f.Clock.Now().Add(30 * time.Second))
	wantConfirmation(t, "the next code", f.call(adds, in), sallyport.Granted, "")
	f.wantFactors("added", "Authenticator app", "Second")
}

// TestAddFirst: an account without a factor has the new one by its password, unless it has
// an address on record, which is proven first. Its session goes on, the others end.
func TestAddFirst(t *testing.T) {
	for name, user := range map[string]sallyporttest.User{"nothing on record": {}, "an address on record": {Email: mail}} {
		t.Run(name, func(t *testing.T) {
			f := newFactoring(t, user)
			other := f.signIn()
			r := f.first(adds, "")
			wantConfirmation(t, "beginning", r, sallyport.EnrollmentWanted, "")
			if r.Enrollment == nil || !strings.HasSuffix(r.Enrollment.URL, r.RequestID) || !slices.Contains(r.Enrollment.Transports, mfa.Authenticator) || len(r.Options) > 0 {
				t.Errorf("got %+v, options %v", r.Enrollment, r.Options)
			}
			c := f.InProcess()
			app, _ := c.BeginTOTP(r.RequestID)
			call := sallyport.EnrollmentCall{RequestID: r.RequestID}
			e, err := f.Engine.ConfirmTOTP(t.Context(), call, app.Code())
			if err != nil || e.Active != (user.Email == "") || len(e.RecoveryCodes) != 10 {
				t.Fatalf("got %+v, %v", e, err)
			}
			if user.Email != "" {
				f.wantSession("another, before the address is proven", other, true)
				c.SendVerification(r.RequestID, "Email", mail)
				c.ConfirmVerification(r.RequestID, "Email", f.Outbox.LastCode(mail)).Want(t, true)
			}
			f.wantSession("its own session", f.s, true)
			f.wantSession("another", other, false)
			if n := len(f.list().Factors); n != 1 && user.Email == "" || n != 2 && user.Email != "" {
				t.Errorf("got %+v", f.list().Factors)
			}
		})
	}
}

// TestP3FactorTheft: whoever has a session, or the password, or both, changes no factor
// without a code of one. So has a thief who has staged a factor of their own.
func TestP3FactorTheft(t *testing.T) {
	for name, by := range map[string]change{"add": adds, "remove": removes, "renew": renews} {
		t.Run(name, func(t *testing.T) {
			f := newFactoring(t, sallyporttest.User{TOTP: true, Email: mail, EmailValidated: true})
			before, had := fmt.Sprint(f.list()), f.idOf("Authenticator app")
			for what, in := range map[string]sallyport.FactorChange{
				"no session":              {Password: f.p.Password, Factor: had},
				"no password":             {Session: f.s.Handle, Factor: had},
				"a session and no id":     {Session: f.s.Handle, OptionID: "x", Code: "y"},
				"a request and no option": {Session: f.s.Handle, RequestID: "0c01cfec-5d10-434e-9998-9e48e0e844e3"},
			} {
				if _, err := by(f.Engine, t, in); err == nil {
					t.Errorf("%s: got no error", what)
				}
			}
			if _, err := by(f.Engine, t, sallyport.FactorChange{Session: f.s.Handle + "A", Password: f.p.Password, Factor: had}); !errors.Is(err, sallyport.ErrInvalidSession) {
				t.Errorf("another session: got %v", err)
			}
			wantConfirmation(t, "a wrong password", f.call(by, sallyport.FactorChange{Session: f.s.Handle, Password: "wrong", Factor: had}), sallyport.Denied, sallyport.ReasonWrongPassword)
			var evil *sallyporttest.Authenticator
			var r *sallyport.Confirmation
			if name == "add" {
				evil, r = f.stage("Thief")
			} else {
				r = f.first(by, had)
				if app, _ := f.InProcess().BeginTOTP(r.RequestID); app != nil {
					t.Error("something may be enrolled in a request that is for something else")
				}
				evil = &sallyporttest.Authenticator{}
			}
			if name == "add" {
				f.Clock.Advance(time.Minute)
				in := sallyport.FactorChange{Session: f.s.Handle, RequestID: r.RequestID, OptionID: f.optionOn(r, mfa.Authenticator), Code: evil.Code()}
				wantConfirmation(t, "a code of the thief's", f.call(by, in), sallyport.FactorWanted, sallyport.ReasonWrongCode)
			}
			login := hostLogin(t, f.Kit, sallyport.Login{Username: f.p.Name, Password: f.p.Password})
			for what, in := range map[string]sallyport.FactorChange{
				"a login's request":    {RequestID: login.RequestID, OptionID: login.Options[0].ID},
				"without the session":  {RequestID: r.RequestID, OptionID: r.Options[0].ID},
				"an option of another": {RequestID: r.RequestID, OptionID: login.Options[0].ID},
			} {
				if in.Session = f.s.Handle; what == "without the session" {
					in.Session = f.signIn().Handle
				}
				in.Code = f.p.Authenticator.Fresh()
				wantConfirmation(t, what, f.call(by, in), sallyport.Denied, sallyport.ReasonOver)
			}
			got := hostLogin(t, f.Kit, sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: f.p.Authenticator.Fresh()})
			wantOutcome(t, "a login by its request", got, sallyport.Denied, sallyport.ReasonOver)
			after := f.list()
			after.Factors[0].LastUse = time.Time{}
			if got, want := fmt.Sprint(after), before; len(after.Factors) != 2 || after.RecoveryCodes != 0 && got != want {
				t.Errorf("got %v, want it as before: %v", got, want)
			}
		})
	}
}

// TestP5FactorRequests: a request serves the change that it was made for, and that factor.
func TestP5FactorRequests(t *testing.T) {
	f := newFactoring(t, sallyporttest.User{TOTP: true, Email: mail, EmailValidated: true})
	all := map[string]change{"add": adds, "remove": removes, "renew": renews}
	_, staged := f.stage("Second")
	requests := map[string]*sallyport.Confirmation{
		"add": staged, "remove": f.first(removes, f.idOf("Authenticator app")), "renew": f.first(renews, ""),
	}
	f.Clock.Advance(30 * time.Second)
	for made, r := range requests {
		in := sallyport.FactorChange{Session: f.s.Handle, RequestID: r.RequestID, OptionID: f.optionOn(r, mfa.Authenticator), Code: f.p.Authenticator.Code()}
		for used, by := range all {
			if used != made {
				wantConfirmation(t, made+" used to "+used, f.call(by, in), sallyport.Denied, sallyport.ReasonOver)
			}
		}
		if c, err := f.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{RequestID: r.RequestID, Password: f.p.Password, NewPassword: fresh}); err != nil || c.Status != sallyport.PasswordRequestOver {
			t.Errorf("a change of password by the request to %s: got %+v, %v", made, c, err)
		}
		client := &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}
		if e, err := f.Engine.CancelEnrollment(t.Context(), sallyport.EnrollmentCall{RequestID: r.RequestID, OptionID: in.OptionID, Caller: client}); !errors.Is(err, sallyport.ErrUnknownRequest) {
			t.Errorf("a client gives up the request to %s: got %+v, %v", made, e, err)
		}
		closing, err := f.Engine.CloseAccount(t.Context(), sallyport.AccountClosing{Session: in.Session, RequestID: in.RequestID, OptionID: in.OptionID, Code: in.Code})
		if err != nil || closing.Outcome != sallyport.Denied {
			t.Errorf("closing by the request to %s: got %v, %v", made, closing, err)
		}
	}
	r := requests["remove"]
	in := sallyport.FactorChange{Session: f.s.Handle, RequestID: r.RequestID, OptionID: f.optionOn(r, mfa.Authenticator), Factor: f.idOf(mfa.MaskEmail(mail)), Code: f.p.Authenticator.Code()}
	wantConfirmation(t, "another factor named later", f.call(removes, in), sallyport.Granted, "")
	f.wantFactors("the one that was named first is gone", mfa.MaskEmail(mail))
	for name, r := range requests {
		in := sallyport.FactorChange{Session: f.s.Handle, RequestID: r.RequestID, OptionID: r.Options[0].ID}
		wantConfirmation(t, name+" after the factors have changed", f.call(all[name], in), sallyport.Denied, sallyport.ReasonOver)
	}
	if err := f.Engine.SignOut(t.Context(), f.s.Handle); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Engine.Factors(t.Context(), f.s.Handle); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("listing after signing out: got %v", err)
	}
	if err := f.Engine.RenameFactor(t.Context(), f.s.Handle, "x", "x"); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("renaming after signing out: got %v", err)
	}
}

// TestP3SignedOutWhileAdding: what a session has begun to add is not added once it is over.
func TestP3SignedOutWhileAdding(t *testing.T) {
	f := newFactoring(t, sallyporttest.User{})
	r := f.first(adds, "")
	app, _ := f.InProcess().BeginTOTP(r.RequestID)
	if err := f.Engine.SignOut(t.Context(), f.s.Handle); err != nil {
		t.Fatal(err)
	}
	if e, err := f.Engine.ConfirmTOTP(t.Context(), sallyport.EnrollmentCall{RequestID: r.RequestID}, app.Code()); !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Errorf("got %+v, %v", e, err)
	}
	f.wantFactors("after it")
}

// TestLastFactor: the last factor stays where one is wanted of the account; elsewhere its
// owner gives it up, signs in by the password, and may add one by it.
func TestLastFactor(t *testing.T) {
	required := func(k *sallyporttest.Kit) {
		k.Apply(t, func(d *directory.File) { d.Policy = &directory.Policy{MFA: directory.MFA{Mode: new(mfa.Required)}} })
	}
	for name, tt := range map[string]struct {
		edit func(f *factoring)
		want sallyport.Reason
	}{
		"required":            {func(f *factoring) { required(f.Kit) }, sallyport.ReasonLastFactor},
		"wanted of the owner": {func(f *factoring) { f.EditUser(t, "ada", func(u *directory.User) { u.MFA = new(true) }) }, sallyport.ReasonLastFactor},
		"required elsewhere": {func(f *factoring) {
			f.Apply(t, func(d *directory.File) {
				d.Applications = append(d.Applications, directory.Application{Name: "Vault", MFA: directory.MFA{Mode: new(mfa.Required)}, Roles: []directory.Role{{Name: "Keeper"}}})
			})
			f.EditUser(t, "ada", func(u *directory.User) {
				u.Roles = append(u.Roles, directory.Grant{Application: "Vault", Role: "Keeper"})
			})
		}, sallyport.ReasonLastFactor},
		"when enrolled": {func(*factoring) {}, sallyport.NoReason},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFactoring(t, sallyporttest.User{TOTP: true})
			tt.edit(f)
			r := f.first(removes, f.idOf("Authenticator app"))
			if tt.want != "" {
				wantConfirmation(t, "the last one", r, sallyport.Denied, tt.want)
				f.wantFactors("refused", "Authenticator app")
				return
			}
			wantConfirmation(t, "the last one", f.proven(removes, r, mfa.Authenticator), sallyport.Granted, "")
			f.wantFactors("given up")
			wantOutcome(t, "the next login", hostLogin(t, f.Kit, sallyport.Login{Username: "ada", Password: f.p.Password}), sallyport.Granted, "")
			wantConfirmation(t, "adding one", f.first(adds, ""), sallyport.Denied, sallyport.ReasonInvitationWanted)
			required(f.Kit)
			wantOutcome(t, "a login where one is wanted", hostLogin(t, f.Kit, sallyport.Login{Username: "ada", Password: f.p.Password}), sallyport.Denied, sallyport.ReasonInvitationWanted)
		})
	}
	f := newFactoring(t, sallyporttest.User{TOTP: true})
	r := f.first(removes, f.idOf("Authenticator app"))
	required(f.Kit) // between the two calls
	wantConfirmation(t, "required meanwhile", f.proven(removes, r, mfa.Authenticator), sallyport.Denied, sallyport.ReasonLastFactor)
	f.wantFactors("required meanwhile", "Authenticator app")
	wantConfirmation(t, "one that there is not", f.first(removes, "0c01cfec-5d10-434e-9998-9e48e0e844e3"), sallyport.Denied, sallyport.ReasonUnknownFactor)
}
