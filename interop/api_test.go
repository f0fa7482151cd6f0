package interop_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/sallyport-auth/sallyport/interop/internal/served"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// verifierFor makes what checks the tokens of an API, as docs/tokens.md shows it.
func verifierFor(ctx context.Context, issuer, audience string) (*oidc.IDTokenVerifier, error) {
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, err
	}
	return provider.Verifier(&oidc.Config{ClientID: audience, SupportedSigningAlgs: []string{oidc.ES256}}), nil
}

// ordersService is an API that knows the issuer by its key set alone.
type ordersService struct{ verifier *oidc.IDTokenVerifier }

func (a *ordersService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	token, err := a.verifier.Verify(r.Context(), raw)
	var claims struct{ Scope string }
	if err != nil || token.Claims(&claims) != nil {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		http.Error(w, "", http.StatusUnauthorized)
		return
	}
	if !slices.Contains(strings.Fields(claims.Scope), "orders.read") {
		w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_scope"`)
		http.Error(w, "", http.StatusForbidden)
		return
	}
	fmt.Fprint(w, "hello "+token.Subject)
}

// TestTokensPageNode runs the lines of docs/tokens.md for Node.
func TestTokensPageNode(t *testing.T) {
	served.NeedNode(t)
	s, _ := openRFC9068(t, mounts[0], token.ES256)
	s.kit.Clock.Set(time.Now())
	raw := s.kit.InProcess().WithScope("orders.read").Login("marie", sallyporttest.Password).Tokens.AccessToken
	equal(t, "steps", served.Script(t, "node/clients/tokens-page.mjs", "ISSUER="+s.base, "TOKEN="+raw), "step verify\nstep refuse\n")
}

// TestTokensPageNames holds what docs/tokens.md says to .NET and Java, which are not run here,
// to what there is: the issuer, the audience, the type and the algorithm of the other lines.
func TestTokensPageNames(t *testing.T) {
	page, err := os.ReadFile("../docs/tokens.md")
	if err != nil {
		t.Fatal(err)
	}
	for kind, names := range map[string][]string{
		"csharp":     {`Authority = "https://id.example.com"`, `Audience = "` + ordersAPI + `"`, `ValidTypes = ["at+jwt"]`, `ValidAlgorithms = ["` + token.ES256 + `"]`, `RoleClaimType = "` + token.ClaimRoles + `"`},
		"properties": {"issuer-uri=https://id.example.com\n", "audiences=" + ordersAPI + "\n", "jws-algorithms=" + token.ES256 + "\n"},
		"js":         {"'https://id.example.com" + token.JWKSPath + "'", "issuer: 'https://id.example.com'", "audience: '" + ordersAPI + "'", "algorithms: ['" + token.ES256 + "']"},
	} {
		_, block, ok := strings.Cut(string(page), "```"+kind+"\n")
		block, _, _ = strings.Cut(block, "```")
		for _, name := range names {
			if !ok || !strings.Contains(block, name) {
				t.Errorf("%s: got\n%s\nwant %q in it", kind, block, name)
			}
		}
	}
}

// TestAPI: the lines of the page let in whom they should.
func TestAPI(t *testing.T) {
	s, _ := openRFC9068(t, mounts[0], token.ES256)
	s.kit.Clock.Set(time.Now()) // by which the verifier judges
	verifier, err := verifierFor(s.context(t), s.base, ordersAPI)
	if err != nil {
		t.Fatal(err)
	}
	p := s.kit.Person("marie")
	login := func(scope, resource string) string {
		t.Helper()
		return s.kit.InProcess().WithScope(scope).WithResource(resource).Login(p.Name, p.Password).Tokens.AccessToken
	}
	raw := login("openid orders.read", "")
	for what, tt := range map[string]struct {
		raw  string
		want int
	}{
		"its own":               {raw, http.StatusOK},
		"no token":              {"", http.StatusUnauthorized},
		"another's":             {login("billing openid", ""), http.StatusUnauthorized},
		"the issuer's":          {login("openid", ""), http.StatusUnauthorized},
		"one that was changed":  {raw[:len(raw)-20] + "AAAA" + raw[len(raw)-16:], http.StatusUnauthorized},
		"its own without scope": {login("openid orders.write", ordersAPI), http.StatusForbidden},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer "+tt.raw)
		w := httptest.NewRecorder()
		(&ordersService{verifier}).ServeHTTP(w, r)
		equal(t, what, w.Code, tt.want)
	}
}
