package apidocs_test

import (
	"encoding/json"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/httpadapter/apidocs"
)

// documents are all paths below apidocs.Folder, and of what type they are.
var documents = map[string]string{
	"index.html": "text/html; charset=utf-8", "try.js": "text/javascript; charset=utf-8", "openapi.json": "application/json; charset=UTF-8",
	"postman_collection.json": "application/json; charset=UTF-8", "postman_environment.json": "application/json; charset=UTF-8",
}

func TestAdd(t *testing.T) {
	a := documented(t, here+"/auth/v1", httpadapter.Options{BasePath: "/v1"}, apidocs.Options{})
	for name, kind := range documents {
		w := get(a, "/v1"+apidocs.Folder+name)
		if w.Code != 200 || w.Header().Get("Content-Type") != kind || w.Body.Len() == 0 {
			t.Errorf("%s: got %d %s, %d bytes", name, w.Code, w.Header().Get("Content-Type"), w.Body.Len())
		}
		for header, want := range map[string]string{
			"Cache-Control": "no-store, no-cache, max-age=0", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin", "X-Robots-Tag": "noindex",
		} {
			if got := w.Header().Get(header); got != want {
				t.Errorf("%s: %s: got %q, want %q", name, header, got, want)
			}
		}
		if strings.HasSuffix(name, ".json") && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s is no JSON", name)
		}
		if got := ask(a, "HEAD", "/V1/Documentation/"+name+"/").Code; got != 200 {
			t.Errorf("HEAD of %s in another spelling: got %d", name, got)
		}
		for _, method := range []string{"POST", "PUT", "OPTIONS", "DELETE"} {
			if w := ask(a, method, "/v1"+apidocs.Folder+name); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("%s of %s: got %d, Allow %q", method, name, w.Code, w.Header().Get("Allow"))
			}
		}
	}
	for _, path := range []string{
		"/documentation/index.html", "/v1/documentation", "/v1/documentation/", "/v1/documentation//index.html", "/v1/documentation/index%2ehtml",
		"/v1/documentation/index.html/x", "/v1/documentation/" + strings.Repeat("x", 8000), "/v1/documentation/../documentation/index.html",
	} {
		if got := get(a, path).Code; got != 404 {
			t.Errorf("%.60s: got %d, want 404", path, got)
		}
	}
	r := get(a, "/v1/connect/userinfo")
	if r.Code != 401 {
		t.Errorf("a route of the API: got %d, want 401", r.Code)
	}
}

func TestAddForeignHost(t *testing.T) {
	a := documented(t, here, httpadapter.Options{}, apidocs.Options{})
	for name := range documents {
		r := httptest.NewRequest("GET", apidocs.Folder+name, nil)
		r.Host = "evil.example"
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		if w.Code != 421 {
			t.Errorf("%s: got %d, want 421", name, w.Code)
		}
	}
}

func TestAddTwice(t *testing.T) {
	a := documented(t, here, httpadapter.Options{}, apidocs.Options{})
	if _, err := apidocs.Add(a, apidocs.Options{}); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("got %v, want an error", err)
	}
	if _, err := apidocs.Add(nil, apidocs.Options{}); err == nil {
		t.Error("no adapter: got no error")
	}
}

// TestDemoSecrets keeps secrets out of the documents of a server that others reach.
func TestDemoSecrets(t *testing.T) {
	public, local := newAdapter(t, "https://id.example.com", httpadapter.Options{}), newAdapter(t, here, httpadapter.Options{})
	for name, tt := range map[string]struct {
		demo   apidocs.Demo
		public bool // may stand in the documents of a public server
		local  bool
	}{
		"nothing":              {apidocs.Demo{}, true, true},
		"another client":       {apidocs.Demo{ClientID: "x_Native", ServiceID: "x_Service", Scope: "openid", Mailed: apidocs.Account{Name: "ada"}}, true, true},
		"a secret":             {apidocs.Demo{ClientSecret: "s3"}, false, true},
		"a service's secret":   {apidocs.Demo{ServiceSecret: "s3"}, false, true},
		"a password":           {apidocs.Demo{Mailed: apidocs.Account{Password: "p"}}, false, true},
		"another's password":   {apidocs.Demo{App: apidocs.Account{Password: "p"}}, false, true},
		"a newcomer's":         {apidocs.Demo{Newcomer: apidocs.Account{Password: "p"}}, false, true},
		"of no password":       {apidocs.Demo{Passwordless: apidocs.Account{Password: "p"}}, false, true},
		"a key":                {apidocs.Demo{App: apidocs.Account{Key: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}}, false, true},
		"another's key":        {apidocs.Demo{Mailed: apidocs.Account{Key: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}}, false, true},
		"a control character":  {apidocs.Demo{ClientID: "a\nb"}, false, false},
		"too long":             {apidocs.Demo{Scope: strings.Repeat("x", 1025)}, false, false},
		"an outbox":            {apidocs.Demo{Outbox: here + "/dev/outbox"}, true, true},
		"an outbox, no URL":    {apidocs.Demo{Outbox: "outbox"}, false, false},
		"an outbox, a program": {apidocs.Demo{Outbox: "javascript:alert(1)"}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := apidocs.Add(public, apidocs.Options{Demo: tt.demo}); (err == nil) != tt.public {
				t.Errorf("a public server: got %v", err)
			}
			if _, err := apidocs.Add(local, apidocs.Options{Demo: tt.demo}); (err == nil) != tt.local {
				t.Errorf("a server for this machine: got %v", err)
			}
		})
	}
}

// TestCarried: a host that does not import the package carries none of it.
func TestCarried(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "github.com/sallyport-auth/sallyport/httpadapter", "github.com/sallyport-auth/sallyport/weblogin").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "github.com/sallyport-auth/sallyport/httpadapter") {
		t.Fatal("go list -deps does not name what it was asked for")
	}
	if slices.Contains(deps, "github.com/sallyport-auth/sallyport/httpadapter/apidocs") {
		t.Error("the adapter carries its documentation")
	}
}
