package apidocs_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/httpadapter/apidocs"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

const here = "http://127.0.0.1:5000"

// newAdapter returns an adapter without documentation.
func newAdapter(t *testing.T, issuer string, opts httpadapter.Options) *httpadapter.Adapter {
	t.Helper()
	engine, err := sallyport.New(context.Background(), sallyport.Config{Store: memstore.New(), InsecurePlainStore: true, Issuer: issuer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	adapter, err := httpadapter.New(engine, opts)
	if err != nil {
		t.Fatal(err)
	}
	return adapter
}

// documented returns an adapter with its documentation.
func documented(t *testing.T, issuer string, opts httpadapter.Options, docs apidocs.Options) *httpadapter.Adapter {
	t.Helper()
	adapter, err := apidocs.Add(newAdapter(t, issuer, opts), docs)
	if err != nil {
		t.Fatal(err)
	}
	return adapter
}

// get asks for a path, under the name of this machine.
func get(h http.Handler, path string) *httptest.ResponseRecorder { return ask(h, "GET", path) }

func ask(h http.Handler, method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, nil)
	r.Host = "127.0.0.1:5000"
	h.ServeHTTP(w, r)
	return w
}

// wantGolden compares a document with a committed file.
func wantGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: the document is another one than the committed file; go test ./httpadapter/apidocs -update writes it", name)
	}
}
