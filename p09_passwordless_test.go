package sallyport_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/internal/stats"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// working notes what a call reads and writes, by table. An event is left out: what happens
// to a name that is nobody's is told and not kept.
type working struct {
	store.Store
	mu    sync.Mutex
	notes []string
}

func (w *working) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	w.note("load", keys)
	return w.Store.Load(ctx, keys...)
}

func (w *working) Commit(ctx context.Context, c store.Change) error {
	var keys []string
	for _, wr := range c.Writes {
		if !wr.Keep && !strings.HasPrefix(wr.Key, "event/") {
			keys = append(keys, wr.Key)
		}
	}
	w.note("commit", keys)
	return w.Store.Commit(ctx, c)
}

// note keeps the tables of some keys: an id is another each time.
func (w *working) note(what string, keys []string) {
	var tables []string
	for _, k := range keys {
		parts := strings.Split(k, "/")
		if parts[0] == "of" {
			parts = []string{"of", parts[len(parts)-1]}
		} else {
			parts = parts[:1]
		}
		tables = append(tables, strings.Join(parts, " "))
	}
	slices.Sort(tables)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notes = append(w.notes, what+" "+strings.Join(tables, ","))
}

// done returns the notes since it was called last.
func (w *working) done() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := strings.Join(w.notes, "; ")
	w.notes = nil
	return s
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// unprovenNames are people of every kind that a name may be of.
func unprovenNames(t *testing.T, k *sallyporttest.Kit) []string {
	t.Helper()
	past := k.Clock.Now().Add(-time.Hour)
	gone := noWord("gone")
	names := []string{"pat", "nobody", "bad\u200bname", strings.Repeat("x", 200), " NoBody2 "}
	for _, u := range []sallyporttest.User{
		noWord("pat"), gone, {Name: "vera", Email: "vera@example.com", EmailValidated: true, Mobile: "+4915112345678", MobileValidated: true},
		{Name: "app", TOTP: true}, {Name: "silent", Edit: asPasswordless}, {Name: "on-record", Email: "r@example.com", Edit: asPasswordless},
		{Name: "disabled", Disabled: true}, {Name: "locked", Locked: true}, {Name: "unapproved", NotApproved: true}, {Name: "no-role", Roles: []string{}},
		{Name: "expired", Edit: func(u *directory.User) { u.End = past }}, {Name: "early", Edit: func(u *directory.User) { u.Start = past.Add(2 * time.Hour) }},
		{Name: "both", Mobile: "+4915112345679", MobileValidated: true},
	} {
		if edit := u.Edit; u.Email == "" && !u.TOTP && u.Name != "silent" {
			u.Email, u.EmailValidated = u.Name+"@example.com", true
			u.Edit = func(d *directory.User) {
				if asPasswordless(d); edit != nil {
					edit(d)
				}
			}
		}
		p := k.AddUser(t, u)
		if u.Name == "gone" {
			if err := setup(k).DeleteUser(t.Context(), p.ID); err != nil {
				t.Fatal(err)
			}
		}
		if u.Name != "pat" {
			names = append(names, u.Name)
		}
	}
	return names
}

// TestP9Passwordless compares what every call before a right code is answered, and what it
// reads and writes, for names of every kind.
func TestP9Passwordless(t *testing.T) {
	synctest.Test(t, passwordlessTellsNothing) // a call takes ten milliseconds
}

func passwordlessTellsNothing(t *testing.T) {
	w := &working{Store: memstore.New()}
	k := sallyporttest.New(t, takesPasswordless(), sallyporttest.WithStore(w))
	names := unprovenNames(t, k)
	first := map[string]string{}
	for _, name := range names {
		s := &anybody{t: t, k: k, name: name, w: w}
		for _, step := range s.everything() {
			got := step[1]
			if first[step[0]] == "" {
				first[step[0]] = got
			}
			if got != first[step[0]] {
				t.Errorf("%.20q, %s:\n got %s\nwant %s", name, step[0], got, first[step[0]])
			}
		}
	}
	synctest.Wait() // for what is sent
	sent := map[string]int{}
	for _, m := range k.Outbox.Messages() {
		sent[m.To]++
	}
	if sent[""]+sent["vera@example.com"]+sent["r@example.com"]+sent["+4915112345678"] > 0 || sent["pat@example.com"] == 0 || sent["disabled@example.com"] == 0 || sent["+4915112345679"] == 0 {
		t.Errorf("got messages to %v", sent)
	}
}

// anybody makes all calls that need nothing but a name.
type anybody struct {
	t     *testing.T
	k     *sallyporttest.Kit
	w     *working
	name  string
	steps [][2]string
	last  *sallyport.Result
}

// call makes one and notes what it was answered and what it took.
func (s *anybody) call(step string, in sallyport.Login) {
	s.t.Helper()
	s.w.done()
	began := time.Now()
	r, err := s.k.Engine.Login(s.t.Context(), login(in))
	if took := time.Since(began); took != 10*time.Millisecond && !strings.Contains(step, "password") {
		s.t.Errorf("%.20q, %s: took %v, want ten milliseconds", s.name, step, took)
	}
	said := fmt.Sprint(err)
	if err == nil {
		body, err := json.Marshal(r.Wire())
		if err != nil {
			s.t.Fatal(err)
		}
		said = uuids.ReplaceAllString(fmt.Sprintf("%s %v %v %v", body, r.Outcome, r.Reason, r.LinkSent), "ID")
		if in.RequestID == "" {
			s.last = r
		}
	}
	s.steps = append(s.steps, [2]string{step, said + "\n" + s.w.done()})
}

// everything is two requests: codes to the end, and links.
func (s *anybody) everything() [][2]string {
	option := func(i int, code string) sallyport.Login {
		return sallyport.Login{RequestID: s.last.RequestID, OptionID: s.last.Options[i].ID, Code: code}
	}
	s.call("call 1", byName(s.name))
	s.call("the state", sallyport.Login{RequestID: s.last.RequestID})
	s.call("a code too early", option(1, "11111111"))
	s.call("the choice", option(1, ""))
	s.call("the choice again", option(1, ""))
	s.call("the state after it", sallyport.Login{RequestID: s.last.RequestID})
	s.call("a wrong code", option(1, "00000000"))
	s.call("the same", option(1, "00000000"))
	s.call("a number", option(3, ""))
	again := option(3, "00000001")
	again.Username, again.Module = strings.ToUpper(s.name), "passwordless"
	s.call("a wrong code to it, with the name", again)
	again.Username = "somebody else"
	s.call("another name", again)
	s.k.Clock.Advance(31 * time.Second)
	s.call("the choice once more", option(1, ""))
	s.call("with a password", sallyport.Login{RequestID: s.last.RequestID, Password: "x"})
	for i := range 3 {
		s.call(fmt.Sprint("wrong ", i), option(1, fmt.Sprint("wrong", i)))
	}
	s.call("the state in the end", sallyport.Login{RequestID: s.last.RequestID})
	s.call("call 1 again", byName(s.name))
	s.call("a link", option(0, ""))
	s.call("a link again", option(0, ""))
	s.call("a code for a link", option(0, "x"))
	s.k.Clock.Advance(91 * time.Second)
	s.call("too late", option(0, ""))
	s.call("soon after", option(0, ""))
	s.k.Clock.Advance(31 * time.Second)
	s.call("sent again", option(0, ""))
	s.k.Clock.Advance(91 * time.Second)
	s.call("ignored twice", option(0, ""))
	s.call("withheld", option(0, ""))
	for i := range 8 { // past the five of a request and the ten of an account
		s.k.Clock.Advance(31 * time.Second)
		s.call(fmt.Sprint("resent ", i), option(1, ""))
	}
	for round := range 2 {
		s.call(fmt.Sprint("call 1, round ", round), byName(s.name))
		for i := range 5 {
			s.call(fmt.Sprint("guess ", round, i), option(1, fmt.Sprint("guess", round, i)))
		}
	}
	s.call("guesses used up, call 1", byName(s.name))
	s.call("guesses used up, the choice", option(1, ""))
	s.call("guesses used up, a code", option(1, "22222222"))
	s.k.Clock.Advance(24 * time.Hour)
	return s.steps
}

// TestP9PasswordlessTime compares the times of calls for an account, for names of nobody,
// of an account that is disabled, and of one with a password.
func TestP9PasswordlessTime(t *testing.T) {
	n := 5
	if long() {
		n = 500
	}
	k := sallyporttest.New(t, takesPasswordless())
	names := []string{"pat", "nobody", "disabled", "vera"}
	off := noWord("disabled")
	off.Disabled = true
	for _, u := range []sallyporttest.User{noWord("pat"), off, {Name: "vera", Email: "vera@example.com", EmailValidated: true}} {
		k.AddUser(t, u)
	}
	calls := []string{"call 1", "call 2", "call 3, a wrong code"}
	times, words := map[string][]float64{}, map[string]int{}
	for i := range n {
		for _, j := range rand.Perm(len(names)) {
			in := byName(names[j])
			for call := range calls {
				ms, said := timed(k.Engine, t.Context(), login(in))
				times[calls[call]+names[j]] = append(times[calls[call]+names[j]], ms)
				words[calls[call]+uuids.ReplaceAllString(said, "ID")]++
				if call == 0 {
					r, err := k.Engine.Login(t.Context(), login(in))
					if err != nil {
						t.Fatal(err)
					}
					in = sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID}
				} else {
					in.Code = fmt.Sprint("guess ", i)
				}
			}
		}
		k.Clock.Advance(24 * time.Hour)
	}
	if len(words) != len(calls) {
		t.Errorf("got %d different answers, want %d: %s", len(words), len(calls), beginnings(words))
	}
	for _, call := range calls {
		known := times[call+"pat"]
		for _, name := range names[1:] {
			d, pr := stats.KolmogorovSmirnov(known, times[call+name])
			t.Logf("%s, pat and %s: D %.3f, p %.3f, medians %.3f and %.3f ms", call, name, d, pr, stats.Median(known), stats.Median(times[call+name]))
			if long() {
				row := "without a password, " + call + ", an account and " + map[string]string{"nobody": "nobody", "disabled": "one that is disabled", "vera": "one with a password"}[name]
				proof.Note(t, "names", row, "samples of each", n)
				proof.Note(t, "names", row, "medians", fmt.Sprintf("%.2f, %.2f ms", stats.Median(known), stats.Median(times[call+name])))
				proof.Note(t, "names", row, "result", fmt.Sprintf("Kolmogorov-Smirnov D %.3f, p %.3f", d, pr))
				proof.Note(t, "names", row, "limit", "p > 0.01")
			}
		}
	}
}
