package directory_test

import (
	"fmt"
	"strings"
	"testing"
)

// resources is a file with two applications, a client of the first, and those resources.
func resources(scopes string, list ...string) string {
	return `{"applications": [{"name": "A"}, {"name": "B"}],
		"clients": [{"application": "A", "platform": "SPA", "public": true, "grantTypes": ["VGAuthenticator"], "scopes": [` + scopes + `]}],
		"resources": [` + strings.Join(list, ", ") + `]}`
}

// orders is a sound API with fields that take the place of its own.
func orders(fields ...string) string {
	return `{` + strings.Join(append([]string{`"name": "orders", "kind": "API"`}, fields...), ", ") + `}`
}

const audience = `"audience": "https://orders.example.com"`

func TestCheckResources(t *testing.T) {
	many := func(n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf(`{"name": "r%d", "kind": "API", %s}`, i, audience))
		}
		return list
	}
	names := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`"vgUA_%d"`, i))
		}
		return strings.Join(list, ", ")
	}
	called := func(name string) string { return resources(``, `{"name": "`+name+`", "kind": "API", `+audience+`}`) }
	brings := func(claims string) string {
		return resources(``, `{"name": "r", "kind": "Identity", "claims": [`+claims+`]}`)
	}
	at := func(uri string) string { return resources(``, orders(`"audience": "`+uri+`"`)) }
	noAudience := func(uri string) string {
		return fmt.Sprintf(`resources[0].audience: %.64q is no audience: want an absolute URI without a fragment, of 256 bytes at most, such as "https://orders.example.com"`, uri)
	}
	noScope := func(name string) string {
		return fmt.Sprintf(`resources[0].name: %.64q is no scope: want 64 characters at most, in ASCII, without blanks, quotes and backslashes`, name)
	}
	noClaim := func(name string) string {
		return fmt.Sprintf(`resources[0].claims[0]: %q is no claim of userinfo: want one of vgToken, vgApplications, vgRoles, vgPermissions, vgIsApproved, vgIsLocked, vgStartDate, vgEndDate, vgFirstname, vgLastname, vgEmail, vgDevApps, vgDevRoles, vgDevPermissions, sub, or vgUA_ with the name of an attribute`, name)
	}
	long := strings.Repeat("x", 65)
	for _, c := range []bound{
		{"an API", resources(`"orders"`, orders(audience, `"claims": ["roles", "entitlements", "account_id", "email"]`)), ""},
		{"an API without claims", resources(``, orders(audience)), ""},
		{"an identity", brings(`"vgRoles", "vgUA_City"`), ""},
		{"of an application by its name", resources(`"orders"`, orders(audience, `"application": "a"`)), ""},
		{"100", resources(``, many(100)...), ""},
		{"101", resources(``, many(101)...), "resources: more than 100 resources"},

		{"without a name", called(""), "resources[0].name: missing"},
		{"64 characters", called(long[1:]), ""},
		{"65 characters", called(long), noScope(long)},
		{"a blank", called("a b"), noScope("a b")},
		{"a quote", called(`a\"`), noScope(`a"`)},
		{"a letter beyond ASCII", called("é"), noScope("é")},
		{"a Kelvin sign", called("\u212a"), noScope("\u212a")},
		{"a scope that is there", called("VGRoles"), `resources[0].name: "VGRoles" is a scope that the engine has, which cannot be another; give the resource a name of its own`},
		{"in another spelling", called("OPENID"), `resources[0].name: "openid" is a scope that the engine has, which cannot be another; give the resource a name of its own`},
		{"a name twice", resources(``, orders(audience), `{"name": "ORDERS", "kind": "API", `+audience+`}`), "resources[1].name: the same name as resources[0].name"},

		{"no kind", resources(``, `{"name": "r"}`), `resources[0].kind: "" is none of Identity, API`},
		{"another kind", resources(``, `{"name": "r", "kind": "api", `+audience+`}`), `resources[0].kind: "api" is none of Identity, API`},

		{"no audience", resources(``, orders()), noAudience("")},
		{"an audience of an identity", resources(``, `{"name": "r", "kind": "Identity", "claims": ["sub"], `+audience+`}`), "resources[0].audience: only a resource of the kind API has an audience; take it out"},
		{"a URN", at("urn:example:orders"), ""},
		{"a fragment", at("https://a.example/#x"), noAudience("https://a.example/#x")},
		{"an empty fragment", at("https://a.example/#"), noAudience("https://a.example/#")},
		{"a path alone", at("/orders"), noAudience("/orders")},
		{"a name alone", at("orders"), noAudience("orders")},
		{"no host", at("https://"), noAudience("https://")},
		{"a user", at("https://u:p@a.example"), noAudience("https://u:p@a.example")},
		{"a blank in it", at("https://a.example/a b"), noAudience("https://a.example/a b")},
		{"beyond ASCII", at("https://é.example"), noAudience("https://é.example")},
		{"256 bytes", at("urn:" + strings.Repeat("x", 252)), ""},
		{"257 bytes", at("urn:" + strings.Repeat("x", 253)), noAudience("urn:" + strings.Repeat("x", 253))},

		{"an identity that brings nothing", brings(``), "resources[0].claims: missing: an identity resource is a scope that brings claims"},
		{"32 claims", brings(names(32)), ""},
		{"33 claims", brings(names(33)), "resources[0].claims: more than 32 claims"},
		{"a claim twice", brings(`"sub", "sub"`), "resources[0].claims[1]: the same claim as resources[0].claims[0]"},
		{"a claim that is none", brings(`"email"`), noClaim("email")},
		{"a claim in another spelling", brings(`"VGROLES"`), noClaim("VGROLES")},
		{"an attribute without a name", brings(`"vgUA_"`), noClaim("vgUA_")},
		{"a claim with a line end", brings(`"vgUA_\n"`), "resources[0].claims[0]: holds a control character"},
		{"a claim of another kind", resources(``, orders(audience, `"claims": ["vgRoles"]`)), `resources[0].claims[0]: "vgRoles" is none of roles, entitlements, account_id, email`},
		{"an API's claim twice", resources(``, orders(audience, `"claims": ["email", "email"]`)), "resources[0].claims[1]: the same claim as resources[0].claims[0]"},

		{"of no application", resources(``, orders(audience, `"application": "C"`)), `resources[0].application: no application "C" in the file`},
		{"of another application than the client", resources(`"openid", "Orders"`, orders(audience, `"application": "B"`)), `clients[0].scopes[1]: "Orders" belongs to the application B; take it out, or leave out the application of the resource`},
	} {
		c.run(t)
	}
}

// TestCheckRedirects: what a login, or a sign-out, may lead back to.
func TestCheckRedirects(t *testing.T) {
	noAddress := func(uri string) string {
		return fmt.Sprintf(`: %.64q is no address to lead back to: want https, http to a loopback address, or of a Native client a scheme of its own with a dot in it, and no fragment`, uri)
	}
	many := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`"https://a.example/%d"`, i))
		}
		return strings.Join(list, ", ")
	}
	for _, field := range []string{"redirectURIs", "postLogoutRedirectURIs"} {
		for _, c := range []struct{ name, platform, list, want string }{
			{"https", "WebApp", `"https://a.example/cb?x=1"`, ""},
			{"loopback", "SPA", `"http://localhost:3000/", "http://127.0.0.1/cb", "http://[::1]:9/"`, ""},
			{"a scheme of its own", "Native", `"com.example.app:/cb", "httpx.example:/cb"`, ""},
			{"a scheme of its own, of a WebApp", "WebApp", `"httpx.example:/cb"`, `[0]: "httpx.example:/cb" has a scheme of its own, which is for a Native client; want https, or http to a loopback address`},
			{"a scheme of its own, of a SPA", "SPA", `"com.example.app:/cb"`, `[0]: "com.example.app:/cb" has a scheme of its own, which is for a Native client; want https, or http to a loopback address`},
			{"a scheme without a dot", "Native", `"myapp:/cb"`, `[0]` + noAddress("myapp:/cb")},
			{"a script", "Native", `"javascript:alert(1)"`, `[0]` + noAddress("javascript:alert(1)")},
			{"http", "WebApp", `"http://a.example/"`, `[0]` + noAddress("http://a.example/")},
			{"a name that begins like loopback", "WebApp", `"http://127.0.0.1.example/"`, `[0]` + noAddress("http://127.0.0.1.example/")},
			{"a fragment", "WebApp", `"https://a.example/#x"`, `[0]` + noAddress("https://a.example/#x")},
			{"an empty fragment", "WebApp", `"https://a.example/#"`, `[0]` + noAddress("https://a.example/#")},
			{"a user", "WebApp", `"https://u@a.example/"`, `[0]` + noAddress("https://u@a.example/")},
			{"a backslash", "WebApp", `"https://a.example\\b"`, `[0]` + noAddress(`https://a.example\b`)},
			{"a path", "WebApp", `"/cb"`, `[0]` + noAddress("/cb")},
			{"nothing", "WebApp", `""`, `[0]` + noAddress("")},
			{"a wildcard", "WebApp", `"https://*.a.example/"`, `[0]: "https://*.a.example/" holds *: addresses are compared byte by byte, list each of them`},
			{"a wildcard at the end", "Native", `"com.example.app:/*"`, `[0]: "com.example.app:/*" holds *: addresses are compared byte by byte, list each of them`},
			{"of a Service", "Service", `"https://a.example/"`, `[0]: a Service has no browser to lead back; leave the list empty`},
			{"twice", "WebApp", `"https://a.example/", "https://a.example/"`, `[1]: the same address as clients[0].FIELD[0]`},
			{"two that differ by a slash", "WebApp", `"https://a.example", "https://a.example/"`, ""},
			{"32", "WebApp", many(32), ""},
			{"33", "WebApp", many(33), ": more than 32 addresses"},
		} {
			want := c.want
			if want != "" {
				want = "clients[0]." + field + strings.ReplaceAll(want, "FIELD", field)
			}
			bound{field + ": " + c.name, clients(client(c.platform, secrets, `"`+field+`": [`+c.list+`]`)), want}.run(t)
		}
	}
}

// TestCheckProfiles: what a client may have of tokens and lifetimes.
func TestCheckProfiles(t *testing.T) {
	with := func(fields ...string) string {
		return clients(client("WebApp", append([]string{secrets}, fields...)...))
	}
	for _, c := range []bound{
		{"published", with(`"tokenProfile": "Published"`, `"tokenAlgorithm": "RS256"`, `"userInfo": "Published"`), ""},
		{"RFC 9068", with(`"tokenProfile": "RFC9068"`), ""},
		{"with each algorithm", with(`"tokenProfile": "RFC9068"`, `"tokenAlgorithm": "EdDSA"`, `"userInfo": "JSON"`), ""},
		{"an algorithm alone", with(`"tokenAlgorithm": "PS256"`), `clients[0].tokenAlgorithm: "PS256" is only for tokens of the profile RFC9068: the published ones are signed by RS256`},
		{"the algorithm none", with(`"tokenProfile": "RFC9068"`, `"tokenAlgorithm": "none"`), `clients[0].tokenAlgorithm: "none" is none of RS256, PS256, ES256, EdDSA`},
		{"an empty profile", with(`"tokenProfile": ""`), `clients[0].tokenProfile: "" is none of Published, RFC9068`},
		{"the least lives", with(`"refreshLifetime": "1m"`, `"refreshIdle": "1m"`), ""},
		{"the longest lives", with(`"refreshLifetime": "8784h"`, `"refreshIdle": "8784h"`), ""},
		{"no life", with(`"refreshLifetime": "0s"`), "clients[0].refreshLifetime: 0s is not 1m0s to 8784h0m0s in whole seconds"},
		{"a negative life", with(`"refreshIdle": "-1h"`), "clients[0].refreshIdle: -1h0m0s is not 1m0s to 8784h0m0s in whole seconds"},
		{"1024 characters", with(`"description": "` + strings.Repeat("é", 1024) + `"`), ""},
		{"1025 characters", with(`"description": "` + strings.Repeat("é", 1025) + `"`), "clients[0].description: longer than 1024 characters"},
	} {
		c.run(t)
	}
}
