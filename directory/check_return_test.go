package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/directory"
)

// TestReturnURIs: the enrollment page leads back to addresses that cannot run
// anything in it.
func TestReturnURIs(t *testing.T) {
	for _, tt := range []struct {
		uri string
		ok  bool
	}{
		{"https://app.example.com/back?from=enrol", true},
		{"http://127.0.0.1:8080/back", true},
		{"http://localhost/", true},
		{"com.example.app:/back", true},
		{"http://app.example.com/back", false},
		{"https:///back", false},
		{"https://u:p@app.example.com/", false},
		{"https://app.example.com/#part", false},
		{"https://app.example.com/#", false},
		{"https://app.example.com/a b", false},
		{"https://app.example.com/<x", false},
		{"javascript:alert(1)", false},
		{"data:text/html,x", false},
		{"app:/back", false},
		{"/back", false},
		{"", false},
		{"https://app.example.com/" + strings.Repeat("x", 1000), true},
		{"https://app.example.com/" + strings.Repeat("x", 1001), false},
	} {
		t.Run(fmt.Sprintf("%.60q", tt.uri), func(t *testing.T) {
			_, err := directory.Parse([]byte(clients(client("SPA", public, fmt.Sprintf(`"enrollmentReturnURIs": [%q]`, tt.uri)))))
			if (err == nil) != tt.ok || err != nil && !strings.Contains(err.Error(), "clients[0].enrollmentReturnURIs[0]") {
				t.Errorf("got %v, want it accepted: %v", err, tt.ok)
			}
		})
	}
}

// TestReturnURIsOfAClient: there are twenty at most, and none twice.
func TestReturnURIsOfAClient(t *testing.T) {
	list := func(n int) string {
		var uris []string
		for i := range n {
			uris = append(uris, fmt.Sprintf(`"https://app.example.com/%d"`, i))
		}
		return `"enrollmentReturnURIs": [` + strings.Join(uris, ", ") + `]`
	}
	for _, c := range []bound{
		{"none", clients(client("SPA", public, list(0))), ""},
		{"twenty", clients(client("SPA", public, list(20))), ""},
		{"twenty-one", clients(client("SPA", public, list(21))), "clients[0].enrollmentReturnURIs: more than 20 addresses"},
		{"one twice", clients(client("SPA", public, `"enrollmentReturnURIs": ["https://a.example/", "https://a.example/"]`)), "clients[0].enrollmentReturnURIs[1]: the same address as clients[0].enrollmentReturnURIs[0]"},
	} {
		c.run(t)
	}
	d := newDirectory(t)
	file := clients(client("SPA", public, list(0)))
	d.apply(file)
	d.apply(file)
	if got := d.entry("client", "A_SPA").Action; got != "kept" {
		t.Errorf("an empty list applied again: got %q, want it kept", got)
	}
}
