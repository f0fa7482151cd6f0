package httpadapter_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

const inviteTitle, inviteOver = "Add a second factor", "This invitation is no longer good"

// inviting is a kit that wants invitations, and somebody who has one.
type inviting struct {
	*sallyporttest.Kit
	t *testing.T
	p *sallyporttest.Person
}

func newInviting(t *testing.T, opts ...sallyporttest.Option) *inviting {
	t.Helper()
	k := sallyporttest.New(t, opts...)
	k.Apply(t, func(d *directory.File) {
		d.Policy = &directory.Policy{MFA: directory.MFA{Mode: new(mfa.Required), FirstEnrollment: new(mfa.ByInvitation)}}
	})
	return &inviting{k, t, k.AddUser(t, sallyporttest.User{Name: "nora"})}
}

// invite returns the path of the link of an invitation.
func (k *inviting) invite() string {
	k.t.Helper()
	i, err := k.Engine.Admin(sallyport.Actor{Name: "setup", Reason: "a test"}).Invite(k.t.Context(), k.p.ID, sallyport.InviteReturned)
	if err != nil {
		k.t.Fatal(err)
	}
	u, err := url.Parse(i.URL)
	if err != nil {
		k.t.Fatal(err)
	}
	return u.Path
}

// TestInvitePage walks from an invitation to a second factor, in each way that the pages
// may be mounted, and does again what people do again.
func TestInvitePage(t *testing.T) {
	for _, tt := range []struct {
		name, path, base string
		strip            bool
	}{
		{"at the root", "", "", false}, {"stripped prefix", "/auth", "", true}, {"base path", "/auth", "/auth", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := newInviting(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Issuer += tt.path }),
				sallyporttest.WithAdapter(func(o *httpadapter.Options) { o.BasePath = tt.base }))
			var handler http.Handler = k.Handler()
			if tt.strip {
				handler = http.StripPrefix("/auth", k.Handler())
			}
			link := k.invite()
			b := k.Browser(handler)
			page := b.Open(link).Want(t, http.StatusOK, inviteTitle, "nora")
			if !strings.HasSuffix(page.URL, "/account/invite") || strings.Contains(string(page.Body), keyOf(link)) {
				t.Errorf("the key stands in the page, or in its address %s", page.URL)
			}
			form := page.Form()
			form.Fill("password", "wrong").Submit("Go on").Want(t, http.StatusBadRequest, "This is not the password of this account.")
			form.Fill("password", k.p.Password)
			on := form.Submit("Go on").Want(t, http.StatusOK, "Set up a second factor")
			if !strings.Contains(on.URL, "/mfa/enroll/") {
				t.Errorf("got to %s, want the enrolment", on.URL)
			}
			b.Open(link).Want(t, http.StatusOK, inviteTitle)
			step := on.Follow("E-mail")
			sent := step.Form().Fill("address", "nora@example.org").Submit("Send me a code")
			sent.Form("Confirm").Fill("code", k.Outbox.LastCode("nora@example.org")).Submit("Confirm").Want(t, http.StatusOK, "You are all set")
			const done = "Your second factor was added"
			for what, again := range map[string]*sallyporttest.Page{
				"the form again": form.Submit("Go on"), "the link again": b.Open(link), "another browser": k.Browser(handler).Open(link),
			} {
				if again.Want(t, http.StatusOK, done); !strings.HasSuffix(again.URL, "/account/invite") {
					t.Errorf("%s: got to %s", what, again.URL)
				}
			}
		})
	}
}

// TestInvitePageRefuses: what is not good shows nothing of an account, and a form of
// another page does nothing.
func TestInvitePageRefuses(t *testing.T) {
	k := newInviting(t)
	link := k.invite()
	k.Browser(k.Handler()).Open(pageOf(link)+"/"+strings.Repeat("0", 64)).Want(t, http.StatusGone, inviteOver)
	b := k.Browser(k.Handler())
	form := b.Open(link).Form()
	form.Fill("password", "").Submit("Go on").Want(t, http.StatusBadRequest, "Enter your password first.")
	b.Open(k.invite()) // another one takes its place
	form.Fill("password", k.p.Password)
	form.Submit("Go on").Want(t, http.StatusBadRequest, "another link was opened in this browser since")
	k.Clock.Advance(7 * 24 * time.Hour)
	b.Open(link).Want(t, http.StatusGone, inviteOver)

	has := k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	k.p = has
	c := k.Browser(k.Handler())
	tom := c.Open(k.invite()).Form()
	tom.Fill("password", has.Password)
	tom.Submit("Go on").Want(t, http.StatusGone, "Your account has a second factor")
}

// TestInviteField: the token endpoint reads the invitation under its name in any case,
// and not where a standard grant has no such field.
func TestInviteField(t *testing.T) {
	k := newInviting(t)
	key := keyOf(k.invite())
	for field, offered := range map[string]bool{"VGInvitation": true, "vginvitation": true, "Invitation": false} {
		if got := k.offers(url.Values{"grant_type": {"VGAuthenticator"}, "Username": {"nora"}, "Password": {k.p.Password}, field: {key}}); got != offered {
			t.Errorf("%s: got an enrolment offered: %v", field, got)
		}
	}
	k.Apply(t, func(d *directory.File) { d.Clients[0].GrantTypes = append(d.Clients[0].GrantTypes, "password") })
	if k.offers(url.Values{"grant_type": {"password"}, "username": {"nora"}, "password": {k.p.Password}, "VGInvitation": {key}}) {
		t.Error("the grant password reads an invitation")
	}
}

// offers posts a form to the token endpoint and reports whether it is answered with an
// enrolment.
func (k *inviting) offers(f url.Values) bool {
	k.t.Helper()
	f.Set("client_id", sallyporttest.ClientID)
	f.Set("client_secret", sallyporttest.ClientSecret)
	r := httptest.NewRequest(http.MethodPost, sallyporttest.Issuer+"/connect/token", strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	k.Handler().ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), "MFA_EnrollmentRequired") {
		k.t.Fatalf("got %d %s", w.Code, w.Body)
	}
	return strings.Contains(w.Body.String(), "AuthenticationEnrollmentRequest")
}
