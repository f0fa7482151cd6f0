// Package documents_test holds what is made of the table of routes to other people's
// programs: a linter, and a generator of requests.
package documents_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/httpadapter/apidocs"
	"github.com/sallyport-auth/sallyport/interop/internal/served"
)

// documentOf writes the OpenAPI document of an adapter to a file, and returns where it is.
func documentOf(t *testing.T, a *httpadapter.Adapter, issuer string) string {
	t.Helper()
	doc, err := apidocs.OpenAPI(a.Routes(), apidocs.About{Issuer: issuer})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "openapi.json")
	if err := os.WriteFile(name, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestLint has the document that is kept linted by redocly, by its recommended rules.
func TestLint(t *testing.T) {
	served.NeedNode(t)
	served.Program(t, "@redocly/cli/bin/cli.js", "lint", "--config", "node/redocly.yaml", "../httpadapter/apidocs/testdata/openapi.json")
}
