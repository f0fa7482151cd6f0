package token_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// rfc9068Claims are those of a complete login at now, in the profile of RFC 9068.
func rfc9068Claims(now time.Time) token.Claims {
	return token.Claims{
		Profile: token.ProfileRFC9068, Expires: now.Add(time.Hour), IssuedAt: now, AuthTime: now, Issuer: issuer, Audience: []string{"https://api.example.com"},
		ClientID: client, Subject: "kunal", VGToken: strings.Repeat("A5", 64), ID: "0603167D4FBFA7F0A5B99A786CC02EB1",
		Scopes: []string{"orders.read", "openid", "offline_access"}, Methods: []string{"pwd", "otp"},
	}
}

// rfc9068Machine are those of a program's own token.
func rfc9068Machine(now time.Time) token.Claims {
	c := machineClaims(now)
	c.Profile, c.NotBefore = token.ProfileRFC9068, time.Time{}
	return c
}

// TestRFC9068Claims writes claims sets and holds them to their text, so that neither a
// name nor the order changes.
func TestRFC9068Claims(t *testing.T) {
	const front = `{"iss":"http://localhost:5000","exp":1772370000,"aud":"https://api.example.com","sub":"kunal","client_id":"` + client + `","iat":1772366400,"jti":"0603167D4FBFA7F0A5B99A786CC02EB1",`
	sid := `"sid":"` + strings.Repeat("A5", 64) + `"}`
	for _, tt := range []struct {
		name   string
		change func(*token.Claims)
		want   string
	}{
		{"a login", func(*token.Claims) {}, front + `"auth_time":1772366400,"amr":["pwd","otp","mfa"],"scope":"offline_access openid orders.read",` + sid},
		{"a password alone", func(c *token.Claims) { c.Methods = []string{"pwd"} }, front + `"auth_time":1772366400,"amr":["pwd"],"scope":"offline_access openid orders.read",` + sid},
		{"no scopes", func(c *token.Claims) { c.Scopes = nil }, front + `"auth_time":1772366400,"amr":["pwd","otp","mfa"],` + sid},
		{"rights", func(c *token.Claims) {
			c.Roles, c.Entitlements, c.AccountID, c.Email = []string{"Clerk", "Head \"of\" <sales>"}, []string{}, "id", "k@example.com"
		}, front + `"auth_time":1772366400,"amr":["pwd","otp","mfa"],"scope":"offline_access openid orders.read","roles":["Clerk","Head \"of\" <sales>"],"entitlements":[],"account_id":"id","email":"k@example.com",` + sid},
		{"two audiences", func(c *token.Claims) { c.Audience = []string{"https://a.example", "https://b.example"} },
			strings.Replace(front, `"https://api.example.com"`, `["https://a.example","https://b.example"]`, 1) + `"auth_time":1772366400,"amr":["pwd","otp","mfa"],"scope":"offline_access openid orders.read",` + sid},
		{"a program", func(c *token.Claims) { *c = rfc9068Machine(start) },
			strings.NewReplacer(`"https://api.example.com"`, `"api"`, `"kunal"`, `"`+client+`"`).Replace(front) + `"scope":"IdentityServerApi orders.read"}`},
	} {
		var signers token.Signers
		ring := token.Ring{Keys: testKeys()[:1]}
		c := rfc9068Claims(start)
		tt.change(&c)
		raw := signWith(t, &signers, ring, c)
		if got := string(part(t, raw, 1)); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.name, got, tt.want)
		}
		var plain map[string]any
		if err := json.Unmarshal(part(t, raw, 1), &plain); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		keys, err := signers.Verifiers(ring.Keys)
		if err != nil {
			t.Fatal(err)
		}
		got, err := token.Verify(keys, issuer, raw, start)
		want := c
		want.Expires, want.IssuedAt, want.Scopes, want.Methods = c.Expires.Truncate(time.Second), c.IssuedAt.Truncate(time.Second), token.SortScopes(c.Scopes), token.AMR(c.Methods)
		if !c.Machine {
			want.AuthTime = c.AuthTime.Truncate(time.Second)
		}
		g, _ := json.Marshal(got)
		w, _ := json.Marshal(want)
		if text := strings.Replace(string(w), `"Scopes":[]`, `"Scopes":null`, 1); err != nil || string(g) != text {
			t.Errorf("%s: verified\n got %s, %v\nwant %s", tt.name, g, err, text)
		}
		if got.Roles != nil != (c.Roles != nil) || got.Entitlements != nil != (c.Entitlements != nil) {
			t.Errorf("%s: a claim that is there and one that is not are not told apart", tt.name)
		}
	}
}

// TestSignRefusesMixed: a claims set that either profile would not take is not signed.
func TestSignRefusesMixed(t *testing.T) {
	var signers token.Signers
	signer, err := signers.Signer(testKeys()[0])
	if err != nil {
		t.Fatal(err)
	}
	published, other, machine := claimsAt(start, time.Hour), rfc9068Claims(start), rfc9068Machine(start)
	for name, tt := range map[string]struct {
		claims token.Claims
		spoil  func(*token.Claims)
	}{
		"published with two audiences":       {published, func(c *token.Claims) { c.Audience = []string{"a", "b"} }},
		"published with roles":               {published, func(c *token.Claims) { c.Roles = []string{} }},
		"published with entitlements":        {published, func(c *token.Claims) { c.Entitlements = []string{} }},
		"published with an account":          {published, func(c *token.Claims) { c.AccountID = "id" }},
		"published with an address":          {published, func(c *token.Claims) { c.Email = "k@example.com" }},
		"a profile that is none":             {published, func(c *token.Claims) { c.Profile = "rfc9068" }},
		"no audience":                        {other, func(c *token.Claims) { c.Audience = nil }},
		"an empty audience":                  {other, func(c *token.Claims) { c.Audience = []string{"a", ""} }},
		"no subject":                         {other, func(c *token.Claims) { c.Subject = "" }},
		"a subject that looks like a client": {other, func(c *token.Claims) { c.Subject = strings.ToUpper(client) }},
		"no session":                         {other, func(c *token.Claims) { c.VGToken = "" }},
		"no time of a login":                 {other, func(c *token.Claims) { c.AuthTime = time.Unix(0, 0) }},
		"no method":                          {other, func(c *token.Claims) { c.Methods = []string{"magic"} }},
		"two scopes in one":                  {other, func(c *token.Claims) { c.Scopes = []string{"openid VGRoles"} }},
		"a scope without a name":             {other, func(c *token.Claims) { c.Scopes = []string{"openid", ""} }},
		"a person said to be a program":      {other, func(c *token.Claims) { c.Machine = true }},
		"a program said to be a person":      {machine, func(c *token.Claims) { c.Machine = false }},
		"a program with a subject":           {machine, func(c *token.Claims) { c.Subject = "kunal" }},
		"a program with a session":           {machine, func(c *token.Claims) { c.VGToken = "A5" }},
		"a program with methods":             {machine, func(c *token.Claims) { c.Methods = []string{"pwd"} }},
		"a program with roles":               {machine, func(c *token.Claims) { c.Roles = []string{} }},
		"a program with an account":          {machine, func(c *token.Claims) { c.AccountID = "id" }},
		"a program with an address":          {machine, func(c *token.Claims) { c.Email = "k@example.com" }},
	} {
		c := tt.claims
		tt.spoil(&c)
		if raw, err := token.Sign(signer, c); err == nil {
			t.Errorf("%s: signed %s", name, part(t, raw, 1))
		}
	}
}

// TestRFC9068OneByOne signs, with the right key and header, claims of that profile in
// which one thing is wrong, and such as have something of the other.
func TestRFC9068OneByOne(t *testing.T) {
	var signers token.Signers
	ring := token.Ring{Keys: testKeys()[:1]}
	keys, err := signers.Verifiers(ring.Keys)
	if err != nil {
		t.Fatal(err)
	}
	c := rfc9068Claims(start)
	c.Roles, c.Entitlements, c.AccountID, c.Email = []string{"Clerk"}, []string{"/Orders/Read"}, "id", "k@example.com"
	whole, machine, published := bodyOf(t, ring, c), bodyOf(t, ring, rfc9068Machine(start)), bodyOf(t, ring, claimsAt(start, time.Hour))
	head := string(part(t, signWith(t, &signers, ring, c), 0))
	verify := func(base map[string]json.RawMessage, name, value string) error {
		claims := maps.Clone(base)
		if claims[name] = json.RawMessage(value); value == "" {
			delete(claims, name)
		}
		raw, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		_, err = token.Verify(keys, issuer, forge(t, ring.Keys[0], head, string(raw)), start)
		return err
	}
	for _, tt := range []struct {
		what        string
		base        map[string]json.RawMessage
		name, value string
		good        bool
	}{
		{"as it is", whole, "sub", `"kunal"`, true},
		{"a claim of a later version", whole, "acr", `"1"`, true},
		{"audiences as a list", whole, "aud", `["a","b"]`, true},
		{"one audience as a list", whole, "aud", `["a"]`, true},
		{"no scope", whole, "scope", "", true},
		{"no roles", whole, "roles", "", true},
		{"no audience", whole, "aud", "", false},
		{"an audience without a name", whole, "aud", `""`, false},
		{"no audience in the list", whole, "aud", `[]`, false},
		{"null in the list", whole, "aud", `["a",null]`, false},
		{"an audience as a number", whole, "aud", `1`, false},
		{"an audience as an object", whole, "aud", `{"a":"b"}`, false},
		{"a list in the list", whole, "aud", `[["a"]]`, false},
		{"a list of scopes", whole, "scope", `["openid"]`, false},
		{"an empty list of scopes", whole, "scope", `[]`, false},
		{"two blanks", whole, "scope", `"openid  profile"`, false},
		{"a blank before", whole, "scope", `" openid"`, false},
		{"a tab", whole, "scope", `"openid\tprofile"`, false},
		{"a quote in a scope", whole, "scope", `"open\"id"`, false},
		{"no subject", whole, "sub", "", false},
		{"a client as the subject", whole, "sub", `"` + client + `"`, false},
		{"another client as the subject", whole, "sub", `"` + strings.Replace(client, "Native", "SPA", 1) + `"`, false},
		{"no session", whole, "sid", "", false},
		{"no time of a login", whole, "auth_time", "", false},
		{"a time of a login before all", whole, "auth_time", "-1", false},
		{"no methods", whole, "amr", "", false},
		{"an empty list of methods", whole, "amr", "[]", false},
		{"methods as a text", whole, "amr", `"pwd"`, false},
		{"roles as a text", whole, "roles", `"Clerk"`, false},
		{"an address as a list", whole, "email", `["a"]`, false},
		{"no jti", whole, "jti", "", false},
		{"no client", whole, "client_id", "", false},
		{"no iat", whole, "iat", "", false},
		{"a later iat", whole, "iat", "4000000000", false},
		{"another issuer", whole, "iss", `"http://localhost:5000/"`, false},
		{"nbf", whole, "nbf", "1772366400", false},
		{"nbf before all", whole, "nbf", "-1", false},
		{"idp", whole, "idp", `"VisualGuard"`, false},
		{"vgIdentityProviderName", whole, "vgIdentityProviderName", `"VisualGuard"`, false},
		{"vgToken", whole, "vgToken", `"A5"`, false},
		{"vgUserId", whole, "vgUserId", `"kunal"`, false},
		{"Roles for roles", whole, "Roles", `["Head"]`, false},
		{"SID", whole, "SID", `"A5"`, false},
		{"a program as it is", machine, "sub", `"` + client + `"`, true},
		{"a program without a subject", machine, "sub", "", false},
		{"a program in upper case", machine, "sub", `"` + strings.ToUpper(client) + `"`, false},
		{"a program and another", machine, "sub", `"` + strings.Replace(client, "Native", "SPA", 1) + `"`, false},
		{"a program of a person's name", machine, "sub", `"kunal"`, false},
		{"a program with a session", machine, "sid", `"A5"`, false},
		{"a program with roles", machine, "roles", `["Admin"]`, false},
		{"a program with no role", machine, "roles", `[]`, false},
		{"a program with methods", machine, "amr", `["pwd"]`, false},
		{"a program with a login", machine, "auth_time", `1`, false},
		{"a program with nbf", machine, "nbf", "1772366400", false},
		{"published, roles", published, "roles", `["Admin"]`, false},
		{"published, no role", published, "roles", `[]`, false},
		{"published, entitlements", published, "entitlements", `["/Admin"]`, false},
		{"published, sid", published, "sid", `"A5"`, false},
		{"published, account_id", published, "account_id", `"id"`, false},
		{"published, email", published, "email", `"k@example.com"`, false},
		{"published, audiences as a list", published, "aud", `["a"]`, false},
		{"published, an audience", published, "aud", `"a"`, true},
		{"published, a text of scopes", published, "scope", `"openid"`, false},
		{"published, no nbf", published, "nbf", "", false},
		{"published, no nbf and an audience", with(published, "aud", `"a"`), "nbf", "", false},
	} {
		if err := verify(tt.base, tt.name, tt.value); (err == nil) != tt.good || err != nil && !errors.Is(err, token.ErrInvalidToken) {
			t.Errorf("%s: got %v, want it taken: %v", tt.what, err, tt.good)
		}
	}
	for name := range whole {
		if err := verify(whole, name, "{}"); !errors.Is(err, token.ErrInvalidToken) {
			t.Errorf("%s an object: got %v, want it refused", name, err)
		}
	}
}

func bodyOf(t *testing.T, ring token.Ring, c token.Claims) (claims map[string]json.RawMessage) {
	t.Helper()
	var signers token.Signers
	if err := json.Unmarshal(part(t, signWith(t, &signers, ring, c), 1), &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func with(claims map[string]json.RawMessage, name, value string) map[string]json.RawMessage {
	claims = maps.Clone(claims)
	claims[name] = json.RawMessage(value)
	return claims
}

func TestAMR(t *testing.T) {
	for _, tt := range []struct{ methods, want []string }{
		{[]string{"pwd"}, []string{"pwd"}},
		{[]string{"pwd", "otp"}, []string{"pwd", "otp", "mfa"}},
		{[]string{"pwd", "otp", "sms"}, []string{"pwd", "otp", "sms", "mfa"}},
		{[]string{"pwd", "link"}, []string{"pwd", "mca", "mfa"}},
		{[]string{"link", "sms"}, []string{"mca", "sms"}},
		{[]string{"otp"}, []string{"otp"}},
		{[]string{"pwd", "otp", "otp", "hwk"}, []string{"pwd", "otp", "hwk", "mfa"}},
		{[]string{"pwd", "mfa"}, []string{"pwd"}}, // said of what is there, not taken from it
		{[]string{"VisualGuard"}, nil},
		{nil, nil},
	} {
		if got := token.AMR(tt.methods); !slices.Equal(got, tt.want) {
			t.Errorf("of %q: got %q, want %q", tt.methods, got, tt.want)
		}
	}
}
