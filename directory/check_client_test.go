package directory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
)

// clients is a file with an application A and these clients.
func clients(list ...string) string {
	return `{"applications": [{"name": "A"}, {"name": "B"}], "clients": [` + strings.Join(list, ", ") + `]}`
}

// client is one of A, with those further fields, of which the last may be others of
// its grants.
func client(platform string, fields ...string) string {
	grants := `"grantTypes": ["VGAuthenticator"]`
	if n := len(fields) - 1; n >= 0 && strings.HasPrefix(fields[n], `"grantTypes"`) {
		grants, fields = fields[n], fields[:n]
	}
	return "{" + strings.Join(append([]string{`"application": "A"`, `"platform": "` + platform + `"`, grants}, fields...), ", ") + "}"
}

// numbered lists n origins.
func numbered(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`"https://app%d.example.com"`, i))
	}
	return strings.Join(list, ", ")
}

const (
	public  = `"public": true`
	secrets = `"secrets": [{"value": "0123456789abcdef"}]`
)

func TestCheckClients(t *testing.T) {
	const speaks, believed = `"speaksForUsers": true`, "clients[0].speaksForUsers: only a WebApp or Service with a secret is believed; take it out or give the client a secret"
	const goesOn, secretly = `"resume": true`, "clients[0].resume: only a WebApp with a secret may go on without the password; take it out or give the client a secret"
	const looks, told = `"introspect": true`, "clients[0].introspect: only a WebApp or Service with a secret may look at the tokens of others; take it out or give the client a secret"
	const itself, alone = `"grantTypes": ["client_credentials"]`, "clients[0].grantTypes[0]: only a WebApp or Service with a secret may act for itself; take it out or give the client a secret"
	const hold = " is not 0s to 4m0s in whole seconds"
	const life = " is not 1m0s to 24h0m0s in whole seconds"
	other := strings.Replace(client("SPA", public), `"A"`, `"B"`, 1)
	for _, c := range []bound{
		{"one of each platform", clients(client("WebApp", secrets), client("SPA", public), client("Native", public), client("Service", secrets)), ""},
		{"one platform twice", clients(client("SPA", public), client("SPA", public)), "clients[1].platform: the same application and platform as clients[0].platform"},
		{"one platform of two applications", clients(client("SPA", public), other), ""},
		{"an unknown platform", clients(client("Web", public)), `clients[0].platform: "Web" is none of WebApp, SPA, Native, Service`},
		{"an unknown platform twice", clients(client("Web", public), client("Web", public)), `clients[0].platform: "Web" is none of WebApp, SPA, Native, Service` + "\n" + `clients[1].platform: "Web" is none of WebApp, SPA, Native, Service`},

		{"a bad application", `{"clients": [` + strings.Replace(client("SPA", public), `"A"`, `" A"`, 1) + `]}`, "clients[0].application: begins or ends with a space"},
		{"an unknown application", `{"clients": [` + client("SPA", public) + `]}`, `clients[0].application: no application "A" in the file`},
		{"no application", `{"clients": [` + strings.Replace(client("SPA", public), `"A"`, `""`, 1) + `]}`, "clients[0].application: missing"},

		{"a minute", clients(client("SPA", public, `"accessTokenLifetime": "1m"`)), ""},
		{"less than a minute", clients(client("SPA", public, `"accessTokenLifetime": "59s"`)), "clients[0].accessTokenLifetime: 59s" + life},
		{"a day", clients(client("SPA", public, `"accessTokenLifetime": "24h"`)), ""},
		{"more than a day", clients(client("SPA", public, `"accessTokenLifetime": "24h0m1s"`)), "clients[0].accessTokenLifetime: 24h0m1s" + life},

		{"held as long as the link lives", clients(client("SPA", public, `"holdLinks": ""`)), ""},
		{"not held", clients(client("SPA", public, `"holdLinks": "0s"`)), ""},
		{"held for less", clients(client("SPA", public, `"holdLinks": "50s"`)), ""},
		{"held for 4 minutes", clients(client("SPA", public, `"holdLinks": "4m"`)), ""},
		{"held for longer", clients(client("SPA", public, `"holdLinks": "4m1s"`)), "clients[0].holdLinks: 4m1s" + hold},
		{"held for less than nothing", clients(client("SPA", public, `"holdLinks": "-1s"`)), "clients[0].holdLinks: -1s" + hold},
		{"held for half a second", clients(client("SPA", public, `"holdLinks": "500ms"`)), "clients[0].holdLinks: 500ms" + hold},
		{"held for a number", clients(client("SPA", public, `"holdLinks": 50`)), `clients[0].holdLinks: want a duration such as "15m", got a number`},
		{"held for a blank", clients(client("SPA", public, `"holdLinks": " "`)), `clients[0].holdLinks: " " is no duration; write "90s", "15m" or "1h30m"`},
		{"an empty duration elsewhere", clients(client("SPA", public, `"accessTokenLifetime": ""`)), `clients[0].accessTokenLifetime: "" is no duration; write "90s", "15m" or "1h30m"`},

		{"a WebApp speaks", clients(client("WebApp", secrets, speaks)), ""},
		{"a Service speaks", clients(client("Service", secrets, speaks)), ""},
		{"an SPA speaks", clients(client("SPA", secrets, speaks)), believed},
		{"a Native speaks", clients(client("Native", secrets, speaks)), believed},
		{"a public WebApp speaks", clients(client("WebApp", public, speaks)), believed},
		{"a public Service speaks", clients(client("Service", public, speaks)), believed},

		{"a WebApp goes on", clients(client("WebApp", secrets, goesOn)), ""},
		{"a Service goes on", clients(client("Service", secrets, goesOn)), secretly},
		{"an SPA goes on", clients(client("SPA", secrets, goesOn)), secretly},
		{"a Native goes on", clients(client("Native", secrets, goesOn)), secretly},
		{"a public WebApp goes on", clients(client("WebApp", public, goesOn)), secretly},

		{"a WebApp looks at tokens", clients(client("WebApp", secrets, looks)), ""},
		{"a Service looks at tokens", clients(client("Service", secrets, looks)), ""},
		{"an SPA looks at tokens", clients(client("SPA", secrets, looks)), told},
		{"a Native looks at tokens", clients(client("Native", secrets, looks)), told},
		{"a public WebApp looks at tokens", clients(client("WebApp", public, looks)), told},
		{"a public Service looks at tokens", clients(client("Service", public, looks)), told},

		{"a Service acts for itself", clients(client("Service", secrets, itself)), ""},
		{"a WebApp acts for itself", clients(client("WebApp", secrets, itself)), ""},
		{"a Native acts for itself", clients(client("Native", secrets, itself)), alone},
		{"an SPA acts for itself", clients(client("SPA", secrets, itself)), alone},
		{"a public Service acts for itself", clients(client("Service", public, itself)), alone},
		{"a public WebApp acts for itself", clients(client("WebApp", public, itself)), alone},

		{"version 0 is the one left out", clients(client("SPA", public, `"credentialsVersion": 0`)), ""},
		{"version 1", clients(client("SPA", public, `"credentialsVersion": 1`)), ""},
		{"version -1", clients(client("SPA", public, `"credentialsVersion": -1`)), "clients[0].credentialsVersion: below 1"},

		{"32 origins", clients(client("SPA", public, `"corsOrigins": [`+numbered(32)+`]`)), ""},
		{"33 origins", clients(client("SPA", public, `"corsOrigins": [`+numbered(33)+`]`)), "clients[0].corsOrigins: more than 32 origins"},
		{"an origin twice", clients(client("SPA", public, `"corsOrigins": ["http://a", "https://a", "http://a"]`)), "clients[0].corsOrigins[2]: the same origin as clients[0].corsOrigins[0]"},
		{"no origin", clients(client("SPA", public, `"corsOrigins": ["http://a", "http://b/"]`)), `clients[0].corsOrigins[1]: "http://b/" is no origin; want http or https, a host in lower case, and a port unless it is the usual one, such as "https://app.example.com"`},

		{"the module that is built", clients(client("SPA", public, `"modules": ["VGUser"]`)), ""},
		{"passwordless", clients(client("SPA", public, `"modules": ["passwordless"]`)), ""},
		{"a module of some engine", clients(client("SPA", public, `"modules": ["VGUser", "Windows"]`)), ""},
		{"a module without a name", clients(client("SPA", public, `"modules": [""]`)), `clients[0].modules[0]: "" is none of VGUser, Passwordless, WindowsByCredential`},
		{"a module twice", clients(client("SPA", public, `"modules": ["VGUser", "vguser"]`)), `clients[0].modules[1]: the same module as clients[0].modules[0]`},
	} {
		c.run(t)
	}
}

func TestCheckGrantTypesAndScopes(t *testing.T) {
	list := func(n int) string {
		var names []string
		for i := range n {
			names = append(names, fmt.Sprintf(`"s%d"`, i))
		}
		return strings.Join(names, ", ")
	}
	file := func(grants, scopes string) string {
		return clients(`{"application": "A", "platform": "SPA", "public": true, "grantTypes": [` + grants + `], "scopes": [` + scopes + `]}`)
	}
	const grant = `"VGAuthenticator"`
	for _, c := range []bound{
		{"all grants", file(`"refresh_token", "password", "VGAuthenticator"`, ""), ""},
		{"the grant password alone", file(`"password"`, ""), ""},
		{"one that is not built", file(`"authorization_code"`, ""), `clients[0].grantTypes[0]: "authorization_code" is not supported by this version`},
		{"one twice", file(`"VGAuthenticator", "VGAuthenticator"`, ""), "clients[0].grantTypes[1]: the same grant type as clients[0].grantTypes[0]"},
		{"none", file("", ""), "clients[0].grantTypes: missing"},
		{"an unknown one", file(`"implicit"`, ""), `clients[0].grantTypes[0]: "implicit" is none of VGAuthenticator, password, refresh_token, client_credentials`},
		{"64 scopes", file(grant, list(64)), ""},
		{"65 scopes", file(grant, list(65)), "clients[0].scopes: more than 64 scopes"},
		{"a scope twice", file(grant, `"openid", "x", "X"`), "clients[0].scopes[2]: the same scope as clients[0].scopes[1]"},
		{"an empty scope", file(grant, `""`), `clients[0].scopes[0]: "" is no scope`},
		{"two in one", file(grant, `"a b"`), `clients[0].scopes[0]: "a b" is no scope`},
	} {
		c.run(t)
	}
}

func TestCheckSecrets(t *testing.T) {
	value := func(n int) directory.Secret { return directory.Secret{Value: strings.Repeat("x", n)} }
	many := func(n int) (list []directory.Secret) {
		for i := range n {
			list = append(list, directory.Secret{Value: fmt.Sprintf("0123456789abcdef%d", i)})
		}
		return list
	}
	one := value(16)
	with := func(change func(s *directory.Secret)) []directory.Secret {
		s := one
		change(&s)
		return []directory.Secret{s}
	}
	const at = "clients[0].secrets[0]"
	for _, c := range []struct {
		name    string
		secrets []directory.Secret
		public  bool
		short   bool // short ones are allowed
		want    string
	}{
		{"none and public", nil, true, false, ""},
		{"none", nil, false, false, `clients[0].secrets: missing; a client without secrets must be declared with "public": true`},
		{"one and public", many(1), true, false, "clients[0].public: a public client has no secrets"},
		{"10", many(10), false, false, ""},
		{"11", many(11), false, false, "clients[0].secrets: more than 10 secrets"},
		{"16 characters", []directory.Secret{{Value: strings.Repeat("é", 16)}}, false, false, ""},
		{"15 characters", []directory.Secret{{Value: strings.Repeat("é", 15)}}, false, false, at + ".value: shorter than 16 characters, which only an issuer on a loopback address allows"},
		{"15 characters where allowed", []directory.Secret{value(15)}, false, true, ""},
		{"one character where allowed", []directory.Secret{value(1)}, false, true, ""},
		{"no character where allowed", []directory.Secret{value(0)}, false, true, at + ".value: missing"},
		{"1024 bytes", []directory.Secret{value(1024)}, false, false, ""},
		{"1025 bytes", []directory.Secret{value(1025)}, false, false, at + ".value: longer than 1024 bytes"},
		{"1025 bytes, short allowed", []directory.Secret{value(1025)}, false, true, at + ".value: longer than 1024 bytes"},
		{"not UTF-8", with(func(s *directory.Secret) { s.Value = strings.Repeat("\xff", 16) }), false, false, at + ".value: not UTF-8"},
		{"a line end", []directory.Secret{{Value: "0123456789abcdef\n"}}, false, false, at + ".value: holds a control character, such as a line end"},
		{"twice", []directory.Secret{one, value(17), one}, false, false, "clients[0].secrets[2].value: the same secret as clients[0].secrets[0].value"},
		{"a long description", with(func(s *directory.Secret) { s.Description = strings.Repeat("x", 1024) }), false, false, ""},
		{"too long a description", with(func(s *directory.Secret) { s.Description = strings.Repeat("x", 1025) }), false, false, at + ".description: longer than 1024 characters"},
		{"an end", with(func(s *directory.Secret) { s.Expires = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC) }), false, false, ""},
		{"an end long ago", with(func(s *directory.Secret) { s.Expires = time.Date(1899, 1, 1, 0, 0, 0, 0, time.UTC) }), false, false, at + ".expires: want a year from 1900 to 9999"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := directory.File{Applications: []directory.Application{{Name: "A"}}, Clients: []directory.Client{{
				Application: "A", Platform: "WebApp", GrantTypes: []string{"VGAuthenticator"}, Secrets: c.secrets, Public: c.public,
			}}}
			_, err := directory.NewApplier(&d, directory.ApplierConfig{ShortSecrets: c.short})
			if got := text(err); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
