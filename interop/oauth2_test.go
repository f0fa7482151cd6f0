package interop_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/wire"
)

// oddSecret has what both ways of sending it must encode.
const oddSecret = "a secret: 100% + ü; & more"

func withOddSecret(d *directory.File) { d.Clients[0].Secrets[0].Value = oddSecret }

// styles are how golang.org/x/oauth2 introduces a client.
var styles = []struct {
	name   string
	style  oauth2.AuthStyle
	client string
	secret string
}{
	{"in the form", oauth2.AuthStyleInParams, sallyporttest.ClientID, oddSecret},
	{"in the header", oauth2.AuthStyleInHeader, sallyporttest.ClientID, oddSecret},
	{"tried out", oauth2.AuthStyleAutoDetect, sallyporttest.ClientID, oddSecret},
	{"public, in the form", oauth2.AuthStyleInParams, sallyporttest.PublicClientID, ""},
	{"public, in the header", oauth2.AuthStyleInHeader, sallyporttest.PublicClientID, ""},
	{"public, tried out", oauth2.AuthStyleAutoDetect, sallyporttest.PublicClientID, ""},
}

// caller is a program that uses golang.org/x/oauth2.
type caller struct {
	ctx    context.Context // carries the HTTP client, as the package wants it
	grant  func(ctx context.Context, pairs ...string) (*oauth2.Token, error)
	config *oauth2.Config
	sent   *atomic.Int64 // HTTP requests so far
}

// newCaller makes one; simple says by clientcredentials, whose parameters
// override the grant as well.
func newCaller(t *testing.T, s *site, style oauth2.AuthStyle, simple bool) *caller {
	t.Helper()
	c := &caller{sent: &atomic.Int64{}}
	browser := newBrowser(t)
	browser.Transport = counting{browser.Transport, c.sent}
	c.ctx = context.WithValue(t.Context(), oauth2.HTTPClient, browser)
	endpoint := oauth2.Endpoint{TokenURL: s.base + "/connect/token", AuthStyle: style}
	c.config = &oauth2.Config{ClientID: s.client, ClientSecret: s.secret, Endpoint: endpoint}
	c.grant = func(ctx context.Context, pairs ...string) (*oauth2.Token, error) {
		options := []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("grant_type", "VGAuthenticator")}
		for i := 0; i < len(pairs); i += 2 {
			options = append(options, oauth2.SetAuthURLParam(pairs[i], pairs[i+1]))
		}
		return c.config.Exchange(ctx, "", options...)
	}
	if simple {
		c.grant = func(ctx context.Context, pairs ...string) (*oauth2.Token, error) {
			cc := clientcredentials.Config{
				ClientID: s.client, ClientSecret: s.secret, TokenURL: endpoint.TokenURL, AuthStyle: style,
				EndpointParams: map[string][]string{"grant_type": {"VGAuthenticator"}},
			}
			for i := 0; i < len(pairs); i += 2 {
				cc.EndpointParams.Set(pairs[i], pairs[i+1])
			}
			return cc.Token(ctx)
		}
	}
	return c
}

// counting counts what goes out.
type counting struct {
	http.RoundTripper
	n *atomic.Int64
}

// RoundTrip counts and passes on.
func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	r = r.Clone(r.Context()) // the public client is a page's, which calls from its own origin
	r.Header.Set("Origin", sallyporttest.PublicOrigin)
	return c.RoundTripper.RoundTrip(r)
}

// refused makes a call that must be refused with that status.
func (c *caller) refused(t *testing.T, want sallyport.Status, pairs ...string) reply {
	t.Helper()
	token, err := c.grant(c.ctx, pairs...)
	var e *oauth2.RetrieveError
	if token != nil || !errors.As(err, &e) {
		t.Fatalf("got a token: %v, %v, want a RetrieveError", token != nil, err)
	}
	equal(t, "HTTP status", e.Response.StatusCode, http.StatusBadRequest)
	r := readReply(t, string(e.Body)).want(t, want)
	equal(t, "error code", e.ErrorCode, r.refusal.Error)
	equal(t, "error description", e.ErrorDescription, r.refusal.ErrorDescription)
	return r
}

// TestOAuth2 logs in with a mailed code, refreshes and asks for the user.
func TestOAuth2(t *testing.T) {
	for _, tt := range styles {
		for _, simple := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, clientcredentials %v", tt.name, simple), func(t *testing.T) {
				t.Parallel()
				s := open(t, mounts[0], sallyporttest.WithDirectory(withOddSecret))
				s.client, s.secret = tt.client, tt.secret
				who := s.user(t, sallyporttest.User{Name: "marie", Email: "marie@example.com"})
				c := newCaller(t, s, tt.style, simple)

				one := c.refused(t, wanted, "Username", who.Name, "Password", who.Password)
				id, option := one.response().RequestID, one.option(t, "Email", "OTP")
				c.refused(t, waiting, "AuthenticationRequestId", id, "MFAAvailableId", option)
				equal(t, "messages", s.kit.Outbox.Count(), 1)
				token, err := c.grant(c.ctx, "AuthenticationRequestId", id, "MFAAvailableId", option, "MFASecureCode", s.kit.Outbox.LastCode(who.Email))
				if err != nil {
					t.Fatal(err)
				}
				c.use(t, s, token, who.Name)
			})
		}
	}
}

// use does what a program does with its token.
func (c *caller) use(t *testing.T, s *site, token *oauth2.Token, name string) {
	t.Helper()
	equal(t, "type", token.Type(), "Bearer")
	equal(t, "valid", token.Valid(), true)
	raw, err := json.Marshal(token.Extra("VGResponse"))
	if err != nil {
		t.Fatal(err)
	}
	var doc wire.Response
	if err := wire.Decode(raw, &doc); err != nil || doc.VGToken == "" {
		t.Errorf("VGResponse by Extra: got VGToken %v, %v, want one", doc.VGToken != "", err)
	}
	s.knows(t, token.AccessToken, name)

	token.Expiry = time.Unix(1, 0) // so that the source refreshes
	source := c.config.TokenSource(c.ctx, token)
	fresh, err := source.Token()
	if err != nil {
		t.Fatal(err)
	}
	if fresh.AccessToken == token.AccessToken || fresh.RefreshToken == token.RefreshToken {
		t.Error("got the same tokens, want fresh ones")
	}
	resp, err := oauth2.NewClient(c.ctx, source).Get(s.base + "/connect/userinfo")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	equal(t, "userinfo", resp.StatusCode, http.StatusOK)
}

// TestOAuth2SendsTwice holds the server against a client that does not know
// yet how to introduce itself: it sends whatever fails once more, in the other
// way, until something has succeeded.
func TestOAuth2SendsTwice(t *testing.T) {
	s := open(t, mounts[0], sallyporttest.WithDirectory(withOddSecret))
	s.secret = oddSecret
	who := s.user(t, sallyporttest.User{Name: "marie", Email: "marie@example.com"})
	c := newCaller(t, s, oauth2.AuthStyleAutoDetect, false)

	// Nine of ten misses, each sent twice: charged twice, they would lock.
	const mismatch = sallyport.Failure | sallyport.PasswordDoesNotMatch
	for i := range 8 {
		c.refused(t, mismatch, "Username", who.Name, "Password", fmt.Sprint("miss ", i))
	}
	c.refused(t, mismatch|sallyport.LastBadLogin, "Username", who.Name, "Password", "miss 8")
	equal(t, "requests", c.sent.Load(), 18)

	// Call 2 sent twice mails once.
	one := c.refused(t, wanted, "Username", who.Name, "Password", who.Password)
	id, option := one.response().RequestID, one.option(t, "Email", "OTP")
	c.refused(t, waiting, "AuthenticationRequestId", id, "MFAAvailableId", option)
	equal(t, "messages", s.kit.Outbox.Count(), 1)

	// Four of five wrong codes.
	for i := range 4 {
		c.refused(t, wrong, "AuthenticationRequestId", id, "MFAAvailableId", option, "MFASecureCode", fmt.Sprint("no ", i))
	}
	equal(t, "requests", c.sent.Load(), 30)
	token, err := c.grant(c.ctx, "AuthenticationRequestId", id, "MFAAvailableId", option, "MFASecureCode", s.kit.Outbox.LastCode(who.Email))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "requests", c.sent.Load(), 31)
	c.use(t, s, token, who.Name)
}

// TestOAuth2WrongSecret is refused in each way with the code that the package
// hands on.
func TestOAuth2WrongSecret(t *testing.T) {
	for _, tt := range styles[:3] {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, mounts[0], sallyporttest.WithDirectory(withOddSecret))
			s.secret = "another"
			who := s.user(t, sallyporttest.User{Name: "marie", Email: "marie@example.com"})
			_, err := newCaller(t, s, tt.style, false).grant(context.WithValue(t.Context(), oauth2.HTTPClient, s.http), "Username", who.Name, "Password", who.Password)
			var e *oauth2.RetrieveError
			if !errors.As(err, &e) || e.ErrorCode != "invalid_client" {
				t.Fatalf("got %v, want invalid_client", err)
			}
			want := http.StatusBadRequest
			if tt.style == oauth2.AuthStyleInHeader {
				want = http.StatusUnauthorized // RFC 6749 section 5.2
			}
			equal(t, "HTTP status", e.Response.StatusCode, want)
		})
	}
}
