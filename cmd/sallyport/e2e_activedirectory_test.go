package main_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/ldaptest"
)

const windowsEntries = `dn: ou=people,dc=corp,dc=example,dc=com
objectClass: organizationalUnit

dn: uid=bob,ou=people,dc=corp,dc=example,dc=com
objectClass: inetOrgPerson
cn: Robert Tables
givenName: Robert
sn: Tables
uid: bob
mail: bob@example.com
userPassword: bob's word

dn: ou=groups,dc=corp,dc=example,dc=com
objectClass: organizationalUnit

dn: cn=sales,ou=groups,dc=corp,dc=example,dc=com
objectClass: groupOfNames
member: uid=bob,ou=people,dc=corp,dc=example,dc=com

`

const windowsDirectory = `{
	"applications": [{"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb12", "name": "PB_Salesdemo", "roles": [{"name": "Auditor"}, {"name": "User"}]}],
	"clients": [{"application": "PB_Salesdemo", "platform": "Native", "grantTypes": ["VGAuthenticator", "refresh_token"],
		"scopes": ["openid", "VGRoles", "VGProfile", "offline_access"], "secrets": [{"value": "secret"}], "modules": ["VGUser", "WindowsByCredential"]}]}`

// pageSettings are the settings that docs/active-directory.md shows, each pair of fill being
// what stands there and what it stands for.
func pageSettings(t *testing.T, fill ...string) string {
	t.Helper()
	raw, err := os.ReadFile("../../docs/active-directory.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(raw), "```json\n")
	block, _, found := strings.Cut(after, "```")
	for i := 0; i < len(fill); i += 2 {
		found = found && strings.Contains(block, fill[i])
		block = strings.ReplaceAll(block, fill[i], fill[i+1])
	}
	if !found {
		t.Fatalf("the page has no such settings any more: %s", block)
	}
	return block
}

// A server of the command logs people in who are in a directory, by the settings that the
// page shows, and says nothing of a password.
func TestE2EActiveDirectory(t *testing.T) {
	t.Parallel()
	s := ldaptest.StartSlapd(t, windowsEntries)
	dir := t.TempDir()
	config := pageSettings(t, "ldaps://dc1.corp.example.com", s.LDAPS, "ldaps://dc2.corp.example.com", strings.TrimPrefix(s.LDAPS, "ldaps://"),
		"sallyport@corp.example.com", ldaptest.Reader, "/etc/sallyport/reader", write(t, filepath.Join(dir, "reader"), ldaptest.ReaderPassword+"\n"))
	p, url := spawnServer(t, "-issuer", "http://localhost", "-store", "memory:", "-directory", write(t, filepath.Join(dir, "d.json"), windowsDirectory),
		"-active-directory-ca", write(t, filepath.Join(dir, "ca.pem"), string(s.PEM)), "-config", write(t, filepath.Join(dir, "config.json"), config))
	c := newClient(t, url)
	login := func(module, name, password string) answer {
		t.Helper()
		return c.token("VGAuthenticationModule", module, "Username", name, "Password", password)
	}

	c.want(login("WindowsByCredential", "bob", "another's word"), wrongPassword)
	c.want(login("WindowsByCredential", "nobody", "bob's word"), wrongPassword)
	c.want(login("VGUser", "bob", "bob's word"), wrongPassword)
	done := c.want(login("windowsbycredential", `CORP\bob`, "bob's word"), success)
	again := c.refresh(done.RefreshToken)
	equal(t, "the status of a refresh", again.code, http.StatusOK)
	_, body, err := c.send(http.MethodGet, "/connect/userinfo", nil, "Authorization", "Bearer "+again.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	var info map[string]string
	if err := json.Unmarshal([]byte(body), &info); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	equal(t, "vgUserId", info["vgUserId"], `CORP\bob`)
	equal(t, "vgRoles", info["vgRoles"], "User")
	equal(t, "vgLastname", info["vgLastname"], "Tables")
	if said := p.err.String(); strings.Contains(said, ldaptest.ReaderPassword) || strings.Contains(said, "bob's word") {
		t.Errorf("the log tells a password:\n%s", said)
	}
}

// Where no controller answers the server begins all the same, and serves everybody else.
func TestE2EActiveDirectoryAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	users := strings.Replace(windowsDirectory, `"clients"`, `"users": [{"name": "anna", "password": "battery staple", "roles": [{"application": "PB_Salesdemo", "role": "User"}]}], "clients"`, 1)
	_, url := spawnServer(t, "-issuer", "http://localhost", "-store", "memory:", "-directory", write(t, filepath.Join(dir, "d.json"), users),
		"-active-directory", "ldaps://127.0.0.1:1,127.0.0.1:1", "-active-directory-base", "DC=corp,DC=example,DC=com", "-active-directory-reader", "x",
		"-active-directory-password-file", write(t, filepath.Join(dir, "reader"), "hidden"))
	c := newClient(t, url)
	for _, name := range []string{"anna", "nobody"} {
		got := c.token("VGAuthenticationModule", "WindowsByCredential", "Username", name, "Password", "battery staple")
		equal(t, "the status of a login by "+name, got.code, http.StatusServiceUnavailable)
	}
	c.want(c.password("anna", "battery staple"), success)
}

// What cannot be meant ends the start, and names the flag.
func TestActiveDirectorySettings(t *testing.T) {
	dir := t.TempDir()
	secret := write(t, filepath.Join(dir, "secret"), "hidden\n")
	open := write(t, filepath.Join(dir, "open"), "hidden\n")
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	base := "serve -store memory: -listen 127.0.0.1:0 -active-directory ldaps://127.0.0.1:1 -active-directory-base DC=corp,DC=example,DC=com -active-directory-reader x"
	for _, tt := range []struct{ name, args, want string }{
		{"nothing beside the controllers", "serve -store memory: -listen 127.0.0.1:0 -active-directory ldaps://dc1", "-active-directory: activedirectory: Base"},
		{"no controllers", "serve -store memory: -listen 127.0.0.1:0 -active-directory-base DC=x", "-active-directory is required"},
		{"no password", base, "ReaderPassword"},
		{"a password that others may read", base + " -active-directory-password-file " + open, "-active-directory-password-file: "},
		{"no such password", base + " -active-directory-password-file /no/such/file", "-active-directory-password-file: "},
		{"a URL with a password", base + " -active-directory-password-file " + secret + " -active-directory ldaps://u:hidden@dc1", "Controllers[1]"},
		{"clear text", base + " -active-directory-password-file " + secret + " -active-directory http://dc1", "Controllers[1]"},
		{"no authorities", base + " -active-directory-password-file " + secret + " -active-directory-ca " + secret, "-active-directory-ca: "},
		{"groups that are none", base + " -active-directory-groups Auditors", "-active-directory-groups: "},
		{"a group with an unknown member", base + ` -active-directory-groups [{"group":"S-1-5-18","roles":"x"}]`, "-active-directory-groups: "},
		{"two lists of groups", base + ` -active-directory-groups [][]`, "something follows"},
		{"a group without an application", base + ` -active-directory-groups [{"group":"S-1-5-18","role":"x"}]`, "-active-directory-groups: [0].application"},
		{"a group by its short name", base + " -active-directory-password-file " + secret + ` -active-directory-groups [{"group":"Auditors","application":"a","role":"x"}]`, "Roles[0].Group"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, _, said := run(t, "", strings.Fields(tt.args)...)
			if code != 2 || !strings.Contains(said, tt.want) || strings.Count(said, "\n") != 1 || strings.Contains(said, "hidden") {
				t.Errorf("got %d, %q, want 2 and one line with %q", code, said, tt.want)
			}
		})
	}
}
