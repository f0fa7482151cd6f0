package sallyport_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// The tests of the test: floors_test.go is green on a sound module, so what it
// would object to is shown here.

func TestFloorsObject(t *testing.T) {
	tests := []struct {
		name, from, dep string
		want            string // a part of the objection; empty: none
	}{
		{"standard library", "mfa", "encoding/json", ""},
		{"downwards", "mfa", module + "/store", ""},
		{"two floors down", root, module + "/internal/rnd", ""},
		{"upwards", "store", module + "/mfa", "floor 1 may import only"},
		{"the engine from below", "token", module, "floor 2 may import only"},
		{"its neighbour", "mfa", module + "/token", "floor 2 may import only"},
		{"a backend from the other wing", "token", module + "/store/memstore", "floor 2 may import only"},
		{"a wing from a backend", "store/boltstore", module + "/mfa", "floor 2 may import only"},
		{"sealed knows no backend", "store/sealed", module + "/store/memstore", "floor 2 may import only"},
		{"root and sealed", root, module + "/store/sealed", ""},
		{"root and a backend", root, module + "/store/boltstore", "only"},
		{"root and the suite", root, module + "/store/storetest", "only []"},
		{"the adapter and the engine", "httpadapter", module, ""},
		{"the adapter and the documents", "httpadapter", module + "/wire", ""},
		{"the adapter behind the engine", "httpadapter", module + "/store", "of this module"},
		{"the adapter and a backend", "httpadapter", module + "/store/boltstore", "of this module"},
		{"the command and a backend", "cmd/sallyport", module + "/store/boltstore", ""},
		{"the command and the suite", "cmd/sallyport", module + "/store/storetest", "only []"},
		{"the command and the test kit", "cmd/sallyport", module + "/sallyporttest", `only ["internal/scantest"] may`},
		{"the test kit and memory", "sallyporttest", module + "/store/memstore", ""},
		{"a tool", "cmd/sallyport", module + "/internal/tools/doccheck", "floor 8 may import only"},
		{"wire is std only", "wire", module + "/internal/rnd", "of this module"},
		{"wire and another module", "wire", "golang.org/x/text/cases", "only"},
		{"a package without a floor", "utils", "fmt", "stands on no floor"},
		{"importing one", "cmd/sallyport", module + "/utils", "stands on no floor"},
		{"a name that only begins alike", "cmd/sallyport", module + "-extra/store", "new dependency"},
		{"bbolt at home", "store/boltstore", "go.etcd.io/bbolt", ""},
		{"bbolt elsewhere", root, "go.etcd.io/bbolt", "only"},
		{"bbolt in the command", "cmd/sallyport", "go.etcd.io/bbolt/errors", "only"},
		{"pgx at home", "store/pgstore", "github.com/jackc/pgx/v5/pgxpool", ""},
		{"pgx elsewhere", "store/sealed", "github.com/jackc/pgx/v5", "only"},
		{"the command and the server for tests", "cmd/sallyport", module + "/internal/pgtest", "only []"},
		{"otp elsewhere", "mfa", "github.com/pquerna/otp/hotp", "only"},
		{"barcode elsewhere", "httpadapter", "github.com/boombuler/barcode/qr", "only"},
		{"argon2 elsewhere", "store/sealed", "golang.org/x/crypto/argon2", "only"},
		{"chacha elsewhere", "token", "golang.org/x/crypto/chacha20poly1305", "only"},
		{"the rest of x/crypto", "password", "golang.org/x/crypto/md4", "new dependency"},
		{"x/text at home", "internal/typed", "golang.org/x/text/secure/precis", ""},
		{"x/text elsewhere", "password", "golang.org/x/text/secure/precis", "only"},
		{"jose at home", "token", "github.com/go-jose/go-jose/v4", ""},
		{"jose elsewhere", "httpadapter", "github.com/go-jose/go-jose/v4", "only"},
		{"rapid at home", "store/storetest", "pgregory.net/rapid", ""},
		{"rapid elsewhere", "store", "pgregory.net/rapid", "only"},
		{"a test library", "store/storetest", "github.com/stretchr/testify/require", "new dependency"},
		{"weak randomness below", "totp", "math/rand", "internal/rnd"},
		{"weak randomness in root", root, "math/rand/v2", "internal/rnd"},
		{"weak randomness in the adapter", "httpadapter", "math/rand/v2", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := pkg{imports: map[string]string{tt.dep: "x.go:1"}}
			wantObjection(t, objections(tt.from, p), tt.want)
		})
	}
}

func TestFloorsClock(t *testing.T) {
	tests := []struct{ name, from, src, want string }{
		{"none", "mfa", `import "time"; var d = time.Second // not time.Now()`, ""},
		{"below the engine", "mfa", `import "time"; var n = time.Now()`, "reads the clock at mfa/x.go:1"},
		{"as a value", "store", `import "time"; var now = time.Now`, "reads the clock"},
		{"hidden in Since", "token", `import "time"; func f(t time.Time) any { return time.Since(t) }`, "reads the clock"},
		{"hidden in Until", "token", `import "time"; func f(t time.Time) any { return time.Until(t) }`, "reads the clock"},
		{"under another name", "totp", `import clock "time"; var n = clock.Now()`, "reads the clock"},
		{"without a name", "totp", `import . "time"; var n = Now()`, "reads the clock"},
		{"somebody else's Now", "totp", `var n = cfg.Now()`, ""},
		{"the default of Config", root, `import "time"; var now = time.Now`, ""},
		{"the stopwatch of upkeep", root, `import "time"; var a, b = time.Now, time.Now`, ""},
		{"root, three times", root, `import "time"; var a, b, c = time.Now, time.Now, time.Now`, "allowed are 2"},
		{"above the engine", "httpadapter", `import "time"; var a, b = time.Now(), time.Now()`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := tt.from + "/"
			if tt.from == root {
				dir = ""
			}
			fsys := fstest.MapFS{
				dir + "x.go":            {Data: []byte("package x; " + tt.src)},
				dir + "x_test.go":       {Data: []byte(`package x; import "time"; var a, b = time.Now(), time.Now()`)},
				dir + "testdata/y.go":   {Data: []byte(`broken on purpose`)},
				"bench/go.mod":          {},
				"bench/deeper/bench.go": {Data: []byte(`package bench; import "example.com/rival"`)},
			}
			pkgs := readModule(t, fsys)
			if len(pkgs) != 1 {
				t.Fatalf("got %d packages, want 1: %v", len(pkgs), pkgs)
			}
			wantObjection(t, objections(tt.from, pkgs[tt.from]), tt.want)
		})
	}
}

func TestFloorsUnwelcome(t *testing.T) {
	deps := []string{"net", "net/url", "net/http", "net/http/internal", "net/httputil", "net/mail", "github.com/jackc/pgx/v5", module + "/store"}
	want := []string{"net/http", "net/http/internal", "net/mail", "github.com/jackc/pgx/v5"}
	if got := unwelcome(deps); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// wantObjection wants exactly one objection that contains want, or none if
// want is empty.
func wantObjection(t *testing.T, got []string, want string) {
	t.Helper()
	switch {
	case want == "" && len(got) > 0:
		t.Errorf("got %q, want no objection", got)
	case want != "" && (len(got) != 1 || !strings.Contains(got[0], want)):
		t.Errorf("got %q, want one with %q", got, want)
	}
}
