package sallyport_test

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

const webClient = sallyporttest.ApplicationID + "_WebApp"

// nothingOnRecord is the answer to a login that wants a factor enrolled, of somebody
// with neither an e-mail address nor a mobile number.
const nothingOnRecord = enrolFirst | sallyport.UserAccountMissingEmail | sallyport.UserAccountMissingMobilePhone

// resuming is a pending login of nora, who has no second factor yet, by a client
// that goes on by a secret in the place of the password.
type resuming struct {
	kit    *sallyporttest.Kit
	client *sallyporttest.Client
	nora   *sallyporttest.Person
	first  sallyporttest.Answer
	secret string
}

// newResuming begins that login over HTTP or in process.
func newResuming(t *testing.T, way func(*sallyporttest.Kit) *sallyporttest.Client, opts ...sallyporttest.Option) *resuming {
	t.Helper()
	k := sallyporttest.New(t, append(opts, sallyporttest.WithDirectory(addWebApp(true)))...)
	r := &resuming{kit: k, client: way(k).As(webClient, sallyporttest.ClientSecret), nora: k.AddUser(t, sallyporttest.User{Name: "nora", MFA: new(true)})}
	r.first = r.client.Login(r.nora.Name, r.nora.Password).Want(t, nothingOnRecord)
	if r.first.Enrollment == nil || r.first.Enrollment.ResumeSecret == "" {
		t.Fatal("the first answer has no secret to go on by")
	}
	r.secret = r.first.Enrollment.ResumeSecret
	return r
}

// addWebApp adds a WebApp with a secret to a directory.
func addWebApp(resumes bool) func(*directory.File) {
	return func(d *directory.File) {
		d.Clients = append(d.Clients, directory.Client{
			Application: sallyporttest.ApplicationName, Platform: "WebApp", GrantTypes: []string{"VGAuthenticator", "refresh_token"},
			Scopes: []string{"openid", "offline_access"}, Secrets: []directory.Secret{{Value: sallyporttest.ClientSecret}}, Resume: resumes,
		})
	}
}

func (r *resuming) resume(secret string) sallyporttest.Answer {
	return r.client.Call(sallyport.Login{RequestID: r.first.RequestID, Username: r.nora.Name, ResumeSecret: secret})
}

// TestResumeSecret: once the second factor is proven the secret stands for the
// password, once. Before that it is worth what the request's id is.
func TestResumeSecret(t *testing.T) {
	for name, way := range map[string]func(*sallyporttest.Kit) *sallyporttest.Client{
		"over HTTP": (*sallyporttest.Kit).HTTP, "in process": (*sallyporttest.Kit).InProcess,
	} {
		t.Run(name, func(t *testing.T) {
			r := newResuming(t, way)
			if b, err := hex.DecodeString(r.secret); err != nil || len(b) != 32 || strings.ToUpper(r.secret) != r.secret {
				t.Errorf("got %q, want 32 bytes in upper-case hexadecimal digits", r.secret)
			}
			if i := strings.Index(string(r.first.Body), `"ResumeSecret":"`+r.secret+`"},"MFAAvailables"`); i < 0 {
				t.Errorf("it is not the last key of the enrollment block: %s", r.first.Body)
			}
			wantState(t, "before the second factor", r.resume(r.secret), enrolFirst)
			r.client.EnrollAuthenticator(r.first.RequestID)
			wantState(t, "a wrong secret", r.resume(strings.Repeat("0", 64)), dead)
			wantState(t, "in lower case", r.resume(strings.ToLower(r.secret)), dead)
			wantState(t, "a blank", r.resume(" "), dead)
			a := r.resume(r.secret).Want(t, sallyport.Success)
			if id := a.Response.AuthenticationResponse.Identity; id == nil || id.Name != r.nora.Name || a.Tokens.RefreshToken == "" {
				t.Errorf("got identity %+v, want tokens of nora", id)
			}
			wantState(t, "a second time", r.resume(r.secret), dead)
			if b := r.client.Login(r.nora.Name, r.nora.Password); b.Status != wanted || b.Enrollment != nil && b.Enrollment.ResumeSecret == r.secret {
				t.Errorf("the next login: got %v, want another secret", b)
			}
		})
	}
}

// wantState wants an answer that tells a status, and nothing and nobody else.
func wantState(t *testing.T, what string, a sallyporttest.Answer, want sallyport.Status) {
	t.Helper()
	if a.Status != want || a.Granted() || len(a.Options) > 0 || a.Enrollment != nil || a.Response.AuthenticationResponse.Identity != nil {
		t.Errorf("%s: got %s, want %s and nothing else", what, a, want)
	}
}

// TestP2ResumeIsJudgedAnew: whatever has come between call 1 and the secret counts,
// but for the lock of a name, which judges passwords.
func TestP2ResumeIsJudgedAnew(t *testing.T) {
	beside(t)
	unmark := func(d *directory.File) { d.Clients[len(d.Clients)-1].Resume = false }
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, r *resuming)
		want   sallyport.Status
	}{
		{"nothing", func(*testing.T, *resuming) {}, sallyport.Success},
		{"the name is locked", func(t *testing.T, r *resuming) {
			for i := range 10 {
				r.client.Login("nora", strings.Repeat("x", i+1))
			}
			r.client.Login("nora", r.nora.Password).Want(t, lockedOut)
		}, sallyport.Success},
		{"disabled", func(t *testing.T, r *resuming) {
			r.kit.EditUser(t, "nora", func(u *directory.User) { u.Disabled = true })
		}, dead},
		{"no role any more", func(t *testing.T, r *resuming) {
			r.kit.EditUser(t, "nora", func(u *directory.User) { u.Roles = []directory.Grant{} })
		}, sallyport.Failure | sallyport.UserNotAuthorized},
		{"another password", func(t *testing.T, r *resuming) {
			r.kit.EditUser(t, "nora", func(u *directory.User) { u.Password, u.CredentialsVersion = "another password", 2 })
		}, dead},
		{"its time is over", func(_ *testing.T, r *resuming) { r.kit.Clock.Advance(mfa.Life) }, dead},
		{"the client is not marked any more", func(t *testing.T, r *resuming) { r.kit.Apply(t, unmark) }, wanted},
		{"given up", func(t *testing.T, r *resuming) {
			if err := cancel(t, r.kit, r.client, pending(r.first), ""); err != nil {
				t.Fatal(err)
			}
		}, sallyport.Success}, // what is a factor stays one
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newResuming(t, (*sallyporttest.Kit).InProcess)
			r.client.EnrollAuthenticator(r.first.RequestID)
			tt.change(t, r)
			r.resume(r.secret).Want(t, tt.want)
		})
	}
}

// TestP5ResumeIsBound: the secret is good for its own request, its client and its
// user, and beside nothing else that is to be judged.
func TestP5ResumeIsBound(t *testing.T) {
	r := newResuming(t, (*sallyporttest.Kit).InProcess)
	r.client.EnrollAuthenticator(r.first.RequestID)
	other := r.client.Login(r.nora.Name, r.nora.Password).Want(t, wanted)
	in := sallyport.Login{RequestID: r.first.RequestID, ResumeSecret: r.secret}
	for _, tt := range []struct {
		name string
		call func(sallyport.Login) sallyporttest.Answer
		want sallyport.Status
	}{
		{"another client's", func(in sallyport.Login) sallyporttest.Answer {
			return r.client.As(sallyporttest.ClientID, sallyporttest.ClientSecret).Call(in)
		}, dead},
		{"another's name", func(in sallyport.Login) sallyporttest.Answer { in.Username = "paul"; return r.client.Call(in) }, dead},
		{"another request", func(in sallyport.Login) sallyporttest.Answer {
			in.RequestID = other.RequestID
			return r.client.Call(in)
		}, dead},
		{"an unknown request", func(in sallyport.Login) sallyporttest.Answer {
			in.RequestID = "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11"
			return r.client.Call(in)
		}, dead},
		{"beside a wrong password", func(in sallyport.Login) sallyporttest.Answer { in.Password = "wrong"; return r.client.Call(in) }, mismatch},
		{"beside an option", func(in sallyport.Login) sallyporttest.Answer {
			in.OptionID = option(t, other, "MicrosoftAuthenticator", "OTP")
			return r.client.Call(in)
		}, dead},
	} {
		if a := tt.call(in); a.Status != tt.want || a.Granted() {
			t.Errorf("%s: got %s, want %s", tt.name, a, tt.want)
		}
	}
	if a := r.client.Call(sallyport.Login{Username: r.nora.Name, ResumeSecret: r.secret}); a.OAuthError != "invalid_request" {
		t.Errorf("without a request: got %s, want a call without a password refused", a)
	}
	r.client.Call(in).Want(t, sallyport.Success)
}

// TestP1ResumeOnce: of a hundred simultaneous callers with the secret one is granted.
func TestP1ResumeOnce(t *testing.T) {
	r := newResuming(t, (*sallyporttest.Kit).InProcess)
	r.client.EnrollAuthenticator(r.first.RequestID)
	in := sallyport.Login{
		Caller:    &sallyport.Caller{ClientID: webClient, ClientSecret: sallyporttest.ClientSecret},
		RequestID: r.first.RequestID, ResumeSecret: r.secret,
	}
	if won := grants(t, r.kit, 100, in); won != 1 {
		t.Errorf("got %d grants, want 1", won)
	}
}

// TestP2ResumeGone: a caller who has gone before the secret is judged is granted
// nothing, and the secret stays good.
func TestP2ResumeGone(t *testing.T) {
	r := newResuming(t, (*sallyporttest.Kit).InProcess, sallyporttest.WithStore(departing{memstore.New()}))
	r.client.EnrollAuthenticator(r.first.RequestID)
	in := sallyport.Login{
		Caller:    &sallyport.Caller{ClientID: webClient, ClientSecret: sallyporttest.ClientSecret},
		RequestID: r.first.RequestID, ResumeSecret: r.secret,
	}
	for at := range 3 { // before it begins, before and after the reading
		if a, err := r.kit.Engine.Login(leave(t, at), in); err == nil {
			t.Errorf("gone at %d: got %v, want nothing told", at, a)
		}
	}
	r.resume(r.secret).Want(t, sallyport.Success)
}

// TestP11ResumeSecret: the secret is handed out by call 1 alone, to a client that is
// marked and can keep it, and stands nowhere else.
func TestP11ResumeSecret(t *testing.T) {
	s := memstore.New()
	r := newResuming(t, (*sallyporttest.Kit).InProcess, sallyporttest.WithStore(s),
		sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true }))
	raw, _ := hex.DecodeString(r.secret)
	for rec, err := range s.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if text := rec.Key + string(rec.Value); strings.Contains(text, r.secret) || strings.Contains(text, string(raw)) {
			t.Errorf("the store holds it in clear, in %s", rec.Key)
		}
	}
	if again := r.client.Resume(r.first.RequestID, "nora", r.nora.Password).Want(t, nothingOnRecord); again.Enrollment == nil || again.Enrollment.ResumeSecret != "" {
		t.Errorf("call 1 again: got %+v, want an enrollment without the secret", again.Enrollment)
	}
	for id, secret := range map[string]string{sallyporttest.ClientID: sallyporttest.ClientSecret, sallyporttest.PublicClientID: ""} {
		if a := r.client.As(id, secret).Login("nora", r.nora.Password); a.Enrollment == nil || a.Enrollment.ResumeSecret != "" {
			t.Errorf("%s: got %+v, want an enrollment without a secret", id, a.Enrollment)
		}
	}
	r.kit.Apply(t, func(d *directory.File) {
		i := slices.IndexFunc(d.Clients, func(c directory.Client) bool { return c.Platform == "WebApp" })
		d.Clients[i].Resume = false
	})
	if a := r.client.Login("nora", r.nora.Password); a.Enrollment == nil || a.Enrollment.ResumeSecret != "" {
		t.Errorf("a client that is not marked: got %+v, want an enrollment without a secret", a.Enrollment)
	}
	if strings.Contains(r.kit.Logs(), r.secret) {
		t.Error("the log holds it")
	}
}
