package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

func TestParseClientID(t *testing.T) {
	const guid = "18de8ce7-80e7-4c66-a672-4ffa3eb56d54"
	tests := map[string]struct {
		in, want string
	}{
		"canonical":            {guid + "_Native", guid + "_Native"},
		"upper guid":           {strings.ToUpper(guid) + "_Native", guid + "_Native"},
		"platform in any case": {guid + "_webapp", guid + "_WebApp"},
		"SPA":                  {guid + "_spa", guid + "_SPA"},
		"Service":              {guid + "_SERVICE", guid + "_Service"},
		"empty":                {"", ""},
		"guid alone":           {guid, ""},
		"no platform":          {guid + "_", ""},
		"unknown platform":     {guid + "_Toaster", ""},
		"two platforms":        {guid + "_Native_Native", ""},
		"space behind":         {guid + "_Native ", ""},
		"space before":         {" " + guid + "_Native", ""},
		"other separator":      {guid + "-Native", ""},
		"braces":               {"{" + guid + "}_Native", ""},
		"not hexadecimal":      {"g" + guid[1:] + "_Native", ""},
		"Unicode folding":      {guid + "_\u017fervice", ""}, // a long s is no s
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := token.ParseClientID(tt.in)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("ParseClientID(%q) = %q, %v; want %q", tt.in, got, ok, tt.want)
			}
		})
	}
}

func TestAuthenticate(t *testing.T) {
	idx := newIndex(t, 1)
	secret := func(s string, expires time.Time) token.Secret {
		return token.NewSecret(idx, client, s, "", expires)
	}
	confidential := token.Client{ID: client, Active: true, Secrets: []token.Secret{
		secret("old secret", start.Add(-time.Second)), secret("first secret", start.Add(time.Hour)), secret("second secret", time.Time{}),
	}}
	public := token.Client{ID: client, Active: true, Public: true}
	both, off, bare := confidential, confidential, token.Client{ID: client, Active: true}
	both.Public, off.Active = true, false
	foreign := confidential
	foreign.ID = "00000000-0000-0000-0000-000000000000_Native"
	empty := token.Client{ID: client, Active: true, Secrets: []token.Secret{secret("", time.Time{}), {}}}

	tests := map[string]struct {
		client token.Client
		secret string
		now    time.Time
		want   bool
	}{
		"first of several":       {confidential, "first secret", start, true},
		"last of several":        {confidential, "second secret", start, true},
		"expired":                {confidential, "old secret", start, false},
		"in its last moment":     {confidential, "first secret", start.Add(time.Hour - 1), true},
		"at its expiry":          {confidential, "first secret", start.Add(time.Hour), false},
		"wrong":                  {confidential, "third secret", start, false},
		"prefix":                 {confidential, "first secre", start, false},
		"none":                   {confidential, "", start, false},
		"public with none":       {public, "", start, true},
		"public with one":        {public, "first secret", start, false},
		"public and a secret":    {both, "first secret", start, false},
		"public, secret unsent":  {both, "", start, false},
		"switched off":           {off, "first secret", start, false},
		"not declared public":    {bare, "", start, false},
		"no secret, one sent":    {bare, "x", start, false},
		"empty secret on record": {empty, "", start, false},
		"secret of another":      {foreign, "first secret", start, false},
		"nobody":                 {token.Client{}, "first secret", start, false},
		"nobody, none":           {token.Client{}, "", start, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.client.Authenticate(idx, tt.secret, tt.now); got != tt.want {
				t.Errorf("Authenticate = %v, want %v", got, tt.want)
			}
			if tt.client.Authenticate(newIndex(t, 2), tt.secret, tt.now) && !tt.client.Public {
				t.Error("authenticated under another index key")
			}
		})
	}
}

func TestClientAccessLife(t *testing.T) {
	for seconds, want := range map[int64]time.Duration{
		0: 30 * time.Minute, -1: 30 * time.Minute, -1 << 63: 30 * time.Minute, 60: time.Minute,
		86400: 24 * time.Hour, 86401: 24 * time.Hour, 1<<63 - 1: 24 * time.Hour,
	} {
		c := token.Client{AccessTokenLifetime: seconds}
		if got := c.AccessLife(); got != want {
			t.Errorf("AccessLife of %d s = %v, want %v", seconds, got, want)
		}
	}
}

func TestClientAllows(t *testing.T) {
	c := token.Client{GrantTypes: []string{"VGAuthenticator"}, Modules: []string{"WindowsByCredential"}}
	none := token.Client{}
	checks := map[string]struct{ got, want bool }{
		"its grant":            {c.Allows("VGAuthenticator"), true},
		"its grant, folded":    {c.Allows("vgauthenticator"), false},
		"another grant":        {c.Allows("password"), false},
		"its module":           {c.AllowsModule("WINDOWSBYCREDENTIAL"), true},
		"another module":       {c.AllowsModule("VGUser"), false},
		"default module":       {none.AllowsModule("VGUSER"), true},
		"default, another":     {none.AllowsModule("Passwordless"), false},
		"default, no module":   {none.AllowsModule(""), false},
		"zero client, a grant": {none.Allows(""), false},
	}
	for name, c := range checks {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
}

// TestClientRestsHashed looks for the secret in what rests in the store.
func TestClientRestsHashed(t *testing.T) {
	idx := newIndex(t, 1)
	key := token.ClientKey(idx, client)
	if strings.Contains(key, "18de8ce7") || key == token.ClientKey(newIndex(t, 2), client) {
		t.Errorf("key %q shows the client id or is not keyed", key)
	}
	s := token.NewSecret(idx, client, "first secret", "", time.Time{})
	if strings.Contains(string(s.Digest), "first") || len(s.Digest) != 32 {
		t.Errorf("digest %x", s.Digest)
	}
	if string(s.Digest) == string(token.NewSecret(idx, "other", "first secret", "", time.Time{}).Digest) {
		t.Error("equal secrets of two clients have equal digests")
	}
}

// TestMayLookAt: only what can keep a secret, and has one, is told of tokens, and of those
// of others where it is marked for it.
func TestMayLookAt(t *testing.T) {
	for _, p := range []token.Platform{token.WebApp, token.Service, token.Native, token.SPA, ""} {
		for _, public := range []bool{false, true} {
			for _, marked := range []bool{false, true} {
				c := token.Client{ID: "own", Platform: p, Public: public, Introspect: marked}
				is := !public && (p == token.WebApp || p == token.Service)
				if own, others := c.MayLookAt("own"), c.MayLookAt("other"); own != is || others != (is && marked) {
					t.Errorf("%+v: got its own %v, others' %v", c, own, others)
				}
			}
		}
	}
	nobody := token.Client{Platform: token.WebApp}
	if nobody.MayLookAt("") {
		t.Error("nobody is told of nobody's")
	}
}

// TestSessionIsOf: a session is not that of a client that has taken the id of a deleted one.
func TestSessionIsOf(t *testing.T) {
	s := token.Session{Client: "c", ClientInstance: 7}
	for c, want := range map[*token.Client]bool{
		{ID: "c", Instance: 7}: true, {ID: "c", Instance: 8}: false, {ID: "c"}: false, {ID: "d", Instance: 7}: false,
	} {
		if got := s.IsOf(c); got != want {
			t.Errorf("%s, %d: got %v", c.ID, c.Instance, got)
		}
	}
	if none := (token.Session{}); none.IsOf(&token.Client{}) {
		t.Error("no session is nobody's")
	}
}
