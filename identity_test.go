package sallyport_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/totp"
)

// TestIdentitySQLite: what the query of docs/from-aspnet.md exports is imported.
func TestIdentitySQLite(t *testing.T) { movedFromIdentity(t, identity.inSQLite(t)) }

// TestIdentityPostgres: likewise from PostgreSQL, where a lock may have no end.
func TestIdentityPostgres(t *testing.T) {
	movedFromIdentity(t, identity.inPostgres(t, `UPDATE "AspNetUsers" SET "LockoutEnd" = 'infinity' WHERE "Id" = '3-cid';`))
}

var identity = otherSystem{page: "docs/from-aspnet.md", name: "identity"}

// movedFromIdentity imports what a query has printed. The users log in with their
// passwords, authenticators and recovery codes.
func movedFromIdentity(t *testing.T, printed string) {
	t.Helper()
	k := moved(t, printed)
	const word = "my password"
	wantOutcome(t, "bob", hostLogin(t, k, sallyport.Login{Username: "bob", Password: word}), sallyport.Granted, sallyport.NoReason)
	if r := hostLogin(t, k, sallyport.Login{Username: "cid", Password: word}); r.Reason != sallyport.ReasonLockedOut {
		t.Errorf("cid: got %q, want the lock to have come along", r.Reason)
	}
	if r := hostLogin(t, k, sallyport.Login{Username: `dan "d" o'neil`, Password: word}); r.Reason != sallyport.ReasonWrongPassword {
		t.Errorf("dan: got %q, want no password to match", r.Reason)
	}
	secret, err := totp.ParseSecret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{secret.Code(totp.Step(k.Clock.Now())), "k2vqr-8mxtn", "79HJBWDPCY"} {
		r := hostLogin(t, k, sallyport.Login{Username: "ADA@example.com", Password: word})
		wantOutcome(t, "ada's password", r, sallyport.FactorWanted, sallyport.NoReason)
		r = hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, OptionID: authenticatorOf(t, r), Code: code})
		wantOutcome(t, "ada's code "+code, r, sallyport.Granted, sallyport.NoReason)
		if got := strings.Join(r.Session.Roles, " "); !strings.Contains(got, sallyporttest.RoleName) || !strings.Contains(got, "Nobody") {
			t.Errorf("got the roles %q", got)
		}
		k.Clock.Advance(time.Minute)
	}
	r := hostLogin(t, k, sallyport.Login{Username: "ada@example.com", Password: word})
	r = hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, OptionID: authenticatorOf(t, r), Code: "K2VQR-8MXTN"})
	wantOutcome(t, "a spent code", r, sallyport.FactorWanted, sallyport.ReasonWrongCode)
	u, err := setup(k).FindUser(t.Context(), "ada@example.com")
	if err != nil || !u.EmailFactor || !u.MobileFactor || len(u.Attributes) != 2 || u.MFA == nil || !*u.MFA {
		t.Errorf("got %+v, %v", u, err)
	}
}

// authenticatorOf is the option of an authenticator.
func authenticatorOf(t *testing.T, r *sallyport.Result) string {
	t.Helper()
	for _, o := range r.Options {
		if o.Transport.String() == "MicrosoftAuthenticator" {
			return o.ID
		}
	}
	t.Fatalf("got options %+v, want an authenticator", r.Options)
	return ""
}
