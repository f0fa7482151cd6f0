package sallyport_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

const newMail = "ada.new@example.org"

// moving is a kit with one account, whose address is changed by the host.
type moving struct {
	*sallyporttest.Kit
	t *testing.T
	p *sallyporttest.Person
}

func newMoving(t *testing.T, u sallyporttest.User, opts ...sallyporttest.Option) *moving {
	t.Helper()
	k := hosted(t, opts...)
	u.Name = "ada"
	return &moving{Kit: k, t: t, p: k.AddUser(t, u)}
}

func (m *moving) change(in sallyport.AddressChange) *sallyport.Confirmation {
	m.t.Helper()
	r, err := m.Engine.ChangeAddress(m.t.Context(), in)
	if err != nil {
		m.t.Fatal(err)
	}
	return r
}

// want is what a call comes to. A request is there where something is still wanted.
func wantConfirmation(t *testing.T, what string, r *sallyport.Confirmation, o sallyport.Outcome, why sallyport.Reason) {
	t.Helper()
	if r.Outcome != o || r.Reason != why {
		t.Errorf("%s: got %v, %q, want %v, %q", what, r.Outcome, r.Reason, o, why)
	}
	if (o == sallyport.FactorWanted || o == sallyport.Waiting) && r.RequestID == "" {
		t.Errorf("%s: got no request to go on with", what)
	}
}

// begin asks for the new address by name and password.
func (m *moving) begin(email string) *sallyport.Confirmation {
	m.t.Helper()
	return m.change(sallyport.AddressChange{Username: "ada", Password: m.p.Password, Email: email})
}

// ask asks for the new address, with the factor that is wanted.
func (m *moving) ask(email string) {
	m.t.Helper()
	r := m.begin(email)
	if r.Outcome == sallyport.FactorWanted {
		r = m.prove(r)
	}
	wantConfirmation(m.t, "asking for "+email, r, sallyport.Granted, "")
}

// prove answers the first option of a request.
func (m *moving) prove(r *sallyport.Confirmation) *sallyport.Confirmation {
	m.t.Helper()
	in := sallyport.AddressChange{RequestID: r.RequestID, OptionID: r.Options[0].ID}
	wantConfirmation(m.t, "the choice", m.change(in), sallyport.Waiting, "")
	switch r.Options[0].Transport {
	case mfa.Authenticator:
		in.Code = m.p.Authenticator.Code()
	case mfa.SMS:
		in.Code = m.Outbox.LastCode(phone)
	default:
		in.Code = m.Outbox.LastCode(m.user().Email)
	}
	return m.change(in)
}

func (m *moving) user() *sallyport.User {
	m.t.Helper()
	u, err := setup(m.Kit).User(m.t.Context(), m.p.ID)
	if err != nil {
		m.t.Fatal(err)
	}
	return u
}

// key is what the last mail of that kind to an address holds.
func (m *moving) key(to, kind string) string {
	m.t.Helper()
	link := m.Outbox.Await(to, kind).Link
	return link[strings.LastIndexByte(link, '/')+1:]
}

func (m *moving) spend(what, key string, want sallyport.AddressStatus) *sallyport.AddressResult {
	m.t.Helper()
	spend := m.Engine.ProveAddress
	if want == sallyport.AddressRestored || strings.Contains(what, "undo") {
		spend = m.Engine.UndoAddress
	}
	r, err := spend(m.t.Context(), key)
	if err != nil {
		m.t.Fatal(err)
	}
	if r.Status != want || (r.AccountID != "") != (want == sallyport.AddressProven || want == sallyport.AddressRestored) {
		m.t.Errorf("%s: got %+v, want %q", what, r, want)
	}
	return r
}

// wantAddress is what the account has.
func (m *moving) wantAddress(what, email string, proven, factor bool) {
	m.t.Helper()
	if u := m.user(); u.Email != email || u.EmailProven != proven || u.EmailFactor != factor {
		m.t.Errorf("%s: got %q, proven %v, a factor %v, want %q, %v, %v", what, u.Email, u.EmailProven, u.EmailFactor, email, proven, factor)
	}
}

// wantSession wants a session to live, or to have ended.
func (m *moving) wantSession(what string, s *sallyport.Session, live bool) {
	m.t.Helper()
	if _, err := m.Engine.Session(m.t.Context(), s.Handle); (err == nil) != live || err != nil && !errors.Is(err, sallyport.ErrInvalidSession) {
		m.t.Errorf("%s: got %v of the session, want it live: %v", what, err, live)
	}
}

// TestChangeAddress: without a factor the password is enough. Nothing changes before the
// key is spent; then the old address is told, sessions end, and nobody is let in.
func TestChangeAddress(t *testing.T) {
	m := newMoving(t, sallyporttest.User{Email: mail})
	s := hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password}).Session
	wantConfirmation(t, "asking", m.begin(newMail), sallyport.Granted, "")
	m.wantAddress("asked", mail, false, false)
	m.wantSession("asked", s, true)
	msg := m.Outbox.Await(newMail, "address")
	if !strings.HasPrefix(msg.Link, sallyporttest.Issuer+"/account/address/") || msg.Lifetime != 24*time.Hour || strings.Contains(msg.Text, "ada") && !strings.Contains(msg.Link, "ada") || msg.User != "" {
		t.Errorf("got %q, %+v", msg.Text, msg)
	}
	key := m.key(newMail, "address")
	r := m.spend("the key", key, sallyport.AddressProven)
	if r.AccountID != m.p.ID || r.Name != "ada" || r.Address != newMail || r.Factor {
		t.Errorf("got %+v", r)
	}
	m.wantAddress("proven", newMail, true, false)
	m.wantSession("proven", s, false)
	m.spend("the key again", key, sallyport.AddressKeyDead)
	m.spend("the key to undo", key, sallyport.AddressKeyDead)
	for _, msg := range m.Outbox.Messages() {
		if msg.To == mail {
			t.Errorf("got %q to an address that nobody has proven", msg.Subject)
		}
	}
	wantOutcome(t, "a login", hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password}), sallyport.Granted, "")
}

// TestChangeAddressFactor: where the account has a factor it is wanted, whatever the
// policy says of logins, and by code alone. Whether the new address becomes one depends
// on what the account would be left with.
func TestChangeAddressFactor(t *testing.T) {
	for _, tt := range []struct {
		name   string
		user   sallyporttest.User
		policy string
		config func(*sallyport.Config)
		factor bool
	}{
		{"the address alone", sallyporttest.User{Email: mail, EmailValidated: true}, "", nil, true},
		{"the address alone, and no login asks", sallyporttest.User{Email: mail, EmailValidated: true}, mfa.Off, nil, true},
		{"the address alone, required", sallyporttest.User{Email: mail, EmailValidated: true}, mfa.Required, nil, true},
		{"an authenticator", sallyporttest.User{Email: mail, TOTP: true}, "", nil, false},
		{"an authenticator and the address", sallyporttest.User{Email: mail, EmailValidated: true, TOTP: true}, "", nil, false},
		{"a number and the address", sallyporttest.User{Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true}, "", nil, false},
		{"a number that nothing reaches, and the address", sallyporttest.User{Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true}, "", func(c *sallyport.Config) { c.SMS = nil }, true},
		{"a number outside the prefixes, and the address", sallyporttest.User{Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true}, "", func(c *sallyport.Config) { c.SMSPrefixes = []string{"+49"} }, true},
		{"an authenticator, and proven addresses are factors", sallyporttest.User{Email: mail, TOTP: true}, "", func(c *sallyport.Config) { c.ProvenAddressIsFactor = true }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var opts []sallyporttest.Option
			if tt.config != nil {
				opts = append(opts, sallyporttest.WithConfig(tt.config))
			}
			m := newMoving(t, tt.user, opts...)
			if tt.policy != "" {
				setPolicy(t, m.Kit, func(p *directory.Policy) { p.MFA.Mode = &tt.policy })
			}
			r := m.begin(newMail)
			wantConfirmation(t, "asking", r, sallyport.FactorWanted, "")
			for _, o := range r.Options {
				if o.Mode != mfa.OTP {
					t.Errorf("got the option %v %v, want codes alone", o.Transport, o.Mode)
				}
			}
			if m.Outbox.Count() != 0 {
				t.Errorf("got %d messages before the factor, want none", m.Outbox.Count())
			}
			wantConfirmation(t, "with the factor", m.prove(r), sallyport.Granted, "")
			m.wantAddress("asked", mail, tt.user.EmailValidated, tt.user.EmailValidated)
			m.spend("the key", m.key(newMail, "address"), sallyport.AddressProven)
			m.wantAddress("proven", newMail, true, tt.factor)
			m.Outbox.Await(newMail, "notice")
			if tt.user.EmailValidated {
				m.Outbox.Await(mail, "notice")
				m.spend("the undo key of the old one", m.key(mail, "notice"), sallyport.AddressRestored)
			} else {
				m.spend("the undo key of the new one", m.key(newMail, "notice"), sallyport.AddressRestored)
			}
			m.wantAddress("restored", mail, tt.user.EmailValidated, tt.user.EmailValidated)
		})
	}
}

// TestChangeAddressRefused: what a login would refuse is refused here too, and what it
// lets pass by grace.
func TestChangeAddressRefused(t *testing.T) {
	yes := true
	for _, tt := range []struct {
		name string
		user sallyporttest.User
		edit func(*directory.User)
		in   sallyport.AddressChange
		want sallyport.Outcome
		why  sallyport.Reason
	}{
		{"a wrong password", sallyporttest.User{}, nil, sallyport.AddressChange{Password: "wrong"}, sallyport.Denied, sallyport.ReasonWrongPassword},
		{"nobody", sallyporttest.User{}, nil, sallyport.AddressChange{Username: "nobody"}, sallyport.Denied, sallyport.ReasonWrongPassword},
		{"disabled", sallyporttest.User{}, func(u *directory.User) { u.Disabled = true }, sallyport.AddressChange{}, sallyport.Denied, sallyport.ReasonDisabled},
		{"disabled, a wrong password", sallyporttest.User{}, func(u *directory.User) { u.Disabled = true }, sallyport.AddressChange{Password: "wrong"}, sallyport.Denied, sallyport.ReasonWrongPassword},
		{"must change", sallyporttest.User{}, func(u *directory.User) { u.MustChangePassword = true }, sallyport.AddressChange{}, sallyport.PasswordChangeWanted, sallyport.ReasonMustChange},
		{"a factor wanted and none there", sallyporttest.User{MFA: &yes}, nil, sallyport.AddressChange{}, sallyport.EnrollmentWanted, ""},
		{"the same, with an address on record", sallyporttest.User{MFA: &yes, Email: mail}, nil, sallyport.AddressChange{}, sallyport.EnrollmentWanted, ""},
		{"a request that is nobody's", sallyporttest.User{}, nil, sallyport.AddressChange{RequestID: "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11", OptionID: "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a12", Code: "123456"}, sallyport.Denied, sallyport.ReasonOver},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMoving(t, tt.user)
			if tt.edit != nil {
				m.EditUser(t, "ada", tt.edit)
			}
			in := tt.in
			if in.Email = newMail; in.RequestID == "" {
				if in.Password == "" {
					in.Password = m.p.Password
				}
				if in.Username == "" {
					in.Username = "ada"
				}
			}
			r := m.change(in)
			wantConfirmation(t, tt.name, r, tt.want, tt.why)
			if m.Outbox.Count() != 0 || len(r.Options) > 0 {
				t.Errorf("got %d messages and options %v, want none", m.Outbox.Count(), r.Options)
			}
		})
	}
	m := newMoving(t, sallyporttest.User{})
	setPolicy(t, m.Kit, func(p *directory.Policy) {
		p.Password.MaxAge, p.Password.GraceLogons = 24*time.Hour, 5
	})
	m.Clock.Advance(24 * time.Hour)
	wantOutcome(t, "a login by grace", hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password}), sallyport.Granted, sallyport.ReasonPasswordExpired)
	wantConfirmation(t, "a change by grace", m.begin(newMail), sallyport.PasswordChangeWanted, sallyport.ReasonPasswordExpired)
}

// TestChangeAddressCalls: calls that make no sense cost no reading and name the field.
func TestChangeAddressCalls(t *testing.T) {
	m := newMoving(t, sallyporttest.User{})
	s := hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password}).Session
	caller := &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}
	for field, in := range map[string]sallyport.AddressChange{
		"email":                   {Username: "ada", Password: "x", Email: "nobody"},
		"Username":                {Password: "x", Email: newMail},
		"password":                {Username: "ada", Email: newMail},
		"session":                 {Caller: caller, Session: s.Handle, Password: "x", Email: newMail},
		"MFAAvailableId":          {RequestID: "x"},
		"AuthenticationRequestId": {Username: "ada", Password: "x", Email: newMail, Code: "1"},
		"secureCode":              {RequestID: "x", OptionID: "x", Code: strings.Repeat("1", 5000)},
	} {
		_, err := m.Engine.ChangeAddress(t.Context(), in)
		var p *sallyport.ProtocolError
		if !errors.As(err, &p) || p.Code != sallyport.InvalidRequest || p.Field != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
	both := sallyport.AddressChange{Username: "ada", Session: s.Handle, Password: "x", Email: newMail}
	if _, err := m.Engine.ChangeAddress(t.Context(), both); err == nil {
		t.Error("a name and a session: got no error")
	}
	if text := fmt.Sprintf("%v %+v %#v", both, both, both); strings.Contains(text, s.Handle) {
		t.Errorf("got %s", text)
	}
	k := hosted(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Email = nil }))
	k.AddUser(t, sallyporttest.User{Name: "ada"})
	if _, err := k.Engine.ChangeAddress(t.Context(), sallyport.AddressChange{Username: "ada", Password: sallyporttest.Password, Email: newMail}); err == nil {
		t.Error("without a sender: got no error")
	}
}

// TestMailedKeysTimes: a key is good until the last nanosecond of its life, and no
// longer, also where the clock was set back.
func TestMailedKeysTimes(t *testing.T) {
	for _, tt := range []struct {
		purpose account.KeyPurpose
		life    time.Duration
	}{{account.KeyAddress, 24 * time.Hour}, {account.KeyUndo, 72 * time.Hour}} {
		for _, off := range []time.Duration{-1, 0, 1} {
			m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: true})
			m.ask(newMail)
			key, want := m.key(newMail, "address"), sallyport.AddressProven
			if tt.purpose == account.KeyUndo {
				m.spend("the key", key, sallyport.AddressProven)
				key, want = m.key(mail, "notice"), sallyport.AddressRestored
			}
			m.Clock.Advance(tt.life + off)
			if off >= 0 {
				want = sallyport.AddressKeyDead
			}
			what := fmt.Sprintf("%s, undo %v, %d ns after its end", tt.purpose, tt.purpose == account.KeyUndo, off)
			if tt.purpose == account.KeyAddress {
				what = fmt.Sprintf("%s, %d ns after its end", tt.purpose, off)
			}
			m.spend(what, key, want)
			if off >= 0 {
				m.Clock.Advance(-time.Hour)
				m.spend(what+", and the clock set back", key, sallyport.AddressKeyDead)
			}
		}
	}
}
