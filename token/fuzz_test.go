package token_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// FuzzVerify reads an access token and parts of one: nobody finds a signature.
func FuzzVerify(f *testing.F) {
	var signers token.Signers
	ring := token.Ring{Keys: testKeys()[:1]}
	keys, err := signers.Verifiers(ring.Keys)
	if err != nil {
		f.Fatal(err)
	}
	good := signWith(f, &signers, ring, claimsAt(start, time.Hour))
	for _, seed := range []string{"", "..", "a.b.c", "eyJhbGciOiJub25lIn0.e30."} {
		f.Add(seed)
	}
	f.Add(b64(string(part(f, signWith(f, &signers, ring, rfc9068Claims(start)), 1)))) // in the place of the other claims
	f.Fuzz(func(t *testing.T, raw string) {
		// Nobody finds a signature, so whatever is not ours must fail, also
		// when it is grafted onto a good token.
		parts := strings.Split(good, ".")
		for _, s := range []string{raw, raw + "." + parts[1] + "." + parts[2], parts[0] + "." + raw + "." + parts[2], parts[0] + "." + parts[1] + "." + raw} {
			if _, err := token.Verify(keys, issuer, s, start); s != good && !errors.Is(err, token.ErrInvalidToken) {
				t.Fatalf("Verify(%q): %v", s, err)
			}
		}
	})
}

// FuzzClaims reads the claims of a token with a good signature: what passes
// holds all that is required.
func FuzzClaims(f *testing.F) {
	var signers token.Signers
	key := testKeys()[0]
	keys, err := signers.Verifiers([]token.Key{key})
	if err != nil {
		f.Fatal(err)
	}
	good := signWith(f, &signers, token.Ring{Keys: []token.Key{key}}, claimsAt(start, time.Hour))
	head := string(part(f, good, 0))
	f.Add(string(part(f, good, 1)))
	for _, c := range []token.Claims{machineClaims(start), rfc9068Claims(start), rfc9068Machine(start)} {
		f.Add(string(part(f, signWith(f, &signers, token.Ring{Keys: []token.Key{key}}, c), 1)))
	}
	f.Fuzz(func(t *testing.T, payload string) {
		c, err := token.Verify(keys, issuer, forge(t, key, head, payload), start)
		if err == nil && (c.Issuer != issuer || c.ClientID == "" || c.ID == "" || !start.Before(c.Expires)) {
			t.Fatalf("passed %q as %+v", payload, c)
		}
		person := c.Subject != "" && c.VGToken != ""
		if err == nil && (person == c.Machine || c.Machine && (c.Subject+c.UserID+c.VGToken != "" || !c.AuthTime.IsZero())) {
			t.Fatalf("passed %q as %+v", payload, c)
		}
		if other := c.Profile == token.ProfileRFC9068; err == nil && (other != c.NotBefore.IsZero() || other && len(c.Audience) == 0) {
			t.Fatalf("passed %q as %+v", payload, c)
		}
	})
}

// FuzzParseRefreshToken reads a refresh token: it has one spelling.
func FuzzParseRefreshToken(f *testing.F) {
	f.Add(strings.Repeat("0A", 32))
	f.Add(strings.Repeat("0A", 33))
	f.Fuzz(func(t *testing.T, s string) {
		id, secret, ok := token.ParseRefreshToken(s)
		if ok != (len(s) == 64 && strings.Trim(s, "0123456789ABCDEF") == "") {
			t.Fatalf("ParseRefreshToken(%q): %v", s, ok)
		}
		if ok && strings.ToUpper(id)+secret != s || !ok && id+secret != "" {
			t.Fatalf("ParseRefreshToken(%q) = %q, %q", s, id, secret)
		}
	})
}

// FuzzOpenVGToken reads a VGToken: only what was sealed opens.
func FuzzOpenVGToken(f *testing.F) {
	idx := newIndex(f, 1)
	good := token.SealVGToken(idx, strings.Repeat("01", 16), account)
	f.Add(good)
	f.Fuzz(func(t *testing.T, s string) {
		sid, aid, ok := token.OpenVGToken(idx, s)
		if ok && token.SealVGToken(idx, sid, aid) != s || !ok && sid+aid != "" {
			t.Fatalf("OpenVGToken(%q) = %q, %q, %v", s, sid, aid, ok)
		}
	})
}

// FuzzParseClientID reads a client id: it has one spelling after it was brought
// to it.
func FuzzParseClientID(f *testing.F) {
	f.Add(client)
	f.Fuzz(func(t *testing.T, s string) {
		id, ok := token.ParseClientID(s)
		if !ok {
			if id != "" {
				t.Fatalf("refused %q with %q", s, id)
			}
			return
		}
		again, ok := token.ParseClientID(id)
		if !ok || again != id || !strings.EqualFold(id, s) {
			t.Fatalf("ParseClientID(%q) = %q, again %q", s, id, again)
		}
	})
}

// FuzzParseScopes reads a list of scopes: what comes out was offered.
func FuzzParseScopes(f *testing.F) {
	offered := append(token.KnownScopes(), "My.Own")
	f.Add("openid vgtoken")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := token.ParseScopes(s, offered)
		if err != nil {
			if !errors.Is(err, token.ErrInvalidScope) {
				t.Fatal(err)
			}
			return
		}
		for _, g := range got {
			if !slices.Contains(offered, g) {
				t.Fatalf("ParseScopes(%q) = %q", s, got)
			}
		}
		if again, err := token.ParseScopes(strings.Join(got, " "), offered); err != nil || !slices.Equal(again, got) {
			t.Fatalf("ParseScopes(%q) = %q, again %q, %v", s, got, again, err)
		}
	})
}
