package clients_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v3/jwk"
	jwx "github.com/lestrrat-go/jwx/v3/jwt"
	"golang.org/x/oauth2"

	"github.com/sallyport-auth/sallyport/interop/internal/served"
	"github.com/sallyport-auth/sallyport/wire"
)

// goClient logs in by golang.org/x/oauth2 and verifies in one of several ways.
type goClient struct {
	s      *served.Server
	name   string
	config oauth2.Config
	verify func(ctx context.Context, raw string) (subject string, err error)
}

// grant makes one call of the grant.
func (c *goClient) grant(ctx context.Context, pairs ...string) (*oauth2.Token, error) {
	options := []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("grant_type", "VGAuthenticator")}
	for i := 0; i < len(pairs); i += 2 {
		options = append(options, oauth2.SetAuthURLParam(pairs[i], pairs[i+1]))
	}
	return c.config.Exchange(ctx, "", options...)
}

// refused makes a call that must be refused.
func (c *goClient) refused(t *testing.T, pairs ...string) *wire.Response {
	t.Helper()
	_, err := c.grant(t.Context(), pairs...)
	refusal, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		t.Fatalf("got %v, want a refusal", err)
	}
	_, doc, err := wire.DecodeTokenAnswer(refusal.Body)
	if err != nil || doc == nil || doc.VGResponse == nil {
		t.Fatalf("got %s, %v, want a VGResponse", refusal.Body, err)
	}
	return doc.VGResponse
}

// run takes all steps and returns those that are done.
func (c *goClient) run(t *testing.T) (steps []string) {
	ctx := t.Context()
	first := c.refused(t, "Username", c.name, "Password", served.Password)
	chosen := []string{"AuthenticationRequestId", first.RequestID, "MFAAvailableId", ""}
	for _, o := range first.AuthenticationResponse.MFAAvailables {
		if o.AuthenticationModeDisplay == "OTP" {
			chosen[3] = o.ID
		}
	}
	c.refused(t, chosen...)
	token, err := c.grant(ctx, append(chosen, "MFASecureCode", lastCode(t, c.s, c.name))...)
	if err != nil || token.Extra("VGResponse") == nil {
		t.Fatalf("call 3: %v", err)
	}
	steps = append(steps, "login")
	fresh, err := c.config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	if err != nil || fresh.AccessToken == token.AccessToken {
		t.Fatalf("refresh: %v", err)
	}
	steps = append(steps, "refresh")
	provider, err := oidc.NewProvider(ctx, c.s.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(fresh)); err != nil || info.Subject != c.name {
		t.Fatalf("userinfo: %v", err)
	}
	steps = append(steps, "userinfo")
	if subject, err := c.verify(ctx, fresh.AccessToken); err != nil || subject != c.name {
		t.Fatalf("verifying: got %q, %v", subject, err)
	}
	steps = append(steps, "verify")
	if subject, err := c.verify(ctx, tampered(t, fresh.AccessToken)); err == nil {
		t.Fatalf("a tampered token: got %q, want an error", subject)
	}
	return append(steps, "tampered")
}

// lastCode is the code of the newest message to somebody.
func lastCode(t *testing.T, s *served.Server, name string) (code string) {
	t.Helper()
	file, err := os.Open(s.Outbox)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var m struct{ To, Code string }
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		if m.To == name+"@example.com" && m.Code != "" {
			code = m.Code
		}
	}
	return code
}

// tampered is a token that says something else under the same signature.
func tampered(t *testing.T, raw string) string {
	t.Helper()
	parts := strings.Split(raw, ".")
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(body, &claims); err != nil {
		t.Fatal(err)
	}
	claims["sub"] = "somebody else"
	if body, err = json.Marshal(claims); err != nil {
		t.Fatal(err)
	}
	parts[1] = base64.RawURLEncoding.EncodeToString(body)
	return strings.Join(parts, ".")
}

// verifiers are the ways in which Go programs verify an access token.
var verifiers = map[string]func(s *served.Server) func(context.Context, string) (string, error){
	"go-oidc": func(s *served.Server) func(context.Context, string) (string, error) {
		return func(ctx context.Context, raw string) (string, error) {
			p, err := oidc.NewProvider(ctx, s.Issuer)
			if err != nil {
				return "", err
			}
			token, err := p.Verifier(&oidc.Config{SkipClientIDCheck: true}).Verify(ctx, raw)
			if err != nil {
				return "", err
			}
			return token.Subject, nil
		}
	},
	"golang-jwt": func(s *served.Server) func(context.Context, string) (string, error) {
		return func(ctx context.Context, raw string) (string, error) {
			keys, err := keyfunc.NewDefaultCtx(ctx, []string{jwksURL(s)})
			if err != nil {
				return "", err
			}
			var claims jwt.RegisteredClaims
			_, err = jwt.ParseWithClaims(raw, &claims, keys.Keyfunc, jwt.WithIssuer(s.Issuer), jwt.WithValidMethods([]string{"RS256"}), jwt.WithExpirationRequired())
			return claims.Subject, err
		}
	},
	"jwx": func(s *served.Server) func(context.Context, string) (string, error) {
		return func(ctx context.Context, raw string) (string, error) {
			keys, err := jwk.Fetch(ctx, jwksURL(s))
			if err != nil {
				return "", err
			}
			token, err := jwx.Parse([]byte(raw), jwx.WithKeySet(keys), jwx.WithIssuer(s.Issuer), jwx.WithContext(ctx))
			if err != nil {
				return "", err
			}
			subject, ok := token.Subject()
			if !ok {
				return "", fmt.Errorf("no subject")
			}
			return subject, nil
		}
	},
}

func jwksURL(s *served.Server) string { return s.Issuer + "/.well-known/openid-configuration/jwks" }

// byGo runs a Go client that verifies in that way.
func byGo(verifier string) func(t *testing.T, s *served.Server, user string) []string {
	return func(t *testing.T, s *served.Server, user string) []string {
		c := &goClient{s: s, name: user, verify: verifiers[verifier](s), config: oauth2.Config{
			ClientID: served.ApplicationID + "_Native", ClientSecret: served.Secret,
			Endpoint: oauth2.Endpoint{TokenURL: s.Issuer + "/connect/token", AuthStyle: oauth2.AuthStyleInHeader},
		}}
		return c.run(t)
	}
}
