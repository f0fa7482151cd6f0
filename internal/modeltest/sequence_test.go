package modeltest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// steps is how many verbs a sequence has, on the average.
const steps = 40

// sequence is an engine beside its model.
type sequence struct {
	world
	m        *model
	looks    int
	wentBack bool         // the clock, by a large step
	changed  int          // passwords, each to another
	swept    map[int]bool // nodes whose upkeep has run since they started
	sessions []*grant
	links    []link
	used     []string // codes that were right when they were sent
	names    []string // whom this sequence is about: few, so that what happens to them adds up
}

// address is where all calls come from.
const address = "203.0.113.7"

// policies are those that a sequence changes between.
var policies = []policy{
	{Mode: "WhenEnrolled", MaxBad: 10, Remember: 25 * time.Hour},
	{Mode: "WhenEnrolled", MaxBad: 4},
	{Mode: "Required", MaxBad: 10, Remember: time.Hour},
	{Mode: "Off", MaxBad: 4, Remember: time.Hour},
}

func long() bool { return os.Getenv("SALLYPORT_LONG") != "" }

// given are the flags of the command line, which stand above our own numbers.
var given = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { out[f.Name] = true })
	return out
})

// TestModel holds the engine to the model, on every store. The flags of rapid (-rapid.seed
// and so on) apply.
func TestModel(t *testing.T) {
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			n := b.short
			if long() {
				n = b.long
			}
			s := b.open(t)
			t.Cleanup(func() { s.Close() })
			keys := sealed.Keys{}
			if b.sealed {
				keys = sealed.NewKeys()
			}
			ran := check(t, n, s, keys)
			proof.Note(t, "model", b.name, "sequences", ran)
			proof.Note(t, "model", b.name, "calls each, on the average", steps)
		})
	}
}

// check runs n sequences on a store, and returns how many were begun before one failed.
func check(t *testing.T, n int, s store.Store, keys sealed.Keys) (ran int) {
	numbers := map[string]int{"rapid.checks": n, "rapid.steps": steps}
	if !long() {
		numbers["rapid.seed"] = 1 // the same sequences each time, so that nobody waits for luck
	}
	for name, value := range numbers {
		if !given()[name] {
			if err := flag.Set(name, fmt.Sprint(value)); err != nil {
				t.Fatal(err)
			}
		}
	}
	failed := false
	rapid.Check(t, func(t *rapid.T) {
		if !failed {
			ran++
		}
		whole := false
		defer func() { failed = failed || !whole }()
		run(t, s, keys)
		whole = true
	})
	return ran
}

// run is one sequence.
func run(t *rapid.T, st store.Store, keys sealed.Keys) {
	s := &sequence{swept: map[int]bool{}, world: world{store: st, keys: keys, clock: sallyporttest.Start, came: make(chan struct{}, 1)}}
	refill(t, st, keys)
	s.m = &model{now: s.clock, policy: policies[0], people: cast()}
	for name, p := range s.m.people {
		p.id = beginning().ids[name]
		s.names = append(s.names, name)
	}
	slices.Sort(s.names)
	s.names = rapid.Permutation(s.names).Draw(t, "people")[:2]
	for node := range nodes {
		s.start(t, node)
	}
	defer func() {
		for _, e := range s.engine {
			e.Close()
		}
	}()
	actions := map[string]func(*rapid.T){"": s.same}
	for name, do := range verbs {
		actions[name] = func(t *rapid.T) {
			t.Logf("%s", name) // rapid tells the rest
			do(s, t)
			s.mails(t)
		}
	}
	t.Repeat(actions)
}

func (s *sequence) node(t *rapid.T) int { return rapid.IntRange(0, nodes-1).Draw(t, "node") }

func (s *sequence) person(t *rapid.T) *person {
	return s.m.people[rapid.SampledFrom(s.names).Draw(t, "who")]
}

// call is a call of a login, at any node. It fails the sequence for an error.
func (s *sequence) call(t *rapid.T, node int, in sallyport.Login) *sallyport.Result {
	in.Address = address
	r, err := s.engine[node].Login(context.Background(), in)
	if err != nil {
		t.Fatalf("got error %v, want an answer", err)
	}
	return r
}

// want holds an answer to the model's.
func want[T comparable](t *rapid.T, what string, got, want T) {
	if got != want {
		t.Fatalf("%s: got %+v, want %+v", what, got, want)
	}
}

// mails holds the messages since it was called last to the model's, in any order: notices
// go out behind the answer.
func (s *sequence) mails(t *rapid.T) {
	var got []mail
	for _, m := range s.take(len(s.m.mails)) {
		got = append(got, mail{m.Topic, m.To})
	}
	sort := func(list []mail) string {
		slices.SortFunc(list, func(a, b mail) int { return slices.Compare([]string{a.topic, a.to}, []string{b.topic, b.to}) })
		return fmt.Sprint(list)
	}
	want(t, "messages", sort(got), sort(s.m.mails))
	t.Logf("  %s, messages %v", s.m.now.Format("Mon 15:04:05"), got)
	s.m.mails = nil
}

// same holds what can be looked at to the model: what is left of budgets, locks, and who
// is signed in. Each node looks, in turns.
func (s *sequence) same(t *rapid.T) {
	s.looks++
	node := s.looks % nodes
	admin := s.engine[node].Admin(operator)
	for _, name := range s.names {
		if p := s.m.people[name]; p.id != "" {
			s.sameBudgets(t, admin, p)
		}
	}
	for _, n := range s.sessions[max(0, len(s.sessions)-6):] {
		s.sameSession(t, node, n)
	}
}

func (s *sequence) sameBudgets(t *rapid.T, admin *sallyport.Admin, p *person) {
	list, err := admin.Budgets(context.Background(), sallyport.BudgetsOf{Account: p.id})
	if err != nil {
		t.Fatalf("budgets of %s: %v", p.name, err)
	}
	guesses := s.m.guesses(p)
	left := map[string]int{
		"guesses-hour": guesses[0], "guesses-day": guesses[1], "guesses-row": 100 - p.row,
		"account-sends": p.sends.left(s.m), "email": p.mailbox.left(s.m),
	}
	for _, b := range list {
		if n, ok := left[b.Name]; ok && !strings.Contains(b.Of, "no password") && !strings.Contains(b.Of, "no factor") {
			want(t, fmt.Sprintf("%s left of %s (%s)", b.Name, p.name, b.Of), b.Left, n)
		}
	}
}

// sameSession holds whether a session is signed in to the model.
func (s *sequence) sameSession(t *rapid.T, node int, n *grant) {
	ctx, e := context.Background(), s.engine[node]
	for _, a := range n.access[:min(2, len(n.access))] {
		_, err := e.Verify(ctx, a.text)
		if err != nil && !errors.Is(err, sallyport.ErrInvalidToken) {
			t.Fatalf("looking at a token: %v", err)
		}
		want(t, fmt.Sprintf("token of %s is good", n.who.name), err == nil, s.m.verifies(n, a))
	}
	if n.handle == "" {
		return
	}
	_, err := e.Session(ctx, n.handle)
	if err != nil && !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Fatalf("looking at a handle: %v", err)
	}
	good, sure := s.m.holds(n)
	if !sure {
		good, n.ended = err == nil, err != nil
	}
	want(t, fmt.Sprintf("handle of %s is good", n.who.name), err == nil, good)
	if good && s.m.now.After(n.lastUse) {
		n.lastUse = s.m.now
	}
}
