package apidocs_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/httpadapter/apidocs"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// document is the OpenAPI document of a kit with those options, and its routes.
func document(t *testing.T, issuer string, change func(*httpadapter.Options)) ([]byte, []httpadapter.Route) {
	t.Helper()
	kit := sallyporttest.New(t, sallyporttest.WithAdapter(change), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Issuer = issuer }))
	routes := kit.Handler().(*httpadapter.Adapter).Routes()
	doc, err := apidocs.OpenAPI(routes, apidocs.About{Issuer: issuer})
	if err != nil {
		t.Fatal(err)
	}
	return doc, routes
}

const golden = "testdata/openapi.json"

// TestOpenAPI compares the document with the one that is kept, and makes it twice.
func TestOpenAPI(t *testing.T) {
	doc, routes := document(t, sallyporttest.Issuer, func(*httpadapter.Options) {})
	again, err := apidocs.OpenAPI(routes, apidocs.About{Issuer: sallyporttest.Issuer})
	if err != nil || !bytes.Equal(doc, again) {
		t.Errorf("the same routes gave another document, %v", err)
	}
	if *update {
		if err := os.WriteFile(golden, doc, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(doc, want) {
		t.Errorf("the document has changed: look whether that is meant, and run make examples to keep it")
	}
}

// openAPI is what the tests read of a document.
type openAPI struct {
	OpenAPI string
	Servers []struct{ URL string }
	Paths   map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Responses   map[string]json.RawMessage
	}
	Components struct {
		Schemas map[string]struct {
			Description string
			Properties  map[string]struct {
				Ref         string `json:"$ref"`
				Description string
			}
		}
	}
}

func read(t *testing.T, doc []byte) (o openAPI) {
	t.Helper()
	if err := json.Unmarshal(doc, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// TestOpenAPIHasAll: every operation of the table, and a word on every member.
func TestOpenAPIHasAll(t *testing.T) {
	doc, routes := document(t, "http://localhost:5000/auth/v1", func(o *httpadapter.Options) { o.BasePath, o.CompatValidateByGet = "/v1", true })
	o := read(t, doc)
	if o.OpenAPI != "3.1.1" || len(o.Servers) != 1 || o.Servers[0].URL != "http://localhost:5000/auth/v1" {
		t.Errorf("got %s at %v, want 3.1.1 at the issuer", o.OpenAPI, o.Servers)
	}
	count := 0
	for _, methods := range o.Paths {
		count += len(methods)
	}
	for _, r := range routes {
		if r.Operation == nil {
			continue
		}
		count--
		op := o.Paths[strings.TrimPrefix(r.Path, "/v1")][strings.ToLower(r.Method)]
		if op.OperationID != r.Operation.ID {
			t.Errorf("%s: got the operation %q, want %q", r.Pattern, op.OperationID, r.Operation.ID)
		}
	}
	if count != 0 {
		t.Errorf("the document has %d operations more than the table", count)
	}
	for name, s := range o.Components.Schemas {
		if s.Description == "" {
			t.Errorf("nothing is said of %s", name)
		}
		for key, p := range s.Properties {
			if p.Ref == "" && p.Description == "" {
				t.Errorf("nothing is said of %s.%s", name, key)
			}
		}
	}
}

// TestOpenAPIMethods: what the document says of methods that it does not list is what the server does.
func TestOpenAPIMethods(t *testing.T) {
	doc, routes := document(t, sallyporttest.Issuer, func(*httpadapter.Options) {})
	if !bytes.Contains(doc, []byte("HEAD is answered as GET is, without a body, and OPTIONS as a browser asks")) {
		t.Error("the document says nothing of HEAD and OPTIONS")
	}
	a := newAdapter(t, here, httpadapter.Options{})
	for _, r := range routes {
		if r.Operation == nil || r.Method != "GET" {
			continue
		}
		path := strings.Replace(r.Path, "{id}", "x", 1)
		if head, want := ask(a, "HEAD", path).Code, get(a, path).Code; head != want { // net/http leaves the body out
			t.Errorf("HEAD %s: got %d, want %d", path, head, want)
		}
		if options, put := ask(a, "OPTIONS", path).Code, ask(a, "PUT", path).Code; options != 204 || put != 405 {
			t.Errorf("%s: got %d and %d, want OPTIONS 204 and PUT 405", path, options, put)
		}
	}
}

// TestOpenAPITypes: a value of two types is two shapes, or a type and null. Generators of clients
// read no other list of types.
func TestOpenAPITypes(t *testing.T) {
	doc, _ := document(t, sallyporttest.Issuer, func(*httpadapter.Options) {})
	var whole any
	if err := json.Unmarshal(doc, &whole); err != nil {
		t.Fatal(err)
	}
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(at, one)
			}
		case map[string]any:
			if list, ok := v["type"].([]any); ok && (len(list) != 2 || list[1] != "null") {
				t.Errorf("%s has the types %v", at, list)
			}
			for key, one := range v {
				walk(at+"/"+key, one)
			}
		}
	}
	walk("", whole)
}

// TestOpenAPIStatuses: every status that the engine has a constant for stands among those of
// the document.
func TestOpenAPIStatuses(t *testing.T) {
	doc, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for file, kind := range map[string]string{"enroll.go": "EnrollmentStatus", "change.go": "PasswordStatus"} {
		source, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(` `+kind+` = "(\w+)"`).FindAllSubmatch(source, -1)
		if len(found) < 5 {
			t.Errorf("%s: got %d constants of %s, want 5 at least", file, len(found), kind)
		}
		for _, m := range found {
			if !bytes.Contains(doc, append(append([]byte{'"'}, m[1]...), '"')) {
				t.Errorf("the document does not list %s, a %s", m[1], kind)
			}
		}
	}
}

// TestOpenAPIRefuses: routes that are not those of that issuer.
func TestOpenAPIRefuses(t *testing.T) {
	_, routes := document(t, "http://localhost:5000/v1", func(o *httpadapter.Options) { o.BasePath = "/v1" })
	for _, tt := range []struct {
		name, issuer string
		routes       []httpadapter.Route
	}{
		{"another path", "http://localhost:5000/v2", routes},
		{"no URL", "localhost", routes},
		{"no routes", "http://localhost:5000", nil},
	} {
		if doc, err := apidocs.OpenAPI(tt.routes, apidocs.About{Issuer: tt.issuer}); err == nil {
			t.Errorf("%s: got %d bytes, want an error", tt.name, len(doc))
		}
	}
}
