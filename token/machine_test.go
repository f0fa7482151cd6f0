package token_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// machineClaims are those of a program's own token.
func machineClaims(now time.Time) token.Claims {
	return token.Claims{
		NotBefore: now, Expires: now.Add(time.Hour), IssuedAt: now, Issuer: issuer, Audience: []string{"api"}, ClientID: client,
		ID: "0603167D4FBFA7F0A5B99A786CC02EB1", Scopes: []string{"IdentityServerApi", "orders.read"}, Machine: true,
	}
}

// TestMachineToken: a program's token says nothing of a person, and is read as what
// it is.
func TestMachineToken(t *testing.T) {
	var signers token.Signers
	ring := token.Ring{Keys: testKeys()[:1]}
	keys, err := signers.Verifiers(ring.Keys)
	if err != nil {
		t.Fatal(err)
	}
	want := machineClaims(start)
	raw := signWith(t, &signers, ring, want)
	if got, want := memberNames(t, part(t, raw, 1)), []string{"nbf", "exp", "iss", "aud", "client_id", "jti", "iat", "scope"}; !slices.Equal(got, want) {
		t.Errorf("got claims %q, want %q", got, want)
	}
	got, err := token.Verify(keys, issuer, raw, start)
	if err != nil || !got.Machine || got.ClientID != want.ClientID || !got.AuthTime.IsZero() || !slices.Equal(got.Scopes, want.Scopes) || got.Subject+got.UserID+got.VGToken != "" {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if _, err := token.Verify(keys, issuer, raw, start.Add(time.Hour)); !errors.Is(err, token.ErrExpired) {
		t.Errorf("an hour later: got %v, want it expired", err)
	}
}

// TestMachineTokenIsWhole: a token that says something of a person is refused unless
// it says all of it, so that neither kind can be made of the other.
func TestMachineTokenIsWhole(t *testing.T) {
	var signers token.Signers
	ring := token.Ring{Keys: testKeys()[:1]}
	keys, err := signers.Verifiers(ring.Keys)
	if err != nil {
		t.Fatal(err)
	}
	person := signWith(t, &signers, ring, claimsAt(start, time.Hour))
	machine := signWith(t, &signers, ring, machineClaims(start))
	head := string(part(t, machine, 0))
	var bare, whole map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(part(t, machine, 1), &bare), json.Unmarshal(part(t, person, 1), &whole)); err != nil {
		t.Fatal(err)
	}
	verify := func(claims map[string]json.RawMessage) error {
		raw, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		_, err = token.Verify(keys, issuer, forge(t, ring.Keys[0], head, string(raw)), start)
		return err
	}
	for _, name := range []string{"sub", "auth_time", "idp", "vgIdentityProviderName", "vgToken", "vgUserId", "amr"} {
		one := maps.Clone(bare)
		one[name] = whole[name]
		if err := verify(one); !errors.Is(err, token.ErrInvalidToken) {
			t.Errorf("a machine with %s: got %v, want it refused", name, err)
		}
	}
	for _, c := range []token.Claims{
		func() token.Claims { c := machineClaims(start); c.Subject = "kunal"; return c }(),
		func() token.Claims { c := machineClaims(start); c.UserID = "kunal"; return c }(),
		func() token.Claims { c := machineClaims(start); c.VGToken = "A5"; return c }(),
		func() token.Claims { c := machineClaims(start); c.Machine = false; return c }(),
		func() token.Claims { c := claimsAt(start, time.Hour); c.Machine = true; return c }(),
		func() token.Claims {
			c := claimsAt(start, time.Hour)
			c.Subject, c.VGToken, c.UserID = "", "", ""
			return c
		}(),
	} {
		k, _ := ring.Signer(start, token.RS256)
		signer, err := signers.Signer(k)
		if err != nil {
			t.Fatal(err)
		}
		if raw, err := token.Sign(signer, c); err == nil {
			t.Errorf("signed %s for %+v", part(t, raw, 1), c)
		}
	}
}

// TestMachineScopes: what tells of a person is not for a machine, in any case.
func TestMachineScopes(t *testing.T) {
	for _, tt := range []struct{ scopes, want []string }{
		{token.KnownScopes(), []string{"IdentityServerApi"}},
		{[]string{"identityserverapi", "OPENID", "vgroles", "Offline_Access"}, []string{"identityserverapi"}},
		{[]string{"orders.read", "openid", "VGOrders"}, []string{"orders.read", "VGOrders"}},
		{nil, nil},
	} {
		if got := token.MachineScopes(tt.scopes); !slices.Equal(got, tt.want) {
			t.Errorf("of %q: got %q, want %q", tt.scopes, got, tt.want)
		}
	}
}

// TestActsForItself: only what can keep a secret, and has one, acts for itself.
func TestActsForItself(t *testing.T) {
	for _, p := range []token.Platform{token.WebApp, token.SPA, token.Native, token.Service, ""} {
		server := p == token.WebApp || p == token.Service
		good := token.Client{Platform: p, GrantTypes: []string{token.GrantClientCredentials}, Active: true}
		public, off, other := good, good, good
		public.Public, off.Active, other.GrantTypes = true, false, []string{token.GrantPassword}
		for name, c := range map[string]struct {
			client       token.Client
			server, acts bool
		}{"good": {good, server, server}, "public": {public, false, false}, "off": {off, server, false}, "another grant": {other, server, false}} {
			if c.client.IsServer() != c.server || c.client.ActsForItself() != c.acts {
				t.Errorf("%s %s: got %v, %v, want %v, %v", p, name, c.client.IsServer(), c.client.ActsForItself(), c.server, c.acts)
			}
		}
	}
}
