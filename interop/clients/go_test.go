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
	second elsewhere
	name   string
	config oauth2.Config
	verify verifying
}

// verifying verifies a token of an issuer, for an audience unless that is empty.
type verifying func(ctx context.Context, issuer, audience, raw string) (subject string, err error)

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
	if token, err := c.grant(t.Context(), "Username", c.second.plain, "Password", served.Password); err != nil || token.Extra("VGResponse") == nil {
		t.Fatalf("one call: %v", err)
	}
	steps = append(steps, "login")
	token := c.logIn(t)
	steps = append(steps, "factor", "wrong code")
	c.enrol(t)
	steps = append(steps, "enrolment")
	fresh, err := c.config.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	if err != nil || fresh.AccessToken == token.AccessToken {
		t.Fatalf("refresh: %v", err)
	}
	steps = append(steps, "refresh")
	provider, err := oidc.NewProvider(t.Context(), c.s.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := provider.UserInfo(t.Context(), oauth2.StaticTokenSource(fresh)); err != nil || info.Subject != c.name {
		t.Fatalf("userinfo: %v", err)
	}
	steps = append(steps, "userinfo")
	if subject, err := c.verify(t.Context(), c.s.Issuer, "", fresh.AccessToken); err != nil || subject != c.name {
		t.Fatalf("verifying: got %q, %v", subject, err)
	}
	steps = append(steps, "verify")
	if subject, err := c.verify(t.Context(), c.s.Issuer, "", tampered(t, fresh.AccessToken)); err == nil {
		t.Fatalf("a tampered token: got %q, want an error", subject)
	}
	steps = append(steps, "tampered")
	c.giveUp(t, fresh)
	steps = append(steps, "introspect", "revoke")
	c.verifyAudience(t)
	return append(steps, "audience")
}

// logIn logs in by a mailed code, after a wrong one.
func (c *goClient) logIn(t *testing.T) *oauth2.Token {
	t.Helper()
	first := c.refused(t, "Username", c.name, "Password", served.Password)
	chosen := []string{"AuthenticationRequestId", first.RequestID, "MFAAvailableId", ""}
	for _, o := range first.AuthenticationResponse.MFAAvailables {
		if o.AuthenticationModeDisplay == "OTP" {
			chosen[3] = o.ID
		}
	}
	c.refused(t, chosen...)
	if wrong := c.refused(t, append(chosen, "MFASecureCode", "00000x")...); wrong.AuthenticationState.Status != 524289 {
		t.Fatalf("a wrong code: got %d, want 524289", wrong.AuthenticationState.Status)
	}
	token, err := c.grant(t.Context(), append(chosen, "MFASecureCode", lastCode(t, c.s, c.name))...)
	if err != nil || token.Extra("VGResponse") == nil {
		t.Fatalf("call 3: %v", err)
	}
	return token
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
var verifiers = map[string]verifying{
	"go-oidc": func(ctx context.Context, issuer, audience, raw string) (string, error) {
		p, err := oidc.NewProvider(ctx, issuer)
		if err != nil {
			return "", err
		}
		token, err := p.Verifier(&oidc.Config{ClientID: audience, SkipClientIDCheck: audience == ""}).Verify(ctx, raw)
		if err != nil {
			return "", err
		}
		return token.Subject, nil
	},
	"golang-jwt": func(ctx context.Context, issuer, audience, raw string) (string, error) {
		keys, err := keyfunc.NewDefaultCtx(ctx, []string{jwksURL(issuer)})
		if err != nil {
			return "", err
		}
		options := []jwt.ParserOption{jwt.WithIssuer(issuer), jwt.WithValidMethods([]string{"RS256"}), jwt.WithExpirationRequired()}
		if audience != "" {
			options = append(options, jwt.WithAudience(audience))
		}
		var claims jwt.RegisteredClaims
		_, err = jwt.ParseWithClaims(raw, &claims, keys.Keyfunc, options...)
		return claims.Subject, err
	},
	"jwx": func(ctx context.Context, issuer, audience, raw string) (string, error) {
		keys, err := jwk.Fetch(ctx, jwksURL(issuer))
		if err != nil {
			return "", err
		}
		options := []jwx.ParseOption{jwx.WithKeySet(keys), jwx.WithIssuer(issuer), jwx.WithContext(ctx)}
		if audience != "" {
			options = append(options, jwx.WithAudience(audience))
		}
		token, err := jwx.Parse([]byte(raw), options...)
		if err != nil {
			return "", err
		}
		subject, ok := token.Subject()
		if !ok {
			return "", fmt.Errorf("no subject")
		}
		return subject, nil
	},
}

func jwksURL(issuer string) string { return issuer + "/.well-known/openid-configuration/jwks" }

// configOf is how x/oauth2 is told of a server.
func configOf(s *served.Server) oauth2.Config {
	return oauth2.Config{
		ClientID: served.ApplicationID + "_Native", ClientSecret: served.Secret,
		Endpoint: oauth2.Endpoint{TokenURL: s.Issuer + "/connect/token", AuthStyle: oauth2.AuthStyleInHeader},
	}
}

// byGo runs a Go client that verifies in that way.
func byGo(verifier string) func(t *testing.T, s *served.Server, second elsewhere, user string) []string {
	return func(t *testing.T, s *served.Server, second elsewhere, user string) []string {
		served.NeedPictures(t)
		c := &goClient{s: s, second: second, name: user, verify: verifiers[verifier], config: configOf(s)}
		return c.run(t)
	}
}
