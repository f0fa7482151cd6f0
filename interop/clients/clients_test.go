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

// steps are the columns of the matrix, and their headings.
var steps = []struct{ name, heading string }{
	{"login", "login"},
	{"factor", "second factor"},
	{"wrong code", "a wrong code"},
	{"enrolment", "enrolment"},
	{"refresh", "refresh"},
	{"userinfo", "userinfo"},
	{"introspect", "introspection"},
	{"revoke", "revocation"},
	{"verify", "token verified by the keys"},
	{"tampered", "tampered token refused"},
	{"audience", "verified with an audience"},
}

// but are all steps but those.
func but(none ...string) (list []string) {
	for _, s := range steps {
		if !slices.Contains(none, s.name) {
			list = append(list, s.name)
		}
	}
	return list
}

// clients are the rows: what is driven, which steps it can do, and why not the others. Those
// that the library has no call for are done by requests that are made by hand.
var clients = []struct {
	name   string // as README.md has it
	user   string // who logs in
	run    func(t *testing.T, s *served.Server, second elsewhere, user string) []string
	steps  []string
	byHand []string // of the steps
	remark string
}{
	{"Go: `golang.org/x/oauth2`, `coreos/go-oidc`", "gopher", byGo("go-oidc"), but(), []string{"enrolment", "introspect", "revoke"}, "`SkipClientIDCheck` where tokens have no audience; neither library has a call for introspection or revocation"},
	{"Go: `golang.org/x/oauth2`, `golang-jwt/jwt` with `MicahParks/keyfunc`", "keyfunc", byGo("golang-jwt"), but(), []string{"enrolment", "introspect", "revoke"}, "as above"},
	{"Go: `golang.org/x/oauth2`, `lestrrat-go/jwx`", "jwx", byGo("jwx"), but(), []string{"enrolment", "introspect", "revoke"}, "as above"},
	{"Node: `openid-client`, `jose`", "openid", bySteps("node/clients/openid-client.mjs"), but(), []string{"enrolment"}, "`VGResponse` of a refusal is in `cause`"},
	{"Node: `jsonwebtoken` with `jwks-rsa`", "express", bySteps("node/clients/jsonwebtoken.mjs"), []string{"verify", "tampered", "audience"}, nil, "verifies tokens and does nothing else; `fetch` logs in"},
	{"Node: `newman`", "postman", bySteps("node/clients/newman.mjs"), but("enrolment", "verify", "audience"), nil, "logs in with an authenticator, since its scripts read no files; they have no RSA, so nothing is verified and userinfo judges the tampered token; they read no pictures, so an enrolment gets as far as a wrong code"},
	{"Node: `HttpClient` of Angular", "angular", byAngular, but("introspect", "verify", "audience"), []string{"enrolment", "revoke"}, "the service of [grants.md](../docs/grants.md), as a page of the SPA: a public client is told nothing by introspection, and a page verifies no token, so userinfo judges the tampered one"},
	{".NET: `HttpClient`, compiled and run by Mono", "dotnet", byDotnet, but(), []string{"enrolment", "introspect", "revoke", "verify", "tampered", "audience"}, "the class of [grants.md](../docs/grants.md), and nothing but what comes with .NET; packages of NuGet are not to be had here"},
	{"Python: `requests-oauthlib`, `PyJWT`", "python", bySteps("python/requests_oauthlib_client.py"), but(), []string{"enrolment", "introspect"}, "`grant_type` of `LegacyApplicationClient` is set; `VGResponse` by a compliance hook"},
}

// elsewhere is a second server, whose tokens have an audience, and somebody without a second
// factor, who is known to both.
type elsewhere struct {
	*served.Server
	plain string
}

// audience is that of the tokens of the second server.
const audience = "https://api.example.com"

// newcomerOf needs a second factor and has none. Each client has one of its own.
func newcomerOf(user string) string { return "new-" + user }

// totpKey is the authenticator of those who log in with one.
const totpKey = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// bySteps runs a script, which prints each step that it has done.
func bySteps(script string) func(t *testing.T, s *served.Server, second elsewhere, user string) []string {
	return func(t *testing.T, s *served.Server, second elsewhere, user string) []string {
		if strings.HasPrefix(script, "python/") {
			served.NeedPython(t, "requests_oauthlib", "jwt", "cryptography")
		} else {
			served.NeedNode(t)
		}
		served.NeedPictures(t)
		return stepsIn(served.Script(t, script, second.env(s, user)...))
	}
}

// env tells a script of both servers.
func (second elsewhere) env(s *served.Server, user string) []string {
	return append(s.Env("Native", user), "TOTP="+totpKey, "PLAIN="+second.plain, "NEWCOMER="+newcomerOf(user),
		"AUDIENCE_ISSUER="+second.Issuer, "AUDIENCE="+audience)
}

// stepsIn are the steps that a program has printed.
func stepsIn(printed string) (done []string) {
	for line := range strings.Lines(printed) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "step "); ok {
			done = append(done, name)
		}
	}
	return done
}

// TestClients lets every client do what the matrix says of it.
func TestClients(t *testing.T) {
	plain := served.User{Name: "plain"}
	users := []served.User{plain}
	for _, c := range clients {
		u := served.Mailed(c.user)
		if c.user == "postman" {
			u = served.User{Name: c.user, TOTP: &served.TOTP{Secret: totpKey}}
		}
		users = append(users, u, served.User{Name: newcomerOf(c.user), MFA: new(true)})
	}
	s := served.Start(t, users, spaOrigin)
	second := elsewhere{served.StartSite(t, served.Site{Users: []served.User{plain}, Audience: audience}), plain.Name}
	for _, c := range clients {
		t.Run(c.user, func(t *testing.T) {
			t.Parallel()
			got := c.run(t, s, second, c.user)
			if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(c.steps))) {
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
	b.WriteString("| client |")
	for _, s := range steps {
		b.WriteString(" " + s.heading + " |")
	}
	b.WriteString(" remarks |\n|" + strings.Repeat("---|", len(steps)+2) + "\n")
	for _, c := range clients {
		fmt.Fprintf(&b, "| %s |", c.name)
		for _, s := range steps {
			switch {
			case !slices.Contains(c.steps, s.name):
				b.WriteString(" – |")
			case slices.Contains(c.byHand, s.name):
				b.WriteString(" by hand |")
			default:
				b.WriteString(" yes |")
			}
		}
		fmt.Fprintf(&b, " %s |\n", c.remark)
	}
	return b.String()
}
