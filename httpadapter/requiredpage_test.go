package httpadapter_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

const (
	noraMail  = "nora@example.org"
	noraPhone = "+4917012345678"
)

// outsider is somebody with one factor, by which they prove who they are although the
// policy does not count it.
type outsider struct {
	*sallyporttest.Kit
	*sallyporttest.Client
	t *testing.T
	p *sallyporttest.Person
}

// newOutsider makes somebody with a factor on that transport, where a second factor is
// required and only those on the other two count.
func newOutsider(t *testing.T, over string) *outsider {
	t.Helper()
	all := []string{"EmailLink", "EmailOTP", "SMSLink", "SMSOTP", "MicrosoftAuthenticator"}
	counted := slices.DeleteFunc(all, func(m string) bool { return strings.HasPrefix(m, over) })
	k := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) {
		d.Policy = &directory.Policy{MFA: directory.MFA{Mode: new(mfa.Required), Methods: counted}}
	}))
	u := sallyporttest.User{Name: "nora", TOTP: over == "MicrosoftAuthenticator"}
	switch over {
	case "Email":
		u.Email, u.EmailValidated = noraMail, true
	case "SMS":
		u.Mobile, u.MobileValidated = noraPhone, true
	}
	return &outsider{k, k.HTTP(), t, k.AddUser(t, u)}
}

// prove passes the factor that does not count.
func (o *outsider) prove(over, mode string) sallyporttest.Answer {
	o.t.Helper()
	first := o.Login("nora", o.p.Password)
	switch {
	case mode == "Link":
		held := o.WaitLink(first, over)
		o.Approve(held.Link)
		return held.Answer()
	case over == "MicrosoftAuthenticator":
		return o.AnswerWith(first, over, mode, o.p.Authenticator.Code())
	}
	to := noraMail
	if over == "SMS" {
		to = noraPhone
	}
	return o.Answer(o.Choose(first, over, mode), o.Outbox.LastCode(to))
}

// addByAPI enrols a factor in that request.
func (o *outsider) addByAPI(id, over string) {
	o.t.Helper()
	switch over {
	case "MicrosoftAuthenticator":
		_, e := o.EnrollAuthenticator(id)
		e.Want(o.t, true)
	case "Email":
		o.SendVerification(id, over, noraMail)
		o.ConfirmVerification(id, over, o.Outbox.LastCode(noraMail)).Want(o.t, true)
	default:
		o.SendVerification(id, over, noraPhone)
		o.ConfirmVerification(id, over, o.Outbox.LastCode(noraPhone)).Want(o.t, true)
	}
}

// addByPage does so on the enrolment page.
func (o *outsider) addByPage(url, over string) {
	o.t.Helper()
	page := o.Browser(o.Handler()).Open(url).Want(o.t, 200, "A second factor is required of everybody.")
	switch over {
	case "MicrosoftAuthenticator":
		page = page.Follow("Authenticator app")
		page.Form("Confirm").Fill("code", page.Authenticator().Code()).Submit("Confirm").Want(o.t, 200, "Save your recovery codes")
	case "Email":
		page.Follow("E-mail").Form().Fill("address", noraMail).Submit("Send me a code").
			Form("Confirm").Fill("code", o.Outbox.LastCode(noraMail)).Submit("Confirm").Want(o.t, 200, "You are all set")
	default:
		page.Follow("Text message").Form().Fill("address", noraPhone).Submit("Send me a code").
			Form("Confirm").Fill("code", o.Outbox.LastCode(noraPhone)).Submit("Confirm").Want(o.t, 200, "You are all set")
	}
}

// TestP2RequiredOutside: where a second factor is required, one outside methods proves the
// person and completes no login, on whatever transport it is. One on each of the others,
// enrolled by API or on the page, is active at once and completes it; the next login asks
// for that one alone.
func TestP2RequiredOutside(t *testing.T) {
	transports := []string{"Email", "SMS", "MicrosoftAuthenticator"}
	for _, has := range []struct{ over, mode string }{{"Email", "OTP"}, {"Email", "Link"}, {"SMS", "OTP"}, {"SMS", "Link"}, {"MicrosoftAuthenticator", "OTP"}} {
		for _, adds := range transports {
			for _, by := range []string{"API", "page"} {
				if adds == has.over {
					continue
				}
				t.Run(has.over+" "+has.mode+", "+adds+" by "+by, func(t *testing.T) {
					o := newOutsider(t, has.over)
					a := o.prove(has.over, has.mode)
					if !a.Status.Has(sallyport.MFAEnrollmentRequired) || a.Tokens != nil || a.Enrollment == nil {
						t.Fatalf("proven: got %s, want an enrolment", a)
					}
					if by == "API" {
						o.addByAPI(a.RequestID, adds)
					} else {
						o.addByPage(a.Enrollment.EnrollmentURL, adds)
					}
					o.Resume(a.RequestID, "nora", o.p.Password).Want(t, sallyport.Success)
					for _, offered := range o.Login("nora", o.p.Password).Offered() {
						if !strings.HasPrefix(offered, adds) {
							t.Errorf("the next login offers %s", offered)
						}
					}
				})
			}
		}
	}
}

// TestEnrollmentPageRule: the page names the rule by which a second factor is asked for, as
// text; and none where none is required.
func TestEnrollmentPageRule(t *testing.T) {
	required := new(mfa.Required)
	for _, tt := range []struct {
		name string
		edit func(d *directory.File, u *sallyporttest.User)
		want string
	}{
		{"everybody", func(d *directory.File, _ *sallyporttest.User) {
			d.Policy = &directory.Policy{MFA: directory.MFA{Mode: required}}
		}, "is required of everybody."},
		{"application", func(d *directory.File, _ *sallyporttest.User) { d.Applications[0].MFA.Mode = required }, "is required of whoever signs in at PB_Salesdemo."},
		{"role", func(d *directory.File, u *sallyporttest.User) {
			d.Applications[0].Roles = append(d.Applications[0].Roles, directory.Role{Name: "<b>Chief</b>", MFA: directory.MFA{Mode: required}})
			u.Roles = []string{"<b>Chief</b>"}
		}, "is required of whoever has the role <b>Chief</b>."},
		{"account", func(_ *directory.File, u *sallyporttest.User) { u.MFA = new(true) }, "is required for this account."},
		{"none is required", func(_ *directory.File, u *sallyporttest.User) { u.TOTP = true }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := sallyporttest.User{Name: "nora"}
			k := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) { tt.edit(d, &u) }))
			p := k.AddUser(t, u)
			a := k.HTTP().Login(p.Name, p.Password)
			page := k.Browser(k.Handler()).Open(sallyporttest.Issuer + "/mfa/enroll/" + a.RequestID)
			if page.Want(t, 200, tt.want); tt.want == "" && strings.Contains(page.Text, "is required") {
				t.Errorf("got %s", page)
			}
		})
	}
}
