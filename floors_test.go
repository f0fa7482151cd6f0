package sallyport_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The architecture, as data. Test files are free of all of it.

const module = "github.com/sallyport-auth/sallyport"

// root is how the tables name the package at the top of the module.
const root = "(root)"

// floors is the floor each package stands on. A package imports only packages
// on lower floors, so two on the same floor never name each other: mfa and
// token meet the backends on store.
var floors = map[string]int{
	"internal/rnd":       -1, // below the others on the ground, of which one draws on it
	"internal/ascii":     -1, // likewise
	"internal/child":     -1, // below the packages that start programs for tests
	"internal/budget":    0,
	"internal/gsm":       0,
	"internal/forgery":   0,
	"internal/form":      0,
	"internal/page":      0,
	"internal/typed":     0,
	"internal/jsonobj":   0,
	"internal/hold":      0,
	"internal/pool":      0,
	"internal/moment":    0,
	"internal/pathname":  0,
	"internal/portion":   0,
	"internal/limit":     0,
	"internal/detach":    1,
	"internal/connlimit": 1,
	"internal/pgtest":    0,
	"internal/proof":     0,
	"internal/stats":     0,
	"internal/peer":      0,
	"internal/record":    0,
	"internal/recent":    0,
	"internal/netcause":  0,
	"internal/useragent": 0,

	"password/legacy": 0, // below password, which reads by it

	"totp":     1,
	"password": 1,
	"store":    1,
	"wire":     1,

	"internal/openlist": 2,

	"account":         2,
	"message":         2,
	"mfa":             2,
	"token":           2,
	"store/memstore":  2,
	"store/boltstore": 2,
	"store/pgstore":   2,
	"store/sealed":    2,
	"store/storetest": 2,

	"directory": 3,

	root: rootFloor,

	"internal/adminsock":  5, // it gives its connections deadlines, by the clock
	"internal/httpstatus": 5,
	"internal/smtptest":   5,
	"internal/ldaptest":   5, // it makes certificates that are good from now on
	"activedirectory":     5,
	"guard":               5,
	"smtpsender":          5,
	"webhooksender":       5,

	"httpadapter": 6,

	"httpadapter/apidocs": 7,
	"sallyporttest":       7,
	"weblogin":            7,

	"cmd/sallyport":     8,
	"examples/ownusers": 8,
	"examples/webapp":   8,
	"internal/scantest": 8,

	// Programs for the developers of the module stand on the roof, where
	// nobody can import them.
	"internal/tools/typed":    8, // what some of them share
	"internal/tools/doccheck": 9,
	"internal/tools/mutate":   9,
	"internal/tools/proofs":   9,
	"internal/tools/rooms":    9,
}

const rootFloor = 4

// importers says who alone may import a package, by path below the module or,
// for other people's, by the beginning of the import path. Other people's
// packages that are not listed may be imported by nobody.
var importers = map[string][]string{
	"store/memstore":    {"sallyporttest", "cmd/sallyport"}, // the host chooses the backend
	"store/boltstore":   {"cmd/sallyport", "examples/webapp"},
	"store/pgstore":     {"cmd/sallyport", "examples/webapp"},
	"store/sealed":      {root, "sallyporttest", "cmd/sallyport", "examples/webapp"},
	"store/storetest":   nil,                   // tests only, so that nothing of it is linked into a host
	"sallyporttest":     {"internal/scantest"}, // which only tests import
	"internal/pgtest":   nil,
	"internal/ldaptest": nil,
	"internal/smtptest": nil,
	"internal/child":    {"internal/pgtest", "internal/ldaptest", "internal/smtptest"},
	"internal/scantest": nil,
	"internal/proof":    nil,
	"internal/forgery":  nil,
	"internal/stats":    nil,

	"password/legacy": {"password"}, // which adds the equal work

	"internal/tools/typed": {"internal/tools/mutate", "internal/tools/rooms"},

	"go.etcd.io/bbolt":                     {"store/boltstore"},
	"github.com/jackc/pgx":                 {"store/pgstore", "internal/pgtest", "examples/webapp"}, // the last has a table of its own
	"github.com/pquerna/otp":               {"totp"},
	"github.com/boombuler/barcode":         {"totp"},
	"golang.org/x/crypto/argon2":           {"password"},
	"golang.org/x/crypto/bcrypt":           {"password/legacy"},
	"golang.org/x/crypto/scrypt":           {"password/legacy"},
	"golang.org/x/crypto/chacha20poly1305": {"store/sealed"},
	"golang.org/x/text/cases":              {"internal/typed"},
	"golang.org/x/text/secure":             {"internal/typed"},
	"golang.org/x/text/unicode":            {"internal/typed"},
	"golang.org/x/text/language":           {"internal/page"},  // Accept-Language, and which of ours is nearest
	"golang.org/x/net/idna":                {"internal/typed"}, // domains of addresses as A-labels: the tables of UTS #46 and punycode
	"github.com/go-jose/go-jose":           {"token"},
	"github.com/go-ldap/ldap":              {"activedirectory"},
	"github.com/go-asn1-ber/asn1-ber":      {"activedirectory"}, // what go-ldap reads messages by; here the one answer before TLS
	"github.com/wneessen/go-mail":          {"smtpsender"},
	"golang.org/x/net/html":                {"sallyporttest"},   // reads the pages that a test walks
	"pgregory.net/rapid":                   {"store/storetest"}, // made-up sequences of calls, and the short one that fails
}

// reaches is all that a package may import of the module, where that is less
// than every lower floor.
var reaches = map[string][]string{
	"wire":            {"internal/jsonobj"}, // which imports the standard library alone
	"password/legacy": {"internal/ascii"},   // hashes know nothing of us

	// It is to be copied, so nothing internal.
	"examples/webapp": {root, "guard", "weblogin", "directory", "password", "store", "store/boltstore", "store/pgstore", "store/sealed"},

	"guard":               {root, "internal/form", "internal/useragent"}, // through the engine, never past it
	"account":             {"password", "store", "internal/rnd", "internal/budget", "internal/limit", "internal/moment", "internal/record", "internal/typed"},
	"weblogin":            {root, "guard", "httpadapter", "mfa", "password", "internal/rnd", "internal/typed", "internal/httpstatus", "internal/form", "internal/page", "internal/useragent"},                 // it decides nothing
	"httpadapter/apidocs": {root, "httpadapter", "wire", "internal/page", "internal/peer"},                                                                                                                    // of the table of routes, never of the engine
	"httpadapter":         {root, "wire", "mfa", "token", "internal/rnd", "internal/ascii", "internal/typed", "internal/peer", "internal/httpstatus", "internal/form", "internal/page", "internal/useragent"}, // through the engine, never past it
}

// foreign is what a host that imports the engine alone must not link: HTTP, a
// database, a directory or mail.
var foreign = []string{
	"net/http", "net/smtp", "net/mail", "go.etcd.io/bbolt",
	"github.com/jackc/pgx", "github.com/go-ldap/ldap", "github.com/wneessen/go-mail",
}

// clockReadings is how often a package on the engine's floor or below reads the
// clock: to measure, or to hand it on, and never to judge by.
var clockReadings = map[string]int{
	root:              2, // the default of Config.Now, and what upkeep measures its portions with
	"internal/detach": 4, // how long a call took, and when it may be answered
}

// clocks are the names of package time that read the clock.
var clocks = []string{"Now", "Since", "Until"}

func TestFloors(t *testing.T) {
	beside(t)
	pkgs := readModule(t, os.DirFS("."))
	for _, name := range slices.Sorted(maps.Keys(pkgs)) {
		for _, o := range objections(name, pkgs[name]) {
			t.Error(o)
		}
	}
}

// TestFloorsTables keeps the tables honest: a name that is spelt wrong there
// would forbid or allow nothing.
func TestFloorsTables(t *testing.T) {
	for name, reach := range reaches {
		for _, p := range append(slices.Clone(reach), name) {
			if _, ok := floors[p]; !ok {
				t.Errorf("reaches of %s: %s stands on no floor", name, p)
			}
		}
	}
	for dep, who := range importers {
		for _, name := range who {
			if _, ok := floors[name]; !ok {
				t.Errorf("importers of %s: %s stands on no floor", dep, name)
			}
		}
		if _, ok := floors[dep]; !ok && !strings.Contains(strings.Split(dep, "/")[0], ".") {
			t.Errorf("importers: %s is neither on a floor nor another module", dep)
		}
	}
}

func TestFloorsRootDeps(t *testing.T) {
	beside(t)
	if len(readModule(t, os.DirFS("."))[root].files) == 0 {
		return // no engine to judge
	}
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("go list -deps: %v", err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, module) {
		t.Fatalf("go list -deps names %d packages and not the engine: nothing was judged", len(deps))
	}
	for _, dep := range unwelcome(deps) {
		t.Errorf("the engine links %s", dep)
	}
}

// objections are the rules that a package breaks, name being its path below
// the module.
func objections(name string, p pkg) (list []string) {
	floor, ok := floors[name]
	if !ok {
		return []string{fmt.Sprintf("%s stands on no floor: give it a place in the table", name)}
	}
	for _, dep := range slices.Sorted(maps.Keys(p.imports)) {
		if why := refuse(name, floor, dep); why != "" {
			list = append(list, fmt.Sprintf("%s: %s imports %s: %s", p.imports[dep], name, dep, why))
		}
	}
	if floor > rootFloor {
		return list
	}
	allowed := clockReadings[name]
	if len(p.clock) > allowed {
		list = append(list, fmt.Sprintf("%s reads the clock at %s, allowed are %d: take now as a parameter", name, strings.Join(p.clock, ", "), allowed))
	}
	return list
}

// refuse says why a package on that floor must not import dep, or nothing.
func refuse(name string, floor int, dep string) string {
	if dep == "math/rand" || dep == "math/rand/v2" {
		if floor <= rootFloor {
			return "randomness comes from internal/rnd"
		}
		return ""
	}
	inside, ours := strings.CutPrefix(dep+"/", module+"/")
	if !ours {
		if !strings.Contains(strings.Split(dep, "/")[0], ".") {
			return "" // the standard library
		}
		key, listed := listing(dep)
		if !listed {
			return "no package may import it: a new dependency wants a line in the table and a reason"
		}
		return unlessAmong(name, key)
	}
	target := cmp.Or(strings.TrimSuffix(inside, "/"), root)
	below, ok := floors[target]
	switch {
	case !ok:
		return "it stands on no floor"
	case below >= floor:
		return fmt.Sprintf("floor %d may import only what stands below, and that is on %d", floor, below)
	}
	if reach, narrow := reaches[name]; narrow && !slices.Contains(reach, target) {
		return fmt.Sprintf("of this module it may import only %q", reach)
	}
	if _, listed := importers[target]; listed {
		return unlessAmong(name, target)
	}
	return ""
}

// listing is the entry of importers that covers another module's package.
func listing(dep string) (key string, ok bool) {
	for key := range importers {
		if dep == key || strings.HasPrefix(dep, key+"/") {
			return key, true
		}
	}
	return "", false
}

func unlessAmong(name, dep string) string {
	who := importers[dep]
	if slices.Contains(who, name) {
		return ""
	}
	return fmt.Sprintf("only %q may", who)
}

// unwelcome are those of deps that the engine must not link.
func unwelcome(deps []string) (list []string) {
	for _, dep := range deps {
		for _, f := range foreign {
			if dep == f || strings.HasPrefix(dep, f+"/") {
				list = append(list, dep)
			}
		}
	}
	return list
}
