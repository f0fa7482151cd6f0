package sallyport_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/internal/stats"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// Times are measured for docs/proofs.md and judged there: a test that fails on a
// busy machine proves nothing. What the tests here hold the engine to is that the
// answers are equal.

// timed makes one call and returns how long it took, in milliseconds, and what
// was answered, without the request id, which is drawn anew each time.
func timed(e *sallyport.Engine, ctx context.Context, in sallyport.Login) (ms float64, said string) {
	began := time.Now()
	r, err := e.Login(ctx, in)
	ms = float64(time.Since(began)) / float64(time.Millisecond)
	if err != nil {
		return ms, err.Error()
	}
	body, err := json.Marshal(r.Wire())
	if err != nil {
		return ms, err.Error()
	}
	return ms, strings.ReplaceAll(string(body), r.RequestID, "*")
}

// equalAnswers are the cases in which a secret is answered alike whether or not
// it was right. Each returns how one of the kind is tried.
var equalAnswers = []struct {
	name  string
	begin func(t *testing.T) (try func(right bool) (ms float64, said string))
}{
	{"commit failed, password", unsavedPassword},
	{"commit failed, authenticator code", unsavedCode},
	{"caller gone, password, before the commit", gonePassword},
	{"caller gone, password, while it is hashed", goneHashing},
	{"caller gone, authenticator code, after the first reading", goneCode},
	{"id locked under another spelling", renamed},
	{"second factor's guesses used up", usedUp},
}

// TestP9RightOrWrong compares the times of right and wrong secrets where the
// answers are equal.
func TestP9RightOrWrong(t *testing.T) {
	n := 10
	if long() {
		n = 2000
	}
	for _, c := range equalAnswers {
		t.Run(c.name, func(t *testing.T) {
			try := c.begin(t)
			var order []bool // in pairs, so that what drifts touches both
			for range n {
				first := rand.IntN(2) == 0
				order = append(order, first, !first)
			}
			times, words := map[bool][]float64{}, map[string]int{}
			for _, right := range order {
				ms, said := try(right)
				times[right] = append(times[right], ms)
				words[said]++
			}
			if len(words) != 1 {
				t.Errorf("got %d different answers: %s", len(words), beginnings(words))
			}
			auc := stats.AUC(times[true], times[false])
			t.Logf("AUC %.3f, medians %.3f and %.3f ms", auc, stats.Median(times[true]), stats.Median(times[false]))
			if long() {
				proof.Note(t, "times", c.name, "samples of each", n)
				proof.Note(t, "times", c.name, "median, right and wrong", fmt.Sprintf("%.3f and %.3f ms", stats.Median(times[true]), stats.Median(times[false])))
				proof.Note(t, "times", c.name, "area under the curve, want 0.45 to 0.55", fmt.Sprintf("%.3f", auc))
			}
		})
	}
}

// beginnings are those of answers, too short for a token.
func beginnings(words map[string]int) (list []string) {
	for said, n := range words {
		list = append(list, fmt.Sprintf("%d × %.40s", n, said))
	}
	return list
}

// unsaved is a store whose commits fail once it is on fire.
type unsaved struct {
	store.Store
	onFire atomic.Bool
}

func (s *unsaved) Commit(ctx context.Context, c store.Change) error {
	if s.onFire.Load() {
		return errOnFire
	}
	return s.Store.Commit(ctx, c)
}

// wrongPasswords are all different, since the same one again is not looked at.
func wrongPasswords() func() string {
	n := 0
	return func() string { n++; return fmt.Sprintf("guess %07d", n) }
}

func unsavedPassword(t *testing.T) func(bool) (float64, string) {
	s := &unsaved{Store: memstore.New()}
	k := sallyporttest.New(t, sallyporttest.WithStore(s))
	p, guess := k.AddUser(t, sallyporttest.User{Name: "paul"}), wrongPasswords()
	s.onFire.Store(true)
	return func(right bool) (float64, string) {
		in := login(sallyport.Login{Username: p.Name, Password: p.Password})
		if !right {
			in.Password = guess()
		}
		return timed(k.Engine, t.Context(), in)
	}
}

// codeOrNot is a code of the authenticator, or one that is not.
func codeOrNot(p *sallyporttest.Person, right bool) string {
	code := p.Authenticator.Fresh()
	if right {
		return code
	}
	return number(func() string { return code })(123456)
}

func unsavedCode(t *testing.T) func(bool) (float64, string) {
	s := &unsaved{Store: memstore.New()}
	k := sallyporttest.New(t, sallyporttest.WithStore(s))
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	r := c.Login(p.Name, p.Password).Want(t, wanted)
	id, code, wrong := option(t, r, "MicrosoftAuthenticator", "OTP"), p.Authenticator.Code(), codeOrNot(p, false)
	k.Clock.Set(sallyporttest.Start)
	s.onFire.Store(true)
	return func(right bool) (float64, string) {
		in := login(sallyport.Login{RequestID: r.RequestID, OptionID: id, Code: wrong})
		if right {
			in.Code = code
		}
		return timed(k.Engine, t.Context(), in)
	}
}

// neverLocks is a policy by which wrong passwords lock nothing.
func neverLocks() sallyporttest.Option {
	return sallyporttest.WithDirectory(func(d *directory.File) {
		never := 0
		d.Policy = &directory.Policy{Password: directory.Passwords{MaxBadLogons: &never}}
	})
}

func gonePassword(t *testing.T) func(bool) (float64, string) {
	k := sallyporttest.New(t, sallyporttest.WithStore(departing{memstore.New()}), neverLocks())
	p, guess := k.AddUser(t, sallyporttest.User{Name: "paul"}), wrongPasswords()
	return func(right bool) (float64, string) {
		in := login(sallyport.Login{Username: p.Name, Password: p.Password})
		if !right {
			in.Password = guess()
		}
		return timed(k.Engine, leave(t, 5), in)
	}
}

// goneHashing ends the caller's context when the engine asks for the time after
// the hash: at which reading of a call that is, is tried out first.
func goneHashing(t *testing.T) func(bool) (float64, string) {
	var left, lapsed atomic.Int64 // readings before the caller goes
	var cancel context.CancelFunc
	k := sallyporttest.New(t, neverLocks(), sallyporttest.WithConfig(func(c *sallyport.Config) {
		now := c.Now
		c.Now = func() time.Time {
			if left.Add(-1) == 0 {
				cancel()
			}
			return now()
		}
		c.OnEvent = func(ev sallyport.Event) {
			if ev.Kind == sallyport.EventLapsed {
				lapsed.Add(1)
			}
		}
	}))
	p, guess := k.AddUser(t, sallyporttest.User{Name: "paul"}), wrongPasswords()
	try := func(reading int64, right bool) (ms float64, said string, lapses bool) {
		in := login(sallyport.Login{Username: p.Name, Password: p.Password})
		if !right {
			in.Password = guess()
		}
		var ctx context.Context
		ctx, cancel = context.WithCancel(t.Context())
		defer cancel()
		left.Store(reading)
		before := lapsed.Load()
		ms, said = timed(k.Engine, ctx, in)
		return ms, said, lapsed.Load() > before
	}
	const most = 10
	reading := int64(1)
	for ; reading <= most; reading++ {
		if _, _, lapses := try(reading, true); lapses {
			break
		}
	}
	if reading > most {
		t.Fatal("the caller never goes between the hash and the verdict")
	}
	return func(right bool) (float64, string) {
		ms, said, lapses := try(reading, right)
		if lapses != right {
			t.Errorf("right %v: lapsed %v", right, lapses)
		}
		return ms, said
	}
}

// goneCode takes a fresh request each time, since the code that is right may be
// spent, and lets a day pass, so that no budget is used up. The count of wrong
// codes in a row is ended by a complete login now and then.
func goneCode(t *testing.T) func(bool) (float64, string) {
	k := sallyporttest.New(t, sallyporttest.WithStore(departing{memstore.New()}))
	c, p, n := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true}), 0
	return func(right bool) (float64, string) {
		if n++; n%50 == 0 {
			c.AnswerWith(c.Login(p.Name, p.Password), "MicrosoftAuthenticator", "OTP", p.Authenticator.Fresh()).Want(t, sallyport.Success)
			if err := k.Engine.Maintain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		k.Clock.Advance(25 * time.Hour)
		r := c.Login(p.Name, p.Password).Want(t, wanted)
		in := login(sallyport.Login{RequestID: r.RequestID, OptionID: option(t, r, "MicrosoftAuthenticator", "OTP"), Code: codeOrNot(p, right)})
		return timed(k.Engine, leave(t, 2), in)
	}
}

// renamed gives an account another name for each two tries, while its id is
// locked.
func renamed(t *testing.T) func(bool) (float64, string) {
	k := sallyporttest.New(t)
	p, guess, n := k.AddUser(t, sallyporttest.User{Name: "paul"}), wrongPasswords(), 0
	for range 10 {
		k.InProcess().Login(p.Name, guess())
	}
	name := p.Name
	return func(right bool) (float64, string) {
		if n++; n%2 == 1 {
			k.EditUser(t, name, func(u *directory.User) { u.ID, u.Name = p.ID, fmt.Sprint("paul", n) })
			name = fmt.Sprint("paul", n)
		}
		in := login(sallyport.Login{Username: name, Password: p.Password})
		if !right {
			in.Password = guess()
		}
		return timed(k.Engine, t.Context(), in)
	}
}

func usedUp(t *testing.T) func(bool) (float64, string) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	r := c.Login(p.Name, p.Password).Want(t, wanted)
	code := p.Authenticator.Code()
	for i := range 10 {
		other := c.Login(p.Name, p.Password).Want(t, wanted)
		c.AnswerWith(other, "MicrosoftAuthenticator", "OTP", number(func() string { return code })(i)).Want(t, wrong)
	}
	id := option(t, r, "MicrosoftAuthenticator", "OTP")
	return func(right bool) (float64, string) {
		in := login(sallyport.Login{RequestID: r.RequestID, OptionID: id, Code: number(func() string { return code })(123456)})
		if right {
			in.Code = code
		}
		return timed(k.Engine, t.Context(), in)
	}
}

// hashes are a slow hash and one of another kind, of default cost in the long
// form.
func hashes(t *testing.T) (params password.Params, own, other string) {
	t.Helper()
	params, cost := password.InsecureParamsForTests(), bcrypt.MinCost
	if long() {
		params, cost = password.DefaultParams(), 8
	}
	own, err := params.Hash(sallyporttest.Password)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bcrypt.GenerateFromPassword([]byte(sallyporttest.Password), cost)
	if err != nil {
		t.Fatal(err)
	}
	return params, own, string(b)
}

// TestP9KnownOrUnknown compares the times of names that somebody has with those
// that nobody has, where three of ten hashes are of another kind.
func TestP9KnownOrUnknown(t *testing.T) {
	n := 20
	if long() {
		n = 500
	}
	params, own, other := hashes(t)
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.PasswordParams = params }),
		sallyporttest.WithDirectory(func(d *directory.File) {
			for i := range n {
				u := directory.User{Name: fmt.Sprint("user", i), PasswordHash: own}
				if i%10 < 3 {
					u.PasswordHash = other
				}
				d.Users = append(d.Users, u)
			}
		}))
	var known, unknown []float64
	words := map[string]int{}
	try := func(list *[]float64, name string) {
		ms, said := timed(k.Engine, t.Context(), login(sallyport.Login{Username: name, Password: "a guess"}))
		*list = append(*list, ms)
		words[said]++
	}
	for i := range n {
		try(&known, fmt.Sprint("user", i))
		try(&unknown, fmt.Sprint("name", i))
	}
	if len(words) != 1 {
		t.Errorf("got %d different answers: %s", len(words), beginnings(words))
	}
	d, pr := stats.KolmogorovSmirnov(known, unknown)
	t.Logf("D %.3f, p %.3f, medians %.3f and %.3f ms", d, pr, stats.Median(known), stats.Median(unknown))
	if long() {
		row := "known and unknown names"
		proof.Note(t, "names", row, "samples of each", n)
		proof.Note(t, "names", row, "medians", fmt.Sprintf("%.2f, %.2f ms", stats.Median(known), stats.Median(unknown)))
		proof.Note(t, "names", row, "result", fmt.Sprintf("Kolmogorov-Smirnov D %.3f, p %.3f", d, pr))
		proof.Note(t, "names", row, "limit", "p > 0.01")
	}
}

// TestP9States compares the times of wrong passwords for accounts that may log
// in, are disabled, or are locked by an administrator.
func TestP9States(t *testing.T) {
	n := 10
	if long() {
		n = 500
	}
	params, _, _ := hashes(t)
	k := sallyporttest.New(t, neverLocks(), sallyporttest.WithConfig(func(c *sallyport.Config) { c.PasswordParams = params }))
	k.AddUser(t, sallyporttest.User{Name: "well"})
	k.AddUser(t, sallyporttest.User{Name: "disabled", Disabled: true})
	k.AddUser(t, sallyporttest.User{Name: "locked", Locked: true})
	names, times, words, guess := []string{"well", "disabled", "locked"}, map[string][]float64{}, map[string]int{}, wrongPasswords()
	for range n {
		for _, i := range rand.Perm(len(names)) {
			ms, said := timed(k.Engine, t.Context(), login(sallyport.Login{Username: names[i], Password: guess()}))
			times[names[i]] = append(times[names[i]], ms)
			words[said]++
		}
	}
	if len(words) != 1 {
		t.Errorf("got %d different answers: %s", len(words), beginnings(words))
	}
	var medians []string
	least, most := 1e9, 0.0
	for _, name := range names {
		m := stats.Median(times[name])
		least, most = min(least, m), max(most, m)
		medians = append(medians, fmt.Sprintf("%.2f", m))
	}
	t.Logf("medians %s ms", strings.Join(medians, ", "))
	if long() {
		row := "wrong password of an account that is well, disabled, locked"
		proof.Note(t, "names", row, "samples of each", n)
		proof.Note(t, "names", row, "medians", strings.Join(medians, ", ")+" ms")
		proof.Note(t, "names", row, "result", fmt.Sprintf("%.1f %%, %.2f ms apart", 100*(most-least)/least, most-least))
		proof.Note(t, "names", row, "limit", "3 % or 1 ms")
	}
}
