package clients_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/interop/internal/served"
)

func TestMain(m *testing.M) {
	code := pgtest.Main(m)
	served.Clean()
	os.Exit(code)
}

// steps are the columns of the matrix.
var steps = []string{"login", "refresh", "userinfo", "verify", "tampered"}

// clients are the rows: what is driven, which steps it can do, and why not the
// others.
var clients = []struct {
	name   string // as README.md has it
	user   string // who logs in
	run    func(t *testing.T, s *served.Server, user string) []string
	steps  []string
	remark string
}{
	{"Go: `golang.org/x/oauth2`, `coreos/go-oidc`", "gopher", byGo("go-oidc"), steps, "`SkipClientIDCheck`, unless `StaticAudience` is set"},
	{"Go: `golang.org/x/oauth2`, `golang-jwt/jwt` with `MicahParks/keyfunc`", "keyfunc", byGo("golang-jwt"), steps, ""},
	{"Go: `golang.org/x/oauth2`, `lestrrat-go/jwx`", "jwx", byGo("jwx"), steps, ""},
	{"Node: `openid-client`, `jose`", "openid", bySteps("node/clients/openid-client.mjs"), steps, "`VGResponse` of a refusal is in `cause`"},
	{"Node: `jsonwebtoken` with `jwks-rsa`", "express", bySteps("node/clients/jsonwebtoken.mjs"), []string{"verify", "tampered"}, "verifies tokens and does nothing else; `fetch` logs in"},
	{"Node: `newman`", "postman", bySteps("node/clients/newman.mjs"), []string{"login", "refresh", "userinfo", "tampered"}, "its scripts have no RSA, so userinfo judges the tampered token; logs in with an authenticator, since its scripts read no files; enrols too"},
	{"Python: `requests-oauthlib`, `PyJWT`", "python", bySteps("python/requests_oauthlib_client.py"), steps, "`grant_type` of `LegacyApplicationClient` is set; `VGResponse` by a compliance hook"},
}

// totpKey is the authenticator of those who log in with one.
const totpKey = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// bySteps runs a script, which prints each step that it has done.
func bySteps(script string) func(t *testing.T, s *served.Server, user string) []string {
	return func(t *testing.T, s *served.Server, user string) []string {
		if strings.HasPrefix(script, "python/") {
			served.NeedPython(t, "requests_oauthlib", "jwt", "cryptography")
		} else {
			served.NeedNode(t)
		}
		printed := served.Script(t, script, append(s.Env("Native", user), "TOTP="+totpKey, "NEWCOMER=newcomer")...)
		var done []string
		for line := range strings.Lines(printed) {
			if name, ok := strings.CutPrefix(strings.TrimSpace(line), "step "); ok {
				done = append(done, name)
			}
		}
		return done
	}
}

// TestClients lets every client do what the matrix says of it.
func TestClients(t *testing.T) {
	yes := true
	users := []served.User{{Name: "newcomer", MFA: &yes}}
	for _, c := range clients {
		u := served.Mailed(c.user)
		if c.user == "postman" {
			u = served.User{Name: c.user, TOTP: &served.TOTP{Secret: totpKey}}
		}
		users = append(users, u)
	}
	s := served.Start(t, users)
	for _, c := range clients {
		t.Run(c.user, func(t *testing.T) {
			t.Parallel()
			if got := c.run(t, s, c.user); !slices.Equal(got, c.steps) {
				t.Errorf("got the steps %q, want %q", got, c.steps)
			}
		})
	}
}

// TestClientsReadme holds the matrix of README.md to the clients that are tested.
func TestClientsReadme(t *testing.T) {
	raw, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(raw), "<!-- clients -->\n")
	got, _, end := strings.Cut(rest, "<!-- end of clients -->")
	if !ok || !end {
		t.Fatal("README.md has no matrix of clients")
	}
	if want := matrix(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// matrix is the clients as Markdown.
func matrix() string {
	var b strings.Builder
	b.WriteString("| client | login with a second factor | refresh | userinfo | token verified by the keys | tampered token refused | remarks |\n|---|---|---|---|---|---|---|\n")
	for _, c := range clients {
		fmt.Fprintf(&b, "| %s |", c.name)
		for _, s := range steps {
			if slices.Contains(c.steps, s) {
				b.WriteString(" yes |")
			} else {
				b.WriteString(" – |")
			}
		}
		fmt.Fprintf(&b, " %s |\n", c.remark)
	}
	return b.String()
}
