package sallyport_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/totp"
)

// identityQuery is the query that docs/moving.md has for a database.
func identityQuery(t *testing.T, database string) string {
	t.Helper()
	page, err := os.ReadFile("docs/moving.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)<!-- identity: " + database + " -->\n```sql\n(.*?)```").FindSubmatch(page)
	if m == nil {
		t.Fatalf("docs/moving.md has no query for %s", database)
	}
	return string(m[1])
}

func identityTables(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/identity.sql")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestIdentitySQLite: what the query exports is imported.
func TestIdentitySQLite(t *testing.T) {
	program, err := exec.LookPath("sqlite3")
	if err != nil && os.Getenv("SALLYPORT_REQUIRE_TOOLS") == "" {
		t.Skip(err)
	}
	var out, said bytes.Buffer
	c := exec.Command(program, ":memory:")
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(identityTables(t)+identityQuery(t, "sqlite")), &out, &said
	if err := c.Run(); err != nil || said.Len() > 0 {
		t.Fatalf("sqlite3: %v, %s", err, said.String())
	}
	movedFromIdentity(t, out.String())
}

// TestIdentityPostgres: likewise from PostgreSQL.
func TestIdentityPostgres(t *testing.T) {
	db, err := pgx.Connect(t.Context(), pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.WithoutCancel(t.Context()))
	if _, err := db.Exec(t.Context(), identityTables(t)+`UPDATE "AspNetUsers" SET "LockoutEnd" = 'infinity' WHERE "Id" = '3-cid';`); err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(t.Context(), strings.TrimSuffix(strings.TrimSpace(identityQuery(t, "postgres")), ";"))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (line string, err error) {
		return line, r.Scan(&line)
	})
	if err != nil {
		t.Fatal(err)
	}
	movedFromIdentity(t, strings.Join(lines, "\n"))
}

// movedFromIdentity imports what a query has printed. The users log in with their
// passwords, authenticators and recovery codes.
func movedFromIdentity(t *testing.T, printed string) {
	t.Helper()
	k := hosted(t)
	if err := setup(k).CreateRole(t.Context(), directory.NewRole{Name: "Nobody"}); err != nil {
		t.Fatal(err)
	}
	rows, err := directory.ReadImport(strings.NewReader(printed), directory.ImportJSONL)
	if err != nil {
		t.Fatal(err)
	}
	for r := range setup(k).Import(t.Context(), rows, directory.ImportOptions{}) {
		if r.Action != directory.ActionCreated {
			t.Errorf("got %+v, want it created; the rows are\n%s", r, printed)
		}
	}
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
