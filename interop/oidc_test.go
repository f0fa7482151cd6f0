package interop_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestOIDC is a resource server built on coreos/go-oidc: it finds the keys by
// discovery, verifies access tokens, and asks for the user.
func TestOIDC(t *testing.T) {
	const audience = "https://api.example.com"
	tests := []struct {
		name     string
		audience string // in the token
		config   oidc.Config
		refusal  string // part of go-oidc's error
	}{
		{"no audience, none checked", "", oidc.Config{SkipClientIDCheck: true}, ""},
		{"no audience, one checked", "", oidc.Config{ClientID: audience}, "audience"},
		{"static audience", audience, oidc.Config{ClientID: audience}, ""},
		{"static audience, none checked", audience, oidc.Config{SkipClientIDCheck: true}, ""},
		{"another audience", audience, oidc.Config{ClientID: "https://other.example.com"}, "audience"},
		{"an algorithm that we do not use", audience, oidc.Config{ClientID: audience, SupportedSigningAlgs: []string{oidc.ES256}}, "alg"},
	}
	for _, m := range []mount{mounts[0], mounts[1]} { // the issuer with and without a path
		for _, tt := range tests {
			t.Run(tt.name+", "+m.name(), func(t *testing.T) {
				t.Parallel()
				s := open(t, m, sallyporttest.WithConfig(func(c *sallyport.Config) { c.StaticAudience = tt.audience }))
				raw := s.accessToken(t)
				config := tt.config
				config.Now = s.kit.Clock.Now
				got, err := s.provider(t).Verifier(&config).Verify(s.context(t), raw)
				switch {
				case tt.refusal == "" && err != nil:
					t.Fatalf("got %v, want a verified token", err)
				case tt.refusal != "" && (err == nil || !strings.Contains(err.Error(), tt.refusal)):
					t.Fatalf("got %v, want an error about %q", err, tt.refusal)
				case err == nil:
					equal(t, "issuer", got.Issuer, s.base)
					equal(t, "audience", strings.Join(got.Audience, " "), tt.audience)
				}
			})
		}
	}
}

// TestOIDCRefuses are tokens that no resource server may take.
func TestOIDCRefuses(t *testing.T) {
	s := open(t, mounts[0])
	raw := s.accessToken(t)
	other := open(t, mounts[0]) // signs with the same key
	config := oidc.Config{SkipClientIDCheck: true, Now: s.kit.Clock.Now}
	if _, err := other.provider(t).Verifier(&config).Verify(s.context(t), raw); err == nil {
		t.Error("another issuer's token: got no error")
	}
	verifier := s.provider(t).Verifier(&config)
	i := strings.LastIndexByte(raw, '.') + 10
	forged := raw[:i] + flip(raw[i]) + raw[i+1:]
	if _, err := verifier.Verify(s.context(t), forged); err == nil {
		t.Error("a forged signature: got no error")
	}
	s.kit.Clock.Advance(25 * time.Hour)
	if _, err := verifier.Verify(s.context(t), raw); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("an expired token: got %v, want that it has expired", err)
	}
}

// flip is another letter of base64.
func flip(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

// TestOIDCUserInfo asks with the package's own call, which wants the subject
// to be a string and the endpoint to be found.
func TestOIDCUserInfo(t *testing.T) {
	s := open(t, mounts[1])
	raw := s.accessToken(t)
	p := s.provider(t)
	token, err := p.Verifier(&oidc.Config{SkipClientIDCheck: true, Now: s.kit.Clock.Now}).Verify(s.context(t), raw)
	if err != nil {
		t.Fatal(err)
	}
	info, err := p.UserInfo(s.context(t), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: raw}))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "subject", info.Subject, token.Subject)
	var claims struct {
		VGUserID string `json:"vgUserId"`
	}
	if err := info.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	equal(t, "vgUserId", claims.VGUserID, "marie")
	equal(t, "token endpoint", p.Endpoint().TokenURL, s.base+"/connect/token")
}

// TestOIDCIssuer is exact: a slash too many is another issuer.
func TestOIDCIssuer(t *testing.T) {
	s := open(t, mounts[0])
	if _, err := oidc.NewProvider(s.context(t), s.base+"/"); err == nil || !strings.Contains(err.Error(), "did not match") {
		t.Errorf("got %v, want that the issuer does not match", err)
	}
}

// accessToken logs somebody in without a second factor.
func (s *site) accessToken(t *testing.T) string {
	t.Helper()
	who := s.kit.AddUser(t, sallyporttest.User{Name: "marie"})
	return s.login(t, who).want(t, sallyport.Success).tokens.AccessToken
}

func (s *site) provider(t *testing.T) *oidc.Provider {
	t.Helper()
	p, err := oidc.NewProvider(s.context(t), s.base)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// context carries the HTTP client, as the package wants it.
func (s *site) context(t *testing.T) context.Context { return oidc.ClientContext(t.Context(), s.http) }
