package sallyport_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/wire"
)

// golden reads a published document in canonical spacing.
func golden(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("wire", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What differs from one answer to the next, and what it is called instead.
var random = []struct {
	was *regexp.Regexp
	is  string
}{
	{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "GUID"},
	{regexp.MustCompile(`"access_token":"[\w-]+\.[\w-]+\.[\w-]+"`), `"access_token":"JWT"`},
	{regexp.MustCompile(`"[0-9A-F]{64}"`), `"HEX64"`},
	{regexp.MustCompile(`"[0-9A-F]{128}"`), `"HEX128"`},
}

func masked(doc string) string {
	for _, r := range random {
		doc = r.was.ReplaceAllString(doc, r.is)
	}
	return doc
}

// TestGoldenTokenAnswers has a server give the published answers, byte for byte
// but for ids and tokens.
func TestGoldenTokenAnswers(t *testing.T) {

	k := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) {
		d.Applications[0].MFA = directory.MFA{Mode: new("Required")}
	}))
	k.AddUser(t, sallyporttest.User{Name: "tt29", Email: mail, EmailValidated: true})
	no := false
	k.AddUser(t, sallyporttest.User{Name: "test", Email: mail, EmailValidated: true, MFA: &no})
	c := k.HTTP()

	a := c.Login("tt29", sallyporttest.Password).Want(t, wanted)
	if got, want := masked(string(a.Body)), masked(golden(t, "token-mfa-required-enrolment.json")); got != want {
		t.Errorf("second factor wanted:\n got %s\nwant %s", got, want)
	}
	a = c.LoginWithCode("test", sallyporttest.Password).Want(t, sallyport.Success)
	if got, want := masked(string(a.Body)), masked(golden(t, "token-success.json")); got != want {
		t.Errorf("success:\n got %s\nwant %s", got, want)
	}
}

// TestGoldenUserInfo has a server give the published userinfo: the same keys
// in the same order, and the same values where the directory has a source for
// them.
func TestGoldenUserInfo(t *testing.T) {
	var want wire.UserInfo
	if err := json.Unmarshal([]byte(golden(t, "userinfo.json")), &want); err != nil {
		t.Fatal(err)
	}
	var apps []wire.DevApp
	devApps, _ := want.Get("vgDevApps")
	if err := json.Unmarshal([]byte(devApps), &apps); err != nil {
		t.Fatal(err)
	}
	admin := directory.User{
		Name: "admin", Password: "a long password", Email: "admin@gmail.com",
		Start: time.Date(2020, 7, 14, 0, 0, 0, 0, time.UTC), End: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC),
	}
	for _, claim := range want {
		if name, ok := strings.CutPrefix(claim.Name, "vgUA_"); ok {
			admin.Attributes = append(admin.Attributes, account.Attribute{Name: name, Value: claim.Value})
		}
	}
	k := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) {
		paths := []string{"/PowerServer/Address/CanReadAddress", "/PowerServer/Customer/CanReadCustomer"}
		d.Applications = nil
		for _, a := range apps {
			app := directory.Application{ID: a.ApplicationID, Name: a.ApplicationName, Roles: []directory.Role{{Name: "Auditor"}, {Name: "Default"}}}
			if a.ApplicationName == sallyporttest.ApplicationName {
				for _, p := range paths {
					app.Permissions = append(app.Permissions, directory.Permission{Path: p})
				}
				app.Roles[0].Permissions = paths
			}
			d.Applications = append(d.Applications, app)
			for _, r := range []string{"Auditor", "Default"} {
				admin.Roles = append(admin.Roles, directory.Grant{Application: app.Name, Role: r})
			}
		}
		d.Users = append(d.Users, admin)
	}))
	a := k.HTTP().Login("admin", "a long password").Want(t, sallyport.Success)
	req := httptest.NewRequest(http.MethodGet, sallyporttest.Issuer+"/connect/userinfo", nil)
	req.Header.Set("Authorization", "Bearer "+a.Tokens.AccessToken)
	rec := httptest.NewRecorder()
	k.Handler().ServeHTTP(rec, req)
	var got wire.UserInfo
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatalf("%v in %s", err, rec.Body)
	}
	if len(got) != len(want) {
		t.Fatalf("got %d keys, want %d", len(got), len(want))
	}
	ours := map[string]bool{"vgToken": true, "vgDevRoles": true, "vgDevPermissions": true} // ids and profile values are ours
	for i := range want {
		if got[i].Name != want[i].Name || !ours[want[i].Name] && got[i].Value != want[i].Value {
			t.Errorf("key %d: got %q, want %q", i, got[i], want[i])
		}
	}
}
