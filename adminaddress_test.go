package sallyport_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestAdminAddresses: an administrator puts addresses on record. What becomes another
// has lost its proof; a proof that is set makes no factor, and one that goes takes the
// factor along. Whoever loses a factor, or a proven address, loses the sessions.
func TestAdminAddresses(t *testing.T) {
	yes, no := true, false
	for _, tt := range []struct {
		name           string
		validated      bool
		by             []directory.UserChange
		email          string
		proven, factor bool
		ends           bool // the sessions
		told           bool // the old address
	}{
		{"on record", false, []directory.UserChange{{Email: new(newMail)}}, newMail, false, false, false, false},
		{"proven", false, []directory.UserChange{{EmailProven: &yes}}, mail, true, false, false, false},
		{"proven twice", false, []directory.UserChange{{EmailProven: &yes}, {EmailProven: &yes}}, mail, true, false, false, false},
		{"another, and proven", false, []directory.UserChange{{Email: new(newMail), EmailProven: &yes}}, newMail, true, false, false, false},
		{"removed", false, []directory.UserChange{{Email: new("")}}, "", false, false, false, false},
		{"proven, then another", false, []directory.UserChange{{EmailProven: &yes}, {Email: new(newMail)}}, newMail, false, false, true, true},
		{"proven, then not", false, []directory.UserChange{{EmailProven: &yes}, {EmailProven: &no}}, mail, false, false, true, false},
		{"a factor, and the same again", true, []directory.UserChange{{Email: new(mail)}}, mail, true, true, false, false},
		{"a factor, proven", true, []directory.UserChange{{EmailProven: &yes}}, mail, true, true, false, false},
		{"a factor, then another", true, []directory.UserChange{{Email: new(" " + newMail + " ")}}, newMail, false, false, true, true},
		{"a factor, then another that is proven", true, []directory.UserChange{{Email: new(newMail), EmailProven: &yes}}, newMail, true, false, true, true},
		{"a factor, then in another case", true, []directory.UserChange{{Email: new("M" + mail[1:])}}, "M" + mail[1:], false, false, true, true},
		{"a factor, then removed", true, []directory.UserChange{{Email: new("")}}, "", false, false, true, true},
		{"a factor, then not", true, []directory.UserChange{{EmailProven: &no}}, mail, false, false, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMoving(t, sallyporttest.User{Email: mail, EmailValidated: tt.validated})
			m.EditUser(t, "ada", func(u *directory.User) { u.MFA = &no })
			s := hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password}).Session
			for _, by := range tt.by {
				if _, err := setup(m.Kit).UpdateUser(t.Context(), m.p.ID, by); err != nil {
					t.Fatal(err)
				}
			}
			m.wantAddress(tt.name, tt.email, tt.proven, tt.factor)
			m.wantSession(tt.name, s, !tt.ends)
			m.Engine.Close() // which waits for mails
			if told := m.Outbox.Count() > 0; told != tt.told || told && (m.Outbox.Last(mail).Kind != "notice" || strings.Contains(m.Outbox.Last(mail).Text, "http")) {
				t.Errorf("got %d messages, want the old address told: %v", m.Outbox.Count(), tt.told)
			}
		})
	}
}

// TestAdminAddressRefused: each refusal names its field, and nothing is changed.
func TestAdminAddressRefused(t *testing.T) {
	yes := true
	m := newMoving(t, sallyporttest.User{Email: mail})
	addProven(t, m.Kit, "eve", "eve@example.com")
	session := hostLogin(t, m.Kit, sallyport.Login{Username: "ada", Password: m.p.Password}).Session
	own := m.Engine.Admin(sallyport.Actor{Access: &session.Access})
	for _, tt := range []struct {
		name string
		a    *sallyport.Admin
		by   directory.UserChange
		is   error
		want string
	}{
		{"no address", nil, directory.UserChange{Email: new("nobody")}, nil, "user.email"},
		{"no number", nil, directory.UserChange{Mobile: new("0170")}, nil, "user.mobile"},
		{"nothing to prove", nil, directory.UserChange{Email: new(""), EmailProven: &yes}, nil, "user.emailProven"},
		{"proven by another", nil, directory.UserChange{Email: new("EVE@example.com"), EmailProven: &yes}, directory.ErrAddressTaken, "user.email"},
		{"an own address", own, directory.UserChange{Email: new(newMail)}, sallyport.ErrOwnAccount, ""},
		{"an own number", own, directory.UserChange{Mobile: new(phone)}, sallyport.ErrOwnAccount, ""},
		{"an own proof", own, directory.UserChange{EmailProven: &yes}, sallyport.ErrOwnAccount, ""},
	} {
		a := tt.a
		if a == nil {
			a = setup(m.Kit)
		}
		_, err := a.UpdateUser(t.Context(), m.p.ID, tt.by)
		if err == nil || tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %v at %q", tt.name, err, tt.is, tt.want)
		}
		m.wantAddress(tt.name, mail, false, false)
	}
	if _, err := setup(m.Kit).UpdateUser(t.Context(), m.p.ID, directory.UserChange{Email: new("eve@example.com")}); err != nil {
		t.Errorf("another's address on record: got %v", err)
	}
	for _, u := range []directory.NewUser{{Name: "bob", Email: "eve@example.com", EmailProven: true}, {Name: "bob", EmailProven: true}} {
		if _, err := setup(m.Kit).CreateUser(t.Context(), u); err == nil || !strings.Contains(err.Error(), "user.email") {
			t.Errorf("%+v: got %v", u.Email, err)
		}
	}
	u, err := setup(m.Kit).CreateUser(t.Context(), directory.NewUser{Name: "bob", Email: "bob@example.com", EmailProven: true})
	if err != nil || !u.EmailProven || u.EmailFactor {
		t.Errorf("got %+v, %v", u, err)
	}
	if _, err := setup(m.Kit).UpdateUser(t.Context(), m.p.ID, directory.UserChange{Mobile: new("0049 170 1234567")}); err != nil || m.user().Mobile != "+491701234567" {
		t.Errorf("got %+v, %v", m.user(), err)
	}
}
