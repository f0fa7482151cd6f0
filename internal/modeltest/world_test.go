package modeltest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/message"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/pgstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/totp"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// The callers of a sequence.
const (
	host   = "host"
	client = sallyporttest.ClientID
)

// appSecret is what people have in their authenticator from the beginning.
var appSecret = totp.NewSecret()

// policy is the part of the policy that verbs change.
type policy struct {
	Mode     string        // Off, WhenEnrolled or Required
	MaxBad   int           // wrong passwords that lock
	Remember time.Duration // how long a device is not asked again
}

// cast are the people, before anything has happened.
func cast() map[string]*person {
	list := []*person{
		{name: "paul", role: true},
		{name: "marie", role: true, email: "marie@example.com"},
		{name: "tom", role: true, apps: []*app{{appSecret, 0}}},
		{name: "bea", role: true, email: "bea@example.com", apps: []*app{{appSecret, 0}}},
		{name: "nora", role: true, wanted: true},
		{name: "rob", email: "rob@example.com"},
		{name: "nobody"},
	}
	out := map[string]*person{}
	for _, p := range list {
		p.password = sallyporttest.Password
		p.sends = bucket{unit: 6 * time.Minute, period: time.Hour}
		p.mailbox = bucket{unit: 48 * time.Minute, period: 24 * time.Hour}
		out[p.name] = p
	}
	return out
}

// file is the directory of a sequence.
func file(p policy) directory.File {
	d := sallyporttest.Directory()
	d.Policy = &directory.Policy{
		Password: directory.Passwords{MaxBadLogons: &p.MaxBad},
		MFA:      directory.MFA{Mode: &p.Mode, Session: &p.Remember},
	}
	for name, p := range cast() {
		if name == "nobody" {
			continue
		}
		u := directory.User{Name: name, Password: p.password, CredentialsVersion: 1, Email: p.email}
		if p.email != "" {
			u.EmailValidated = new(true)
		}
		if p.wanted {
			u.MFA = new(true)
		}
		if p.role {
			u.Roles = []directory.Grant{{Application: sallyporttest.ApplicationName, Role: sallyporttest.RoleName}}
		}
		if len(p.apps) > 0 {
			u.TOTP = &directory.TOTP{Secret: appSecret.Base32()}
		}
		d.Users = append(d.Users, u)
	}
	slices.SortFunc(d.Users, func(a, b directory.User) int { return strings.Compare(a.Name, b.Name) })
	return d
}

// beginning is the records of a store with that directory, and the ids of its accounts:
// making them takes longer than a sequence.
var beginning = sync.OnceValue(func() (b struct {
	records []store.Write
	ids     map[string]string
}) {
	ctx, s := context.Background(), memstore.New()
	w := &world{store: s, clock: sallyporttest.Start}
	e, err := sallyport.New(ctx, w.config())
	if err != nil {
		panic(err)
	}
	defer e.Close()
	if _, err := e.Apply(ctx, file(policies[0]), directory.Options{}); err != nil {
		panic(err)
	}
	b.ids = map[string]string{}
	for u, err := range e.Admin(operator).Users(ctx, "") {
		if err != nil {
			panic(err)
		}
		b.ids[u.Name] = u.ID
	}
	for r, err := range s.Scan(ctx, "", "") {
		if err != nil {
			panic(err)
		}
		b.records = append(b.records, store.Write{Key: r.Key, Value: r.Value, Expires: r.Expires})
	}
	return b
})

// nodes is how many engines share the store of a sequence.
const nodes = 2

var operator = sallyport.Actor{Name: "operator", Reason: "a sequence"}

// world is the engine with everything around it.
type world struct {
	store  store.Store // of the sequence, beneath the sealing
	keys   sealed.Keys
	engine [nodes]*sallyport.Engine

	mu    sync.Mutex // messages are sent behind the answer's back
	clock time.Time
	sent  []sallyport.Message
	fail  bool // the next message
	came  chan struct{}
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

// Send keeps a message, or fails where that was planned.
func (w *world) Send(_ context.Context, m sallyport.Message) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail && m.Kind != "notice" { // those go out behind the answer
		w.fail = false
		return errors.New("the message cannot be sent")
	}
	if m.Topic != string(message.FactorsWaiting) { // of several requests that would add one: the contract knows no such notice
		w.sent = append(w.sent, m)
	}
	select {
	case w.came <- struct{}{}:
	default:
	}
	return nil
}

func (w *world) config() sallyport.Config {
	return sallyport.Config{
		Store: w.store, Keys: w.keys, InsecurePlainStore: w.keys == sealed.Keys{}, Issuer: sallyporttest.Issuer,
		Email: w, SMS: w, Now: w.now, PasswordParams: password.InsecureParamsForTests(),
	}
}

// start makes the engine of a node.
func (w *world) start(t *rapid.T, node int) {
	e, err := sallyport.New(context.Background(), w.config())
	if err != nil {
		t.Fatalf("making the engine: %v", err)
	}
	w.engine[node] = e
}

func (w *world) failNext(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fail = on
}

// last is the last code or link that was sent.
func (w *world) last(t *rapid.T) sallyport.Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range slices.Backward(w.sent) {
		if m.Kind != "notice" {
			return m
		}
	}
	t.Fatalf("got no message, want a code or a link")
	panic("not reached")
}

// take returns the messages since it was called last, once there are n.
func (w *world) take(n int) []sallyport.Message {
	giveUp := time.After(20 * time.Second)
	for {
		w.mu.Lock()
		if out := w.sent; len(out) >= n {
			w.sent = nil
			w.mu.Unlock()
			return out
		}
		w.mu.Unlock()
		select {
		case <-w.came:
		case <-giveUp:
			n = 0
		}
	}
}

// refill gives a store the records of the beginning in the place of what an earlier
// sequence has left.
func refill(t *rapid.T, s store.Store, keys sealed.Keys) {
	ctx, c, old := context.Background(), store.Change{ID: rnd.Uint64()}, map[string]uint64{}
	for r, err := range s.Scan(ctx, "", "") {
		if err != nil {
			t.Fatalf("reading what was left: %v", err)
		}
		old[r.Key] = r.Version
	}
	for _, r := range beginning().records {
		r.If = old[r.Key]
		delete(old, r.Key)
		c.Writes = append(c.Writes, r)
	}
	for key, version := range old {
		c.Writes = append(c.Writes, store.Write{Key: key, If: version})
	}
	if (keys != sealed.Keys{}) {
		inner, err := sealed.New(s, keys)
		if err != nil {
			t.Fatalf("sealing: %v", err)
		}
		s = inner
	}
	if err := s.Commit(ctx, c); err != nil {
		t.Fatalf("filling the store: %v", err)
	}
}

// backends are the stores that sequences run on.
var backends = []struct {
	name   string
	sealed bool
	open   func(t *testing.T) store.Store
	short  int // sequences in the short form, and in the long one
	long   int
}{
	{"memory", false, func(*testing.T) store.Store { return memstore.New() }, 200, 20000},
	{"bbolt", false, openBolt, 200, 20000},
	{"sealed bbolt", true, openBolt, 200, 20000},
	{"PostgreSQL", true, func(t *testing.T) store.Store {
		s, err := pgstore.Open(t.Context(), pgtest.URL(t), pgstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}, 20, 1000},
}

// openBolt opens a store in a file, which lies in memory where the system has a place for
// that: what survives a loss of power is tested elsewhere, and here each commit would wait
// for the disk.
func openBolt(t *testing.T) store.Store {
	dir, err := os.MkdirTemp("/dev/shm", "modeltest")
	if err != nil {
		dir = t.TempDir()
	}
	s, err := boltstore.Open(filepath.Join(dir, "x.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return s
}

// caller is how a call says who calls.
func caller(who string) *sallyport.Caller {
	if who == host {
		return nil
	}
	return &sallyport.Caller{ClientID: who, ClientSecret: sallyporttest.ClientSecret}
}

// What calls of a login are answered with, in short.
const (
	timeout         = sallyport.MFALinkTimeout // also of a login that is over
	usedUp          = sallyport.UserAccountLocked
	disabled        = sallyport.UserAccountDisabled
	noRole          = sallyport.UserNotAuthorized
	waiting         = sallyport.MFAWaitingUserAction
	notSent         = sallyport.MFAFailedSendingRequest
	wrongCode       = sallyport.SecureCodeDoesNotMatch
	factorWanted    = sallyport.MFAAuthenticationRequired
	enrolmentWanted = sallyport.MFAEnrollmentRequired
)

// answer is what a call of a login is answered with, as far as it is compared.
type answer struct {
	status                    sallyport.Status
	outcome                   sallyport.Outcome
	identity, granted, device bool
	options, enrollable       string // each with a blank behind it
}

// told is such an answer of the engine.
func told(r *sallyport.Result) answer {
	a := answer{status: r.Status, outcome: r.Outcome, identity: r.Identity != nil, granted: r.Tokens != nil || r.Session != nil, device: r.DeviceToken != ""}
	for _, o := range r.Options {
		a.options += label(o) + " "
	}
	if r.Enrollment != nil {
		var list []string
		for _, t := range r.Enrollment.Transports {
			list = append(list, t.String()+" ")
		}
		slices.Sort(list)
		a.enrollable = strings.Join(list, "")
	}
	return a
}

// mail is a message, as far as it is compared.
type mail struct{ topic, to string }

// changes are what the status of a change of a password is in that of a login; 0 is none.
// Whatever an account is refused for is one word there.
var changes = map[sallyport.PasswordStatus]sallyport.Status{
	sallyport.PasswordsLockedOut: sallyport.PasswordIsLocked, sallyport.OldPasswordWrong: sallyport.PasswordDoesNotMatch,
	sallyport.OldPasswordLastTry: sallyport.PasswordDoesNotMatch | sallyport.LastBadLogin, sallyport.PasswordChangeRefused: sallyport.UserAccountLocked,
	sallyport.PasswordChanged: 0,
}

// The labels of options, in the order in which they are offered.
const emailLink, emailOTP, appOTP = "Email Link", "Email OTP", "MicrosoftAuthenticator OTP"

func label(o sallyport.Option) string { return fmt.Sprint(o.Transport, " ", o.Mode) }

// when is x where something holds: cmp.Or of several is an order of judgement.
func when[T any](holds bool, x T) (none T) {
	if holds {
		return x
	}
	return none
}

func earliest(a, b time.Time) time.Time { return slices.MinFunc([]time.Time{a, b}, time.Time.Compare) }
