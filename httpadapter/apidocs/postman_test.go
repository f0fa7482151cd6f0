package apidocs_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/httpadapter/apidocs"
)

// item is a part of a collection.
type item struct {
	Name    string
	Item    []item
	Event   []struct{ Script struct{ Exec []string } }
	Request *struct {
		Method string
		URL    struct {
			Raw  string
			Path []string
		}
		Auth struct{ Type string }
		Body *struct{ URLEncoded []struct{ Key, Value string } }
	}
}

// requests are all of an item, with the names of their folders.
func (i *item) requests(folder string) (list []item) {
	name := strings.TrimPrefix(folder+"/"+i.Name, "/")
	if i.Request != nil {
		c := *i
		c.Name = name
		return []item{c}
	}
	for _, in := range i.Item {
		list = append(list, in.requests(name)...)
	}
	return list
}

func requestsOf(t *testing.T, a *httpadapter.Adapter) []item {
	t.Helper()
	var all item
	if err := json.Unmarshal(get(a, apidocs.Folder+"postman_collection.json").Body.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	return all.requests("")
}

// TestCollection holds the collection to the committed one, which newman runs in the module
// interop, and to the table of routes.
func TestCollection(t *testing.T) {
	a := documented(t, here, httpadapter.Options{}, apidocs.Options{})
	wantGolden(t, "postman_collection.json", get(a, apidocs.Folder+"postman_collection.json").Body.String())
	requests := requestsOf(t, a)
	names := map[string]bool{}
	for _, r := range requests {
		if names[r.Name] {
			t.Errorf("two requests have the name %q", r.Name)
		}
		names[r.Name] = true
		if tests := r.Event[len(r.Event)-1].Script.Exec; !slices.ContainsFunc(tests, func(line string) bool { return strings.HasPrefix(line, "pm.test(") }) {
			t.Errorf("%s: nothing is tested", r.Name)
		}
	}
	for _, route := range a.Routes() {
		if o := route.Operation; o != nil && !names[o.Tag+"/"+route.Method+" "+route.Path] {
			t.Errorf("no request is that of %s", route.Pattern)
		}
	}
}

// TestCollectionSpentCodes: every request that ends a login by a code says by a test of its own
// that the code was spent, as it is where the collection runs twice.
func TestCollectionSpentCodes(t *testing.T) {
	count := 0
	for _, r := range requestsOf(t, documented(t, here, httpadapter.Options{}, apidocs.Options{})) {
		script := strings.Join(r.Event[len(r.Event)-1].Script.Exec, "\n")
		if !strings.Contains(script, "'access_token', 'refresh_token'") || !strings.Contains(script, "IsAuthenticated") {
			continue
		}
		count++
		if !strings.Contains(script, "wait a minute") || !strings.Contains(script, "status & 524288") {
			t.Errorf("%s: it does not say that the code was spent", r.Name)
		}
	}
	if count != 4 {
		t.Errorf("got %d requests that end a login by a code, want 4", count)
	}
}

// TestCollectionWithoutPages leaves out what a browser does where there are no pages.
func TestCollectionWithoutPages(t *testing.T) {
	whole := requestsOf(t, documented(t, here, httpadapter.Options{}, apidocs.Options{}))
	list := requestsOf(t, documented(t, here, httpadapter.Options{WithoutPages: true}, apidocs.Options{}))
	if len(list) != len(whole)-2 {
		t.Errorf("got %d requests, want two fewer than %d", len(list), len(whole))
	}
}

// TestCollectionPaths stand below the issuer, which the variable has, base path included.
func TestCollectionPaths(t *testing.T) {
	var docs item
	a := documented(t, here+"/auth/v1", httpadapter.Options{BasePath: "/v1"}, apidocs.Options{})
	if err := json.Unmarshal(get(a, "/v1"+apidocs.Folder+"postman_collection.json").Body.Bytes(), &docs); err != nil {
		t.Fatal(err)
	}
	for _, r := range docs.requests("") {
		if path := r.Request.URL.Path; len(path) > 0 && (path[0] == "v1" || path[0] == "auth") {
			t.Errorf("%s: got the path %q", r.Name, path)
		}
	}
	if env := get(a, "/v1"+apidocs.Folder+"postman_environment.json").Body.String(); !strings.Contains(env, `"value": "`+here+`/auth/v1"`) {
		t.Errorf("got the environment %s", env)
	}
}

func TestEnvironment(t *testing.T) {
	a := documented(t, here, httpadapter.Options{}, apidocs.Options{})
	wantGolden(t, "postman_environment.json", get(a, apidocs.Folder+"postman_environment.json").Body.String())
	hostile := `"}]<script>&amp;{{x}}` + "\u2028"
	a = documented(t, here, httpadapter.Options{}, apidocs.Options{Demo: apidocs.Demo{ClientID: hostile, Mailed: apidocs.Account{Name: hostile, Password: hostile}}})
	var env struct {
		Values []struct{ Key, Value, Type string }
	}
	if err := json.Unmarshal(get(a, apidocs.Folder+"postman_environment.json").Body.Bytes(), &env); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, v := range env.Values {
		if v.Value == hostile {
			found++
		}
		if secret := strings.Contains(strings.ToLower(v.Key), "secret") || strings.Contains(v.Key, "Password") && v.Key != "PasswordlessUsername" || strings.HasSuffix(v.Key, "Key"); secret != (v.Type == "secret") && v.Key != "BearerToken" && v.Key != "refresh_token" {
			t.Errorf("%s: got the type %s", v.Key, v.Type)
		}
	}
	if found != 3 {
		t.Errorf("got the value %d times, want 3: %+v", found, env)
	}
}
