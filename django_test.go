package sallyport_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/totp"
)

var django = otherSystem{page: "docs/from-django.md", name: "django"}

// TestDjangoSQLite: what the query of docs/from-django.md exports is imported.
func TestDjangoSQLite(t *testing.T) { movedFromDjango(t, django.inSQLite(t)) }

// TestDjangoPostgres: likewise from PostgreSQL.
func TestDjangoPostgres(t *testing.T) { movedFromDjango(t, django.inPostgres(t, "")) }

// movedFromDjango imports what a query has printed. The users log in with what they had there.
func movedFromDjango(t *testing.T, printed string) {
	t.Helper()
	k := moved(t, printed)
	const word = "my password"
	for name, want := range map[string]sallyport.Reason{"eve": sallyport.NoReason, "bob": sallyport.ReasonDisabled, "cid": sallyport.ReasonWrongPassword} {
		if r := hostLogin(t, k, sallyport.Login{Username: name, Password: word}); r.Reason != want {
			t.Errorf("%s: got %q, want %q", name, r.Reason, want)
		}
	}
	secret, err := totp.ParseSecret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{secret.Code(totp.Step(k.Clock.Now())), "uihgihax", "VFPB-7NYS"} {
		r := hostLogin(t, k, sallyport.Login{Username: "ada", Password: word})
		wantOutcome(t, "ada's password", r, sallyport.FactorWanted, sallyport.NoReason)
		r = hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, OptionID: authenticatorOf(t, r), Code: code})
		wantOutcome(t, "ada's code "+code, r, sallyport.Granted, sallyport.NoReason)
		if got := strings.Join(r.Session.Roles, " "); !strings.Contains(got, sallyporttest.RoleName) || !strings.Contains(got, "Nobody") {
			t.Errorf("got the roles %q", got)
		}
		k.Clock.Advance(time.Minute)
	}
	u, err := setup(k).FindUser(t.Context(), "ada")
	if err != nil || u.EmailFactor || u.Email != "ada@example.com" || u.FirstName != "Ada" || u.LastName != "O'Neil" || u.MFA == nil || !*u.MFA {
		t.Errorf("got %+v, %v", u, err)
	}
}
