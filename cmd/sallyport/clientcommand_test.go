package main_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// clientStep is one command on clients, what it prints and what it says beside that.
type clientStep struct {
	name, args string
	code       int
	out, said  string // said: a part of standard error where the code is not 0, else the whole
}

func clientSteps() []clientStep {
	const service = "ID_Service PB_Salesdemo_Service\n"
	return []clientStep{
		{"none", "client list", 0, "", ""},
		{"of no application", "client add -application PB_Salesdemo -platform Service", 1, "", `-application: directory: no such application: "PB_Salesdemo"; there are app`},
		{"an application", "application add -name PB_Salesdemo", 0, "created ID PB_Salesdemo\n", ""},
		{"twice", "application add -name pb_salesdemo", 1, "", `-name: directory: there is an application of that name: "pb_salesdemo"; "sallyport application list" prints all`},
		{"without a name", "application add", 2, "", "-name is required"},
		{"applications", "application list", 0, "ID  app\nID  PB_Salesdemo\n", ""},
		{"applications, for machines", "application list -json", 0, `{"id":"ID","name":"app"}` + "\n" + `{"id":"ID","name":"PB_Salesdemo"}` + "\n", ""},

		{"as the walk-through goes", "client add -application PB_Salesdemo -platform Service -grant client_credentials -scope IdentityServerApi", 0, "SECRET\n", "created " + service},
		{"twice, as people write it", "client add -application pb_salesdemo -platform service", 1, "", `-platform: directory: the application has a client of that platform: change PB_Salesdemo_Service by "sallyport client set", or delete it`},
		{"a SPA is public", "client add -application PB_SALESDEMO -platform spa -cors-origin https://app.example.com", 0, "created ID_SPA PB_Salesdemo_SPA\n", ""},
		{"for machines", "client add -application PB_Salesdemo -platform Native -json -secret-expires 2090-01-31T00:00:00Z -secret-description desk", 0,
			`{"action":"created","id":"ID_Native","name":"PB_Salesdemo_Native","secret":"SECRET","expires":"2090-01-31T00:00:00Z"}` + "\n", ""},
		{"without an application", "client add -platform WebApp", 2, "", "-application is required"},
		{"without a platform", "client add -application PB_Salesdemo", 2, "", "-platform is required: one of WebApp, SPA, Native, Service"},
		{"a platform that is none", "client add -application PB_Salesdemo -platform Web", 2, "", `-platform: "Web" is none of WebApp, SPA, Native, Service`},
		{"a grant that is none", "client add -application PB_Salesdemo -platform WebApp -grant implicit", 1, "", `client.grantTypes[0]: "implicit" is none of VGAuthenticator`},
		{"a grant that it may not have", "client add -application PB_Salesdemo -platform WebApp -public -grant client_credentials", 1, "", "client.grantTypes[0]: only a WebApp or Service with a secret may act for itself"},
		{"a redirect that is none", "client add -application PB_Salesdemo -platform WebApp -redirect-uri http://a.example", 1, "", `client.redirectURIs[0]: "http://a.example" is no address`},
		{"a life that is none", "client add -application PB_Salesdemo -platform WebApp -refresh-life long", 2, "", "want a duration such as 90s, 30m or 720h"},
		{"a life that is too short", "client add -application PB_Salesdemo -platform WebApp -refresh-life 1s", 1, "", "client.refreshLifetime: 1s is not 1m0s to 8784h0m0s"},
		{"a file for no secret", "client add -application PB_Salesdemo -platform WebApp -public -secret-file FILE", 2, "", "-public: a client without a secret"},
		{"a secret on the command line", "client add -application PB_Salesdemo -platform WebApp my-own-secret", 2, "", "unexpected argument"},

		{"listed", "client list", 0, "ID_Service  PB_Salesdemo_Service          active     client_credentials\n" +
			"ID_SPA      PB_Salesdemo_SPA              active     VGAuthenticator,refresh_token\n" +
			"ID_Native   PB_Salesdemo_Native           active     VGAuthenticator,refresh_token\n", ""},
		{"changed", "client set -client PB_Salesdemo_Native -description desk -scope openid,VGRoles -scope offline_access -refresh-life 24h -refresh-idle 1h -access-life 10m -hold-links 50s -token-profile RFC9068 -token-algorithm ES256 -userinfo JSON -link-number -redirect-uri com.example.app:/cb -post-logout-uri http://localhost/", 0, "changed ID_Native PB_Salesdemo_Native\n", ""},
		{"shown", "client show -client ID_native", 0, "id               ID_Native\nname             PB_Salesdemo_Native\ndescription      desk\nstate            active\n" +
			"grants           VGAuthenticator refresh_token\nscopes           offline_access openid VGRoles\naccess token     10m\nrefresh          24h in all, 1h without one\nhold links       50s\n" +
			"tokens           RFC9068, ES256\nuserinfo         JSON\nlink number      yes\nredirect URI     com.example.app:/cb\npost-logout URI  http://localhost/\nsecret           SID desk, until 2090-01-31T00:00:00Z\n", ""},
		{"changed back", "client set -client pb_salesdemo_native -description= -refresh-life= -refresh-idle= -access-life= -hold-links= -token-profile Published -token-algorithm RS256 -userinfo Published -link-number=false -redirect-uri= -post-logout-uri= -json", 0, `{"action":"changed","id":"ID_Native","name":"PB_Salesdemo_Native"}` + "\n", ""},
		{"shown, for machines", "client show -client PB_Salesdemo_Native -json", 0, `{"id":"ID_Native","name":"PB_Salesdemo_Native","platform":"Native","public":false,"disabled":false,"grantTypes":["VGAuthenticator","refresh_token"],` +
			`"scopes":["offline_access","openid","VGRoles"],"secrets":[{"id":"SID","description":"desk","expires":"2090-01-31T00:00:00Z"}],"accessTokenLifetime":"30m","refreshLifetime":"720h","refreshIdle":"360h",` +
			`"tokenProfile":"Published","tokenAlgorithm":"RS256","userInfo":"Published"}` + "\n", ""},
		{"changed to what is refused", "client set -client PB_Salesdemo_SPA -introspect", 1, "", "client.introspect: only a WebApp or Service with a secret"},
		{"changed to nothing", "client set -client PB_Salesdemo_SPA", 2, "", "name what is to change, such as -scope"},
		{"nobody changed", "client set -scope openid", 2, "", "-client is required"},

		{"rotated", "client rotate-secret -client PB_Salesdemo_Service -overlap 24h", 0, "SECRET\n", "secret rotated " + service},
		{"of a public one", "client rotate-secret -client PB_Salesdemo_SPA", 1, "", "PB_Salesdemo_SPA is public, and has no secret to be rotated"},
		{"with too long an overlap", "client rotate-secret -client PB_Salesdemo_Service -overlap 2161h", 2, "", "-overlap: want 0s to 2160h"},
		{"as it is then", "client show -client PB_Salesdemo_Service", 0, "id               ID_Service\nname             PB_Salesdemo_Service\nstate            active\ngrants           client_credentials\n" +
			"scopes           IdentityServerApi\naccess token     30m\ntokens           Published, RS256\nuserinfo         Published\nsecret           SID, until TIME\nsecret           SID\n", ""},
		{"rotated at once", "client rotate-secret -client PB_Salesdemo_Service -overlap 0s -json", 0, `{"action":"secret rotated","id":"ID_Service","name":"PB_Salesdemo_Service","secret":"SECRET"}` + "\n", ""},
		{"the last ended", "client end-secret -client PB_Salesdemo_Service -secret SID", 1, "", `-secret: directory: no such secret: "0123456789abcdef"; "sallyport client show" prints their ids`},
		{"which one", "client end-secret -client PB_Salesdemo_Service", 2, "", "-secret is required"},

		{"switched off", "client disable -client PB_Salesdemo_Service", 0, "disabled " + service, ""},
		{"listed", "client list", 0, "ID_Service  PB_Salesdemo_Service          disabled   client_credentials\n" +
			"ID_SPA      PB_Salesdemo_SPA              active     VGAuthenticator,refresh_token\n" +
			"ID_Native   PB_Salesdemo_Native           active     VGAuthenticator,refresh_token\n", ""},
		{"switched on", "client enable -client PB_Salesdemo_Service", 0, "enabled " + service, ""},
		{"nobody", "client disable -client PB_Salesdemo_WebApp", 1, "", `-client: directory: no such client: "PB_Salesdemo_WebApp"; "sallyport client list" prints all`},
		{"no client at all", "client disable -client PB_Salesdemo", 1, "", `-client: "PB_Salesdemo" is no client: want its id, or the name of its application`},
		{"of no application", "client disable -client Shop_WebApp", 1, "", `-client: directory: no such application: "Shop"; there are PB_Salesdemo, app`},
		{"deleted", "client delete -client PB_Salesdemo_Native", 0, "deleted ID_Native PB_Salesdemo_Native\n", ""},
		{"deleted twice", "client delete -client PB_Salesdemo_Native", 1, "", "directory: no such client"},

		{"an API", "resource add -name orders -kind api -audience https://orders.example.com -claim roles,email", 0, "created orders\n", ""},
		{"an identity", "resource add -name city -kind Identity -claim vgUA_City -application pb_salesdemo", 0, "created city\n", ""},
		{"twice", "resource add -name CITY -kind Identity -claim vgUA_City", 1, "", `-name: directory: there is a resource of that name: "CITY"; to change it, delete it by "sallyport resource delete"`},
		{"a scope of ours", "resource add -name OpenID -kind Identity -claim sub", 1, "", `resource.name: "openid" is a scope that the engine has`},
		{"without a name", "resource add -kind API", 2, "", "-name is required"},
		{"without a kind", "resource add -name x", 2, "", "-kind is required: Identity or API"},
		{"of no application", "resource add -name x -kind API -audience urn:x -application Shop", 1, "", `no such application: "Shop"; there are PB_Salesdemo, app`},
		{"resources", "resource list", 0, "orders                    API       https://orders.example.com; roles, email\ncity                      Identity  vgUA_City; of PB_Salesdemo\n", ""},
		{"for machines", "resource list -json", 0, `{"name":"orders","kind":"API","claims":["roles","email"],"audience":"https://orders.example.com"}` + "\n" + `{"name":"city","kind":"Identity","claims":["vgUA_City"],"application":"PB_Salesdemo"}` + "\n", ""},
		{"deleted", "resource delete -name Orders", 0, "deleted Orders\n", ""},
		{"deleted twice", "resource delete -name orders", 1, "", `-name: directory: no such resource: "orders"; "sallyport resource list" prints all`},
	}
}

var (
	aSecret   = regexp.MustCompile(`(^|":")[A-Za-z0-9_-]{43}("|\n)`)
	aSecretID = regexp.MustCompile(`\b[0-9a-f]{16}\b`)
	anEnd     = regexp.MustCompile(`until 20[0-4]\d-[^ \n]*Z`)
)

// TestClientCommands runs the same commands on a file and through the socket of a server.
// A secret stands on standard output alone.
func TestClientCommands(t *testing.T) {
	for way, begin := range map[string]func(t *testing.T, store string){
		" (in the file ": func(t *testing.T, store string) {
			if code, _, said := run(t, "", "apply", "-store", store, "-directory", write(t, filepath.Join(t.TempDir(), "d.json"), "{}")); code != 0 {
				t.Fatal(said)
			}
		},
		" (through the server at ": func(t *testing.T, store string) { serve(t, "-store", store, "-listen", "127.0.0.1:0") },
	} {
		t.Run(strings.Trim(way, " ("), func(t *testing.T) {
			dir := t.TempDir()
			store, app := "bolt:"+filepath.Join(dir, "db"), ""
			begin(t, store)
			for _, s := range clientSteps() {
				args := strings.Fields(strings.NewReplacer("FILE", filepath.Join(dir, "secret"), "ID_", app+"_", "SID", "0123456789abcdef").Replace(s.args))
				args = append(args[:2:2], append([]string{"-store", store}, args[2:]...)...)
				code, out, said := run(t, "", args...)
				if id := anID.FindString(out); id != "" && strings.HasPrefix(s.args, "application add") {
					app = id
				}
				out = anEnd.ReplaceAllString(aSecretID.ReplaceAllString(anID.ReplaceAllString(out, "ID"), "SID"), "until TIME")
				out = aSecret.ReplaceAllString(out, "${1}SECRET${2}")
				equal(t, s.name+": exit code", code, s.code)
				equal(t, s.name+": standard output", out, s.out)
				if code == 0 {
					equal(t, s.name+": standard error", anID.ReplaceAllString(said, "ID"), s.said)
				} else if !strings.Contains(said, s.said) || code == 1 && !strings.Contains(said, way) || strings.Count(said, "\n") != 1 {
					t.Errorf("%s: got %q, want %q and the way, on one line", s.name, said, s.said)
				}
			}
		})
	}
}

// TestClientSecretFile: the secret goes into a file that is made for it, and nowhere else;
// where nothing was made there is no file.
func TestClientSecretFile(t *testing.T) {
	dir := t.TempDir()
	store, path := "bolt:"+filepath.Join(dir, "db"), filepath.Join(dir, "secret")
	s := serve(t, "-store", store, "-listen", "127.0.0.1:0", "-log-level", "debug")
	if code, _, said := run(t, "", "application", "add", "-store", store, "-name", "A"); code != 0 {
		t.Fatal(said)
	}
	add := func(args ...string) (code int, out, said string) {
		return run(t, "", append([]string{"client", "add", "-store", store, "-application", "A", "-platform", "Service", "-secret-file", path}, args...)...)
	}
	if code, out, said := add("-grant", "implicit"); code != 1 || out != "" || !strings.Contains(said, "client.grantTypes[0]: ") {
		t.Errorf("got %d, %q, %q", code, out, said)
	}
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("a file is left of a client that was not made: %v", err)
	}
	code, out, said := add()
	if code != 0 || !strings.HasPrefix(out, "created ") || !strings.HasSuffix(out, " A_Service\n") || said != "" {
		t.Errorf("got %d, %q, %q", code, out, said)
	}
	secret, err := os.ReadFile(path)
	if err != nil || !aSecret.Match(secret) {
		t.Errorf("got %q, %v, want a secret on a line", secret, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("got mode %v, %v, want 0600", info.Mode(), err)
	}
	rotate := func(file string) (code int, out, said string) {
		return run(t, "", "client", "rotate-secret", "-store", store, "-client", "A_Service", "-secret-file", file, "-json")
	}
	if code, out, said := rotate(path); code != 2 || out != "" || !strings.Contains(said, "-secret-file: "+path+" is there already") {
		t.Errorf("got %d, %q, %q, want the file kept", code, out, said)
	}
	if again, err := os.ReadFile(path); err != nil || string(again) != string(secret) {
		t.Errorf("got %q, %v, want the first secret", again, err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), link); err == nil {
		if code, _, said := rotate(link); code != 2 || !strings.Contains(said, "-secret-file: ") {
			t.Errorf("a link: got %d, %q", code, said)
		}
		if _, err := os.Lstat(filepath.Join(dir, "elsewhere")); !os.IsNotExist(err) {
			t.Error("the link was followed")
		}
	}
	if code, _, said := rotate(filepath.Join(dir, "none", "secret")); code != 2 || !strings.Contains(said, "-secret-file: ") {
		t.Errorf("a folder that is not there: got %d, %q", code, said)
	}
	_, shown, _ := run(t, "", "client", "show", "-store", store, "-client", "A_Service")
	if n := strings.Count(shown, "\nsecret "); n != 1 {
		t.Errorf("got %d secrets after rotations that were refused, want 1:\n%s", n, shown)
	}
	second := filepath.Join(dir, "second")
	if code, out, said := rotate(second); code != 0 || strings.Contains(out, `"secret"`) {
		t.Errorf("got %d, %q, %q, want the secret in the file alone", code, out, said)
	}
	equal(t, "exit code", s.stop(), 0)
	err = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || p == path || p == second {
			return err
		}
		raw, err := os.ReadFile(p)
		if strings.Contains(string(raw), strings.TrimSpace(string(secret))) {
			t.Errorf("the secret stands in %s", p)
		}
		return err
	})
	if err != nil || strings.Contains(s.err.String(), strings.TrimSpace(string(secret))) {
		t.Errorf("got %v and the log %s", err, s.err.String())
	}
}
