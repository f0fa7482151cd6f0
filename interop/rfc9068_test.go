package interop_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/interop/internal/served"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

const ordersAPI = "https://orders.example.com"

// openRFC9068 serves an engine whose client has tokens of RFC 9068 for an API, and returns
// one of them.
func openRFC9068(t *testing.T, m mount, algorithm string) (s *site, raw string) {
	t.Helper()
	s = open(t, m, sallyporttest.WithDirectory(func(d *directory.File) {
		rfc := token.ProfileRFC9068
		d.Clients[0].TokenProfile, d.Clients[0].TokenAlgorithm = &rfc, &algorithm
		d.Clients[0].Scopes = append(token.KnownScopes(), "orders.read", "orders.write", "billing")
		d.Resources = []directory.Resource{
			{Name: "orders.read", Kind: "API", Audience: ordersAPI, Claims: []string{"roles"}},
			{Name: "orders.write", Kind: "API", Audience: ordersAPI},
			{Name: "billing", Kind: "API", Audience: "https://billing.example.com"},
		}
	}))
	p := s.kit.AddUser(t, sallyporttest.User{Name: "marie"})
	a := s.kit.InProcess().WithScope("openid orders.read billing").WithResource(ordersAPI).Login(p.Name, p.Password).Want(t, sallyport.Success)
	return s, a.Tokens.AccessToken
}

// TestRFC9068 has libraries that know nothing of us verify tokens of RFC 9068, as the API
// that they are for does: by the keys of discovery, the audience and one algorithm.
func TestRFC9068(t *testing.T) {
	for _, algorithm := range token.Algorithms() {
		for _, m := range []mount{mounts[0], mounts[1]} {
			t.Run(algorithm+", "+m.name(), func(t *testing.T) {
				s, raw := openRFC9068(t, m, algorithm)
				t.Run("go-oidc", func(t *testing.T) { byGoOIDC(t, s, raw, algorithm) })
				t.Run("jwx", func(t *testing.T) { byJWX(t, s, raw) })
				t.Run("jose", func(t *testing.T) {
					served.NeedNode(t)
					out := served.Script(t, "node/clients/rfc9068.mjs", "ISSUER="+s.base, "TOKEN="+raw, "AUDIENCE="+ordersAPI, "ALGORITHM="+algorithm,
						fmt.Sprint("NOW=", s.kit.Clock.Now().Unix()))
					equal(t, "steps", out, "step verify\nstep refuse\n")
				})
			})
		}
	}
}

func byGoOIDC(t *testing.T, s *site, raw, algorithm string) {
	verify := func(audience string, algorithms ...string) (*oidc.IDToken, error) {
		config := oidc.Config{ClientID: audience, SupportedSigningAlgs: algorithms, Now: s.kit.Clock.Now}
		return s.provider(t).Verifier(&config).Verify(s.context(t), raw)
	}
	got, err := verify(ordersAPI, algorithm)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		ClientID string   `json:"client_id"`
		Scope    string   `json:"scope"`
		Roles    []string `json:"roles"`
	}
	if err := got.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	equal(t, "subject", got.Subject, "marie")
	equal(t, "client", claims.ClientID, sallyporttest.ClientID)
	equal(t, "scope", claims.Scope, "openid orders.read")
	equal(t, "roles", strings.Join(claims.Roles, " "), sallyporttest.RoleName)
	if _, err := verify("https://billing.example.com", algorithm); err == nil || !strings.Contains(err.Error(), "audience") {
		t.Errorf("another audience: got %v", err)
	}
	if _, err := verify(ordersAPI, "RS512"); err == nil {
		t.Error("another algorithm: got no error")
	}
}

func byJWX(t *testing.T, s *site, raw string) {
	r, err := s.http.Get(s.base + token.JWKSPath)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatal(r.Status, err)
	}
	set, err := jwk.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	verify := func(audience string) error {
		_, err := jwt.ParseString(raw, jwt.WithKeySet(set), jwt.WithIssuer(s.base), jwt.WithAudience(audience), jwt.WithClock(jwt.ClockFunc(s.kit.Clock.Now)),
			jwt.WithRequiredClaim("client_id"), jwt.WithRequiredClaim("sub"), jwt.WithRequiredClaim("jti"))
		return err
	}
	if err := verify(ordersAPI); err != nil {
		t.Error(err)
	}
	if err := verify("https://billing.example.com"); err == nil {
		t.Error("another audience: got no error")
	}
}
