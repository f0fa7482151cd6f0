package sallyport_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/wire"
)

const enrolFirst = sallyport.Failure | sallyport.MFAEnrollmentRequired

// roleLogin is the first call of somebody who has two roles.
type roleLogin struct {
	kit    *sallyporttest.Kit
	client *sallyporttest.Client
	first  sallyporttest.Answer
}

// twoRoles logs somebody in whose roles have these rules.
func twoRoles(t *testing.T, u sallyporttest.User, rules [2]directory.MFA) roleLogin {
	t.Helper()
	k := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) {
		for i := range rules {
			d.Applications[0].Roles[i].MFA = rules[i]
		}
	}))
	u.Name, u.Roles = "nora", []string{sallyporttest.RoleName, sallyporttest.ManagerName}
	p, c := k.AddUser(t, u), k.InProcess()
	return roleLogin{k, c, c.Login(p.Name, p.Password)}
}

// message is the code that is mailed.
func (r roleLogin) message() sallyport.Message {
	r.client.Choose(r.first, "Email", "OTP")
	return r.kit.Outbox.Last(mail)
}

// TestRolesStricter: of the rules of several roles the stricter holds, each for
// itself and in either order.
func TestRolesStricter(t *testing.T) {
	type rules = directory.MFA
	reached := sallyporttest.User{Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true}
	for _, tt := range []struct {
		name string
		user sallyporttest.User
		a, b rules
		look func(roleLogin) any
		want any
	}{
		{"mode", sallyporttest.User{}, rules{Mode: new("Off")}, rules{Mode: new("Required")},
			func(r roleLogin) any { return r.first.Status.Has(sallyport.MFAEnrollmentRequired) }, true},
		{"mode of whoever has a factor", reached, rules{Mode: new("Off")}, rules{Mode: new("WhenEnrolled")},
			func(r roleLogin) any { return r.first.Status }, wanted},
		{"life of a code", reached, rules{OTPLifetime: new(2 * time.Minute)}, rules{OTPLifetime: new(3 * time.Minute)},
			func(r roleLogin) any { return r.message().Lifetime }, 2 * time.Minute},
		{"life of a link", reached, rules{LinkLifetime: new(2 * time.Minute)}, rules{LinkLifetime: new(3 * time.Minute)},
			func(r roleLogin) any {
				return r.first.Options[slices.IndexFunc(r.first.Options, func(o wire.Option) bool { return o.AuthenticationModeDisplay == "Link" })].ExpirationTime
			}, 120},
		{"length of a code", reached, rules{OTPLength: new(9)}, rules{OTPLength: new(7)},
			func(r roleLogin) any { return len(r.message().Code) }, 9},
		{"alphabet of a code", reached, rules{OTPType: new("Alphabetic")}, rules{OTPType: new("Numeric")},
			func(r roleLogin) any { return strings.Trim(r.message().Code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") }, ""},
		{"a role without rules", reached, rules{OTPLength: new(8)}, rules{},
			func(r roleLogin) any { return len(r.message().Code) }, 8},
		{"methods", reached, rules{Methods: []string{"EmailOTP", "EmailLink", "SMSLink"}}, rules{Methods: []string{"SMSOTP", "EmailLink", "SMSLink"}},
			func(r roleLogin) any { return strings.Join(r.first.Offered(), ", ") }, "Email Link, SMS Link"},
		{"what may be enrolled", sallyporttest.User{MFA: new(true)}, rules{Enrollable: []string{"Email", "SMS"}}, rules{Enrollable: []string{"SMS", "MicrosoftAuthenticator"}},
			func(r roleLogin) any { return strings.Join(r.first.Enrollment.DisplayTransportModes, ", ") }, "SMS"},
	} {
		for i, list := range [][2]rules{{tt.a, tt.b}, {tt.b, tt.a}} {
			if got := tt.look(twoRoles(t, tt.user, list)); got != tt.want {
				t.Errorf("%s, order %d: got %v, want %v", tt.name, i, got, tt.want)
			}
		}
	}
}

// TestPolicyNarrowedBetweenPictureAndCode: an authenticator that may no
// longer be enrolled is not, though its picture was shown before.
func TestPolicyNarrowedBetweenPictureAndCode(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true)})
	a := c.Login(p.Name, p.Password)
	app, _ := c.BeginTOTP(a.RequestID)
	setPolicy(t, k, func(d *directory.Policy) { d.MFA.Enrollable = []string{"Email"} })
	if e := c.ConfirmTOTP(a.RequestID, app.Code()); e.HTTP != http.StatusNotFound {
		t.Errorf("the code of the picture: got %v, want it unknown", e)
	}
	if app, e := c.BeginTOTP(a.RequestID); app != nil || e.HTTP != http.StatusNotFound {
		t.Errorf("another picture: got %v, want it unknown", e)
	}
	c.SendVerification(a.RequestID, "SMS", phone).WantRefused(t, string(sallyport.EnrollmentInvalidAddress))
	c.SendVerification(a.RequestID, "Email", mail).Want(t, false)
	c.ConfirmVerification(a.RequestID, "Email", k.Outbox.LastCode(mail)).Want(t, true)
}

// TestPolicyNarrowedLocksNobodyOut: whoever has only what a policy no longer
// counts logs in with it, where the policy does not require what it counts.
func TestPolicyNarrowedLocksNobodyOut(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	open := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
	code := k.Outbox.LastCode(mail)
	setPolicy(t, k, func(d *directory.Policy) {
		d.MFA.Methods = []string{"MicrosoftAuthenticator"}
	})
	c.Answer(open, code).Want(t, sallyport.Success)
	k.Clock.Advance(time.Minute)
	if got := c.Login(p.Name, p.Password).Want(t, wanted).Offered(); len(got) != 2 {
		t.Errorf("got options %q, want the two of the mail", got)
	}
	c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success)
}

// TestMissingChannel: a channel that the host cannot send over is neither
// offered nor enrolled, and who has nothing else is told so and let in by
// nothing.
func TestMissingChannel(t *testing.T) {
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SMS = nil }))
	c := k.InProcess()
	both := k.AddUser(t, sallyporttest.User{Name: "both", Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true})
	if got := strings.Join(c.Login(both.Name, both.Password).Want(t, wanted).Offered(), ", "); got != "Email Link, Email OTP" {
		t.Errorf("got options %q, want those of the mail", got)
	}
	fresh := k.AddUser(t, sallyporttest.User{Name: "fresh", MFA: new(true)})
	a := c.Login(fresh.Name, fresh.Password)
	if got := strings.Join(a.Enrollment.DisplayTransportModes, ", "); got != "Email, MicrosoftAuthenticator" {
		t.Errorf("got %q to enrol, want all but SMS", got)
	}
	c.SendVerification(a.RequestID, "SMS", phone).WantRefused(t, string(sallyport.EnrollmentInvalidAddress))

	cut := k.AddUser(t, sallyporttest.User{Name: "cut", Mobile: phone, MobileValidated: true})
	wantNothingToDo(t, c, cut, enrolFirst)
}

// TestNothingToEnrol: where a factor is wanted and no policy lets one be added,
// nobody is let in.
func TestNothingToEnrol(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true), Email: mail, Mobile: phone})
	setPolicy(t, k, func(d *directory.Policy) { d.MFA.Enrollable = []string{} })
	wantNothingToDo(t, c, p, enrolFirst)
}

// wantNothingToDo logs in and wants that status, and no request behind it.
func wantNothingToDo(t *testing.T, c *sallyporttest.Client, p *sallyporttest.Person, s sallyport.Status) {
	t.Helper()
	a := c.Login(p.Name, p.Password).Want(t, s)
	if a.Enrollment != nil || len(a.Options) > 0 {
		t.Errorf("got options %q or an enrolment, want neither", a.Offered())
	}
	c.State(a.RequestID).Want(t, dead)
	if app, e := c.BeginTOTP(a.RequestID); app != nil {
		t.Errorf("got a picture: %v", e)
	}
}

// TestNoRoleIsToldAgain: who proves a factor and has no role is told so, again
// and again, and the request is over, whatever roles come later.
func TestNoRoleIsToldAgain(t *testing.T) {
	const noRole = sallyport.Failure | sallyport.UserNotAuthorized
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true, Roles: []string{}})
	a := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
	code := k.Outbox.LastCode(mail)
	c.Answer(a, code).Want(t, noRole)
	again := func() {
		t.Helper()
		c.State(a.RequestID).Want(t, noRole)
		c.Resume(a.RequestID, p.Name, p.Password).Want(t, noRole)
		c.Choose(a, "Email", "Link").Want(t, noRole)
		c.Answer(a, code).Want(t, noRole)
	}
	again()
	k.EditUser(t, p.Name, func(u *directory.User) {
		u.Roles = []directory.Grant{{Application: sallyporttest.ApplicationName, Role: sallyporttest.RoleName}}
	})
	again()
	if app, e := c.BeginTOTP(a.RequestID); app != nil {
		t.Errorf("a request that is over shows a picture: %v", e)
	}
	if got := fmt.Sprint(k.EventKinds()); !strings.Contains(got, string(sallyport.EventRefused)) {
		t.Errorf("got events %s, want the refusal", got)
	}
	k.Clock.Advance(time.Minute)
	c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success)
}

// TestObstacle: where a second factor is wanted that can be neither asked for nor
// enrolled, the result says why, and the document says no more than that it is
// wanted.
func TestObstacle(t *testing.T) {
	for _, tt := range []struct {
		name      string
		enrol     []string
		factor    bool // the account has one that cannot be reached
		senders   bool
		want      mfa.Obstacle
		reachable bool
	}{
		{"everything can be", nil, false, true, "", true},
		{"an authenticator can be", []string{"MicrosoftAuthenticator"}, false, false, "", true},
		{"nothing is enrollable", []string{}, false, true, mfa.NothingEnrollable, false},
		{"no sender", []string{"Email", "SMS"}, false, false, mfa.NoSender, false},
		{"lost", nil, true, false, mfa.FactorLost, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
				if !tt.senders {
					c.Email, c.SMS = nil, nil
				}
			}))
			required := mfa.Required
			setPolicy(t, k, func(p *directory.Policy) { p.MFA.Mode, p.MFA.Enrollable = &required, tt.enrol })
			u := sallyporttest.User{Name: "ann"}
			if tt.factor {
				u.Email, u.EmailValidated = mail, true
			}
			p := k.AddUser(t, u)
			r, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: p.Password}))
			if err != nil || r.Obstacle != tt.want || (r.Enrollment != nil) != tt.reachable {
				t.Errorf("got %v, %v, enrollment %v, want the obstacle %q", r, err, r.Enrollment, tt.want)
			}
			if r, err = k.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: "wrong"})); err != nil || r.Obstacle != "" {
				t.Errorf("before the right password: got %v, %v", r.Obstacle, err)
			}
		})
	}
}

// TestObstacleOfRequest: a policy that changes while a request waits is told too.
func TestObstacleOfRequest(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ann", MFA: &yes})
	a := k.InProcess().Login(p.Name, p.Password)
	setPolicy(t, k, func(p *directory.Policy) { p.MFA.Enrollable = []string{} })
	r, err := k.Engine.Login(t.Context(), login(sallyport.Login{RequestID: a.RequestID, Username: p.Name, Password: p.Password}))
	if err != nil || r.Enrollment != nil || r.Obstacle != mfa.NothingEnrollable {
		t.Errorf("got %v, %v, want the obstacle %q", r, err, mfa.NothingEnrollable)
	}
}
