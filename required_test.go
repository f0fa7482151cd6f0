package sallyport_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestP2RequiredMethods: where a second factor is required, one that the policy does
// not count proves the person and completes no login. In the same request one that
// counts is enrolled, active at once, and that completes it.
func TestP2RequiredMethods(t *testing.T) {
	const onRecord = "on record"
	for _, tt := range []struct {
		name, mode, proves string
		rules              directory.MFA
		granted, enrolls   bool
		own                bool // the user's own wish, beside that mode
	}{
		{"a code", "Required", "OTP", app, false, true, false},
		{"a link", "Required", "Link", app, false, true, false},
		{"an address on record", "Required", onRecord, app, false, true, false},
		{"nothing to enrol", "Required", "OTP", directory.MFA{Methods: app.Methods, Enrollable: []string{}}, false, false, false},
		{"a method that counts", "Required", "OTP", directory.MFA{Methods: []string{"EmailOTP"}}, true, false, false},
		{"the user's own wish", "WhenEnrolled", "OTP", app, false, true, true},
		{"the user's own wish, a link", "Off", "Link", app, false, true, true},
		{"the user's own wish, a method that counts", "Off", "OTP", directory.MFA{Methods: []string{"EmailOTP"}}, true, false, true},
		{"none is required", "WhenEnrolled", "OTP", app, true, false, false},
		{"none is required, a link", "WhenEnrolled", "Link", app, true, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.rules.Mode = &tt.mode
			r := twoRoles(t, sallyporttest.User{Email: mail, EmailValidated: tt.proves != onRecord, MFA: ownWish(tt.own)}, [2]directory.MFA{tt.rules, {}})
			id, a := r.first.RequestID, sallyporttest.Answer{}
			switch tt.proves {
			case onRecord:
				r.client.SendVerification(id, "Email", "")
				r.client.ConfirmVerification(id, "Email", r.kit.Outbox.Last(mail).Code)
				a = r.client.Resume(id, "nora", r.kit.Person("nora").Password)
			case "Link":
				held := r.client.WaitLink(r.first, "Email")
				r.client.Approve(r.kit.Outbox.Last(mail).Link)
				a = held.Answer()
			default:
				a = r.client.AnswerWith(r.first, "Email", "OTP", r.message().Code)
			}
			if tt.granted {
				if a.Status != sallyport.Success {
					t.Errorf("got %v, want success", a.Status)
				}
				return
			}
			wantUnfinished(t, a, tt.enrolls)
			if !tt.enrolls {
				return
			}
			wantUnfinished(t, r.client.Resume(id, "nora", r.kit.Person("nora").Password), true)
			if s := r.client.State(id); s.Status != enrolFirst {
				t.Errorf("state: got %v, want %v", s.Status, enrolFirst)
			}
			if _, e := r.client.EnrollAuthenticator(id); !e.IsActive {
				t.Errorf("got %+v, want it active at once", e)
			}
			if a := r.client.Resume(id, "nora", r.kit.Person("nora").Password); a.Status != sallyport.Success {
				t.Errorf("got %v, want success", a.Status)
			}
		})
	}
}

// ownWish is a user's own wish for a second factor; nil: none.
func ownWish(wish bool) *bool {
	if !wish {
		return nil
	}
	return &wish
}

// TestP2RequiredMethodsNarrowed: an option that was offered before the policy was
// narrowed completes no login, though the account has a factor that counts.
func TestP2RequiredMethodsNarrowed(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "nora", Email: mail, EmailValidated: true, TOTP: true})
	c := k.InProcess()
	a := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
	setPolicy(t, k, func(d *directory.Policy) { d.MFA.Mode, d.MFA.Methods = new("Required"), app.Methods })
	wantUnfinished(t, c.Answer(a, k.Outbox.LastCode(mail)), false)
	wantUnfinished(t, c.Resume(a.RequestID, p.Name, p.Password), false)
	k.Clock.Advance(time.Minute)
	b := c.Login(p.Name, p.Password).Want(t, wanted)
	c.AnswerWith(b, "MicrosoftAuthenticator", "OTP", p.Authenticator.Code()).Want(t, sallyport.Success)
}

// app counts the authenticator alone.
var app = directory.MFA{Methods: []string{"MicrosoftAuthenticator"}}

// wantUnfinished wants a login that still wants a factor enrolled.
func wantUnfinished(t *testing.T, a sallyporttest.Answer, enrolls bool) {
	t.Helper()
	if a.Status != enrolFirst || len(a.Options) > 0 || a.Tokens != nil || (a.Enrollment != nil) != enrolls {
		t.Errorf("got %+v, want %v without options, enrolment offered: %v", a, enrolFirst, enrolls)
	}
}

// TestP2RequiredMethodsPage: the page of a login that still wants a factor says so.
func TestP2RequiredMethodsPage(t *testing.T) {
	rules := directory.MFA{Mode: new("Required"), Methods: app.Methods}
	r := twoRoles(t, sallyporttest.User{Email: mail}, [2]directory.MFA{rules, {}})
	id := r.first.RequestID
	r.client.SendVerification(id, "Email", "")
	if e := r.client.ConfirmVerification(id, "Email", r.kit.Outbox.Last(mail).Code); !e.IsActive {
		t.Fatalf("got %+v, want the address active", e)
	}
	page, err := r.kit.Engine.OpenEnrollmentPage(t.Context(), sallyport.EnrollmentCall{RequestID: id})
	if err != nil || page.Active || len(page.Transports) != 1 || page.Transports[0] != mfa.Authenticator {
		t.Errorf("got %+v, %v, want the authenticator still to be added", page, err)
	}
}
