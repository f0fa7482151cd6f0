package directory

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/totp"
)

// Bounds on what a directory may hold in one place.
const (
	maxFaults     = 20   // listed in one error
	maxName       = 64   // characters of a name
	maxText       = 1024 // characters of a value, description or path
	maxAttributes = 100  // of a user
	maxSecrets    = 10   // of a client
)

// leniency holds what only some engines allow.
type leniency struct {
	shortCodes   bool // Config.InsecureShortCodes
	shortSecrets bool // the issuer is a loopback address
	// modules are the names of those that an engine has beside VGUser; anyModule says that
	// no engine is known.
	modules   []string
	anyModule bool
}

// wanted is a directory without faults: every text read, every reference turned
// into the index of the entry that it leads to.
type wanted struct {
	policy       *PolicyRecord
	applications []wantedApplication
	clients      []wantedClient
	resources    []wantedResource
	users        []wantedUser
	// A list that was left out is not pruned, here and below.
	pruneApplications, pruneClients, pruneResources, pruneUsers bool
}

type wantedApplication struct {
	at, id, name, key            string // at: its path; id: lower case or ""; key: the name as names are compared
	mfa                          mfa.Rules
	permissions                  []wantedPermission
	roles                        []wantedRole
	prunePermissions, pruneRoles bool
}

type wantedPermission struct{ at, id, path, key, description string }

type wantedRole struct {
	at, id, name, key string
	mfa               mfa.Rules
	permissions       []int
}

type wantedClient struct {
	at          string
	application int
	client      token.Client // without its ids and secrets
	secrets     []Secret
	version     int
}

// wantedResource is a resource of the file. application is -1 where it belongs to none.
type wantedResource struct {
	at, key     string
	application int
	resource    token.Resource // without its application
}

type wantedUser struct {
	*User
	at, id   string
	name     string // as it is stored
	key      typed.UserName
	email    string // this and mobile as they are stored
	mobile   string
	approved bool
	version  int
	grants   []wantedGrant
	devices  []wantedDevice
}

// wantedDevice is an authenticator that a user has already.
type wantedDevice struct {
	secret totp.Secret
	name   string
}

type wantedGrant struct{ application, role int }

// checker turns a File into a wanted, and notes every fault.
type checker struct {
	faults
	leniency
	want wanted
	apps map[string]int // by id and by key
}

// checkDirectory checks everything that needs no store.
func checkDirectory(d *File, l leniency) (*wanted, error) {
	c := checker{leniency: l, apps: map[string]int{}}
	c.want.pruneApplications, c.want.pruneClients, c.want.pruneResources, c.want.pruneUsers = d.Applications != nil, d.Clients != nil, d.Resources != nil, d.Users != nil
	if d.Policy != nil {
		c.policy(d.Policy)
	}
	c.applications(d.Applications)
	c.clients(d.Clients)
	c.resources(d.Resources)
	c.ownScopes(d.Clients)
	c.users(d.Users)
	if err := c.err(); err != nil {
		return nil, err
	}
	return &c.want, nil
}

// faults lists what is wrong, in the order of the file.
type faults struct {
	list []error
	more bool
}

func (f *faults) add(path, format string, args ...any) {
	if len(f.list) == maxFaults {
		f.more = true
		return
	}
	err := fmt.Errorf(format, args...)
	if path != "" {
		err = fmt.Errorf("%s: %w", path, err)
	}
	f.list = append(f.list, err)
}

func (f *faults) err() error {
	if f.more {
		return errors.Join(append(f.list, errors.New("and more"))...)
	}
	return errors.Join(f.list...)
}

// only refuses a value that is not built yet, by name, rather than ignore it.
func only[T comparable](c *checker, path string, got, built T) {
	if got != built {
		c.add(path, "%.64s is not supported by this version, only %s", spelling(got), spelling(built))
	}
}

// spelling writes a value as the file spells it.
func spelling(v any) string {
	if s, ok := v.(string); ok {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprint(v)
}

// or returns what p points to, or otherwise if it was left out.
func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// id returns an id in lower case, or "" where none was given.
func (c *checker) id(path, id string) string {
	if id == "" {
		return ""
	}
	u, ok := rnd.ParseUUID(id)
	if !ok || u == [16]byte{} {
		c.add(path, "not a UUID such as %q", "6f209594-fc04-4e96-9f9f-7daf57b0fb12")
		return ""
	}
	return rnd.FormatUUID(u)
}

// text checks the characters and the length of s, and reports whether they are
// sound.
func (c *checker) text(path, s string, limit int) bool {
	switch {
	case !utf8.ValidString(s):
		c.add(path, "not UTF-8")
	case utf8.RuneCountInString(s) > limit:
		c.add(path, "longer than %d characters", limit)
	case strings.ContainsFunc(s, unicode.IsControl):
		c.add(path, "holds a control character")
	default:
		return true
	}
	return false
}

// name checks what all names have in common, and returns the key under which
// names of applications and roles, and paths, are compared: the Nickname profile
// of RFC 8266, which folds case and widths.
func (c *checker) name(path, s string, limit int) (key string) {
	switch {
	case s == "":
		c.add(path, "missing")
		return ""
	case strings.TrimFunc(s, func(r rune) bool { return unicode.Is(unicode.Zs, r) }) != s: // nobody sees which kind it is
		c.add(path, "begins or ends with a space")
		return ""
	case !c.text(path, s, limit):
		return ""
	case strings.Contains(s, ","):
		c.add(path, "holds a comma, by which lists of names are joined")
		return ""
	}
	if key = typed.Label(s); key == "" {
		c.add(path, "holds characters that cannot be part of a name")
	}
	return key
}

// label checks the name of an application or role. It must not look like an id,
// since a reference may be either.
func (c *checker) label(path, s string) (key string) {
	key = c.name(path, s, maxName)
	if _, ok := rnd.ParseUUID(key); ok { // by its key, under which it is looked up
		c.add(path, "looks like an id")
		return ""
	}
	return key
}

// soundYear reports whether a time is of a year from 1900 to 9999: JSON holds no
// later one, and an earlier one is a mistake.
func soundYear(t time.Time) bool { y := t.UTC().Year(); return y >= 1900 && y <= 9999 }

const yearRule = "want a year from 1900 to 9999"

func (c *checker) time(path string, t time.Time) {
	if !t.IsZero() && !soundYear(t) {
		c.add(path, yearRule)
	}
}

// version checks a credentialsVersion. 0 means that it was left out, and is 1.
func (c *checker) version(path string, v int) int {
	if v < 0 {
		c.add(member(path, "credentialsVersion"), "below 1")
	}
	return max(v, 1)
}

// once maps the keys of a list to the path where each stands first.
type once map[string]string

// check notes a key that stands twice.
func (o once) check(c *checker, path, key, what string) {
	if key == "" {
		return // a fault already, or left out
	}
	if first, twice := o[key]; twice {
		c.add(path, "the same %s as %s", what, first)
		return
	}
	o[key] = path
}

// duration checks that d is of a range and in whole seconds.
func (c *checker) duration(path string, d, least, most time.Duration) {
	if d < least || d > most || d%time.Second != 0 {
		c.add(path, "%v is not %v to %v in whole seconds", d, least, most)
	}
}

// oneOf checks that s is in a list of names, and reports whether it is.
func (c *checker) oneOf(path, s string, list ...string) bool {
	if !slices.Contains(list, s) {
		c.add(path, "%.64q is none of %s", s, strings.Join(list, ", "))
		return false
	}
	return true
}
